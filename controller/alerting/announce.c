/* SPDX-License-Identifier: MIT */
/* announce.c: when what is known is told: who is whose victim, what has lasted long enough, what grew worse,
 * goes on, or is over. */
#include "controller/alerting/troubles_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/hash.h"
#include "controller/core/mem.h"
#include "controller/core/quiet.h"

static void look_again(struct troubles *troubles, int64_t mono_ms)
{
    if (mono_ms && (!troubles->due_mono_ms || mono_ms < troubles->due_mono_ms))
        troubles->due_mono_ms = mono_ms;
}

static enum severity graver(enum severity a, enum severity b)
{
    return a > b ? a : b;
}

/* Looked for once: quiet hours end rarely, and many troubles may ask. */
static void look_quiet(struct troubles *troubles, struct moment now)
{
    const struct quiet *quiet = troubles->settings.quiet;
    bool is = quiet && quiet_at(quiet, now.wall_ms);
    if (is && (!troubles->quiet || now.wall_ms >= troubles->quiet_end_wall_ms))
        troubles->quiet_end_wall_ms = quiet_end(quiet, now.wall_ms);
    troubles->quiet = is;
}

/* Whether nothing of this severity is sent now; then the end of that is waited for. */
static bool quiet_holds(struct troubles *troubles, enum severity severity, struct moment now)
{
    if (!troubles->quiet || severity >= SEVERITY_EMERGENCY)
        return false;
    if (troubles->quiet_end_wall_ms)
        look_again(troubles, now.mono_ms + troubles->quiet_end_wall_ms - now.wall_ms);
    return true;
}

/* ---- who is whose victim ---- */

static void link_victim(struct troubles *troubles, struct trouble *trouble, struct moment now)
{
    struct trouble *cause = trouble->root ? trouble_find(troubles, trouble->root) : NULL;
    if (cause && !cause->cause)
        cause = NULL;
    while (cause && cause->parent && cause->parent != trouble)
        cause = cause->parent;
    if (cause == trouble || (cause && cause->parent))
        cause = NULL;
    if (cause) {
        if (cause != trouble->parent && cause->told)
            troubles->version++;
        trouble->parent = cause;
        trouble->peak = SEVERITY_INFO;
        trouble->blocked_quiet = false;
        trouble->orphan_mono_ms = 0;
        trouble_suppressed(troubles, trouble, NOT_VICTIM);
        return;
    }
    if (!trouble->parent)
        return;
    if (!trouble->orphan_mono_ms)
        trouble->orphan_mono_ms = now.mono_ms;
    int64_t until = trouble->orphan_mono_ms + troubles->settings.delay_ms;
    if (until > now.mono_ms) {
        look_again(troubles, until);
        return;
    }
    trouble->parent = NULL;
    trouble->orphan_mono_ms = 0;
}

static void link_victims(struct troubles *troubles, struct moment now)
{
    for (struct trouble *at = troubles->all; at; at = at->hh.next) {
        if (at->present == PRESENT_UNDECIDED) {
            int64_t until = at->undecided_mono_ms + UNDECIDED_MS;
            if (until <= now.mono_ms)
                troubles_clear(troubles, at->key, "Nobody can tell any more how it is", now);
            else
                look_again(troubles, until);
        }
        if (!trouble_open(at))
            at->folded = false;
        else if (!at->told && !at->folded && !at->restored && !trouble_is_fold(at))
            link_victim(troubles, at, now);
    }
    for (struct trouble *at = troubles->all; at; at = at->hh.next)
        while (at->parent && at->parent->parent)
            at->parent = at->parent->parent;
}

/* ---- what it adds up to ---- */

