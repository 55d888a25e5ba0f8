/* SPDX-License-Identifier: MIT */
/* Fuzzes what templates are filled with: names, tags, versions and metadata of services in every place of
 * every format. Whatever they hold, readers of JSON and YAML find as many values as with harmless ones, and
 * the line formats have as many lines. */
#include <assert.h>
#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "controller/core/error.h"
#include "exporter/templates/template.h"
#include "tests/support/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void render_none(const struct service *service, struct buf *out)
{
    buf_text(out, service->name);
}

static struct registry *make_registry(const char *value)
{
    struct registry *registry = registry_new(render_none);
    struct spec *spec = sample_spec("name:x", "x");
    pairs_set(&spec->arena, &spec->metadata, "v", value);
    strings_add(&spec->arena, &spec->tags, value);
    spec->version = arena_copy(&spec->arena, value);
    sample_health(registry, sample_add(registry, spec, sample_observed('a', value))->ref, STATUS_HEALTHY);
    registry_settle(registry, (struct moment){.mono_ms = 3, .wall_ms = 1000003});
    return registry;
}

/* What the template makes, "" when a value cannot stand where it is; freed by the caller. */
static char *make(const struct registry *registry, const char *name, const char *text)
{
    struct error err = {0};
    struct buf out;
    buf_init(&out, TEMPLATE_OUTPUT);
    struct template *template = template_parse(name, text, strlen(text), &err);
    assert(template);
    const struct template_wish wish = {.registry = registry};
    if (template_render(template, &wish, &out, &err))
        assert(err.text[0] && !out.len);
    template_free(template);
    return buf_take(&out, NULL);
}

static void check_json(const struct registry *registry)
{
    char *made = make(
        registry, "x.json",
        "{\"a\": ${service.x.version}, \"b\": \"<${service.x.meta.v}>\", \"c\": ${service.x.tags},\n"
        "<% for _, s in ipairs(services) do %>\"d\": [<%= s.meta.v %>, \"<%= s.version %>\", "
        "<%= s.instances[1].container %>],<% end %> \"e\": ${service.x.port}}");
    json_object *root = json_tokener_parse(made), *list = json_object_object_get(root, "d");
    assert(json_object_object_length(root) == 5 && json_object_array_length(list) == 3);
    json_object_put(root);
    free(made);
}

static void check_yaml(const struct registry *registry)
{
    char *made = make(registry, "x.yaml",
                      "a: ${service.x.version}\nb: \"<${service.x.meta.v}>\" # ${service.x.meta.v}\n"
                      "c: '<${service.x.meta.v}>'\nd: |\n  ${service.x.meta.v}\n"
                      "<% for _, s in ipairs(services) do %>\n"
                      "e: {k: <%= s.meta.v %>, l: [<%= s.meta.v %>, <%= s.version %>]}\n"
                      "<% end %>\nf: ${service.x.port}\n");
    yaml_parser_t parser;
    yaml_event_t event;
    size_t scalars = 0, mappings = 0, ends = 0;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)made, strlen(made));
    while (!ends) {
        int fine = yaml_parser_parse(&parser, &event);
        assert(fine);
        scalars += event.type == YAML_SCALAR_EVENT;
        mappings += event.type == YAML_MAPPING_START_EVENT;
        ends += event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    assert(scalars == 16 && mappings == 2);
    yaml_parser_delete(&parser);
    free(made);
}

/* A format of lines: as many as in the template, or none where a value cannot stand. */
static void check_lines(const struct registry *registry, const char *name, const char *text)
{
    char *made = make(registry, name, text);
    size_t wanted = 0, lines = 0;
    for (const char *at = text; *at; at++)
        wanted += *at == '\n';
    for (const char *at = made; *at; at++) {
        assert(*at == '\n' || (unsigned char)*at >= ' ');
        lines += *at == '\n';
    }
    assert(lines == wanted || !*made);
    free(made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size || size > 4096)
        return 0;
    char *value = mem_new(size + 1);
    memcpy(value, data, size);
    struct registry *registry = make_registry(value);
    if (*value) {
        check_json(registry);
        check_yaml(registry);
        check_lines(registry, "x.toml", "a = ${service.x.version}\nb = \"${service.x.meta.v}\"\n");
        check_lines(registry, "x.toml", "a = '${service.x.version}'\n[t.${service.x.meta.v}]\n");
        check_lines(registry, "x.env",
                    "A=${service.x.version}\nB=\"${service.x.meta.v}\"\n# ${service.x.tags}\n");
        check_lines(registry, "x.env", "${service.x.meta.v}=1\nB='${service.x.meta.v}'\n");
        check_lines(registry, "x.ini", "a = ${service.x.version}\nb = \"${service.x.meta.v}\"\n");
        check_lines(registry, "x.ini", "[${service.x.meta.v}]\n${service.x.meta.v} = 1\n");
        check_lines(registry, "x.conf", "a ${service.x.version}\nb \"${service.x.meta.v}\"\n");
    }
    registry_free(registry);
    free(value);
    return 0;
}
