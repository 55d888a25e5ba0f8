/* SPDX-License-Identifier: MIT */
/* deployment_judge.c: what the signs of deployments mean for one container and for one service. */
#include "controller/healing/deployment_internal.h"

#include <stdio.h>
#include <string.h>

/* One sign that is there, whether or not it holds still. */
struct shown {
    enum deployment_sign sign;
    const struct scope *scope;   /* NULL: a helper's */
    const struct helper *helper; /* NULL: a scope's */
    struct moment since, end;
    bool *said;
};

enum { SHOWN_MOST = 8 }; /* three of the key, three of the project, and there is room for two helpers */
struct shown_list {
    struct shown item[SHOWN_MOST];
    size_t count;
};

static struct moment later(struct moment moment, int64_t ms)
{
    return (struct moment){moment.mono_ms + ms, moment.wall_ms + ms};
}

static void show(struct shown_list *list, struct shown shown)
{
    if (list->count < SHOWN_MOST)
        list->item[list->count++] = shown;
}

static void show_scope(const struct deployments *deployments, struct scope *scope, struct moment now,
                       struct shown_list *list)
{
    if (!scope)
        return;
    struct shown shown = {.scope = scope};
    if (scope->has_generations) {
        shown.sign = DEPLOYMENT_GENERATIONS;
        shown.since = scope->generations;
        shown.end = later(shown.since, DEPLOYMENT_CAP_MS);
        shown.said = &scope->said[shown.sign];
        show(list, shown);
    }
    const struct part *youngest = TAILQ_LAST(&scope->unfinished, part_list);
    if (youngest) {
        shown.sign = DEPLOYMENT_UNFINISHED;
        shown.since = youngest->of->since;
        shown.end = later(shown.since, DEPLOYMENT_CAP_MS);
        shown.said = &scope->said[shown.sign];
        show(list, shown);
    }
    if (scope_steps_on(deployments, scope, now)) {
        shown.sign = DEPLOYMENT_STEPS;
        shown.since = scope->first;
        struct moment quiet = later(scope->last, deployments->settle_ms);
        struct moment cap = later(scope->first, DEPLOYMENT_CAP_MS);
        shown.end = quiet.mono_ms < cap.mono_ms ? quiet : cap;
        shown.said = &scope->said[shown.sign];
        show(list, shown);
    }
}

static bool concerns(const struct helper *helper, const struct deployment_subject *subject)
{
    return helper->owner ? strcmp(helper->owner, subject->key) == 0 : subject->coolify_application;
}

static void show_helper(struct helper *helper, struct shown_list *list)
{
    show(list, (struct shown){.sign = DEPLOYMENT_HELPER,
                              .helper = helper,
                              .since = helper->since,
                              .end = later(helper->since, DEPLOYMENT_CAP_MS),
                              .said = &helper->said});
}

/* Of several helpers the youngest counts: it holds longest. One that is past its cap is shown until that is
 * said.
 */
static void show_helpers(const struct deployments *deployments, const struct deployment_subject *subject,
                         struct moment now, struct shown_list *list)
{
    struct helper *helper, *youngest = NULL, *capped = NULL;
    TAILQ_FOREACH(helper, &deployments->helpers, link)
    {
        if (!concerns(helper, subject))
            continue;
        if (!youngest || helper->since.mono_ms >= youngest->since.mono_ms)
            youngest = helper;
        if (!helper->said && now.mono_ms >= helper->since.mono_ms + DEPLOYMENT_CAP_MS)
            capped = helper;
    }
    if (youngest)
        show_helper(youngest, list);
    if (capped && capped != youngest)
        show_helper(capped, list);
}

static void show_all(const struct deployments *deployments, const struct deployment_subject *subject,
                     struct moment now, struct shown_list *ret)
{
    ret->count = 0;
    if (!deployments->settle_ms)
        return;
    show_scope(deployments, scope_find(deployments, OF_KEY, subject->key), now, ret);
    show_scope(deployments, scope_find(deployments, OF_PROJECT, subject->project), now, ret);
    show_helpers(deployments, subject, now, ret);
}

/* Whose sign it is, in words. */
static void owner_say(const struct shown *shown, char *ret, size_t size)
{
    if (shown->scope && shown->scope->kind == OF_PROJECT)
        snprintf(ret, size, "compose project %.40s", shown->scope->name);
    else
        snprintf(ret, size, "this service");
}

static void sign_say(const struct shown *shown, char ret[static 200])
{
    char owner[64];
    owner_say(shown, owner, sizeof owner);
    switch (shown->sign) {
    case DEPLOYMENT_GENERATIONS:
        snprintf(ret, 200,
                 "Two generations of it are running; ends when one of them stops, or 15 minutes after "
                 "the newer one was created.");
        break;
    case DEPLOYMENT_UNFINISHED:
        snprintf(
            ret, 200,
            "Deployment of %s: %.50s is made but not in its place; ends when it is, or 15 minutes later.",
            owner, TAILQ_LAST(&shown->scope->unfinished, part_list)->of->name);
        break;
    case DEPLOYMENT_HELPER:
        snprintf(ret, 200, "Coolify's %s %.50s is at work; ends with it, or after 15 minutes.",
                 shown->helper->backup ? "backup" : "deployment helper", shown->helper->name);
        break;
    case DEPLOYMENT_STEPS:
        snprintf(
            ret, 200,
            "Deployment of %s: containers were created, renamed or removed; ends DEPLOY_SETTLE after the "
            "last such step.",
            owner);
        break;
    case DEPLOYMENT_NONE:
        ret[0] = '\0';
        break;
    }
}

