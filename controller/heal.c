/* SPDX-License-Identifier: MIT */
/* heal.c: carries restarts out: remember first, look once more, restart, tell what came of it. */
#include "controller/controller_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/chronicle.h"
#include "controller/core/error.h"
#include "controller/core/log.h"
#include "controller/core/hash.h"
#include "controller/deploying.h"

enum {
    ENGINE_STOP_TIMEOUT_S = 10, /* the engine's own default */
    RECENT_MS = 60 * 1000       /* what the storm brake counts */
};

unsigned heal_in_flight(const struct controller *controller)
{
    unsigned count = 0;
    for (const struct restart *restart = controller->restarts; restart; restart = restart->next)
        count += restart->started;
    return count;
}

unsigned heal_recent_services(const struct controller *controller, int64_t *ret_ends_mono_ms)
{
    *ret_ends_mono_ms = 0;
    uint64_t seen[RECENT_RESTARTS];
    unsigned count = 0;
    for (unsigned i = 0; i < RECENT_RESTARTS; i++) {
        const struct recent_restart *recent = &controller->recent[i];
        bool fresh = recent->at_mono_ms && controller->now.mono_ms - recent->at_mono_ms < RECENT_MS;
        if (fresh && (!*ret_ends_mono_ms || recent->at_mono_ms + RECENT_MS < *ret_ends_mono_ms))
            *ret_ends_mono_ms = recent->at_mono_ms + RECENT_MS;
        for (unsigned s = 0; fresh && s < count; s++)
            fresh = seen[s] != recent->service;
        if (fresh)
            seen[count++] = recent->service;
    }
    return count;
}

static void restart_free(struct restart *restart)
{
    free(restart->request_id);
    free(restart);
}

static struct restart *restart_add(struct controller *controller, const char *id, const char *reason,
                                   bool person)
{
    struct restart *restart = mem_new(sizeof *restart);
    restart->controller = controller;
    restart->person = person;
    restart->request_id = person ? mem_copy(log_request_id()) : NULL;
    snprintf(restart->id, sizeof restart->id, "%s", id);
    snprintf(restart->reason, sizeof restart->reason, "%s", reason);
    struct restart **at = &controller->restarts;
    while (*at)
        at = &(*at)->next;
    *at = restart;
    return restart;
}

static void restart_remove(struct restart *restart)
{
    struct restart **at = &restart->controller->restarts;
    while (*at != restart)
        at = &(*at)->next;
    *at = restart->next;
    restart_free(restart);
}

void heal_forget_pending(struct controller *controller, struct record *record)
{
    if (!record->healing->pending_at)
        return;
    record->healing->pending_at = 0;
    record->healing->pending_container[0] = '\0';
    controller->state_dirty = true;
}

static void start_next_person(struct controller *controller);

static const struct instance *restart_instance(const struct restart *restart, struct record **ret_record)
{
    struct record *record = record_find(restart->controller, restart->id);
    *ret_record = record;
    return record ? registry_instance(restart->controller->registry, record->ref) : NULL;
}

/* Those that waited for us are looked at again: all others have nothing to do with it. */
static void mark_waiting(struct controller *controller)
{
    for (struct record *record = controller->records; record; record = record->hh.next) {
        const struct instance *instance = registry_instance(controller->registry, record->ref);
        if (instance && instance->decision.action != ACTION_NONE)
            record_mark(controller, record);
    }
    controller->dirty = true;
}

