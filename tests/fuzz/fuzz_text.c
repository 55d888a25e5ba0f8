/* SPDX-License-Identifier: MIT */
/* fuzz_text.c: any text as a duration, number, amount of memory, boolean, time, name, network list and
 * one-line sentence. What a parser takes lies in its range, and printed and read again gives the same; what
 * it refuses leaves the output alone. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/cidr.h"
#include "controller/core/json_writer.h"
#include "controller/core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { UNTOUCHED = -77 };

static void check_duration(const char *text, int64_t bare_unit_ms)
{
    int64_t ms = UNTOUCHED, again = UNTOUCHED;
    char printed[24];
    int rc = text_duration(text, bare_unit_ms, &ms);
    if (rc) {
        assert((rc == -EINVAL || rc == -ERANGE) && ms == UNTOUCHED);
        return;
    }
    assert(ms >= 0 && ms <= INT64_C(3650) * 86400000);
    text_format_duration(ms, printed);
    assert(text_duration(printed, 1, &again) == 0 && again == ms);
}

static void check_bytes(const char *text)
{
    uint64_t bytes = 77;
    int rc = text_bytes(text, &bytes);
    assert(rc == 0 || ((rc == -EINVAL || rc == -ERANGE) && bytes == 77));
    assert(bytes <= UINT64_C(1) << 60);
}

static void check_number(const char *text)
{
    int64_t number = UNTOUCHED, again = UNTOUCHED;
    char printed[32];
    int rc = text_number(text, INT64_MIN, INT64_MAX, &number);
    if (rc) {
        assert((rc == -EINVAL || rc == -ERANGE) && number == UNTOUCHED);
        return;
    }
    snprintf(printed, sizeof printed, "%lld", (long long)number);
    assert(text_number(printed, number, number, &again) == 0 && again == number);
    if (number < INT64_MAX)
        assert(text_number(text, number + 1, INT64_MAX, &again) == -ERANGE);
}

static void check_time(const char *text)
{
    int64_t ms = UNTOUCHED, again = UNTOUCHED;
    char printed[32];
    if (text_time(text, &ms)) {
        assert(ms == UNTOUCHED);
        return;
    }
    text_format_time(ms, printed);
    assert(text_time(printed, &again) == 0);
    /* Offsets reach a day beyond the years that can be printed. */
    if (ms >= INT64_C(-62167219200000) && ms <= INT64_C(253402300799999))
        assert(again == ms);
}

static void check_valid_utf8(const char *text)
{
    while (*text) {
        size_t length = text_utf8_length(text);
        assert(length);
        text += length;
    }
}

static void check_one_line(const char *text)
{
    char line[64];
    for (size_t size = 1; size <= sizeof line; size += 7) {
        text_one_line(text, line, size);
        assert(strlen(line) < size);
        check_valid_utf8(line);
        for (const char *at = line; *at; at++)
            assert((unsigned char)*at >= 0x20 && *at != 0x7f);
    }
}

/* Whatever the text, what the writer makes of it is valid UTF-8 between two quotes that no byte inside breaks
 * out of. */
static void check_json(const char *text)
{
    struct buf out;
    struct json_writer w;
    buf_init(&out, 1 << 24);
    json_start(&w, &out);
    json_string(&w, text);
    assert(!out.full && out.len >= 2 && out.data[0] == '"' && out.data[out.len - 1] == '"');
    check_valid_utf8(out.data);
    for (size_t i = 1; i < out.len - 1; i++) {
        assert((unsigned char)out.data[i] >= 0x20 && out.data[i] != '"');
        if (out.data[i] == '\\')
            i++;
        assert(i < out.len - 1);
    }
    buf_free(&out);
}

static void check_words(char *text)
{
    static const char *const word[] = {"service.port", "service.protocol", "true", "a"};
    struct cidr_list *list = NULL;
    bool truth;
    const char *nearest = text_nearest(text, word, sizeof word / sizeof *word);
    for (size_t i = 0; nearest && i < sizeof word / sizeof *word; i++)
        if (strcmp(word[i], text) == 0)
            assert(nearest == word[i]);
    (void)text_bool(text, &truth);
    if (text_is_name(text))
        assert(strlen(text) <= 63 && !strchr(text, ' '));
    assert((cidr_list_parse(text, &list, NULL) == 0) == (list != NULL));
    cidr_list_free(list);

    /* Cutting gives one part more than there are separators. */
    size_t parts = 0, separators = 0;
    for (const char *at = text; *at; at++)
        separators += *at == ',';
    for (char *rest = text; text_cut(&rest, ',');)
        parts++;
    assert(parts == separators + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    assert(text);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    check_duration(text, 1);
    check_duration(text, 1000);
    check_number(text);
    check_bytes(text);
    check_time(text);
    check_one_line(text);
    check_json(text);
    check_words(text);
    free(text);
    return 0;
}
