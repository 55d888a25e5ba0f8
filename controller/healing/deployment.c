/* SPDX-License-Identifier: MIT */
/* deployment.c: what is seen of deployments, kept as signs of keys and projects. */
#include "controller/healing/deployment_internal.h"

#include <stdlib.h>
#include <string.h>

enum { ID_DIGITS = 12 };

bool deployment_name_passes(const char *name)
{
    return strspn(name, "0123456789abcdef") == ID_DIGITS && name[ID_DIGITS] == '_' &&
           name[ID_DIGITS + 1] != '\0';
}

bool deployment_is_helper(const char *image, const char *name, bool *ret_backup)
{
    static const char *const backups[] = {"volume-backup-", "backup-of-", "volume-upload-"};
    *ret_backup = false;
    for (size_t i = 0; i < sizeof backups / sizeof backups[0]; i++)
        *ret_backup |= strncmp(name, backups[i], strlen(backups[i])) == 0;
    return *ret_backup || strstr(image, "coollabsio/coolify-helper") != NULL;
}

const char *deployment_artifact(const char *working_dir)
{
    static const char folder[] = "/artifacts/";
    bool inside = working_dir && strncmp(working_dir, folder, sizeof folder - 1) == 0 &&
                  working_dir[sizeof folder - 1] != '\0';
    return inside ? working_dir + sizeof folder - 1 : NULL;
}

struct deployments *deployments_new(void)
{
    struct deployments *deployments = mem_new(sizeof *deployments);
    TAILQ_INIT(&deployments->touched);
    TAILQ_INIT(&deployments->helpers);
    return deployments;
}

void deployments_set(struct deployments *deployments, int64_t settle_ms, int64_t verify_ms)
{
    deployments->settle_ms = settle_ms;
    deployments->verify_ms = verify_ms;
}

/* A time of the engine's clock on both of ours; what is unknown or to come is now. */
static struct moment moment_of(int64_t wall_ms, struct moment now)
{
    if (wall_ms <= 0 || wall_ms > now.wall_ms)
        return now;
    return (struct moment){.mono_ms = now.mono_ms - (now.wall_ms - wall_ms), .wall_ms = wall_ms};
}

/* ---- scopes ---- */

struct scope *scope_find(const struct deployments *deployments, enum scope_kind kind, const char *text)
{
    struct scope *scope = NULL;
    if (text)
        HASH_FIND(hh, deployments->scopes[kind], text, strlen(text), scope);
    return scope;
}

bool scope_steps_on(const struct deployments *deployments, const struct scope *scope, struct moment now)
{
    return scope->has_steps && now.mono_ms < scope->last.mono_ms + deployments->settle_ms;
}

static void scope_free(struct deployments *deployments, struct scope *scope)
{
    TAILQ_REMOVE(&deployments->touched, scope, link);
    HASH_DEL(deployments->scopes[scope->kind], scope);
    free(scope);
}

/* Nobody needs it: no sign, and no end that is still awaited (for so long that somebody would have asked). */
static bool scope_is_over(const struct deployments *deployments, const struct scope *scope, struct moment now)
{
    int64_t patience = deployments->settle_ms + deployments->verify_ms + 2 * DEPLOYMENT_CAP_MS;
    bool awaited = scope->ending == ENDING_AWAITED && now.mono_ms < scope->last.mono_ms + patience;
    return !scope->has_generations && TAILQ_EMPTY(&scope->unfinished) &&
           !scope_steps_on(deployments, scope, now) && !awaited;
}

/* Each new scope clears up to two old ones away: they never outnumber what happens. */
static void scopes_expire(struct deployments *deployments, struct moment now)
{
    for (int i = 0; i < 2; i++) {
        struct scope *first = TAILQ_FIRST(&deployments->touched);
        if (!first)
            return;
        if (scope_is_over(deployments, first, now)) {
            scope_free(deployments, first);
        } else {
            TAILQ_REMOVE(&deployments->touched, first, link);
            TAILQ_INSERT_TAIL(&deployments->touched, first, link);
        }
    }
}

static struct scope *scope_get(struct deployments *deployments, enum scope_kind kind, const char *text,
                               struct moment now)
{
    struct scope *scope = scope_find(deployments, kind, text);
    if (scope)
        return scope;
    scopes_expire(deployments, now);
    size_t length = strlen(text);
    scope = mem_new(sizeof *scope + length + 1);
    memcpy(scope->name, text, length + 1);
    scope->kind = kind;
    TAILQ_INIT(&scope->unfinished);
    TAILQ_INSERT_TAIL(&deployments->touched, scope, link);
    HASH_ADD_KEYPTR(hh, deployments->scopes[kind], scope->name, length, scope);
    return scope;
}