/* The end of one restart, however it went: result is the metric's word. */
static void finish(struct restart *restart, const char *result, const char *sentence)
{
    struct controller *controller = restart->controller;
    controller->now = clock_now();
    struct record *record;
    const struct instance *instance = restart_instance(restart, &record);
    const char *service = instance && instance->service->name ? instance->service->name : "";
    bool worked = strcmp(result, "ok") == 0;
    stats_count(&controller->stats.restarts, service, restart->reason, result);
    bool harmless = worked || strcmp(result, "skipped") == 0;
    const char *before = log_request(restart->request_id);
    tell(controller, harmless ? SEVERITY_INFO : SEVERITY_CRITICAL, "restarted", instance,
         "Restart (%s) %s%s%s", restart->reason, worked ? "done" : result, sentence ? ": " : "",
         sentence ? sentence : "");
    if (instance)
        chronicle_restart(controller, instance, restart->reason, result);
    if (record) {
        if (strcmp(result, "skipped") == 0 || strcmp(result, "refused") == 0)
            healing_undo(record->healing, &restart->before);
        if (worked)
            record_restart_trouble(record, NULL);
        else if (!harmless)
            record_restart_trouble(record, sentence ? sentence : result);
        record->restarting = record->restart_sent = false;
        record_await(controller, record);
        /* Without an answer of the engine nobody knows how far it came: what is found next tells. */
        if (strcmp(result, "unanswered") != 0)
            heal_forget_pending(controller, record);
        record_mark(controller, record);
        watch_refresh(controller->watch, record->id);
        if (worked && record->stop_meanwhile)
            tell(controller, SEVERITY_WARNING, "restarted", instance,
                 "Somebody sent a stop signal while it was being restarted, and it runs again: stop it once "
                 "more "
                 "if it was meant to stay stopped");
    }
    controller->state_dirty = true;
    mark_waiting(controller);
    bool person = restart->person;
    log_request(before);
    restart_remove(restart);
    if (person)
        start_next_person(controller);
}

static void on_restarted(void *user, const char *id, const struct error *err)
{
    struct restart *restart = user;
    struct controller *controller = restart->controller;
    (void)id;
    if (!err) {
        observe_end(controller);
        finish(restart, "ok", NULL);
        return;
    }
    controller->now = clock_now();
    const char *before = log_request(restart->request_id);
    if (err->code == -EACCES)
        observe_begin(controller, err->text);
    log_request(before);
    finish(restart,
           err->code == -EACCES   ? "refused"
           : err->code == -ENOENT ? "gone"
           : err->code == -EPIPE  ? "unanswered"
                                  : "failed",
           err->text);
}

/* Whether a container just inspected still is what was decided about. */
static const char *changed_meanwhile(const struct restart *restart, const struct record *record,
                                     const struct container *container)
{
    bool down = container->state == CONTAINER_EXITED || container->state == CONTAINER_DEAD;
    if (restart->person)
        return container->state == CONTAINER_PAUSED ? "it is paused" : NULL;
    if (record->stop_asked)
        return "somebody is stopping it";
    if (container->state == CONTAINER_PAUSED || container->state == CONTAINER_RESTARTING)
        return "its state changed meanwhile";
    bool follows = strcmp(restart->reason, "dependency-restarted") == 0;
    if (follows || strcmp(restart->reason, "unhealthy") == 0) {
        if (container->state != CONTAINER_RUNNING)
            return "it does not run any more";
        if (container->started_at_wall_ms != record->started_at_wall_ms)
            return "it was restarted meanwhile";
        if (!follows && record->plan.docker && record->plan.probe == CHECK_NONE &&
            container->health != STATUS_UNHEALTHY)
            return "Docker calls it healthy again";
        return NULL;
    }
    return down ? NULL : "it runs again";
}

static void on_looked(void *user, const char *id, struct container *container, const struct error *err)
{
    struct restart *restart = user;
    struct controller *controller = restart->controller;
    struct record *record;
    const struct instance *instance = restart_instance(restart, &record);
    if (!container || !instance) {
        finish(restart,
               container                     ? "gone"
               : err && err->code == -ENOENT ? "gone"
                                             : "failed",
               err ? err->text : "the container is gone");
        container_free(container);
        return;
    }
    const char *changed = changed_meanwhile(restart, record, container);
    int64_t own_ms = container->stop_timeout_ms;
    container_free(container);
    if (changed) {
        finish(restart, "skipped", changed);
        return;
    }
    int64_t wanted_ms = instance->spec->stop_timeout_ms;
    int stop_s = wanted_ms >= 0 ? (int)((wanted_ms + 999) / 1000) : -1;
    int grace_s = stop_s >= 0 ? stop_s : own_ms >= 0 ? (int)((own_ms + 999) / 1000) : ENGINE_STOP_TIMEOUT_S;
    record->restart_sent = true;
    record->stop_meanwhile = false;
    record->own_kill_due = instance->observed->state == CONTAINER_RUNNING;
    engine_restart(watch_engine(controller->watch), id, stop_s, grace_s, on_restarted, restart);
}

