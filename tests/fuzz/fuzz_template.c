/* SPDX-License-Identifier: MIT */
/* Fuzzes templates: the first byte chooses the format, the rest is the template's text. It is refused with a
 * sentence, or gives the same bytes each time, within its bounds. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "exporter/templates/template.h"
#include "tests/support/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void render_none(const struct service *service, struct buf *out)
{
    buf_text(out, service->name);
}

static struct registry *make_registry(void)
{
    struct registry *registry = registry_new(render_none);
    struct spec *database = sample_spec("name:database", "database");
    pairs_set(&database->arena, &database->metadata, "did", "did:\"x\"\n[y]");
    strings_add(&database->arena, &database->tags, "a");
    struct ref ref = sample_add(registry, database, sample_observed('a', "database-1"))->ref;
    sample_health(registry, ref, STATUS_HEALTHY);
    sample_add(registry, sample_spec("name:my.db", "my.db"), sample_observed('b', "my-1"));
    registry_settle(registry, (struct moment){.mono_ms = 3, .wall_ms = 1000003});
    return registry;
}

static void render_twice(const struct template *template, const struct template_wish *wish)
{
    struct error err = {0}, again_err = {0};
    struct buf out, again;
    buf_init(&out, TEMPLATE_OUTPUT);
    buf_init(&again, TEMPLATE_OUTPUT);
    int code = template_render(template, wish, &out, &err);
    int again_code = template_render(template, wish, &again, &again_err);
    if (code)
        assert(code < 0 && err.text[0] && !out.len);
    /* (Only the time that is used up may differ.) */
    if (!strstr(err.text, " ms") && !strstr(again_err.text, " ms")) {
        assert(code == again_code && out.len == again.len);
        assert(!out.len || memcmp(out.data, again.data, out.len) == 0);
    }
    buf_free(&out);
    buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size || size > TEMPLATE_SIZE)
        return 0;
    struct arena arena = {0};
    struct pairs variables = {0};
    struct error err = {0};
    struct registry *registry = make_registry();
    pairs_set(&arena, &variables, "A", "a b");
    pairs_set(&arena, &variables, "n", "5");
    const struct template_wish wish = {.registry = registry,
                                       .variables = &variables,
                                       .format_given = true,
                                       .format = (enum template_format)(data[0] % TEMPLATE_FORMAT_COUNT)};
    struct template *template = template_parse("x", (const char *)data + 1, size - 1, &err);
    if (template)
        render_twice(template, &wish);
    else
        assert(err.code < 0 && err.text[0]);
    template_free(template);
    registry_free(registry);
    arena_free(&arena);
    return 0;
}
