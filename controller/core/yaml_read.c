/* SPDX-License-Identifier: MIT */
/* yaml_read.c: libyaml's parser, for documents that are read as a whole. */
#include "controller/core/yaml_read.h"

#include <errno.h>
#include <string.h>

#include "controller/core/error.h"

int yaml_read(const char *text, size_t length, size_t most, yaml_document_t *ret, struct error *err)
{
    yaml_parser_t parser;
    if (length > most)
        return error_set(err, -EFBIG, "it has more than %zu bytes", most);
    if (!yaml_parser_initialize(&parser))
        return error_set(err, -ENOMEM, "libyaml has no memory");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    int code = 0;
    if (!yaml_parser_load(&parser, ret))
        code = error_set(err, -EINVAL, "line %zu is no YAML: %s", parser.problem_mark.line + 1,
                         parser.problem ? parser.problem : "it cannot be read");
    yaml_parser_delete(&parser);
    return code;
}

const char *yaml_text(const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE)
        return NULL;
    const char *text = (const char *)node->data.scalar.value;
    return strlen(text) == node->data.scalar.length ? text : NULL;
}