static void begin(struct restart *restart, struct record *record)
{
    struct controller *controller = restart->controller;
    restart->started = true;
    record->restarting = true;
    const struct instance *instance = registry_instance(controller->registry, record->ref);
    controller->recent[controller->recent_next] = (struct recent_restart){
        controller->now.mono_ms, hash_text(HASH_START, instance->service->key)};
    controller->recent_next = (controller->recent_next + 1) % RECENT_RESTARTS;
    restarts_show(controller, record, instance->spec);
    state_save(controller); /* the intent is on disk before the call */
    const char *before = log_request(restart->request_id);
    tell(controller, SEVERITY_WARNING, "restart", instance, "Restarting (%s)", restart->reason);
    log_request(before);
    engine_inspect(watch_engine(controller->watch), restart->id, on_looked, restart);
}

void heal_start(struct controller *controller, struct record *record, const struct decision *decision,
                const struct facts *facts)
{
    struct restart *restart = restart_add(controller, record->id, decision->reason, false);
    restart->before = *record->healing;
    if (decide_follows(facts))
        healing_follow(record->healing, record->id, decision->reason, facts->restarted_at,
                       controller->now.wall_ms);
    else
        healing_restart(record->healing, record->id, decision->reason, decide_is_trial(facts),
                        controller->now.wall_ms);
    begin(restart, record);
}

static void start_next_person(struct controller *controller)
{
    for (struct restart *restart = controller->restarts, *next; restart; restart = next) {
        next = restart->next;
        if (!restart->person)
            continue;
        if (restart->started)
            return; /* one after another */
        struct record *record;
        const struct instance *instance = restart_instance(restart, &record);
        if (!instance || record->restarting) {
            restart_remove(restart);
            continue;
        }
        restart->before = *record->healing;
        if (record->healing->failed_since)
            failure_over(controller, instance, "a person restarts it");
        healing_person(record->healing);
        healing_restart(record->healing, record->id, "manual", false, controller->now.wall_ms);
        healing_person(record->healing); /* what a person does is not counted */
        struct decision decision = {
            .action = ACTION_ACT, .reason = "manual", .sentence = "Restarting: a person asked for it."};
        registry_apply(controller->registry,
                       &(struct change){.kind = CHANGE_DECISION, .ref = record->ref, .decision = &decision},
                       controller->now);
        judge_remember(controller, record, instance);
        begin(restart, record);
        return;
    }
}

int heal_person(void *user, const struct service *service, bool force, struct error *err)
{
    struct controller *controller = user;
    controller->now = clock_now();
    if (controller->second[0])
        return error_set(err, -EACCES, "this quaywatch only observes: %.220s", controller->second);
    if (!controller->engine.connected)
        return error_set(err, -EACCES, "the engine does not answer: %.250s", controller->engine.error);
    for (const struct instance *at = service->first; at; at = at->next) {
        if (at->spec->orchestrated || at->spec->never_heal)
            return error_set(err, -EACCES, "%s is never restarted: %s", service->name,
                             at->spec->never_heal ? at->spec->never_heal : "its orchestrator does that");
        if (controller->self_id[0] && strcmp(at->observed->id, controller->self_id) == 0)
            return error_set(err, -EACCES, "%s is quaywatch itself", service->name);
    }
    struct told told;
    for (const struct instance *at = service->first; at && !force; at = at->next)
        if (deploying_told(controller, at, &told) != DEPLOYMENT_NONE)
            return error_set(err, -EBUSY,
                             "%s is being deployed (%.200s); force=true restarts it nevertheless",
                             service->name, told.sentence);
    for (const struct restart *restart = controller->restarts; restart; restart = restart->next)
        for (const struct instance *at = service->first; at; at = at->next)
            if (strcmp(restart->id, at->observed->id) == 0)
                return error_set(err, -EBUSY, "a restart of %s is under way already", service->name);
    for (const struct instance *at = service->first; at; at = at->next)
        restart_add(controller, at->observed->id, "manual", true);
    start_next_person(controller);
    controller->dirty = true;
    return 0;
}

void heal_stop(struct controller *controller)
{
    for (struct restart *restart = controller->restarts, *next; restart; restart = next) {
        next = restart->next;
        if (!restart->started)
            restart_remove(restart);
    }
}

void heal_free(struct controller *controller)
{
    for (struct restart *restart = controller->restarts, *next; restart; restart = next) {
        next = restart->next;
        restart_free(restart);
    }
    controller->restarts = NULL;
}
