/* SPDX-License-Identifier: MIT */
/* options_value.c: how the value of one setting is checked and stored. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/mem.h"
#include "controller/core/text.h"
#include "controller/core/url.h"
#include "controller/settings/options.h"
#include "controller/settings/options_table.h"

static size_t word_count(const struct option_row *row)
{
    size_t count = 0;
    while (count < OPTION_WORDS && row->word[count])
        count++;
    return count;
}

void option_allowed(const struct option_row *row, char *text, size_t size)
{
    char low[24];
    size_t used;
    switch (row->kind) {
    case OPTION_TEXT:
        snprintf(text, size, "%s", row->allowed ? row->allowed : "any text");
        return;
    case OPTION_BOOL:
        snprintf(text, size, "true or false");
        return;
    case OPTION_NUMBER:
        snprintf(text, size, "a whole number from %lld to %lld", (long long)row->min, (long long)row->max);
        return;
    case OPTION_DURATION:
        text_format_duration(row->min, low);
        if (row->min)
            snprintf(text, size, "a duration of at least %s, such as 30s", low);
        else
            snprintf(text, size, "a duration, such as 30s");
        return;
    case OPTION_CHOICE:
    case OPTION_WORD:
        used = (size_t)snprintf(text, size, "%s", word_count(row) > 1 ? "one of " : "");
        for (size_t i = 0; i < word_count(row) && used < size; i++)
            used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", row->word[i]);
        return;
    }
}

static int refuse(const struct option_row *row, const char *value, struct error *err)
{
    char shown[80], allowed[160];
    struct buf clean; /* a URL may be refused for the password in it */
    buf_init(&clean, strlen(value) + 1);
    url_clean(value, &clean);
    text_one_line(buf_string(&clean), shown, sizeof shown);
    buf_free(&clean);
    option_allowed(row, allowed, sizeof allowed);
    if (row->secret)
        return error_set(err, -EINVAL, "is not usable; allowed is %s", allowed);
    return error_set(err, -EINVAL, "is \"%s\"; allowed is %s%s", shown, allowed,
                     row->kind == OPTION_DURATION ? " (a bare number is milliseconds)" : "");
}

/* The place of value among the row's words, or -1. Case does not matter: LOG_LEVEL=INFO is common. */
static int word_find(const struct option_row *row, const char *value)
{
    for (size_t i = 0; i < word_count(row); i++)
        if (strcasecmp(row->word[i], value) == 0)
            return (int)i;
    return -1;
}

_Static_assert(sizeof(enum watch_mode) == sizeof(int) && sizeof(enum log_level) == sizeof(int),
               "choices are stored as int");

int option_store(const struct option_row *row, const char *value, struct options *ret, struct error *err)
{
    union {
        const char *text;
        bool truth;
        unsigned number;
        int choice;
        int64_t ms;
    } parsed;
    size_t size = 0;
    int64_t number;
    switch (row->kind) {
    case OPTION_TEXT:
        if (row->valid && *value && !row->valid(value))
            return refuse(row, value, err);
        parsed.text = arena_copy(&ret->arena, value);
        size = sizeof parsed.text;
        break;
    case OPTION_BOOL:
        if (text_bool(value, &parsed.truth))
            return refuse(row, value, err);
        size = sizeof parsed.truth;
        break;
    case OPTION_NUMBER:
        if (text_number(value, row->min, row->max, &number))
            return refuse(row, value, err);
        parsed.number = (unsigned)number;
        size = sizeof parsed.number;
        break;
    case OPTION_DURATION:
        if (text_duration(value, 1, &parsed.ms) || parsed.ms < row->min || parsed.ms > row->max)
            return refuse(row, value, err);
        size = sizeof parsed.ms;
        break;
    case OPTION_CHOICE:
        parsed.choice = word_find(row, value);
        if (parsed.choice < 0)
            return refuse(row, value, err);
        size = sizeof parsed.choice;
        break;
    case OPTION_WORD:
        parsed.choice = word_find(row, value);
        if (parsed.choice < 0 && *value)
            return refuse(row, value, err);
        parsed.text = *value ? row->word[parsed.choice] : "";
        size = sizeof parsed.text;
        break;
    }
    if (row->offset != OPTION_NOWHERE)
        memcpy((char *)ret + row->offset, &parsed, size);
    return 0;
}

bool option_is_list_of(const char *text, bool (*valid)(const char *word))
{
    char *copy = mem_copy(text), *rest = copy, *word;
    bool all = true;
    while (all && (word = text_cut(&rest, ',')))
        all = valid(word);
    free(copy);
    return all;
}
