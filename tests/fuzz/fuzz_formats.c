/* SPDX-License-Identifier: MIT */
/* fuzz_formats.c: the registry in every format, whatever its labels say: the same bytes twice, JSON that
 * json-c reads, YAML that libyaml reads, lines that are what they should be. */
#include <assert.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <yaml.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "exporter/formats/format.h"
#include "tests/support/hostile_registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_json(const char *text, size_t len)
{
    json_tokener *tokener = json_tokener_new();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    json_object *tree = json_tokener_parse_ex(tokener, text, (int)len + 1);
    assert(tree && json_tokener_get_error(tokener) == json_tokener_success);
    json_object_put(tree);
    json_tokener_free(tokener);
}

static void check_yaml(const char *text, size_t len)
{
    yaml_parser_t parser;
    yaml_document_t document;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    int parsed = yaml_parser_load(&parser, &document);
    assert(parsed);
    assert(yaml_document_get_root_node(&document)->type == YAML_MAPPING_NODE);
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
}

/* Each line is a comment, or a name, "=" and characters that no reader of such files takes for anything else.
 */
static void check_env(const char *text)
{
    static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    static const char value[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:/@%+=[],";
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n"), named = strspn(line, name);
        assert(line[length] == '\n' && !memchr(line, '\r', length));
        if (line[0] != '#') {
            assert(named && line[named] == '=' && (line[0] < '0' || line[0] > '9'));
            assert(named + 1 + strspn(line + named + 1, value) == length);
        }
        line += length + 1;
    }
}

/* Each line is an address and names. */
static void check_hosts(const char *text)
{
    for (const char *line = text; *line;) {
        size_t address = strspn(line, "0123456789abcdef.:"), length = strcspn(line, "\n");
        assert(address && line[address] == '\t' && line[length] == '\n');
        for (const char *at = line + address + 1; at < line + length; at++)
            assert(*at == ' ' || *at == '.' || *at == '-' || *at == '_' || (*at >= '0' && *at <= '9') ||
                   (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z'));
        line += length + 1;
    }
}

/* ASCII, and each line a section, a value, or empty. */
static void check_ini(const char *text)
{
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        for (size_t i = 0; i < length; i++)
            assert(line[i] >= ' ' && line[i] <= '~');
        if (line[0] == '[')
            assert(line[length - 1] == ']' && !memchr(line, ']', length - 1));
        else if (length)
            assert(line[0] >= 'a' && line[0] <= 'z' && memchr(line, '=', length));
        line += length + 1;
    }
}

static void check(const struct format *format, const struct buf *out)
{
    const char *text = buf_string(out);
    if (strcmp(format->content_type, "application/json") == 0)
        check_json(text, out->len);
    else if (strcmp(format->name, "yaml") == 0)
        check_yaml(text, out->len);
    else if (strcmp(format->name, "env") == 0)
        check_env(text);
    else if (strcmp(format->name, "hosts") == 0)
        check_hosts(text);
    else if (strcmp(format->name, "ini") == 0)
        check_ini(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct registry *registry = hostile_registry(data, size);
    const struct format_wish wish = {.registry = registry};
    for (size_t i = 0; i < format_count; i++) {
        struct buf once, twice;
        struct error err = {0};
        buf_init(&once, 1 << 24);
        buf_init(&twice, 1 << 24);
        assert(formats[i].render(&wish, &once, &err) == 0);
        assert(formats[i].render(&wish, &twice, &err) == 0);
        assert(once.len == twice.len && strcmp(buf_string(&once), buf_string(&twice)) == 0);
        check(&formats[i], &once);
        buf_free(&once);
        buf_free(&twice);
    }
    registry_free(registry);
    return 0;
}
