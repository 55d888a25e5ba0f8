/* SPDX-License-Identifier: MIT */
/* heal.c: carries restarts out: remember first, look once more, restart, tell what came of it. */
#include "controller/heal_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "controller/chronicle.h"
#include "controller/core/due.h"
#include "controller/core/error.h"
#include "controller/core/log.h"
#include "controller/core/hash.h"

enum {
    ENGINE_STOP_TIMEOUT_S = 10, /* the engine's own default */
    RECENT_MS = 60 * 1000       /* what the storm brake counts */
};

unsigned heal_in_flight(const struct controller *controller)
{
    unsigned count = 0;
    for (const struct restart *restart = controller->restarts; restart; restart = restart->next)
        count += restart->step == RESTART_DRAINING || restart->step == RESTART_RUNNING;
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

struct restart *restart_add(struct controller *controller, const char *id, const char *reason, bool person)
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

void restart_remove(struct restart *restart)
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

const struct instance *restart_instance(const struct restart *restart, struct record **ret_record)
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
        if (!worked)
            leaving_end(controller, record);
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
    bool kept = restart->person && person_ended(restart, instance, result);
    log_request(before);
    if (!kept)
        restart_remove(restart);
}

void restart_end(struct restart *restart, const char *result, const char *sentence)
{
    const struct record *record = record_find(restart->controller, restart->id);
    if (record)
        restart->before = *record->healing; /* there is nothing to take back */
    finish(restart, result, sentence);
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

void restart_show(struct restart *restart, struct record *record, const struct instance *instance,
                  int64_t until_mono_ms, const char *format, ...)
{
    struct controller *controller = restart->controller;
    struct decision decision = {.action = ACTION_ACT, .reason = instance->decision.reason};
    if (restart->person)
        decision.reason = "manual";
    if (until_mono_ms)
        decision.next_at_wall_ms = controller->now.wall_ms + until_mono_ms - controller->now.mono_ms;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(decision.sentence, sizeof decision.sentence, format, arguments);
    va_end(arguments);
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_DECISION, .ref = record->ref, .decision = &decision},
                   controller->now);
}

/* What the memory keeps of a restart: it is on disk before the call. */
static void remember(struct restart *restart, struct record *record)
{
    struct controller *controller = restart->controller;
    restart->before = *record->healing;
    if (restart->person)
        healing_person(record->healing);
    if (restart->follows)
        healing_follow(record->healing, record->id, restart->reason, restart->followed_at,
                       controller->now.wall_ms);
    else
        healing_restart(record->healing, record->id, restart->reason, restart->trial,
                        controller->now.wall_ms);
    if (restart->person)
        healing_person(record->healing); /* what a person does is not counted */
    state_save(controller);
}

void restart_run(struct restart *restart, struct record *record, const struct instance *instance)
{
    struct controller *controller = restart->controller;
    restart->step = RESTART_RUNNING;
    record->restarting = true;
    controller->recent[controller->recent_next] = (struct recent_restart){
        controller->now.mono_ms, hash_text(HASH_START, instance->service->key)};
    controller->recent_next = (controller->recent_next + 1) % RECENT_RESTARTS;
    remember(restart, record);
    restarts_show(controller, record, instance->spec);
    const char *before = log_request(restart->request_id);
    tell(controller, SEVERITY_WARNING, "restart", instance, "Restarting (%s)", restart->reason);
    log_request(before);
    engine_inspect(watch_engine(controller->watch), restart->id, on_looked, restart);
}

void restart_begin(struct restart *restart, struct record *record, const struct instance *instance)
{
    restart->served = instance->serving;
    const char *before = log_request(restart->request_id);
    bool drained = drain_begin(restart, record, instance);
    log_request(before);
    if (!drained)
        restart_run(restart, record, instance);
}

void heal_start(struct controller *controller, struct record *record, const struct decision *decision,
                const struct facts *facts)
{
    struct restart *restart = restart_add(controller, record->id, decision->reason, false);
    restart->follows = decide_follows(facts);
    restart->followed_at = facts->restarted_at;
    restart->trial = decide_is_trial(facts);
    restart_begin(restart, record, registry_instance(controller->registry, record->ref));
}

void heal_settle(struct controller *controller)
{
    /* (One that ends may take others of the list with it.) */
    for (struct restart *at = controller->restarts; at;)
        at = at->step == RESTART_DRAINING && drain_look(at) ? controller->restarts : at->next;
    for (struct restart *at = controller->restarts; at;)
        at = at->step == RESTART_RECOVERING && person_look(at) ? controller->restarts : at->next;
    if (!controller->stopping)
        person_next(controller);
}

int64_t heal_due(const struct controller *controller)
{
    int64_t first = 0;
    for (const struct restart *at = controller->restarts; at; at = at->next)
        if (at->step == RESTART_DRAINING || at->step == RESTART_RECOVERING)
            first = due_earlier(first, at->until_mono_ms);
    return first;
}

void heal_stop(struct controller *controller)
{
    for (struct restart *restart = controller->restarts, *next; restart; restart = next) {
        next = restart->next;
        if (restart->step == RESTART_WAITING || restart->step == RESTART_RECOVERING)
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