static bool is_capped(const struct shown *shown, struct moment now)
{
    return now.mono_ms >= shown->since.mono_ms + DEPLOYMENT_CAP_MS;
}

enum deployment_sign deployment_judge(const struct deployments *deployments,
                                      const struct deployment_subject *subject, struct moment now,
                                      struct told *ret)
{
    struct shown_list list;
    show_all(deployments, subject, now, &list);
    *ret = (struct told){0};
    const struct shown *best = NULL;
    for (size_t i = 0; i < list.count; i++) {
        const struct shown *shown = &list.item[i];
        bool better = !best || shown->sign < best->sign ||
                      (shown->sign == best->sign && shown->end.mono_ms > best->end.mono_ms);
        if (!is_capped(shown, now) && better)
            best = shown;
    }
    if (!best) {
        if (list.count)
            snprintf(
                ret->sentence, sizeof ret->sentence,
                "A deployment has been under way for more than 15 minutes, so it holds nothing any more.");
        return DEPLOYMENT_NONE;
    }
    ret->holds = true;
    ret->ends_wall_ms = best->end.wall_ms;
    if (ret->ends_wall_ms <= now.wall_ms) /* the wall clock was set meanwhile */
        ret->ends_wall_ms = now.wall_ms + best->end.mono_ms - now.mono_ms;
    sign_say(best, ret->sentence);
    return best->sign;
}

bool deployment_overdue(struct deployments *deployments, const struct deployment_subject *subject,
                        struct moment now, char ret_sentence[static 200])
{
    struct shown_list list;
    show_all(deployments, subject, now, &list);
    for (size_t i = 0; i < list.count; i++) {
        const struct shown *shown = &list.item[i];
        if (!is_capped(shown, now) || *shown->said)
            continue;
        *shown->said = true;
        char owner[64];
        owner_say(shown, owner, sizeof owner);
        static const char *const what[DEPLOYMENT_SIGNS] = {
            [DEPLOYMENT_NONE] = "",
            [DEPLOYMENT_GENERATIONS] = "two generations are running",
            [DEPLOYMENT_UNFINISHED] = "a container is made but not in its place",
            [DEPLOYMENT_HELPER] = "Coolify's helper or backup is at work",
            [DEPLOYMENT_STEPS] = "containers are created, renamed or removed",
        };
        snprintf(ret_sentence, 200, "For more than 15 minutes, %s (%s): this holds restarts no more",
                 what[shown->sign], shown->helper ? shown->helper->name : owner);
        return true;
    }
    return false;
}

bool deployment_replaces(const struct deployments *deployments, const char *key, const char *id)
{
    const struct scope *scope = scope_find(deployments, OF_KEY, key);
    if (!scope)
        return false;
    if (scope->has_generations)
        return true;
    const struct part *part;
    TAILQ_FOREACH(part, &scope->unfinished, link)
    if (strcmp(part->of->id, id) != 0)
        return true;
    return false;
}

enum deployment_end deployment_verify(struct deployments *deployments,
                                      const struct deployment_subject *subject, enum status status,
                                      int64_t starting_until_wall_ms, struct moment now,
                                      int64_t *ret_look_wall_ms)
{
    *ret_look_wall_ms = 0;
    struct scope *scope = scope_find(deployments, OF_KEY, subject->key);
    if (!scope || scope->ending != ENDING_AWAITED)
        return DEPLOYMENT_OPEN;
    struct told told;
    if (deployment_judge(deployments, subject, now, &told) != DEPLOYMENT_NONE) {
        scope->ended_mono_ms = 0;
        *ret_look_wall_ms = told.ends_wall_ms;
        return DEPLOYMENT_OPEN;
    }
    if (!scope->ended_mono_ms) {
        scope->ended_mono_ms = now.mono_ms;
        scope->ended_wall_ms = now.wall_ms;
    }
    if (status == STATUS_HEALTHY) {
        scope->ending = ENDING_TOLD;
        return DEPLOYMENT_VERIFIED;
    }
    int64_t left = scope->ended_mono_ms + deployments->verify_ms - now.mono_ms;
    int64_t starting_left = starting_until_wall_ms - now.wall_ms;
    if (status == STATUS_STARTING && starting_left > left)
        left = starting_left;
    if (left > 0) {
        *ret_look_wall_ms = now.wall_ms + left;
        return DEPLOYMENT_OPEN;
    }
    scope->ending = ENDING_TOLD;
    return status == STATUS_STOPPED || status == STATUS_UNKNOWN ? DEPLOYMENT_OPEN : DEPLOYMENT_FAILED;
}
