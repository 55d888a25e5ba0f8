/* hostile_registry.h: registries whose every text is made of bytes that somebody else chose: for fuzzing and
 * for properties that hold whatever labels say. */
#ifndef QUAYWATCH_TESTS_HOSTILE_REGISTRY_H
#define QUAYWATCH_TESTS_HOSTILE_REGISTRY_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/registry.h"
#include "exporter/render/render.h"

/* Where the bytes come from; at the end all are 0. */
struct hostile_bytes {
    const uint8_t *data;
    size_t size;
};

static inline unsigned hostile_byte(struct hostile_bytes *from)
{
    if (!from->size)
        return 0;
    from->size--;
    return *from->data++;
}

/* A text, "" where a wish for one ends: letters, words that mean something to some reader, and any byte. */
static inline const char *hostile_text(struct arena *arena, struct hostile_bytes *from)
{
    static const char *const words[] = {"\n",
                                        "\r\n",
                                        "\t",
                                        "\"",
                                        "'",
                                        "\\",
                                        "[",
                                        "]",
                                        "{",
                                        "}",
                                        "=",
                                        "#",
                                        ";",
                                        ",",
                                        " ",
                                        ": ",
                                        "- ",
                                        "%",
                                        "%(x)s",
                                        "$(touch pwned)",
                                        "`touch pwned`",
                                        "${HOME}",
                                        "$$",
                                        "DEFAULT",
                                        "null",
                                        "no",
                                        "1e3",
                                        "~",
                                        "---\n",
                                        "...\n",
                                        "&a",
                                        "*a",
                                        "!!x",
                                        "|",
                                        ">",
                                        "<!--",
                                        "\x7f",
                                        "\x01",
                                        "\xc2\x85",
                                        "\xe2\x80\xa8",
                                        "\xef\xbb\xbf",
                                        "\xc3\xa4",
                                        "\xf0\x9f\x90\xb3",
                                        "\xff",
                                        "\xed\xa0\x80",
                                        "\n127.0.0.1 bank",
                                        "\nPATH=/pwned",
                                        "\n[evil]\nurl = x",
                                        "http://user:secret@host/x?secret",
                                        "/",
                                        ".",
                                        "_",
                                        "http"};
    static const char plain[] = "abcdeXYZ019-._";
    char text[400] = "";
    size_t used = 0;
    for (unsigned left = hostile_byte(from) % 10; left; left--) {
        unsigned kind = hostile_byte(from), pick = hostile_byte(from);
        char one[2] = {kind < 110 ? plain[pick % (sizeof plain - 1)] : (char)(pick ? pick : 1), '\0'};
        const char *word = kind < 125 ? one : words[pick % (sizeof words / sizeof *words)];
        used += (size_t)snprintf(text + used, sizeof text - used, "%s", word);
    }
    return arena_copy(arena, text);
}

static inline struct spec *hostile_spec_of(struct hostile_bytes *from, unsigned number)
{
    struct spec *spec = mem_new(sizeof *spec);
    struct arena *arena = &spec->arena;
    unsigned bits = hostile_byte(from);
    const char *name = hostile_text(arena, from);
    spec->key = arena_format(arena, "name:x:%u", number);
    spec->name = name[0] ? name : arena_format(arena, "s%u", number);
    spec->port = bits & 1 ? 80 : (int)hostile_byte(from) * 256;
    spec->protocol = (enum protocol)(hostile_byte(from) % PROTOCOL_COUNT);
    spec->weight = 1 + hostile_byte(from);
    spec->stop_timeout_ms = -1;
    if (bits & 2)
        spec->version = hostile_text(arena, from);
    if (bits & 4)
        spec->project = hostile_text(arena, from);
    if (bits & 8)
        spec->environment = hostile_text(arena, from);
    for (unsigned left = hostile_byte(from) % 4; left; left--)
        strings_add(arena, &spec->tags, hostile_text(arena, from));
    for (unsigned left = hostile_byte(from) % 4; left; left--)
        strings_add(arena, &spec->fallback_urls, hostile_text(arena, from));
    for (unsigned left = hostile_byte(from) % 5; left; left--) {
        const char *key = hostile_text(arena, from);
        pairs_set(arena, &spec->metadata, key, hostile_text(arena, from));
    }
    if (bits & 16) {
        pairs_set(arena, &spec->metadata, "prometheus.io/port", hostile_text(arena, from));
        pairs_set(arena, &spec->metadata, "prometheus.io/path",
                  arena_format(arena, "/%s", hostile_text(arena, from)));
    }
    if (bits & 32) {
        spec->check_explicit = true;
        spec->check = CHECK_HTTP;
        spec->health_path = arena_format(arena, "/%s", hostile_text(arena, from));
    }
    spec->port_count = hostile_byte(from) % 3;
    spec->ports = spec->port_count ? arena_new(arena, 3 * sizeof *spec->ports) : NULL;
    for (size_t i = 0; i < spec->port_count; i++)
        spec->ports[i] = (struct named_port){hostile_text(arena, from), 1 + (int)i};
    return spec;
}

static inline struct observed *hostile_observed_of(struct hostile_bytes *from, unsigned number)
{
    struct observed *observed = mem_new(sizeof *observed);
    struct arena *arena = &observed->arena;
    unsigned bits = hostile_byte(from);
    observed->id = arena_format(arena, "%064x", number + 1);
    observed->container = bits & 1 ? hostile_text(arena, from) : arena_format(arena, "c%u", number);
    observed->image = "";
    observed->state = CONTAINER_RUNNING;
    observed->docker_health = STATUS_UNKNOWN;
    observed->engine_restart_policy = "no";
    observed->engine_stop_timeout_ms = -1;
    observed->address = arena_format(arena, bits & 2 ? "fd00::%x" : "10.0.0.%u", number % 250 + 1);
    observed->network_count = 1;
    observed->networks = arena_new(arena, sizeof *observed->networks);
    observed->networks[0] = (struct network_view){.name = "net", .address = observed->address};
    for (unsigned left = bits >> 2 & 3; left; left--)
        strings_add(arena, &observed->networks[0].aliases, hostile_text(arena, from));
    return observed;
}

/* A settled registry of at most 12 instances, each of a service of its own or one more of the last one. */
static inline struct registry *hostile_registry(const uint8_t *data, size_t size)
{
    const struct moment now = {.mono_ms = 1000, .wall_ms = INT64_C(1795257000123)};
    struct hostile_bytes from = {data, size};
    struct registry *registry = registry_new(render_service);
    unsigned count = hostile_byte(&from) % 13, service = 0;
    for (unsigned i = 0; i < count; i++) {
        service += !i || hostile_byte(&from) % 4;
        struct spec *spec = hostile_spec_of(&from, service);
        spec->replica = i;
        struct change change = {
            .kind = CHANGE_INSTANCE, .spec = spec, .observed = hostile_observed_of(&from, i)};
        const struct instance *instance = registry_apply(registry, &change, now);
        struct health_view health = {.status = hostile_byte(&from) % 4 ? STATUS_HEALTHY : STATUS_UNHEALTHY,
                                     .check = CHECK_HTTP,
                                     .latest_passed = true};
        change = (struct change){.kind = CHANGE_HEALTH, .ref = instance->ref, .health = &health};
        registry_apply(registry, &change, now);
    }
    registry_settle(registry, now);
    return registry;
}

#endif
