/* SPDX-License-Identifier: MIT */
/* filter.c: from text to a filter: a list of comparisons and of how they are joined, in the order in which a
 * stack machine takes them. */
#include "exporter/consul/filter_internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/core/error.h"
#include "controller/core/text.h"

enum { TEXT_MAX = 2048, WORD_MAX = 256, DEPTH_MAX = 32 };

struct reader {
    const char *at;
    enum consul_shape shape;
    struct consul_filter *filter;
    struct error *err;
    char word[WORD_MAX];
    bool quoted; /* the word stood in quotes */
    unsigned depth;
};

static int wrong(struct reader *reader, const char *what)
{
    char shown[72];
    text_one_line(reader->at, shown, sizeof shown);
    return error_set(reader->err, -EINVAL, "The filter is wrong at \"%s\": %s", shown, what);
}

static void skip_blanks(struct reader *reader)
{
    while (isspace((unsigned char)*reader->at))
        reader->at++;
}

/* Whether the next thing is this sign, which is taken then. */
static bool take_sign(struct reader *reader, const char *sign)
{
    skip_blanks(reader);
    if (strncmp(reader->at, sign, strlen(sign)) != 0)
        return false;
    reader->at += strlen(sign);
    return true;
}

/* Whether the next thing is this word, which is taken then. */
static bool take_word(struct reader *reader, const char *word)
{
    size_t length = strlen(word);
    skip_blanks(reader);
    if (strncasecmp(reader->at, word, length) != 0 || isalnum((unsigned char)reader->at[length]) ||
        (reader->at[length] && strchr("_.-", reader->at[length])))
        return false;
    reader->at += length;
    return true;
}

static int read_quoted(struct reader *reader)
{
    char quote = *reader->at;
    const char *at = reader->at + 1;
    size_t length = 0;
    for (; *at && *at != quote; at++) {
        if (quote == '"' && *at == '\\' && (at[1] == '"' || at[1] == '\\'))
            at++;
        if (length == WORD_MAX - 1)
            return wrong(reader, "a text is longer than 255 characters");
        reader->word[length++] = *at;
    }
    if (!*at)
        return wrong(reader, "a quote is not closed");
    reader->word[length] = '\0';
    reader->quoted = true;
    reader->at = at + 1;
    return 0;
}

/* A value or a field: a text in quotes, or a bare word. */
static int read_word(struct reader *reader)
{
    skip_blanks(reader);
    reader->quoted = false;
    if (*reader->at == '"' || *reader->at == '`')
        return read_quoted(reader);
    size_t length = 0;
    while (isalnum((unsigned char)reader->at[length]) ||
           (reader->at[length] && strchr("_.-/:", reader->at[length])))
        length++;
    if (!length)
        return wrong(reader, "a field or a value is expected");
    if (length >= WORD_MAX)
        return wrong(reader, "a word is longer than 255 characters");
    memcpy(reader->word, reader->at, length);
    reader->word[length] = '\0';
    reader->at += length;
    return 0;
}

static int add_step(struct reader *reader, struct filter_step step)
{
    struct consul_filter *filter = reader->filter;
    if (filter->count == FILTER_STEPS)
        return wrong(reader, "there are more than 64 comparisons and joints");
    filter->step[filter->count++] = step;
    return 0;
}

/* ---- comparisons ---- */

static int read_field(struct reader *reader, struct filter_step *step)
{
    const char *list = "";
    if (filter_field_find(reader->shape, reader->word, &step->field, &step->key, &list)) {
        step->key = arena_copy(&reader->filter->arena, step->key);
        return 0;
    }
    char shown[72];
    text_one_line(reader->word, shown, sizeof shown);
    return error_set(reader->err, -EINVAL, "The filter's field \"%s\" is not known here; known are %s", shown,
                     list);
}

static int end_comparison(struct reader *reader, struct filter_step *step, enum filter_operator how,
                          bool inverted)
{
    step->what = STEP_COMPARE;
    step->how = how;
    step->inverted = inverted;
    bool is_list = filter_field_is_list(step->field) && !step->key;
    if (how == FILTER_EQUAL && is_list)
        return wrong(reader, "a list is asked by in, contains or is empty, not by == or !=");
    return add_step(reader, *step);
}

