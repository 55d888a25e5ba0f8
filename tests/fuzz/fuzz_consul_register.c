/* SPDX-License-Identifier: MIT */
/* fuzz_consul_register.c: bodies as Consul's agent takes them: whatever is taken becomes JSON that our own
 * registration reads, or refuses with a sentence. */
#include <assert.h>
#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/mem.h"
#include "controller/core/text.h"
#include "controller/external/registration.h"
#include "exporter/consul/registration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(json_object *ours, json_object *body)
{
    struct registration *registration = NULL;
    struct error err = {0};
    const char *text = json_object_to_json_string_ext(ours, JSON_C_TO_STRING_PLAIN);
    if (registration_parse(text, strlen(text), &registration, &err) == 0) {
        assert(text_is_name(registration->id) && text_is_name(registration->name));
        assert(registration->named_count <= REGISTRATION_CHECKS);
        registration_free(registration);
    } else {
        assert(err.text[0]);
    }
    (void)consul_check_add(ours, body, &err);
    (void)consul_catalog_checks_add(ours, body, &err);
    consul_checks_keep(ours, ours);
    (void)consul_check_remove(ours, "service:web");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_new(size + 1);
    if (size)
        memcpy(text, data, size);
    struct error err = {0};
    json_object *body = consul_body(text, size, &err);
    if (body) {
        json_object *service = consul_body_object(body, "service");
        json_object *ours = consul_service_read(service ? service : body, "10.0.0.1", &err);
        if (ours)
            look_at(ours, body);
        else
            assert(err.text[0]);
        json_object_put(ours);
    } else {
        assert(err.text[0]);
    }
    json_object_put(body);
    free(text);
    return 0;
}
