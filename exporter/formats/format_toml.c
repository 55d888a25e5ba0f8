/* SPDX-License-Identifier: MIT */
/* format_toml.c: the services as TOML 1.0. (Debian's libraries for it read; none writes.) */
#include "exporter/formats/format.h"

#include <assert.h>
#include <string.h>

#include "controller/core/buf.h"
#include "exporter/formats/tree.h"

enum { DEPTH = 8 };

struct toml {
    struct buf *out;
    const char *path[DEPTH]; /* of the table that is written; NULL: the whole, or an element of a list */
    size_t depth;
};

/* A basic string: what is in it stays one line of valid text. */
static void put_string(struct buf *out, const char *text)
{
    static const char escaped[] = "\b\t\n\f\r\"\\", letter[] = "btnfr\"\\";
    buf_add(out, "\"", 1);
    for (; *text; text++) {
        const char *special = strchr(escaped, *text);
        if (special)
            buf_format(out, "\\%c", letter[special - escaped]);
        else if ((unsigned char)*text < 0x20 || *text == 0x7f)
            buf_format(out, "\\u%04X", (unsigned)*text);
        else
            buf_add(out, text, 1);
    }
    buf_add(out, "\"", 1);
}

static void put_key(struct buf *out, const char *key)
{
    static const char bare[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (key[0] && !key[strspn(key, bare)])
        buf_text(out, key);
    else
        put_string(out, key);
}

static void put_header(const struct toml *toml, const char *open, const char *close)
{
    const char *separator = "";
    if (toml->out->len)
        buf_text(toml->out, "\n");
    buf_text(toml->out, open);
    for (size_t i = 0; i < toml->depth; i++) {
        if (!toml->path[i])
            continue;
        buf_text(toml->out, separator);
        put_key(toml->out, toml->path[i]);
        separator = ".";
    }
    buf_format(toml->out, "%s\n", close);
}

static void push(struct toml *toml, const char *key)
{
    assert(toml->depth < DEPTH);
    toml->path[toml->depth++] = key;
}

static void pop(void *self)
{
    struct toml *toml = self;
    toml->depth--;
}

static void begin_object(void *self, const char *key)
{
    struct toml *toml = self;
    push(toml, key);
    if (key)
        put_header(toml, "[", "]");
    else if (toml->depth > 1)
        put_header(toml, "[[", "]]");
}

static void begin_list(void *self, const char *key)
{
    push(self, key);
}

static void begin_value(const struct toml *toml, const char *key)
{
    put_key(toml->out, key);
    buf_text(toml->out, " = ");
}

/* TOML has no null: what is not there is not written. */
static void put_text(void *self, const char *key, const char *text)
{
    struct toml *toml = self;
    if (!text)
        return;
    begin_value(toml, key);
    put_string(toml->out, text);
    buf_text(toml->out, "\n");
}

static void put_number(void *self, const char *key, int64_t number)
{
    struct toml *toml = self;
    begin_value(toml, key);
    buf_format(toml->out, "%lld\n", (long long)number);
}

static void put_truth(void *self, const char *key, bool truth)
{
    struct toml *toml = self;
    begin_value(toml, key);
    buf_text(toml->out, truth ? "true\n" : "false\n");
}

static void put_texts(void *self, const char *key, const char *const *text, size_t count)
{
    struct toml *toml = self;
    begin_value(toml, key);
    buf_text(toml->out, "[");
    for (size_t i = 0; i < count; i++) {
        buf_text(toml->out, i ? ", " : "");
        put_string(toml->out, text[i]);
    }
    buf_text(toml->out, "]\n");
}

int format_toml(const struct format_wish *wish, struct buf *out, struct error *err)
{
    static const struct tree_writer writer = {.begin_object = begin_object,
                                              .end_object = pop,
                                              .begin_list = begin_list,
                                              .end_list = pop,
                                              .text = put_text,
                                              .number = put_number,
                                              .truth = put_truth,
                                              .texts = put_texts};
    struct toml toml = {.out = out};
    (void)err;
    tree_write(wish, &writer, &toml);
    return 0;
}