/* When a trouble has lasted long enough to be told; 0: nothing to be told. */
static int64_t ready_at(const struct troubles *troubles, const struct trouble *trouble)
{
    if (trouble->restored)
        return 0;
    int64_t ready = trouble->peak ? trouble->peak_due_mono_ms : 0;
    /* What is restarted before its warning was due may come back well. */
    bool waits = trouble->present == PRESENT_SICK ||
                 (trouble->present == PRESENT_UNDECIDED && trouble->severity >= SEVERITY_CRITICAL);
    for (enum severity s = SEVERITY_WARNING; waits && s <= trouble->severity; s++) {
        int64_t at = trouble->began_mono_ms[s] + trouble_wait(troubles, trouble, s);
        if (trouble->began_mono_ms[s] && (!ready || at < ready))
            ready = at;
    }
    return ready;
}

static void add_member(const struct troubles *troubles, struct trouble *head, const struct trouble *member)
{
    bool itself = head == member;
    head->bound += !itself && trouble_open(member);
    bool counts = trouble_open(member) || (itself && member->peak);
    head->open += trouble_open(member) && (itself || !member->held);
    if (!counts || member->held)
        return;
    head->sick_victims += !itself && trouble_open(member);
    head->grave = graver(head->grave, graver(member->severity, itself ? member->peak : SEVERITY_INFO));
    head->possible |= member->channels & troubles->settings.channels;
    if (member->since_wall_ms && (!head->first_wall_ms || member->since_wall_ms < head->first_wall_ms))
        head->first_wall_ms = member->since_wall_ms;
    /* A cause that is sick itself sets the time; one that is not (somebody stopped it) its victims do. */
    int64_t ready = ready_at(troubles, member);
    bool sets = itself || ((!trouble_open(head) || head->severity == SEVERITY_INFO) && !head->peak &&
                           !member->orphan_mono_ms);
    if (ready && sets && (!head->ready_mono_ms || ready < head->ready_mono_ms))
        head->ready_mono_ms = ready;
}

static void add_wish(const struct troubles *troubles, struct trouble *head, const struct trouble *member)
{
    bool counts = trouble_open(member) || (head == member && member->peak);
    if (counts && !member->held && head->grave >= graver(troubles->settings.least, member->least))
        head->wanted |= member->channels & troubles->settings.channels;
}

/* Adds up each trouble that is told by itself with its victims. */
static void sum_up(struct troubles *troubles)
{
    for (struct trouble *at = troubles->all; at; at = at->hh.next) {
        at->open = at->sick_victims = at->bound = 0;
        at->grave = SEVERITY_INFO;
        at->ready_mono_ms = at->first_wall_ms = 0;
        at->wanted = at->possible = 0;
    }
    for (struct trouble *at = troubles->all; at; at = at->hh.next)
        add_member(troubles, at->parent ? at->parent : at, at);
    for (struct trouble *at = troubles->all; at; at = at->hh.next)
        add_wish(troubles, at->parent ? at->parent : at, at);
}

/* ---- telling ---- */

static void name_trouble(struct trouble *trouble)
{
    uint64_t id = hash_number(hash_text(HASH_START, trouble->key), trouble->since_wall_ms);
    snprintf(trouble->id, sizeof trouble->id, "%016llx", (unsigned long long)id);
}

static void note_firing(struct trouble *trouble, struct moment now)
{
    unsigned lately = 0;
    for (unsigned i = 0; i < FLAP_TIMES; i++)
        lately += trouble->fired_wall_ms[i] && now.wall_ms - trouble->fired_wall_ms[i] < FLAP_WINDOW_MS;
    trouble->flapping = lately >= FLAP_TIMES - 1;
    for (unsigned i = FLAP_TIMES - 1; i; i--)
        trouble->fired_wall_ms[i] = trouble->fired_wall_ms[i - 1];
    trouble->fired_wall_ms[0] = now.wall_ms;
    if (!trouble->since_wall_ms || !trouble_open(trouble))
        trouble->since_wall_ms = trouble->first_wall_ms ? trouble->first_wall_ms : now.wall_ms;
    name_trouble(trouble);
}

