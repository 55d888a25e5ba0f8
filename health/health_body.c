/* SPDX-License-Identifier: MIT */
/* Reads the JSON body of a health answer: its status and the words of its checks. */
#include "health/probe.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <json.h>

#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "controller/core/text.h"

/* Answers nest two or three deep; what nests deeper is no health answer. */
enum { BODY_DEPTH = 16 };

static const struct {
    const char *word;
    enum status status;
} words[] = {
    {"healthy", STATUS_HEALTHY}, {"ok", STATUS_HEALTHY},       {"pass", STATUS_HEALTHY},
    {"passing", STATUS_HEALTHY}, {"up", STATUS_HEALTHY},       {"degraded", STATUS_DEGRADED},
    {"warn", STATUS_DEGRADED},   {"warning", STATUS_DEGRADED}, {"unhealthy", STATUS_UNHEALTHY},
    {"fail", STATUS_UNHEALTHY},  {"failed", STATUS_UNHEALTHY}, {"failing", STATUS_UNHEALTHY},
    {"down", STATUS_UNHEALTHY},  {"error", STATUS_UNHEALTHY},  {"critical", STATUS_UNHEALTHY},
};

/* How bad a word is, so that of two checks with one name the worse is shown. */
static const enum status word_order[] = {STATUS_HEALTHY, STATUS_UNKNOWN, STATUS_DEGRADED, STATUS_UNHEALTHY};
static const char *const word_text[] = {"healthy", "unknown", "degraded", "unhealthy"};
enum { WORDS = sizeof word_order / sizeof *word_order };

static size_t word_rank(enum status status)
{
    size_t rank = 0;
    while (word_order[rank] != status) {
        rank++;
        assert(rank < WORDS);
    }
    return rank;
}

/* "unhealthy: timeout" and "warning: 8% free" mean their first word; "pass-through" means nothing we know. */
static enum status text_status(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    text += strspn(text, " \t\r\n");
    size_t len = strspn(text, letters);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i].word) == len && strncasecmp(words[i].word, text, len) == 0)
            return words[i].status;
    }
    return STATUS_UNKNOWN;
}

static enum status string_status(struct json_object *value)
{
    return json_object_is_type(value, json_type_string) ? text_status(json_object_get_string(value))
                                                        : STATUS_UNKNOWN;
}

/* The value of one check: a word, a boolean or an object with "status". */
static enum status check_status(struct json_object *value)
{
    if (json_object_is_type(value, json_type_boolean))
        return json_object_get_boolean(value) ? STATUS_HEALTHY : STATUS_UNHEALTHY;
    if (json_object_is_type(value, json_type_object))
        return string_status(json_object_object_get(value, "status"));
    return string_status(value);
}

/* health+json lists the measurements of a component: the worst is the component's. */
static size_t value_rank(struct json_object *value)
{
    if (!json_object_is_type(value, json_type_array) || json_object_array_length(value) == 0)
        return word_rank(check_status(value));
    size_t worst = 0;
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        size_t rank = word_rank(check_status(json_object_array_get_idx(value, i)));
        worst = rank > worst ? rank : worst;
    }
    return worst;
}

/* The checks kept so far, sorted by name: the first in byte order stay, so that the order in the body is no
 * matter. */
struct check_list {
    struct {
        char name[sizeof((struct outcome_check *)0)->name];
        size_t rank;
    } item[LIMIT_HEALTH_CHECKS + 1]; /* one more, so that an insertion may push the last one out */
    size_t count;
};

static void check_list_add(struct check_list *list, const char *foreign_name, size_t rank)
{
    char name[sizeof list->item[0].name];
    text_one_line(foreign_name, name, sizeof name);

    size_t at = 0;
    int order = 1;
    while (at < list->count && (order = strcmp(name, list->item[at].name)) > 0)
        at++;
    if (at < list->count && order == 0) {
        if (rank > list->item[at].rank)
            list->item[at].rank = rank;
        return;
    }
    memmove(&list->item[at + 1], &list->item[at], (list->count - at) * sizeof list->item[0]);
    memcpy(list->item[at].name, name, sizeof name);
    list->item[at].rank = rank;
    if (list->count < LIMIT_HEALTH_CHECKS)
        list->count++;
}

static void check_list_read(struct check_list *list, struct json_object *root, const char *key)
{
    struct json_object *checks = json_object_object_get(root, key);
    if (!json_object_is_type(checks, json_type_object))
        return;
    struct json_object_iterator at = json_object_iter_begin(checks), end = json_object_iter_end(checks);
    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
        check_list_add(list, json_object_iter_peek_name(&at), value_rank(json_object_iter_peek_value(&at)));
}

static void check_list_store(const struct check_list *list, struct outcome *outcome)
{
    if (list->count == 0)
        return;
    outcome->check = mem_new(list->count * sizeof *outcome->check);
    outcome->check_count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        memcpy(outcome->check[i].name, list->item[i].name, sizeof outcome->check[i].name);
        snprintf(outcome->check[i].word, sizeof outcome->check[i].word, "%s", word_text[list->item[i].rank]);
    }
}

static bool looks_like_object(const char *body, size_t len)
{
    size_t at = 0;
    while (at < len && strchr(" \t\r\n", body[at]) && body[at] != '\0')
        at++;
    return at < len && body[at] == '{';
}

static struct json_object *body_parse(const char *body, size_t len)
{
    struct json_tokener *tokener = json_tokener_new_ex(BODY_DEPTH);
    if (!tokener)
        return NULL;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *root = json_tokener_parse_ex(tokener, body, (int)len);
    json_tokener_free(tokener);
    if (json_object_is_type(root, json_type_object))
        return root;
    json_object_put(root);
    return NULL;
}

void health_body_read(const char *body, size_t len, struct outcome *outcome)
{
    assert(!outcome->check);
    if (len > LIMIT_HEALTH_BODY || !looks_like_object(body, len))
        return;
    struct json_object *root = body_parse(body, len);
    if (!root)
        return;

    enum status status = string_status(json_object_object_get(root, "status"));
    if (status != STATUS_UNKNOWN) {
        outcome->has_body_status = true;
        outcome->body_status = status;
    }
    struct check_list list = {.count = 0};
    check_list_read(&list, root, "checks");
    check_list_read(&list, root, "dependencies");
    check_list_store(&list, outcome);
    json_object_put(root);
}
