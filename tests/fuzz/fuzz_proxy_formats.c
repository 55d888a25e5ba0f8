/* SPDX-License-Identifier: MIT */
/* Fuzzes the formats for proxies, from labels on. Lines `label=value` are a container's; "!name" begins the
 * next container, "!address=", "!sick" shape it. Whatever they say: the same bytes twice, JSON that Traefik's
 * decoder takes, and texts whose every line is one that the format was meant to have. */
#include <assert.h>
#include <ctype.h>
#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/registry.h"
#include "controller/core/text.h"
#include "exporter/formats/format.h"
#include "exporter/render/render.h"
#include "tests/support/container_builder.h"
#include "tests/support/traefik_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONTAINERS = 16, LINES = 256, INPUT = 16 * 1024 };

static const struct moment now = {.mono_ms = 1000, .wall_ms = INT64_C(1795257000123)};

static struct observed *observe(const char *container, const char *address, unsigned number)
{
    struct observed *observed = mem_new(sizeof *observed);
    struct arena *arena = &observed->arena;
    observed->id = arena_format(arena, "%064x", number + 1);
    observed->container = arena_format(arena, "%s.%u", container, number); /* the engine has each name once */
    observed->image = "";
    observed->state = CONTAINER_RUNNING;
    observed->docker_health = STATUS_UNKNOWN;
    observed->engine_restart_policy = "no";
    observed->engine_stop_timeout_ms = -1;
    observed->address = arena_copy(arena, address);
    return observed;
}

/* Adds the container and frees it. */
static void container_add(struct registry *registry, struct container *container, const char *address,
                          bool sick, unsigned number)
{
    struct options options = built_options();
    pairs_sort(&container->labels);
    struct change change = {.kind = CHANGE_INSTANCE,
                            .spec = labels_resolve(container, &options, NULL),
                            .observed = observe(container->name, address, number)};
    built_free(container);
    const struct instance *instance = registry_apply(registry, &change, now);
    struct health_view health = {.status = sick ? STATUS_UNHEALTHY : STATUS_HEALTHY, .latest_passed = !sick};
    registry_apply(registry, &(struct change){.kind = CHANGE_HEALTH, .ref = instance->ref, .health = &health},
                   now);
}

static struct registry *registry_read(char *text)
{
    struct registry *registry = registry_new(render_service);
    struct container *container = built_new("app", NULL);
    char address[64] = "10.0.0.1";
    bool sick = false;
    unsigned number = 0;
    char *rest = text, *line;
    for (int lines = 0; lines < LINES && (line = text_cut(&rest, '\n')); lines++) {
        char *value = line;
        const char *key = text_cut(&value, '=');
        if (strncmp(line, "!address", 8) == 0 && value) {
            snprintf(address, sizeof address, "%s", value);
        } else if (strcmp(line, "!sick") == 0) {
            sick = true;
        } else if (line[0] == '!' && line[1] && number < CONTAINERS) {
            container_add(registry, container, address, sick, number++);
            container = built_new(line + 1, NULL);
            snprintf(address, sizeof address, number % 2 ? "fd00::%x" : "10.0.0.%u", number + 1);
            sick = false;
        } else if (value && *key) {
            pairs_set(&container->arena, &container->labels, key, value);
        }
    }
    container_add(registry, container, address, sick, number);
    registry_settle(registry, now);
    return registry;
}

/* The document; freed with buf_free. */
static void render(const struct registry *registry, const char *format, const char *version, struct buf *out)
{
    const struct format_wish wish = {.registry = registry, .version = version};
    struct error err = {0};
    struct buf again;
    buf_init(out, 1 << 26);
    buf_init(&again, 1 << 26);
    int code = format_find(format)->render(&wish, out, &err);
    int code_again = format_find(format)->render(&wish, &again, &err);
    assert(code == 0 && code_again == 0 && !out->full && strcmp(buf_string(out), buf_string(&again)) == 0);
    buf_free(&again);
}

static void check_traefik(const struct registry *registry)
{
    static const struct {
        const char *word;
        int version;
    } versions[] = {{"2.11", 211}, {"3.0", 300}, {"3.6", 306}};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        char reason[256] = "";
        struct buf out;
        render(registry, "traefik", versions[i].word, &out);
        bool taken = traefik_takes(buf_string(&out), versions[i].version, reason, sizeof reason);
        if (!taken)
            fprintf(stderr, "%s\n%s\n", reason, buf_string(&out));
        assert(taken);
        buf_free(&out);
    }
}

/* What lines of a format may begin with, and what may stand in one. */
struct grammar {
    const char *format, *version;
    const char *const *words; /* NULL-terminated */
    const char *characters;   /* beside letters and digits */
};

static const char *const haproxy_words[] = {"frontend",        "backend",     "bind",         "mode",
                                            "timeout",         "option",      "http-request", "use_backend",
                                            "default_backend", "balance",     "retries",      "retry-on",
                                            "server",          "stick-table", "http-check",   NULL};