/* It begins, or grew worse. */
static void announce(struct troubles *troubles, struct trouble *trouble, struct moment now)
{
    if (!trouble->told) {
        note_firing(trouble, now);
        trouble->told_set = 0;
        trouble->told_peak = SEVERITY_INFO;
        trouble->parent = NULL;
    }
    if (!trouble->wanted && trouble->possible)
        trouble_suppressed(troubles, trouble, NOT_SEVERITY);
    trouble->told = true;
    trouble->blocked_quiet = false;
    trouble->peak = SEVERITY_INFO;
    trouble->level = trouble->grave;
    trouble->told_peak = graver(trouble->told_peak, trouble->grave);
    trouble->told_set |= trouble->wanted;
    trouble->lower_mono_ms = trouble->well_mono_ms = 0;
    message_tell(troubles, trouble, ALERT_FIRING, trouble->told_set, now);
}

static void resolve(struct troubles *troubles, struct trouble *trouble, struct moment now)
{
    message_tell(troubles, trouble, ALERT_RESOLVED, trouble->told_set, now);
    trouble->told = trouble->flapping = false;
    trouble->level = trouble->told_peak = SEVERITY_INFO;
    trouble->since_wall_ms = trouble->well_mono_ms = trouble->told_wall_ms = 0;
    trouble->counted = 0;
    trouble->present = PRESENT_WELL;
}

/* It became less grave: when that lasts, people hear of it again should it get as bad as before. */
static void look_lower(struct troubles *troubles, struct trouble *trouble, struct moment now)
{
    int64_t wait_ms = troubles->settings.resolve_delay_ms;
    if (trouble->grave >= trouble->level) {
        trouble->lower_mono_ms = 0;
        return;
    }
    if (!trouble->lower_mono_ms)
        trouble->lower_mono_ms = now.mono_ms;
    if (now.mono_ms - trouble->lower_mono_ms < wait_ms) {
        look_again(troubles, trouble->lower_mono_ms + wait_ms);
        return;
    }
    trouble->level = trouble->grave;
    trouble->lower_mono_ms = 0;
    troubles->version++;
}

static void remind(struct troubles *troubles, struct trouble *trouble, struct moment now)
{
    int64_t every_ms = troubles->settings.remind_ms;
    int64_t wait_ms = trouble->told_wall_ms + every_ms - now.wall_ms;
    if (!every_ms)
        return;
    if (wait_ms <= 0) {
        if (quiet_holds(troubles, trouble->grave, now))
            return;
        message_tell(troubles, trouble, ALERT_REMINDER, trouble->told_set, now);
        wait_ms = every_ms;
    }
    /* Somebody may have set the clock back. */
    look_again(troubles, now.mono_ms + (wait_ms < every_ms ? wait_ms : every_ms));
}

static void tell_going_on(struct troubles *troubles, struct trouble *trouble, struct moment now)
{
    trouble->well_mono_ms = 0;
    if (trouble->held || trouble->grave == SEVERITY_INFO)
        return;
    if (trouble->grave > trouble->level && !quiet_holds(troubles, trouble->grave, now))
        announce(troubles, trouble, now);
    look_lower(troubles, trouble, now);
    unsigned news = trouble->wanted & ~trouble->told_set;
    if (news && !quiet_holds(troubles, trouble->grave, now)) {
        trouble->told_set |= news;
        message_tell(troubles, trouble, ALERT_FIRING, news, now);
    }
    remind(troubles, trouble, now);
}

static void tell_over(struct troubles *troubles, struct trouble *trouble, struct moment now)
{
    if (!trouble->well_mono_ms)
        trouble->well_mono_ms = now.mono_ms;
    int64_t calm_ms = troubles->settings.resolve_delay_ms;
    if (trouble->flapping && calm_ms < FLAP_CALM_MS)
        calm_ms = FLAP_CALM_MS;
    if (now.mono_ms - trouble->well_mono_ms < calm_ms)
        look_again(troubles, trouble->well_mono_ms + calm_ms);
    else if (!quiet_holds(troubles, trouble->told_peak, now))
        resolve(troubles, trouble, now);
}

