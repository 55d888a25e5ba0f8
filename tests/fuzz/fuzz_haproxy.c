/* SPDX-License-Identifier: MIT */
/* Fuzz target: whatever answers on a runtime socket, nothing is read beyond it, only what is ours by its name
 * gets into the table, and a plan made from it is done once it is said. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/mem.h"
#include "controller/core/proxy_name.h"
#include "controller/core/registry.h"
#include "exporter/balancers/runtime_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void render(const struct service *service, struct buf *out)
{
    buf_text(out, service->name);
}

/* A service "web" with one container "web-1" that serves. */
static struct registry *make_registry(void)
{
    const struct moment now = {.mono_ms = 1, .wall_ms = 1};
    struct registry *registry = registry_new(render);
    struct spec *spec = mem_new(sizeof *spec);
    struct observed *observed = mem_new(sizeof *observed);
    spec->key = arena_copy(&spec->arena, "name:-:web");
    spec->name = arena_copy(&spec->arena, "web");
    spec->port = 80;
    spec->weight = 1;
    observed->id = arena_copy(&observed->arena, "0123456789ab");
    observed->container = arena_copy(&observed->arena, "web-1");
    observed->state = CONTAINER_RUNNING;
    observed->address = observed->probe_address = "172.20.0.2";
    struct ref ref = registry_apply(
                         registry,
                         &(struct change){.kind = CHANGE_INSTANCE, .spec = spec, .observed = observed}, now)
                         ->ref;
    const struct health_view health = {.status = STATUS_HEALTHY};
    registry_apply(registry, &(struct change){.kind = CHANGE_HEALTH, .ref = ref, .health = &health}, now);
    registry_settle(registry, now);
    return registry;
}

static void read_troubles(char *text)
{
    for (size_t i = 0; *text && i < 64; i++) {
        const char *trouble = runtime_trouble(&text, (enum runtime_verb)(i % 4));
        assert(!trouble || strlen(trouble) < SIZE_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *again = malloc(size + 1), *rest = text;
    assert(text && again);
    memcpy(text, data, size);
    text[size] = '\0';
    memcpy(again, text, size + 1);
    read_troubles(again);

    struct runtime_process process;
    struct runtime_table table = {0};
    struct runtime_commands commands = {0};
    const char *trouble;
    if (runtime_read_info(&rest, &process, &trouble) == 0 &&
        runtime_table_read(&table, rest, &trouble) == 0) {
        struct registry *registry = make_registry();
        runtime_plan_all(&table, registry, true, &commands);
        for (size_t i = 0; i < commands.count; i++)
            assert(!strpbrk(commands.item[i].text, ";\n"));
        runtime_commands_drop(&commands, commands.count);
        runtime_plan_all(&table, registry, true, &commands);
        struct runtime_backend *backend = runtime_backend_find(&table, "quaywatch-web");
        /* (Two servers of one name cannot be: then each plan finds the second one idle.) */
        assert(!commands.count || backend);
        registry_free(registry);
    } else {
        assert(strlen(trouble) <= size);
    }
    runtime_commands_free(&commands);
    runtime_table_clear(&table);
    free(text);
    free(again);
    return 0;
}