static const char *const map_words[] = {NULL};
static const char *const nginx_words[] = {"upstream",
                                          "zone",
                                          "server",
                                          "keepalive",
                                          "}",
                                          "limit_req_zone",
                                          "map",
                                          "default",
                                          "\"\"",
                                          "listen",
                                          "server_name",
                                          "return",
                                          "location",
                                          "proxy_pass",
                                          "proxy_http_version",
                                          "proxy_set_header",
                                          "proxy_connect_timeout",
                                          "proxy_read_timeout",
                                          "proxy_send_timeout",
                                          "proxy_next_upstream_tries",
                                          "limit_req",
                                          "limit_req_status",
                                          "proxy_ssl_server_name",
                                          "proxy_ssl_name",
                                          "proxy_ssl_verify",
                                          "proxy_ssl_trusted_certificate",
                                          NULL};
static const struct grammar grammars[] = {
    {"haproxy", NULL, haproxy_words, " ._-:;/~?=&+,[]{}()'\"$^\\@"},
    {"haproxy", "backends", haproxy_words, " ._-:;/~?=&+,[]{}()@"},
    {"haproxy", "map", map_words, " ._-"},
    {"nginx", NULL, nginx_words, " ._-:;/~=[]{}\"$^+\\"},
    {"nginx", "upstreams", nginx_words, " ._-:;/~=[]{}$"},
    {"nginx", "stream", nginx_words, " ._-:;=[]{}"},
};

static void check_line(const struct grammar *grammar, const char *line, size_t length)
{
    size_t blanks = strspn(line, " "), word = strcspn(line + blanks, " ;\n");
    bool known = !grammar->words[0];
    for (size_t i = 0; grammar->words[i]; i++)
        known |= strlen(grammar->words[i]) == word && memcmp(line + blanks, grammar->words[i], word) == 0;
    for (size_t i = 0; i < length && known; i++)
        known = isalnum((unsigned char)line[i]) || strchr(grammar->characters, line[i]);
    if (!known)
        fprintf(stderr, "%s %s: %.*s\n", grammar->format, grammar->version, (int)length, line);
    assert(known);
}

/* Each line begins with a word of the format, and holds nothing that could end it early. */
static void check_text(const struct grammar *grammar, const struct registry *registry)
{
    struct buf out;
    render(registry, grammar->format, grammar->version, &out);
    int depth = 0;
    for (const char *line = buf_string(&out); *line;) {
        size_t length = strcspn(line, "\n");
        assert(line[length] == '\n');
        if (length && line[0] != '#')
            check_line(grammar, line, length);
        if (strcmp(grammar->format, "nginx") == 0 && length && line[0] != '#') {
            depth += line[length - 1] == '{' ? 1 : line[length - 1] == '}' ? -1 : 0;
            assert(depth >= 0 && strchr("{};", line[length - 1]));
        }
        line += length + 1;
    }
    assert(depth == 0);
    buf_free(&out);
}

/* JSON of the one shape that it has, and blocks that close. */
static void check_caddy(const struct registry *registry)
{
    struct buf out;
    render(registry, "caddy", NULL, &out);
    struct json_object *root = json_tokener_parse(buf_string(&out)), *at = root;
    static const char *const way[] = {"apps", "http", "servers", "quaywatch", "routes"};
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        assert(json_object_object_length(at) == (i == 4 ? 3 : 1));
        at = json_object_object_get(at, way[i]);
    }
    assert(json_object_array_length(at) >= 1);
    assert(!strpbrk(buf_string(&out), "$\\`'"));
    json_object_put(root);
    buf_free(&out);

    render(registry, "caddy", "caddyfile", &out);
    int depth = 0;
    for (const char *line = buf_string(&out); *line; line += strcspn(line, "\n") + 1) {
        size_t length = strcspn(line, "\n");
        assert(!length || line[0] == '#' || !memchr(line, '`', length));
        for (size_t i = 0; i < length && line[0] != '#'; i++) {
            assert(isalnum((unsigned char)line[i]) || strchr("\t ._-:/~?=&+,;[]{}()*", line[i]));
            /* A brace opens or closes a block, and nothing else. */
            assert(line[i] != '{' || i + 1 == length);
            assert(line[i] != '}' || i + 1 == length);
            depth += line[i] == '{' ? 1 : line[i] == '}' ? -1 : 0;
            assert(depth >= 0);
        }
    }
    assert(depth == 0);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > INPUT)
        return 0;
    char *text = mem_new(size + 1);
    if (size)
        memcpy(text, data, size);
    struct registry *registry = registry_read(text);
    check_traefik(registry);
    for (size_t i = 0; i < sizeof grammars / sizeof *grammars; i++)
        check_text(&grammars[i], registry);
    check_caddy(registry);
    registry_free(registry);
    free(text);
    return 0;
}
