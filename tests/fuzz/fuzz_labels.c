/* SPDX-License-Identifier: MIT */
/* Fuzzes label resolution and the choice of addresses. Lines `label=value`; lines that begin with "!" shape
 * the container (`!name=web`, `!image=`, `!expose=80`, `!network=`, `!address=`, `!mode=`, `!health=`), with
 * "~" are overrides. Whatever labels say, the spec stays inside its ranges and the same each time. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "controller/labels/overrides.h"
#include "controller/watch/network.h"
#include "tests/support/container_builder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES_MAX = 512 };

static void shape(struct container *container, const char *what, const char *value)
{
    int64_t number = 0;
    if (strcmp(what, "name") == 0)
        container->name = value;
    else if (strcmp(what, "image") == 0)
        container->image = value;
    else if (strcmp(what, "mode") == 0)
        container->network_mode = value;
    else if (strcmp(what, "expose") == 0 && text_number(value, 1, 65535, &number) == 0)
        built_expose(container, (int)number);
    else if (strcmp(what, "publish") == 0)
        built_publish(container, value, "0.0.0.0", 1);
    else if (strcmp(what, "network") == 0 && *value)
        built_network(container, value, "10.0.5.2", 24);
    else if (strcmp(what, "address") == 0 && container->network_count)
        container->networks[0].address = value;
    else if (strcmp(what, "health") == 0) {
        container->has_healthcheck = true;
        container->health_retries = (unsigned char)*value;
        container->health_interval_ms = container->health_start_period_ms = (int64_t)strlen(value) * 40;
    }
}

/* Builds the container; what follows "~" goes into overrides. */
static struct container *read_container(char *text, char *overrides, size_t overrides_size)
{
    struct container *container = built_new("app", NULL);
    char *rest = text;
    size_t used = (size_t)snprintf(overrides, overrides_size, "[app]\n");
    char *line;
    for (int count = 0; count < LINES_MAX && (line = text_cut(&rest, '\n')) != NULL; count++) {
        if (*line == '~' && used < overrides_size) {
            used += (size_t)snprintf(overrides + used, overrides_size - used, "%s\n", line + 1);
            continue;
        }
        char *value = line;
        const char *key = text_cut(&value, '=');
        if (!value || *key == '\0')
            continue;
        if (*key == '!')
            shape(container, key + 1, arena_copy(&container->arena, value));
        else
            pairs_set(&container->arena, &container->labels, key, value);
    }
    pairs_sort(&container->labels);
    return container;
}

static void assert_sorted(const struct pairs *list)
{
    for (size_t i = 1; i < list->count; i++)
        assert(strcmp(list->item[i - 1].key, list->item[i].key) < 0);
}

static void assert_named(const struct spec *spec, const struct container *container)
{
    assert(spec->key && strchr(spec->key, ':'));
    assert(spec->name);
    const char *source = pairs_get(&spec->sources, "name");
    assert(source);
    /* Either a valid name, or the container's own, perhaps cut or with a preview's number. */
    if (strcmp(source, "inspect") != 0)
        assert(text_is_name(spec->name));
    else if (!strstr(spec->name, "-pr-"))
        assert(strncmp(spec->name, container->name, strlen(spec->name)) == 0);
}

