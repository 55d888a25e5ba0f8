/* SPDX-License-Identifier: MIT */
/* format_traefik.c: dynamic configuration for Traefik's HTTP and file providers, as each version takes it. */
#include "exporter/formats/format.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "exporter/formats/traefik.h"

/* What none of them has is not told: 3.0's own fields are enough for all of 3. */
static const struct {
    const char *word;
    int version;
} versions[] = {{"2", 211},   {"2.11", 211}, {"3", TRAEFIK_3}, {"3.0", TRAEFIK_3}, {"3.1", 301},
                {"3.2", 302}, {"3.3", 303},  {"3.4", 304},     {"3.5", 305},       {"3.6", 306}};

static int version_read(const char *wished, int *ret, struct error *err)
{
    *ret = TRAEFIK_3;
    if (!wished || !wished[0])
        return 0;
    const char *bare = wished[0] == 'v' ? wished + 1 : wished;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        if (strcmp(versions[i].word, bare) == 0) {
            *ret = versions[i].version;
            return 0;
        }
    char words[128];
    size_t used = 0;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        used += (size_t)snprintf(words + used, sizeof words - used, "%s%s", i ? ", " : "", versions[i].word);
    return error_set(err, -EINVAL, "Traefik's version \"%.16s\" is not known; allowed are %s", wished, words);
}

struct json_writer *traefik_entry(struct traefik *traefik, enum traefik_map map, const char *name,
                                  const char *suffix)
{
    struct json_writer *w = &traefik->map[map].json;
    char key[PROXY_NAME + 1024];
    snprintf(key, sizeof key, "%s%s", name, suffix);
    json_key(w, key);
    json_begin_object(w);
    return w;
}

void traefik_put_duration(struct json_writer *w, const char *key, int64_t ms)
{
    char text[32];
    snprintf(text, sizeof text, ms % 1000 ? "%lldms" : "%llds", (long long)(ms % 1000 ? ms : ms / 1000));
    json_put_string(w, key, text);
}

static void tell_all(struct traefik *traefik, const struct proxied_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct proxied *one = &list->item[i];
        bool tcp = one->spec->protocol == PROTOCOL_TCP;
        for (size_t k = 0; k < one->spec->router_count && !tcp; k++)
            tcp = one->spec->routers[k].tcp;
        if (tcp)
            traefik_tcp_service(traefik, one);
        if (one->spec->protocol != PROTOCOL_TCP) {
            traefik_http_service(traefik, one);
            traefik_middlewares(traefik, one);
        }
        traefik_label_routers(traefik, one);
        proxied_note(list, one);
    }
    for (size_t i = 0; i < list->route_count; i++)
        traefik_host_router(traefik, &list->item[list->route[i].proxied], &list->route[i]);
}

/* "name":{"key":{…},…} of those maps that hold something. */
static void group_write(struct traefik *traefik, const char *name, enum traefik_map first,
                        enum traefik_map last, struct json_writer *w)
{
    static const char *const keys[TRAEFIK_MAP_COUNT] = {
        "routers", "services", "middlewares", "serversTransports", "routers", "services",
    };
    bool begun = false;
    for (unsigned i = first; i <= last; i++) {
        struct buf *text = &traefik->map[i].text;
        if (!text->len)
            continue;
        if (!begun) {
            json_key(w, name);
            json_begin_object(w);
        }
        begun = true;
        json_key(w, keys[i]);
        json_begin_object(w);
        json_raw(w, buf_string(text));
        json_end_object(w);
    }
    if (begun)
        json_end_object(w);
}

int format_traefik(const struct format_wish *wish, struct buf *out, struct error *err)
{
    struct traefik traefik = {0};
    if (version_read(wish->version, &traefik.version, err) < 0)
        return -EINVAL;
    for (size_t i = 0; i < TRAEFIK_MAP_COUNT; i++) {
        buf_init(&traefik.map[i].text, LIMIT_DOCUMENT);
        json_start(&traefik.map[i].json, &traefik.map[i].text);
    }
    struct proxied_list list;
    proxied_collect(wish, false, &list);
    tell_all(&traefik, &list);
    struct json_writer w;
    json_start(&w, out);
    json_begin_object(&w);
    group_write(&traefik, "http", TRAEFIK_ROUTERS, TRAEFIK_TRANSPORTS, &w);
    group_write(&traefik, "tcp", TRAEFIK_TCP_ROUTERS, TRAEFIK_TCP_SERVICES, &w);
    json_end_object(&w);
    buf_text(out, "\n");
    for (size_t i = 0; i < TRAEFIK_MAP_COUNT; i++)
        buf_free(&traefik.map[i].text);
    proxied_free(&list);
    arena_free(&traefik.arena);
    return 0;
}
