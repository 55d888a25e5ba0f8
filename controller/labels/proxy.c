/* SPDX-License-Identifier: MIT */
/* The dialect of reverse proxies: Traefik's docker labels (keys in any case) and those of caddy-docker-proxy.
 */
#include "controller/labels/proxy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "controller/core/text.h"

static bool starts(const char *text, const char *prefix)
{
    return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends(const char *text, const char *suffix)
{
    size_t length = strlen(text), wanted = strlen(suffix);
    return length >= wanted && strcasecmp(text + length - wanted, suffix) == 0;
}

static bool port_valid(const char *text)
{
    int64_t port;
    return text_number(text, 1, 65535, &port) == 0;
}

/* The first label prefix….suffix with a valid port, else the first at all, else NULL. */
static const struct pair *traefik_port(const struct pairs *labels, const char *prefix)
{
    const struct pair *first = NULL;
    for (size_t i = 0; i < labels->count; i++) {
        const struct pair *label = &labels->item[i];
        if (!starts(label->key, prefix) || !ends(label->key, ".loadbalancer.server.port"))
            continue;
        if (port_valid(label->value))
            return label;
        if (!first)
            first = label;
    }
    return first;
}

const char *proxy_traefik_port(const struct resolution *r, const struct pairs *labels, bool override,
                               const char **name)
{
    (void)r;
    (void) override;
    const struct pair *label = traefik_port(labels, "traefik.http.services.");
    if (!label)
        label = traefik_port(labels, "traefik.tcp.services.");
    if (!label)
        return NULL;
    *name = label->key;
    return label->value;
}

const char *proxy_traefik_protocol(const struct resolution *r, const struct pairs *labels, bool override,
                                   const char **name)
{
    (void)r;
    (void) override;
    for (size_t i = 0; i < labels->count; i++) {
        const struct pair *label = &labels->item[i];
        if (!starts(label->key, "traefik.http.services.") || !ends(label->key, ".loadbalancer.server.scheme"))
            continue;
        *name = label->key;
        return label->value; /* h2c is no protocol of ours: the next source speaks */
    }
    const struct pair *label = traefik_port(labels, "traefik.http.services.");
    const char *protocol = "http";
    if (!label) {
        label = traefik_port(labels, "traefik.tcp.services.");
        protocol = "tcp";
    }
    if (!label || !port_valid(label->value))
        return NULL;
    *name = label->key;
    return protocol;
}

/* One `{{upstreams https 8443}}`: the port as digits in port ("" when it names none), and whether it says
 * https. */
static bool upstreams_read(const char *value, char port[static 8], bool *https)
{
    const char *open = strstr(value, "{{");
    const char *close = open ? strstr(open, "}}") : NULL;
    if (!close || close - open > 64)
        return false;
    char inside[80];
    snprintf(inside, sizeof inside, "%.*s", (int)(close - open - 2), open + 2);
    char *save, *word = strtok_r(inside, " \t", &save);
    if (!word || strcmp(word, "upstreams") != 0)
        return false;
    port[0] = '\0';
    *https = false;
    while ((word = strtok_r(NULL, " \t", &save)) != NULL)
        if (strcmp(word, "https") == 0)
            *https = true;
        else if (port_valid(word) && strlen(word) < 8)
            snprintf(port, 8, "%s", word);
    return port[0] != '\0';
}

/* The first of Caddy's reverse_proxy labels that names a port. */
static const struct pair *caddy_upstreams(const struct pairs *labels, char port[static 8], bool *https)
{
    for (size_t i = 0; i < labels->count; i++) {
        const struct pair *label = &labels->item[i];
        if (starts(label->key, "caddy") && ends(label->key, "reverse_proxy") &&
            upstreams_read(label->value, port, https))
            return label;
    }
    return NULL;
}

const char *proxy_caddy_port(const struct resolution *r, const struct pairs *labels, bool override,
                             const char **name)
{
    (void) override;
    char port[8];
    bool https;
    const struct pair *label = caddy_upstreams(labels, port, &https);
    if (!label)
        return NULL;
    *name = label->key;
    return arena_copy(&r->spec->arena, port);
}

const char *proxy_caddy_protocol(const struct resolution *r, const struct pairs *labels, bool override,
                                 const char **name)
{
    (void)r;
    (void) override;
    char port[8];
    bool https;
    const struct pair *label = caddy_upstreams(labels, port, &https);
    if (!label)
        return NULL;
    *name = label->key;
    return https ? "https" : "http";
}

static bool is_host(const char *text)
{
    if (!isalnum((unsigned char)*text) && *text != '*')
        return false;
    return strlen(text) <= 253 &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             ".-_*")] == '\0';
}

static void host_add(struct arena *arena, struct strings *list, const char *host)
{
    if (is_host(host) && !strings_has(list, host) && list->count < LIMIT_FALLBACK_URLS)
        strings_add(arena, list, host);
}

/* Host(`a`, `b`) && PathPrefix(`/`) || Host("c"): every quoted word inside Host(…). HostRegexp is no name. */
static void traefik_hosts(struct arena *arena, const char *rule, struct strings *ret)
{
    char *copy = arena_copy(arena, rule);
    for (char *at = strcasestr(copy, "host("); at; at = strcasestr(at, "host(")) {
        at += 5;
        char *close = strchr(at, ')');
        if (!close)
            return;
        *close = '\0';
        char *save;
        for (char *word = strtok_r(at, "`'\", ", &save); word; word = strtok_r(NULL, "`'\", ", &save))
            host_add(arena, ret, word);
        at = close + 1;
    }
}

/* "https://app.example.com:443/x, b.example.com": without scheme, port and path. "(name)" is a snippet. */
static void caddy_hosts(struct arena *arena, const char *addresses, struct strings *ret)
{
    char *save, *copy = arena_copy(arena, addresses);
    for (char *word = strtok_r(copy, ", ", &save); word; word = strtok_r(NULL, ", ", &save)) {
        char *scheme = strstr(word, "://");
        char *host = scheme ? scheme + 3 : word;
        host[strcspn(host, ":/")] = '\0';
        host_add(arena, ret, host);
    }
}

/* "caddy" or "caddy_<n>": a site address. */
static bool caddy_site(const char *key)
{
    if (strncmp(key, "caddy", 5) != 0)
        return false;
    key += 5;
    return *key == '\0' || (*key == '_' && key[1] != '\0' && key[1 + strspn(key + 1, "0123456789")] == '\0');
}

void proxy_hosts(struct arena *arena, const struct pairs *labels, struct strings *ret)
{
    for (size_t i = 0; i < labels->count; i++) {
        const struct pair *label = &labels->item[i];
        if (starts(label->key, "traefik.") && ends(label->key, ".rule"))
            traefik_hosts(arena, label->value, ret);
        else if (caddy_site(label->key))
            caddy_hosts(arena, label->value, ret);
    }
    strings_sort(ret);
}
