/* SPDX-License-Identifier: MIT */
/* caddy_config.c: finding our handlers in a configuration, and what they should dial. */
#include "exporter/balancers/caddy_config.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_read.h"
#include "controller/core/json_writer.h"
#include "controller/core/mem.h"
#include "exporter/formats/caddy.h"

enum { DEPTH_MOST = 64, LINES_MOST = 1024 * 1024 };

/* What an array of upstreams dials. One that is not as we write it is not right, whatever it dials. */
static char *dials_read(struct json_object *upstreams)
{
    struct buf lines;
    buf_init(&lines, LINES_MOST);
    size_t count = json_object_is_type(upstreams, json_type_array) ? json_object_array_length(upstreams) : 0;
    for (size_t i = 0; i < count; i++) {
        const char *dial = json_text(json_object_array_get_idx(upstreams, i), "dial");
        buf_format(&lines, "%s\n", dial ? dial : "?");
    }
    return buf_take(&lines, NULL);
}

static void handler_note(struct caddy_handler **handlers, struct json_object *object)
{
    const char *id = json_text(object, "@id"), *kind = json_text(object, "handler");
    if (!id || !proxy_is_service_name(id) || !kind || strcmp(kind, "reverse_proxy") != 0)
        return;
    struct caddy_handler *handler;
    HASH_FIND_STR(*handlers, id, handler);
    if (handler)
        return; /* Caddy itself takes only one of them by that id */
    handler = mem_new(sizeof *handler);
    handler->id = mem_copy(id);
    handler->upstreams = dials_read(json_member(object, "upstreams"));
    HASH_ADD_KEYPTR(hh, *handlers, handler->id, strlen(handler->id), handler);
}

static void walk(struct caddy_handler **handlers, struct json_object *value, unsigned depth)
{
    if (depth > DEPTH_MOST)
        return;
    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            walk(handlers, json_object_array_get_idx(value, i), depth + 1);
    } else if (json_object_is_type(value, json_type_object)) {
        handler_note(handlers, value);
        json_object_object_foreach(value, key, member)
        {
            (void)key;
            walk(handlers, member, depth + 1);
        }
    }
}

int caddy_config_read(const char *text, size_t length, struct caddy_handler **handlers, struct error *err)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MOST);
    if (!tokener)
        abort();
    struct json_object *value = json_tokener_parse_ex(tokener, text, (int)length);
    if (json_tokener_get_error(tokener) == json_tokener_continue)
        value = json_tokener_parse_ex(tokener, " ", 1); /* a bare word ends only there */
    enum json_tokener_error error = json_tokener_get_error(tokener);
    json_tokener_free(tokener);
    if (error != json_tokener_success)
        return error_set(err, -EBADMSG, "its configuration cannot be read: %s",
                         json_tokener_error_desc(error));
    walk(handlers, value, 0);
    json_object_put(value);
    return 0;
}

void caddy_handlers_clear(struct caddy_handler **handlers)
{
    struct caddy_handler *handler, *next;
    HASH_ITER(hh, *handlers, handler, next)
    {
        HASH_DEL(*handlers, handler);
        free(handler->id);
        free(handler->upstreams);
        free(handler);
    }
}

void caddy_body_write(const struct proxied *proxied, struct buf *out)
{
    struct json_writer w;
    if (!proxied) {
        buf_text(out, "[]");
        return;
    }
    json_start(&w, out);
    caddy_upstreams_write(&w, proxied);
}

/* (The same list, so that both always agree.) */
void caddy_lines_write(const struct proxied *proxied, struct buf *out)
{
    struct buf body;
    buf_init(&body, LINES_MOST);
    caddy_body_write(proxied, &body);
    struct json_object *list = json_tokener_parse(buf_string(&body));
    char *lines = dials_read(list);
    buf_text(out, lines);
    free(lines);
    json_object_put(list);
    buf_free(&body);
}