static void assert_ranges(const struct spec *spec)
{
    assert(spec->port >= 0 && spec->port <= 65535 && spec->health_port >= 0 && spec->health_port <= 65535);
    for (size_t i = 0; i < spec->port_count; i++)
        assert(text_is_name(spec->ports[i].name) && spec->ports[i].port >= 1 && spec->ports[i].port <= 65535);
    assert(spec->weight >= 1 && spec->weight <= 256);
    assert(spec->protocol < PROTOCOL_COUNT && spec->restart < RESTART_POLICY_COUNT &&
           spec->check < CHECK_COUNT);
    assert(spec->retries >= 1 && spec->successes >= 1 && spec->restart_max >= 1);
    assert(spec->breaker_failures >= 1 && spec->breaker_successes >= 1);
    assert(spec->interval_ms >= 100 && spec->timeout_ms >= 100 && spec->call_timeout_ms >= 100);
    assert(spec->start_period_ms >= 0 && spec->degraded_after_ms >= 0);
    assert(spec->backoff_ms >= 100 && spec->backoff_max_ms >= spec->backoff_ms &&
           spec->restart_window_ms >= 100);
    assert(spec->stop_timeout_ms == -1 || spec->stop_timeout_ms >= 1000);
    assert(spec->health_path[0] == '/' && spec->health_method && spec->health_status && spec->on_failed);
    assert(!(spec->check_explicit && spec->implicit != CHECK_NONE));
    if (spec->check == CHECK_HTTP || spec->check == CHECK_TCP)
        assert(spec->port || spec->health_port);
}

static void assert_bounded(const struct spec *spec)
{
    assert(spec->tags.count <= LIMIT_TAGS && spec->metadata.count <= LIMIT_METADATA);
    assert(spec->fallback_urls.count <= LIMIT_FALLBACK_URLS && spec->dependency_count <= LIMIT_DEPENDENCIES);
    assert(spec->findings.count <= LIMIT_FINDINGS && spec->health_headers.count <= LIMIT_HEALTH_HEADERS);
    assert(spec->port_count <= LIMIT_NAMED_PORTS);
    for (size_t i = 0; i < spec->fallback_urls.count; i++)
        assert(!strpbrk(spec->fallback_urls.item[i], "@?# \r\n"));
    for (size_t i = 0; i < spec->metadata.count; i++)
        assert(!strcasestr(spec->metadata.item[i].key, "basicauth"));
    for (size_t i = 0; i < spec->health_headers.count; i++)
        assert(!strpbrk(spec->health_headers.item[i].value, "\r\n"));
    assert_sorted(&spec->sources);
    assert_sorted(&spec->metadata);
}

static void assert_addresses(const struct container *container, const struct spec *spec)
{
    static struct own_address own = {.bytes = {10, 0, 5, 9}, .length = 4, .prefix = 24};
    const struct network_place place = {.own = &own, .own_count = 1, .gateway = "10.0.5.1"};
    struct observed *observed = network_observe(container, spec, &place, NULL, false);
    assert(observed->address);
    bool known = !observed->probe_address || strcmp(container->network_mode, "host") == 0;
    for (size_t i = 0; i < container->network_count && !known; i++)
        known = strcmp(container->networks[i].address, observed->probe_address) == 0;
    assert(known); /* only the container's own addresses are ever checked */
    assert(!!observed->probe_address != !!observed->unreachable);
    observed_free(observed);
}

static void try_container(const struct container *container, const struct overrides *overrides)
{
    struct options options = built_options();
    struct spec *spec = labels_resolve(container, &options, overrides);
    struct spec *again = labels_resolve(container, &options, overrides);
    assert_named(spec, container);
    assert_ranges(spec);
    assert_bounded(spec);
    assert_addresses(container, spec);
    assert(strcmp(spec->key, again->key) == 0 && strcmp(spec->name, again->name) == 0);
    assert(spec->findings.count == again->findings.count && spec->sources.count == again->sources.count);
    const char *why = NULL;
    labels_registered(&container->labels, overrides, container->name, WATCH_LABELLED, &why);
    assert(why);
    spec_free(again);
    spec_free(spec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LIMIT_LABEL_BYTES)
        return 0;
    char *text = mem_new(size + 1), text_overrides[4096];
    if (size)
        memcpy(text, data, size);
    struct container *container = read_container(text, text_overrides, sizeof text_overrides);
    struct error err;
    struct overrides *overrides = overrides_parse(text_overrides, &err);
    try_container(container, NULL);
    if (overrides)
        try_container(container, overrides);
    overrides_free(overrides);
    built_free(container);
    free(text);
    return 0;
}
