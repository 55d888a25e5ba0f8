/* SPDX-License-Identifier: MIT */
/* trouble_message.c: a trouble in words, and what of it is shown. */
#include "controller/alerting/troubles_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"
#include "controller/core/text.h"

enum { TITLE = 240, SENTENCE = 960 };

/* What an alert's texts borrow from. */
struct message {
    struct alert alert;
    const char **victims;
    char title[TITLE], sentence[SENTENCE];
};

static int victim_order(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* A victim's name: of its service, else what is said of it. */
static const char *name_of(const struct trouble *trouble)
{
    return trouble->service[0] ? trouble->service : trouble->title;
}

/* The names of its victims, each once; all: also of those that are well again. */
static void find_victims(const struct troubles *troubles, const struct trouble *trouble, bool all,
                         struct message *ret)
{
    size_t count = 0, kept = 0;
    for (const struct trouble *at = troubles->all; at; at = at->hh.next)
        count += at->parent == trouble;
    if (!count)
        return;
    ret->victims = mem_new(count * sizeof *ret->victims);
    count = 0;
    for (const struct trouble *at = troubles->all; at; at = at->hh.next)
        if (at->parent == trouble && (all || (trouble_open(at) && !at->held)))
            ret->victims[count++] = name_of(at);
    if (count)
        qsort(ret->victims, count, sizeof *ret->victims, victim_order);
    for (size_t i = 0; i < count; i++)
        if (!kept || strcmp(ret->victims[i], ret->victims[kept - 1]) != 0)
            ret->victims[kept++] = ret->victims[i];
    ret->alert.victim = ret->victims;
    ret->alert.victim_count = kept;
}

/* "90s", "12m", "3h", "5d": as exact as anybody wants to know. */
static void put_span(int64_t ms, char *ret, size_t size)
{
    static const struct {
        int64_t unit_ms;
        char letter;
    } units[] = {{INT64_C(86400000), 'd'}, {3600000, 'h'}, {60000, 'm'}, {1000, 's'}};
    size_t i = 0;
    while (i < 3 && ms < 2 * units[i].unit_ms)
        i++;
    snprintf(ret, size, "%lld%c", (long long)(ms / units[i].unit_ms), units[i].letter);
}

static void write_sentence(const struct trouble *trouble, enum alert_state state, struct moment now,
                           struct message *message)
{
    char span[24];
    size_t victims = message->alert.victim_count;
    put_span(now.wall_ms > trouble->since_wall_ms ? now.wall_ms - trouble->since_wall_ms : 0, span,
             sizeof span);
    if (state == ALERT_RESOLVED) {
        snprintf(message->sentence, SENTENCE, "Over after %s.", span);
        return;
    }
    int used = snprintf(message->sentence, SENTENCE, "%.600s", trouble->sentence);
    size_t at = used > 0 ? (size_t)used : 0;
    if (state == ALERT_REMINDER)
        at += (size_t)snprintf(message->sentence + at, SENTENCE - at, " It has lasted for %s.", span);
    if (victims && !trouble_is_fold(trouble))
        at += (size_t)snprintf(message->sentence + at, SENTENCE - at, " %zu service%s %s sick because of it.",
                               victims, victims == 1 ? "" : "s", victims == 1 ? "is" : "are");
    if (trouble->flapping)
        snprintf(
            message->sentence + at, SENTENCE - at,
            " It comes and goes (told %d times within an hour): this is not over before it has been well "
            "for 15m, and told again only when it grows worse.",
            FLAP_TIMES);
}

static void write_message(const struct troubles *troubles, const struct trouble *trouble,
                          enum alert_state state, struct moment now, struct message *ret)
{
    bool over = state == ALERT_RESOLVED;
    *ret = (struct message){.victims = NULL};
    find_victims(troubles, trouble, over, ret);
    if (trouble_is_fold(trouble))
        fold_title(trouble, over, ret->title, TITLE);
    else if (over && !trouble->ended)
        snprintf(ret->title, TITLE, "%.200s does not exist any more", name_of(trouble));
    else
        snprintf(ret->title, TITLE, "%.200s", over ? trouble->ended : trouble->title);
    write_sentence(trouble, state, now, ret);
    struct alert *alert = &ret->alert;
    alert->id = trouble->id;
    alert->name = trouble->name;
    alert->state = state;
    alert->severity = over ? trouble->told_peak : trouble->grave;
    if (alert->severity == SEVERITY_INFO)
        alert->severity = trouble->level;
    alert->service = trouble->service;
    alert->container = trouble->container;
    alert->project = trouble->project;
    alert->title = ret->title;
    alert->sentence = ret->sentence;
    alert->since_wall_ms = trouble->since_wall_ms;
    alert->at_wall_ms = now.wall_ms;
    alert->host = alert->url = "";
}

void message_tell(struct troubles *troubles, struct trouble *trouble, enum alert_state state,
                  unsigned channels, struct moment now)
{
    struct message message;
    write_message(troubles, trouble, state, now, &message);
    troubles->door.tell(troubles->door.user, channels, &message.alert);
    free(message.victims);
    trouble->told_wall_ms = now.wall_ms;
    troubles->version++;
}

/* ---- what is shown ---- */

static int age_order(const void *a, const void *b)
{
    const struct trouble *const *x = a, *const *y = b;
    int64_t first = (*x)->since_wall_ms, second = (*y)->since_wall_ms;
    return first != second ? (first < second ? -1 : 1) : strcmp((*x)->key, (*y)->key);
}

void troubles_show(const struct troubles *troubles,
                   void (*each)(void *user, const struct trouble_shown *shown), void *user)
{
    const struct trouble **list = mem_new((HASH_COUNT(troubles->all) + 1) * sizeof *list);
    size_t count = 0;
    for (const struct trouble *at = troubles->all; at; at = at->hh.next)
        if (at->told || at->blocked_quiet)
            list[count++] = at;
    qsort(list, count, sizeof *list, age_order);
    for (size_t i = 0; i < count; i++) {
        const struct trouble *at = list[i];
        struct message message;
        write_message(troubles, at, ALERT_FIRING, (struct moment){.wall_ms = at->told_wall_ms}, &message);
        each(user, &(struct trouble_shown){.alert = message.alert,
                                           .told = at->told_set,
                                           .told_wall_ms = at->told_wall_ms,
                                           .quiet = at->blocked_quiet,
                                           .flapping = at->flapping});
        free(message.victims);
    }
    free(list);
}