/* value in field */
static int read_inside(struct reader *reader, struct filter_step *step, bool inverted)
{
    step->value = arena_copy(&reader->filter->arena, reader->word);
    int rc = read_word(reader);
    if (!rc)
        rc = read_field(reader, step);
    return rc ? rc : end_comparison(reader, step, FILTER_CONTAINS, inverted);
}

/* field == value, and so on; the field is in the word. */
static int read_about_field(struct reader *reader, struct filter_step *step)
{
    int rc = read_field(reader, step);
    bool inverted = false;
    if (rc)
        return rc;
    if (take_word(reader, "is")) {
        inverted = take_word(reader, "not");
        return take_word(reader, "empty") ? end_comparison(reader, step, FILTER_EMPTY, inverted)
                                          : wrong(reader, "\"is\" is followed by empty, or not empty");
    }
    enum filter_operator how = FILTER_EQUAL;
    if (take_sign(reader, "!=")) {
        inverted = true;
    } else if (!take_sign(reader, "==")) {
        inverted = take_word(reader, "not");
        how = FILTER_CONTAINS;
        if (!take_word(reader, "contains"))
            return wrong(
                reader, "an operator is expected: ==, !=, in, not in, contains, not contains, is empty or is "
                        "not empty");
    }
    rc = read_word(reader);
    step->value = arena_copy(&reader->filter->arena, reader->word);
    return rc ? rc : end_comparison(reader, step, how, inverted);
}

static int read_comparison(struct reader *reader)
{
    struct filter_step step = {0};
    int rc = read_word(reader);
    if (rc)
        return rc;
    if (take_word(reader, "in"))
        return read_inside(reader, &step, false);
    const char *before = reader->at;
    if (take_word(reader, "not") && take_word(reader, "in"))
        return read_inside(reader, &step, true);
    reader->at = before;
    if (reader->quoted)
        return wrong(reader, "a text in quotes is followed by in, or not in");
    return read_about_field(reader, &step);
}

/* ---- joints ---- */

static int read_either(struct reader *reader);

static int read_single(struct reader *reader)
{
    if (++reader->depth > DEPTH_MAX)
        return wrong(reader, "there are more than 32 brackets and nots inside each other");
    int rc;
    if (take_word(reader, "not")) {
        rc = read_single(reader);
        if (!rc)
            rc = add_step(reader, (struct filter_step){.what = STEP_NOT});
    } else if (take_sign(reader, "(")) {
        rc = read_either(reader);
        if (!rc && !take_sign(reader, ")"))
            rc = wrong(reader, "a bracket is not closed");
    } else {
        rc = read_comparison(reader);
    }
    reader->depth--;
    return rc;
}

static int read_both(struct reader *reader)
{
    int rc = read_single(reader);
    while (!rc && take_word(reader, "and")) {
        rc = read_single(reader);
        if (!rc)
            rc = add_step(reader, (struct filter_step){.what = STEP_AND});
    }
    return rc;
}

static int read_either(struct reader *reader)
{
    int rc = read_both(reader);
    while (!rc && take_word(reader, "or")) {
        rc = read_both(reader);
        if (!rc)
            rc = add_step(reader, (struct filter_step){.what = STEP_OR});
    }
    return rc;
}

int consul_filter_parse(const char *text, enum consul_shape shape, struct consul_filter **ret,
                        struct error *err)
{
    if (strlen(text) > TEXT_MAX)
        return error_set(err, -EINVAL, "The filter is longer than %d characters", TEXT_MAX);
    struct reader reader = {.at = text, .shape = shape, .filter = mem_new(sizeof *reader.filter), .err = err};
    int rc = read_either(&reader);
    skip_blanks(&reader);
    if (!rc && *reader.at)
        rc = wrong(&reader, "and, or or the end is expected");
    if (rc)
        consul_filter_free(reader.filter);
    else
        *ret = reader.filter;
    return rc;
}

void consul_filter_free(struct consul_filter *filter)
{
    if (!filter)
        return;
    arena_free(&filter->arena);
    free(filter);
}
