/* SPDX-License-Identifier: MIT */
/* troubles.c: what is known of each trouble. */
#include "controller/alerting/troubles_internal.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"

/* ---- the table ---- */

struct troubles *troubles_new(const struct trouble_door *door)
{
    struct troubles *troubles = mem_new(sizeof *troubles);
    troubles->door = *door;
    troubles->tokens = STORM_BURST;
    return troubles;
}

void troubles_free(struct troubles *troubles)
{
    if (!troubles)
        return;
    while (troubles->all)
        trouble_drop(troubles, troubles->all);
    free(troubles);
}

void troubles_configure(struct troubles *troubles, const struct trouble_settings *settings)
{
    troubles->settings = *settings;
    troubles->quiet = false;
    troubles->dirty = true;
}

struct trouble *trouble_find(const struct troubles *troubles, const char *key)
{
    struct trouble *found;
    HASH_FIND_STR(troubles->all, key, found);
    return found;
}

struct trouble *trouble_get(struct troubles *troubles, const char *key)
{
    struct trouble *found = trouble_find(troubles, key);
    if (found)
        return found;
    found = mem_new(sizeof *found);
    found->key = mem_copy(key);
    char **const texts[] = {&found->name,    &found->service, &found->container,
                            &found->project, &found->title,   &found->sentence};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = mem_copy("");
    found->delay_ms = -1;
    HASH_ADD_KEYPTR(hh, troubles->all, found->key, strlen(found->key), found);
    return found;
}

void trouble_drop(struct troubles *troubles, struct trouble *trouble)
{
    if (troubles->storm == trouble)
        troubles->storm = NULL;
    HASH_DEL(troubles->all, trouble);
    char *const texts[] = {trouble->key,       trouble->name,    trouble->service,
                           trouble->container, trouble->project, trouble->title,
                           trouble->sentence,  trouble->ended,   trouble->root};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    free(trouble);
}

void trouble_text(char **at, const char *text)
{
    if (*at && text && strcmp(*at, text) == 0)
        return;
    char *copy = mem_copy(text);
    free(*at);
    *at = copy;
}

bool trouble_open(const struct trouble *trouble)
{
    return trouble->present != PRESENT_WELL;
}

bool trouble_is_fold(const struct trouble *trouble)
{
    return strncmp(trouble->key, "fold:", 5) == 0;
}

void trouble_suppressed(struct troubles *troubles, struct trouble *trouble, enum suppression why)
{
    static const char *const names[] = {
        [NOT_SHORT] = "short",       [NOT_VICTIM] = "victim", [NOT_QUIET] = "quiet-hours",
        [NOT_SEVERITY] = "severity", [NOT_STORM] = "storm",   [NOT_FLAPPING] = "flapping",
        [NOT_HELD] = "held"};
    if (trouble->counted >> why & 1)
        return;
    trouble->counted |= 1U << why;
    troubles->door.suppressed(troubles->door.user,
                              why == NOT_HELD && trouble->held ? trouble->held : names[why]);
}

/* ---- what is heard ---- */

int64_t trouble_wait(const struct troubles *troubles, const struct trouble *trouble, enum severity severity)
{
    int64_t wait = trouble->delay_ms >= 0          ? trouble->delay_ms
                   : severity >= SEVERITY_CRITICAL ? troubles->settings.group_wait_ms
                                                   : troubles->settings.delay_ms;
    return wait + (trouble->suspect ? SUSPECT_MS : 0);
}

static void note_severity(const struct troubles *troubles, struct trouble *trouble, enum severity severity,
                          struct moment now)
{
    for (enum severity s = SEVERITY_WARNING; s < SEVERITY_COUNT; s++) {
        if (s > severity)
            trouble->began_mono_ms[s] = 0;
        else if (!trouble->began_mono_ms[s])
            trouble->began_mono_ms[s] = now.mono_ms;
    }
    bool rises = severity >= SEVERITY_CRITICAL && severity > trouble->severity;
    trouble->severity = severity;
    if (rises && trouble->delay_ms < 0 && !trouble->told && severity > trouble->peak) {
        trouble->peak = severity;
        trouble->peak_due_mono_ms = now.mono_ms + trouble_wait(troubles, trouble, severity);
    }
}

