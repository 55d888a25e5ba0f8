/* SPDX-License-Identifier: MIT */
/* decode_exec.c: what the engine answers about a process that it was asked to run. */
#include <errno.h>
#include <string.h>

#include "controller/core/error.h"
#include "docker/decode.h"
#include "docker/decode_json.h"

int decode_exec_created(const char *json, size_t len, char *ret_id, size_t size, struct error *err)
{
    struct json_object *object = json_parse_object(json, len);
    const char *id = field_text(object, "Id");
    size_t length = id ? strlen(id) : 0;
    bool usable = length > 0 && length < size;
    if (usable)
        memcpy(ret_id, id, length + 1);
    json_object_put(object);
    return usable ? 0 : error_set(err, -EBADMSG, "the engine's answer to a new command names no id");
}

int decode_exec_state(const char *json, size_t len, bool *ret_running, int *ret_exit_code, struct error *err)
{
    struct json_object *object = json_parse_object(json, len);
    bool running = field_true(object, "Running");
    struct json_object *code = json_member(object, "ExitCode");
    bool known = running || json_object_is_type(code, json_type_int);
    if (known) {
        *ret_running = running;
        *ret_exit_code = field_int(object, "ExitCode", 0);
    }
    json_object_put(object);
    return known ? 0
                 : error_set(err, -EBADMSG, "the engine's answer does not say whether the command has ended");
}