/* ---- what is ready ---- */

/* Whether a trouble that was not told yet is to be told now. */
static bool is_ready(struct troubles *troubles, struct trouble *trouble, struct moment now)
{
    if (!trouble->ready_mono_ms || trouble->held || trouble->parent) {
        trouble->blocked_quiet = false;
        return false;
    }
    if (trouble->ready_mono_ms > now.mono_ms) {
        look_again(troubles, trouble->ready_mono_ms);
        return false;
    }
    if (!quiet_holds(troubles, trouble->grave, now))
        return true;
    trouble_suppressed(troubles, trouble, NOT_QUIET);
    trouble->blocked_quiet = trouble->open > 0;
    if (!trouble->since_wall_ms)
        trouble->since_wall_ms = trouble->first_wall_ms;
    name_trouble(trouble);
    if (!trouble->open) /* over before anybody could be told */
        trouble->peak = SEVERITY_INFO;
    return false;
}

static void tell_ready(struct troubles *troubles, struct moment now)
{
    struct trouble **ready = mem_new((HASH_COUNT(troubles->all) + 1) * sizeof(struct trouble *));
    size_t count = 0;
    for (struct trouble *at = troubles->all; at; at = at->hh.next)
        if (!at->told && is_ready(troubles, at, now))
            ready[count++] = at;
    if (count && fold_ready(troubles, ready, count, now)) {
        sum_up(troubles);
        for (struct trouble *at = troubles->all; at; at = at->hh.next)
            if (!at->told && trouble_is_fold(at))
                announce(troubles, at, now);
    }
    for (size_t i = 0; i < count; i++)
        if (!ready[i]->folded)
            announce(troubles, ready[i], now);
    free(ready);
}

/* ---- the settle ---- */

/* Whether nothing about a trouble is worth keeping. */
static bool is_spent(struct troubles *troubles, struct trouble *trouble, struct moment now)
{
    if (trouble->told || trouble_open(trouble) || trouble->bound || trouble->peak)
        return false;
    if (trouble->since_wall_ms && !trouble->parent && strncmp(trouble->key, "own:", 4) != 0)
        trouble_suppressed(troubles, trouble, NOT_SHORT);
    trouble->since_wall_ms = 0;
    if (trouble->parent && trouble->parent->told)
        return false; /* it is named when that is over */
    trouble->parent = NULL;
    return !trouble->fired_wall_ms[0] || now.wall_ms - trouble->fired_wall_ms[0] >= FLAP_WINDOW_MS ||
           trouble_is_fold(trouble);
}

static void forget(struct troubles *troubles, struct moment now)
{
    struct trouble *at, *next;
    for (at = troubles->all; at; at = at->hh.next) /* victims first: they point at their causes */
        if (at->parent && !at->parent->told && !trouble_open(at)) {
            at->parent = NULL;
            at->since_wall_ms = 0;
        }
    HASH_ITER(hh, troubles->all, at, next)
    if (is_spent(troubles, at, now))
        trouble_drop(troubles, at);
}

void troubles_settle(struct troubles *troubles, struct moment now)
{
    if (!troubles->dirty && (!troubles->due_mono_ms || troubles->due_mono_ms > now.mono_ms))
        return;
    troubles->dirty = false;
    troubles->due_mono_ms = 0;
    look_quiet(troubles, now);
    link_victims(troubles, now);
    sum_up(troubles);
    tell_ready(troubles, now);
    sum_up(troubles);
    for (struct trouble *at = troubles->all; at; at = at->hh.next) {
        if (!at->told)
            continue;
        if (at->open)
            tell_going_on(troubles, at, now);
        else
            tell_over(troubles, at, now);
    }
    forget(troubles, now);
    troubles->dirty = false;
}
