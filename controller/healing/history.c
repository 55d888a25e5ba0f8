/* SPDX-License-Identifier: MIT */
/* history.c: a short list of decisions; the texts of each are one block. */
#include "controller/healing/history.h"

#include <stdlib.h>
#include <string.h>

struct history {
    size_t count;
    struct past_decision *item; /* count entries, oldest first; reason points to the block of texts */
};

static char *put(char **at, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memcpy(*at, text, size);
    *at += size;
    return copy;
}

static void texts_free(const struct past_decision *decision)
{
    char *block; /* reason is its beginning, and our own */
    memcpy(&block, &decision->reason, sizeof block);
    free(block);
}

void history_add(struct history **history, const struct past_decision *decision)
{
    if (!*history)
        *history = mem_new(sizeof **history);
    struct history *into = *history;
    struct past_decision added = *decision;
    char *at = mem_new(strlen(decision->reason) + strlen(decision->sentence) + strlen(decision->container) +
                       3);
    added.reason = put(&at, decision->reason);
    added.sentence = put(&at, decision->sentence);
    added.container = put(&at, decision->container);
    if (into->count == HISTORY_DECISIONS) {
        texts_free(&into->item[0]);
        memmove(into->item, into->item + 1, --into->count * sizeof *into->item);
    } else {
        into->item = mem_resize(into->item, into->count + 1, sizeof *into->item);
    }
    into->item[into->count++] = added;
}

/* After "nothing to do" these two only mean that it is being looked at again. */
static bool is_look_anew(const struct past_decision *latest, const struct decision_shown *decision)
{
    return latest->action == ACTION_NONE && (strcmp(decision->reason, status_name[STATUS_STARTING]) == 0 ||
                                             strcmp(decision->reason, status_name[STATUS_UNKNOWN]) == 0);
}

static bool is_news(const struct history *history, const struct decision_shown *decision)
{
    if (!history)
        return decision->action != ACTION_NONE;
    const struct past_decision *latest = &history->item[history->count - 1];
    if (latest->action == decision->action && strcmp(latest->reason, decision->reason) == 0)
        return false;
    return decision->action != ACTION_NONE || !is_look_anew(latest, decision);
}

bool history_note(struct history **history, const struct decision_shown *decision, const char *container,
                  int64_t now_wall_ms)
{
    if (!is_news(*history, decision))
        return false;
    history_add(history, &(struct past_decision){.at_wall_ms = now_wall_ms,
                                                 .action = decision->action,
                                                 .reason = decision->reason,
                                                 .sentence = decision->sentence,
                                                 .container = container});
    return true;
}

const struct past_decision *history_items(const struct history *history, size_t *ret_count)
{
    *ret_count = history ? history->count : 0;
    return history ? history->item : NULL;
}

void history_free(struct history *history)
{
    if (!history)
        return;
    for (size_t i = 0; i < history->count; i++)
        texts_free(&history->item[i]);
    free(history->item);
    free(history);
}
