/* SPDX-License-Identifier: MIT */
/* fuzz_consul_filter.c: filters of Consul's API: what is read can be asked of any instance, and what is
 * refused says why. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "exporter/consul/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Two instances of one service, one without anything, one with everything. */
static struct registry *two_instances(void)
{
    struct registry *registry = registry_new(NULL);
    for (int i = 0; i < 2; i++) {
        struct spec *spec = mem_new(sizeof *spec);
        struct observed *observed = mem_new(sizeof *observed);
        spec->key = "name:-:web";
        spec->name = "web";
        spec->replica = (unsigned)i + 1;
        if (i) {
            strings_add(&spec->arena, &spec->tags, "api");
            pairs_set(&spec->arena, &spec->metadata, "zone", "http://u:p@h/?q");
            spec->version = spec->project = spec->environment = "1";
            spec->port = 80;
        }
        observed->id = i ? "1111111111111111111111111111111111111111111111111111111111111111"
                         : "0000000000000000000000000000000000000000000000000000000000000000";
        observed->container = i ? "web-2" : "web-1";
        observed->image = "";
        observed->engine_restart_policy = "no";
        observed->address = i ? "10.0.0.1" : "";
        registry_apply(registry,
                       &(struct change){.kind = CHANGE_INSTANCE, .spec = spec, .observed = observed},
                       (struct moment){.mono_ms = 1, .wall_ms = 1});
    }
    return registry;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    char *text = mem_new(size);
    memcpy(text, data + 1, size - 1);
    enum consul_shape shape = (enum consul_shape)(data[0] & 3);
    struct consul_filter *filter = NULL;
    struct error err = {0};
    if (consul_filter_parse(text, shape, &filter, &err) != 0) {
        assert(err.text[0] != '\0');
        free(text);
        return 0;
    }
    struct registry *registry = two_instances();
    const struct consul_catalog catalog = {.registry = registry, .version = "0"};
    struct consul_check check;
    consul_node_check(&check);
    const struct instance *first = registry_container(registry, "web-1");
    for (const struct instance *at = first ? first->service->first : NULL; at; at = at->next)
        (void)consul_filter_passes(filter, &catalog, at, NULL);
    (void)consul_filter_passes(filter, &catalog, NULL, &check);
    registry_free(registry);
    consul_filter_free(filter);
    free(text);
    return 0;
}
