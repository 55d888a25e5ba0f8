/* SPDX-License-Identifier: MIT */
/* Fuzzes declared dependencies: the first line is service.depends_on, the second compose's depends_on, the
 * rest is a small fleet, one "name=needs" a line, whose graph is measured. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>

#include "controller/core/buf.h"
#include "controller/core/graph.h"
#include "controller/core/limits.h"
#include "controller/core/registry.h"
#include "controller/core/text.h"
#include "tests/support/container_builder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FLEET_MAX = 24 };

static void render(const struct service *service, struct buf *out)
{
    buf_text(out, service->name);
}

static void assert_dependencies(const struct spec *spec)
{
    assert(spec->dependency_count <= LIMIT_DEPENDENCIES);
    for (size_t i = 0; i < spec->dependency_count; i++) {
        const struct dependency *one = &spec->dependencies[i];
        assert(text_is_name(one->name) && one->type < DEPENDENCY_TYPE_COUNT && one->source);
        for (size_t j = 0; j < i; j++)
            assert(strcmp(spec->dependencies[j].name, one->name) != 0);
    }
    for (size_t i = 0; i < spec->findings.count; i++)
        for (const char *c = spec->findings.item[i].sentence; *c; c++)
            assert((unsigned char)*c >= 0x20);
}

static void assert_graph(const struct registry *registry)
{
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        char circle[480];
        graph_circle(service, circle, sizeof circle);
        assert(!service->graph.circle == !circle[0]);
        const struct service *root = graph_root(service);
        assert(root != service && (!root || !graph_root(root)));
        for (size_t d = 0; d < service->dependency_count; d++) {
            const struct service_dependency *one = &service->dependencies[d];
            if (!one->target || one->type != DEPENDENCY_REQUIRED)
                continue;
            if (graph_is_circular(service, one))
                assert(graph_unmet(service, one) == STATUS_COUNT);
            else
                assert(one->target->graph.depth < service->graph.depth);
        }
    }
}

/* One service; its id is made of its place among the lines. */
static void fleet_add(struct registry *registry, const char *name, const char *needs, int place)
{
    const struct moment now = {.mono_ms = 1, .wall_ms = 1000};
    struct spec *spec = resolve(LABELS("service.name", name, "service.depends_on", needs));
    struct observed *observed = mem_new(sizeof *observed);
    observed->id = arena_format(&observed->arena, "%064d", place);
    observed->container = arena_format(&observed->arena, "c%d", place);
    observed->address = "";
    observed->state = CONTAINER_RUNNING;
    const struct instance *made = registry_apply(
        registry, &(struct change){.kind = CHANGE_INSTANCE, .spec = spec, .observed = observed}, now);
    struct health_view health = {.status = (enum status)(strlen(needs) % STATUS_COUNT)};
    registry_apply(registry, &(struct change){.kind = CHANGE_HEALTH, .ref = made->ref, .health = &health},
                   now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LIMIT_LABEL_BYTES)
        return 0;
    char *text = mem_new(size + 1), *rest = text;
    if (size)
        memcpy(text, data, size);
    const char *ours = text_cut(&rest, '\n'), *compose = text_cut(&rest, '\n');
    struct spec *spec = resolve(
        LABELS("service.depends_on", ours, "com.docker.compose.depends_on", compose ? compose : ""));
    assert_dependencies(spec);
    spec_free(spec);

    struct registry *registry = registry_new(render);
    char *line;
    for (int place = 0; place < FLEET_MAX && (line = text_cut(&rest, '\n')) != NULL; place++) {
        const char *name = text_cut(&line, '=');
        fleet_add(registry, name, line ? line : "", place);
    }
    registry_settle(registry, (struct moment){.mono_ms = 2, .wall_ms = 1001});
    assert_graph(registry);
    registry_free(registry);
    free(text);
    return 0;
}
