/* SPDX-License-Identifier: MIT */
/* The sentence of an error answer, whoever wrote it: Docker, Podman, or a proxy in between. */
#include "docker/decode.h"

#include <string.h>

#include "controller/core/text.h"
#include "docker/decode_json.h"

/* HAProxy, which the usual socket proxies are made of, refuses with a page: take the tags out of it. */
static void strip_tags(char *text)
{
    char *out = text;
    bool in_tag = false;
    for (const char *c = text; *c; c++) {
        if (*c == '<') {
            in_tag = true;
        } else if (in_tag && *c == '>') {
            in_tag = false;
            *out++ = ' '; /* in the place of the tag, which was longer */
        } else if (!in_tag) {
            *out++ = *c;
        }
    }
    *out = '\0';
}

void decode_message(const char *body, size_t len, char *ret, size_t size)
{
    enum { ENOUGH = 4096 }; /* of a text that becomes one line */
    struct arena arena = {0};
    struct json_object *object = json_parse_object(body, len);
    const char *message = field_text(object, "message");
    char *text = message ? arena_copy(&arena, message)
                         : arena_copy_n(&arena, body, len < ENOUGH ? len : ENOUGH);
    text = text_trim(text);
    if (!object && text[0] == '<') {
        strip_tags(text);
        text = text_trim(text);
    }
    text_one_line(text, ret, size);
    json_object_put(object);
    arena_free(&arena);
}

bool decode_is_message(const char *body, size_t len)
{
    struct json_object *object = json_parse_object(body, len);
    bool is = field_text(object, "message") != NULL;
    json_object_put(object);
    return is;
}