/* ---- steps ---- */

static void scope_step(struct deployments *deployments, enum scope_kind kind, const char *text,
                       struct moment at, struct moment now)
{
    if (!text || now.mono_ms >= at.mono_ms + deployments->settle_ms)
        return;
    struct scope *scope = scope_get(deployments, kind, text, now);
    if (!scope_steps_on(deployments, scope, now)) { /* a new deployment begins */
        scope->has_steps = true;
        scope->first = scope->last = at;
        scope->said[DEPLOYMENT_STEPS] = false;
        scope->ending = kind == OF_KEY ? ENDING_AWAITED : ENDING_NOTHING;
        scope->ended_mono_ms = scope->ended_wall_ms = 0;
    }
    if (kind == OF_KEY &&
        scope->ending == ENDING_NOTHING) /* all of it was gone for a moment: here is another */
        scope->ending = ENDING_AWAITED;
    if (at.mono_ms > scope->last.mono_ms)
        scope->last = at;
    if (at.mono_ms < scope->first.mono_ms)
        scope->first = at;
}

void deployment_step(struct deployments *deployments, const char *key, const char *project, struct moment now)
{
    scope_step(deployments, OF_KEY, key, now, now);
    scope_step(deployments, OF_PROJECT, project, now, now);
}

void deployment_forget(struct deployments *deployments, const char *key)
{
    struct scope *scope = scope_find(deployments, OF_KEY, key);
    if (!scope)
        return;
    scope->has_generations = false;
    if (scope->ending == ENDING_AWAITED)
        scope->ending = ENDING_NOTHING;
}

/* ---- what is not finished ---- */

static void part_join(struct part *part, struct unfinished *of, struct scope *scope)
{
    part->of = of;
    part->scope = scope;
    struct part *before = TAILQ_LAST(&scope->unfinished, part_list);
    while (before && before->of->since.mono_ms > of->since.mono_ms)
        before = TAILQ_PREV(before, part_list, link);
    if (before)
        TAILQ_INSERT_AFTER(&scope->unfinished, before, part, link);
    else
        TAILQ_INSERT_HEAD(&scope->unfinished, part, link);
    scope->said[DEPLOYMENT_UNFINISHED] = false;
}

static void unfinished_free(struct deployments *deployments, struct unfinished *unfinished)
{
    for (size_t i = 0; i < SCOPE_KINDS; i++)
        if (unfinished->part[i].scope)
            TAILQ_REMOVE(&unfinished->part[i].scope->unfinished, &unfinished->part[i], link);
    HASH_DEL(deployments->unfinished, unfinished);
    free(unfinished->name);
    free(unfinished);
}

static bool same_scopes(const struct unfinished *unfinished, const struct deployment_container *container)
{
    const char *text[SCOPE_KINDS] = {[OF_KEY] = container->key, [OF_PROJECT] = container->project};
    for (size_t i = 0; i < SCOPE_KINDS; i++) {
        const struct scope *scope = unfinished->part[i].scope;
        if (!scope != !text[i] || (scope && strcmp(scope->name, text[i]) != 0))
            return false;
    }
    return strcmp(unfinished->name, container->name) == 0;
}

static void unfinished_see(struct deployments *deployments, const struct deployment_container *container,
                           struct moment now)
{
    struct unfinished *known;
    HASH_FIND_STR(deployments->unfinished, container->id, known);
    bool created = container->state == CONTAINER_CREATED && !container->failed_start;
    bool passes = deployment_name_passes(container->name);
    bool unfinished = (created || passes) && (container->key || container->project);
    if (known && unfinished && same_scopes(known, container))
        return;
    /* A name that passes may be given to an old container: it counts from now. */
    struct moment since = known ? known->since : passes ? now : moment_of(container->created_at_wall_ms, now);
    if (known)
        unfinished_free(deployments, known);
    if (!unfinished)
        return;
    size_t length = strlen(container->id);
    known = mem_new(sizeof *known + length + 1);
    memcpy(known->id, container->id, length + 1);
    known->since = since;
    known->name = mem_copy(container->name);
    HASH_ADD_KEYPTR(hh, deployments->unfinished, known->id, length, known);
    if (container->key)
        part_join(&known->part[OF_KEY], known, scope_get(deployments, OF_KEY, container->key, now));
    if (container->project)
        part_join(&known->part[OF_PROJECT], known,
                  scope_get(deployments, OF_PROJECT, container->project, now));
}

