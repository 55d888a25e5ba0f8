/* SPDX-License-Identifier: MIT */
/* format_json.c: the services as JSON (RFC 8259). */
#include "exporter/formats/format.h"

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "exporter/formats/listing.h"
#include "exporter/formats/tree.h"

static void put_key(struct json_writer *w, const char *key)
{
    if (key)
        json_key(w, key);
}

static void begin_object(void *self, const char *key)
{
    put_key(self, key);
    json_begin_object(self);
}

static void end_object(void *self)
{
    json_end_object(self);
}

static void begin_list(void *self, const char *key)
{
    put_key(self, key);
    json_begin_array(self);
}

static void end_list(void *self)
{
    json_end_array(self);
}

static void put_text(void *self, const char *key, const char *text)
{
    json_put_string(self, key, text);
}

static void put_number(void *self, const char *key, int64_t number)
{
    json_put_number(self, key, number);
}

static void put_truth(void *self, const char *key, bool truth)
{
    json_put_bool(self, key, truth);
}

static void put_texts(void *self, const char *key, const char *const *text, size_t count)
{
    begin_list(self, key);
    for (size_t i = 0; i < count; i++)
        json_string(self, text[i]);
    json_end_array(self);
}

static const struct tree_writer writer = {.begin_object = begin_object,
                                          .end_object = end_object,
                                          .begin_list = begin_list,
                                          .end_list = end_list,
                                          .text = put_text,
                                          .number = put_number,
                                          .truth = put_truth,
                                          .texts = put_texts};

int format_json(const struct format_wish *wish, struct buf *out, struct error *err)
{
    struct json_writer w;
    (void)err;
    json_start(&w, out);
    tree_write(wish, &writer, &w);
    buf_add(out, "\n", 1);
    return 0;
}

void format_json_service(const struct service *service, struct buf *out)
{
    struct json_writer w;
    struct arena arena = {0};
    struct listing listing;
    listing_make(service, &arena, &listing);
    buf_text(out, FORMAT_JSON_SERVICE_MARK);
    json_start(&w, out);
    w.need_comma = true;
    tree_write_service(&listing, &writer, &w);
    buf_text(out, "}\n");
    arena_free(&arena);
}
