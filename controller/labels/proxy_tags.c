/* SPDX-License-Identifier: MIT */
/* proxy_tags.c: the container's Traefik labels as tags, as Consul's catalogue carries them for Traefik. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/labels/proxy.h"
#include "controller/labels/secret.h"

enum { TAGS_BYTES = 16 * 1024 }; /* of one container: each is copied into every answer that lists it */

/* Whoever protects a router by passwords names them here. Traefik does not serve a router whose middleware is
 * missing, so that leaving them out opens nothing. */
static bool holds_password(const struct pair *label)
{
    return strcasestr(label->key, ".basicauth.") || strcasestr(label->key, ".digestauth.") ||
           secret_likely(label->key, label->value);
}

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

void proxy_tags(struct arena *arena, const struct pairs *labels, struct strings *ret)
{
    size_t bytes = 0, count = 0;
    *ret = (struct strings){0};
    for (size_t i = 0; i < labels->count; i++) {
        const struct pair *label = &labels->item[i];
        if (strncasecmp(label->key, "traefik.", 8) != 0)
            continue;
        bytes += strlen(label->key) + strlen(label->value) + 2;
        count++;
    }
    /* A part of a router could be less guarded than the whole: all or nothing. */
    if (count > LIMIT_TAGS || bytes > TAGS_BYTES) {
        strings_add(arena, ret, "traefik.enable=false");
        return;
    }
    for (size_t i = 0; count && i < labels->count; i++) {
        const struct pair *label = &labels->item[i];
        if (strncasecmp(label->key, "traefik.", 8) != 0 || holds_password(label) ||
            !is_printable(label->key) || !is_printable(label->value))
            continue;
        char *tag = mem_format("%s=%s", label->key, label->value);
        strings_add(arena, ret, tag);
        free(tag);
    }
    strings_sort(ret);
}