/* ---- generations ---- */

void deployment_generations(struct deployments *deployments, const char *key, int64_t since_wall_ms,
                            struct moment now)
{
    if (!deployments->settle_ms)
        since_wall_ms = 0;
    struct scope *scope = since_wall_ms ? scope_get(deployments, OF_KEY, key, now)
                                        : scope_find(deployments, OF_KEY, key);
    if (!scope)
        return;
    if (scope->has_generations && scope->generations.wall_ms == since_wall_ms)
        return;
    scope->has_generations = since_wall_ms != 0;
    scope->said[DEPLOYMENT_GENERATIONS] = false;
    scope->generations = (struct moment){moment_of(since_wall_ms, now).mono_ms, since_wall_ms};
}

/* ---- helpers ---- */

static void helper_own(struct helper *helper, const char *artifact, const char *key)
{
    if (helper->backup || helper->owner || strcmp(helper->name, artifact) != 0)
        return;
    helper->owner = mem_copy(key);
}

void deployment_helper(struct deployments *deployments, const char *id, const char *name, bool backup,
                       int64_t since_wall_ms, struct moment now)
{
    if (!deployments->settle_ms)
        return;
    struct helper *helper;
    TAILQ_FOREACH(helper, &deployments->helpers, link)
    if (strcmp(helper->id, id) == 0)
        return;
    size_t length = strlen(id);
    helper = mem_new(sizeof *helper + length + 1);
    memcpy(helper->id, id, length + 1);
    helper->name = mem_copy(name);
    helper->backup = backup;
    helper->since = moment_of(since_wall_ms, now);
    TAILQ_INSERT_TAIL(&deployments->helpers, helper, link);
    for (const struct built *built = deployments->built; built; built = built->hh.next)
        helper_own(helper, built->artifact, built->key);
}

static void helper_free(struct deployments *deployments, struct helper *helper)
{
    TAILQ_REMOVE(&deployments->helpers, helper, link);
    free(helper->owner);
    free(helper->name);
    free(helper);
}

static void built_free(struct deployments *deployments, struct built *built)
{
    HASH_DEL(deployments->built, built);
    free(built->artifact);
    free(built->key);
    free(built);
}

static void built_see(struct deployments *deployments, const struct deployment_container *container)
{
    struct built *built;
    HASH_FIND_STR(deployments->built, container->id, built);
    if (built || !container->key || !container->artifact)
        return;
    size_t length = strlen(container->id);
    built = mem_new(sizeof *built + length + 1);
    memcpy(built->id, container->id, length + 1);
    built->artifact = mem_copy(container->artifact);
    built->key = mem_copy(container->key);
    HASH_ADD_KEYPTR(hh, deployments->built, built->id, length, built);
    struct helper *helper;
    TAILQ_FOREACH(helper, &deployments->helpers, link)
    helper_own(helper, built->artifact, built->key);
}

/* ---- in and out ---- */

void deployment_see(struct deployments *deployments, const struct deployment_container *container,
                    struct moment now)
{
    if (!deployments->settle_ms)
        return;
    if (container->created_at_wall_ms) {
        struct moment at = moment_of(container->created_at_wall_ms, now);
        scope_step(deployments, OF_KEY, container->key, at, now);
        scope_step(deployments, OF_PROJECT, container->project, at, now);
    }
    unfinished_see(deployments, container, now);
    built_see(deployments, container);
}

void deployment_gone(struct deployments *deployments, const char *id)
{
    struct unfinished *unfinished;
    HASH_FIND_STR(deployments->unfinished, id, unfinished);
    if (unfinished)
        unfinished_free(deployments, unfinished);
    struct built *built;
    HASH_FIND_STR(deployments->built, id, built);
    if (built)
        built_free(deployments, built);
    struct helper *helper;
    TAILQ_FOREACH(helper, &deployments->helpers, link)
    if (strcmp(helper->id, id) == 0)
        break;
    if (helper)
        helper_free(deployments, helper);
}

void deployments_free(struct deployments *deployments)
{
    if (!deployments)
        return;
    while (deployments->unfinished)
        unfinished_free(deployments, deployments->unfinished);
    while (deployments->built)
        built_free(deployments, deployments->built);
    for (struct helper *helper; (helper = TAILQ_FIRST(&deployments->helpers));)
        helper_free(deployments, helper);
    for (struct scope *scope; (scope = TAILQ_FIRST(&deployments->touched));)
        scope_free(deployments, scope);
    free(deployments);
}
