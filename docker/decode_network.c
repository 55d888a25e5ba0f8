/* SPDX-License-Identifier: MIT */
/* GET /networks/{id} → struct network_facts. */
#include <errno.h>
#include <string.h>

#include "controller/core/error.h"
#include "docker/decode.h"
#include "docker/decode_json.h"

static const char *copy_text(struct arena *arena, struct json_object *object, const char *key)
{
    const char *text = field_text(object, key);
    return text ? arena_copy(arena, text) : "";
}

int decode_network(const char *json, size_t len, struct arena *arena, struct network_facts *ret,
                   struct error *err)
{
    struct json_object *root = json_parse_object(json, len);
    bool docker = field_text(root, "Id") != NULL;
    /* Podman answers in its own lower case where its compatible API is not asked. */
    if (!docker && !field_text(root, "id")) {
        json_object_put(root);
        return error_set(err, -EBADMSG, "the engine's description of a network is no object with an Id");
    }
    const char *scope = field_text(root, "Scope");
    *ret = (struct network_facts){.id = copy_text(arena, root, docker ? "Id" : "id"),
                                  .name = copy_text(arena, root, docker ? "Name" : "name"),
                                  .driver = copy_text(arena, root, docker ? "Driver" : "driver"),
                                  .internal = field_true(root, docker ? "Internal" : "internal"),
                                  .attachable = field_true(root, "Attachable"),
                                  .swarm = scope && strcmp(scope, "local") != 0,
                                  .ingress = field_true(root, "Ingress"),
                                  .config_only = field_true(root, "ConfigOnly")};
    json_object_put(root);
    return 0;
}
