/* SPDX-License-Identifier: MIT */
/* format_yaml.c: the services as YAML 1.1, written by libyaml. Every text is in double quotes, keys too, so
 * that none is taken for a number, a truth or nothing ("no", "1e3", "~"). */
#include "exporter/formats/format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "exporter/formats/tree.h"

struct yaml {
    yaml_emitter_t emitter;
    bool failed;
};

/* libyaml refuses only wrong order of events and what is not UTF-8, neither of which comes here. */
static void emit(struct yaml *yaml, yaml_event_t *event, int made)
{
    if (!made)
        abort(); /* out of memory */
    yaml->failed |= !yaml_emitter_emit(&yaml->emitter, event);
}

static void put_scalar(struct yaml *yaml, const char *text, yaml_scalar_style_t style)
{
    yaml_event_t event;
    int made = yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text, -1,
                                            style == YAML_PLAIN_SCALAR_STYLE, true, style);
    emit(yaml, &event, made);
}

static void put_quoted(struct yaml *yaml, const char *text)
{
    put_scalar(yaml, text, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

static void put_key(struct yaml *yaml, const char *key)
{
    if (key)
        put_quoted(yaml, key);
}

static void begin_object(void *self, const char *key)
{
    yaml_event_t event;
    put_key(self, key);
    emit(self, &event,
         yaml_mapping_start_event_initialize(&event, NULL, NULL, true, YAML_BLOCK_MAPPING_STYLE));
}

static void end_object(void *self)
{
    yaml_event_t event;
    emit(self, &event, yaml_mapping_end_event_initialize(&event));
}

static void begin_list(void *self, const char *key)
{
    yaml_event_t event;
    put_key(self, key);
    emit(self, &event,
         yaml_sequence_start_event_initialize(&event, NULL, NULL, true, YAML_BLOCK_SEQUENCE_STYLE));
}

static void end_list(void *self)
{
    yaml_event_t event;
    emit(self, &event, yaml_sequence_end_event_initialize(&event));
}

static void put_text(void *self, const char *key, const char *text)
{
    put_key(self, key);
    if (text)
        put_quoted(self, text);
    else
        put_scalar(self, "null", YAML_PLAIN_SCALAR_STYLE);
}

static void put_number(void *self, const char *key, int64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)number);
    put_key(self, key);
    put_scalar(self, text, YAML_PLAIN_SCALAR_STYLE);
}

static void put_truth(void *self, const char *key, bool truth)
{
    put_key(self, key);
    put_scalar(self, truth ? "true" : "false", YAML_PLAIN_SCALAR_STYLE);
}

static void put_texts(void *self, const char *key, const char *const *text, size_t count)
{
    begin_list(self, key);
    for (size_t i = 0; i < count; i++)
        put_quoted(self, text[i]);
    end_list(self);
}

static int on_bytes(void *out, unsigned char *bytes, size_t count)
{
    return buf_add(out, bytes, count) == 0;
}

static void emit_all(struct yaml *yaml, const struct format_wish *wish)
{
    static const struct tree_writer writer = {.begin_object = begin_object,
                                              .end_object = end_object,
                                              .begin_list = begin_list,
                                              .end_list = end_list,
                                              .text = put_text,
                                              .number = put_number,
                                              .truth = put_truth,
                                              .texts = put_texts};
    yaml_event_t event;
    emit(yaml, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    emit(yaml, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, true));
    tree_write(wish, &writer, yaml);
    emit(yaml, &event, yaml_document_end_event_initialize(&event, true));
    emit(yaml, &event, yaml_stream_end_event_initialize(&event));
}

int format_yaml(const struct format_wish *wish, struct buf *out, struct error *err)
{
    struct yaml yaml = {.failed = false};
    if (!yaml_emitter_initialize(&yaml.emitter))
        abort(); /* out of memory */
    yaml_emitter_set_output(&yaml.emitter, on_bytes, out);
    yaml_emitter_set_unicode(&yaml.emitter, true);
    yaml_emitter_set_width(&yaml.emitter, -1); /* a text stays on its line */
    emit_all(&yaml, wish);
    yaml_emitter_delete(&yaml.emitter);
    return yaml.failed ? error_set(err, -EIO, "The services cannot be written as YAML") : 0;
}
