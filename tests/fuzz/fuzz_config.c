/* SPDX-License-Identifier: MIT */
/* fuzz_config.c: any bytes as a settings file. What is understood is written again, with quotes, and must be
 * read as the same; a key is a key; a failure has a sentence that names the line. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/settings/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct lines {
    struct buf plain;   /* keys and values as they came, each with its NUL */
    struct buf written; /* a settings file that says the same */
};

static void add_quoted(struct buf *out, const char *value)
{
    buf_add(out, "\"", 1);
    for (; *value; value++) {
        if (*value == '\n')
            buf_text(out, "\\n");
        else if (*value == '\\' || *value == '"')
            buf_format(out, "\\%c", *value);
        else
            buf_add(out, value, 1);
    }
    buf_add(out, "\"\n", 2);
}

static void on_line(void *user, const char *key, const char *value)
{
    struct lines *lines = user;
    size_t length = strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    assert(length > 0 && !key[length]);
    buf_add(&lines->plain, key, length + 1);
    buf_add(&lines->plain, value, strlen(value) + 1);
    buf_format(&lines->written, "%s=", key);
    add_quoted(&lines->written, value);
}

static void lines_init(struct lines *lines)
{
    buf_init(&lines->plain, 1 << 24);
    buf_init(&lines->written, 1 << 24);
}

static void lines_free(struct lines *lines)
{
    buf_free(&lines->plain);
    buf_free(&lines->written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lines first, second;
    struct error err = {0};
    lines_init(&first);
    lines_init(&second);
    char *text = malloc(size + 1);
    assert(text);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    int rc = options_parse_file(text, on_line, &first, &err);
    free(text);
    assert((rc == 0) == (err.code == 0));
    if (rc)
        assert(strncmp(err.text, "line ", 5) == 0);

    text = buf_take(&first.written, NULL);
    assert(options_parse_file(text, on_line, &second, &err) == 0);
    free(text);
    assert(first.plain.len == second.plain.len);
    assert(!first.plain.len || memcmp(first.plain.data, second.plain.data, first.plain.len) == 0);
    lines_free(&first);
    lines_free(&second);
    return 0;
}