void troubles_set(struct troubles *troubles, const struct trouble_fact *fact, struct moment now)
{
    struct trouble *trouble = trouble_get(troubles, fact->key);
    trouble->restored = false;
    /* What is about to be told in spite of being better by now is told as it was. */
    if (fact->severity >= trouble->peak) {
        trouble_text(&trouble->name, fact->name);
        trouble_text(&trouble->title, fact->title);
        trouble_text(&trouble->sentence, fact->sentence);
    }
    trouble_text(&trouble->service, fact->service);
    trouble_text(&trouble->container, fact->container);
    trouble_text(&trouble->project, fact->project);
    trouble_text(&trouble->root, fact->root);
    trouble->delay_ms = fact->delay_ms;
    trouble->channels = fact->channels;
    trouble->least = fact->least;
    trouble->suspect = fact->suspect;
    troubles->dirty = true;
    if (fact->severity == SEVERITY_INFO)
        troubles_clear(troubles, fact->key, fact->title, now);
    trouble->cause = true;
    if (fact->severity == SEVERITY_INFO)
        return;
    if (trouble->present == PRESENT_WELL && !trouble->told) {
        trouble->since_wall_ms = now.wall_ms;
        trouble->counted = 0;
    }
    if (!trouble->since_wall_ms)
        trouble->since_wall_ms = now.wall_ms;
    if (trouble->present == PRESENT_WELL && trouble->flapping)
        trouble_suppressed(troubles, trouble, NOT_FLAPPING);
    trouble->present = PRESENT_SICK;
    trouble->undecided_mono_ms = trouble->well_mono_ms = 0;
    note_severity(troubles, trouble, fact->severity, now);
}

void troubles_undecided(struct troubles *troubles, const char *key, struct moment now)
{
    struct trouble *trouble = trouble_find(troubles, key);
    if (!trouble || (trouble->present == PRESENT_WELL && !trouble->told))
        return;
    if (trouble->present != PRESENT_UNDECIDED || trouble->restored)
        trouble->undecided_mono_ms = now.mono_ms;
    trouble->present = PRESENT_UNDECIDED;
    trouble->restored = false;
    trouble->well_mono_ms = 0;
    troubles->dirty = true;
}

void troubles_clear(struct troubles *troubles, const char *key, const char *title, struct moment now)
{
    struct trouble *trouble = trouble_find(troubles, key);
    if (!trouble)
        return;
    trouble->restored = trouble->cause = false;
    trouble_text(&trouble->ended, title);
    if (trouble->present == PRESENT_WELL)
        return;
    trouble->present = PRESENT_WELL;
    note_severity(troubles, trouble, SEVERITY_INFO, now);
    trouble->undecided_mono_ms = 0;
    trouble->suspect = false;
    trouble_text(&trouble->root, NULL);
    troubles->dirty = true;
}

void troubles_hold(struct troubles *troubles, const char *key, const char *reason, struct moment now)
{
    struct trouble *trouble = trouble_find(troubles, key);
    if (!trouble || (!reason && !trouble->held))
        return;
    trouble->held = reason;
    if (reason && trouble_open(trouble))
        trouble_suppressed(troubles, trouble, NOT_HELD);
    if (!trouble->told) { /* its time begins when nothing holds it any more */
        enum severity severity = trouble->severity;
        trouble->peak = SEVERITY_INFO;
        note_severity(troubles, trouble, SEVERITY_INFO, now);
        note_severity(troubles, trouble, severity, now);
        if (reason)
            trouble->peak = SEVERITY_INFO;
    }
    troubles->dirty = true;
}

/* ---- what is asked ---- */

bool troubles_knows(const struct troubles *troubles, const char *key)
{
    return trouble_find(troubles, key) != NULL;
}

bool troubles_told(const struct troubles *troubles, const char *key)
{
    const struct trouble *trouble = trouble_find(troubles, key);
    return trouble && (trouble->told || (trouble->parent && trouble->parent->told));
}

void troubles_each_open(const struct troubles *troubles, void (*each)(void *user, const char *key),
                        void *user)
{
    for (const struct trouble *at = troubles->all; at; at = at->hh.next)
        if (trouble_open(at))
            each(user, at->key);
}

int64_t troubles_due(const struct troubles *troubles)
{
    return troubles->dirty ? 1 : troubles->due_mono_ms;
}

uint64_t troubles_version(const struct troubles *troubles)
{
    return troubles->version;
}
