/* SPDX-License-Identifier: MIT */
/* failure.c: an instance whose restarts are used up: that it is failed, what is done about it once
 * (service.on_failed), and when it is over. A part of the controller. */
#include "controller/controller_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/hook.h"
#include "docker/swarm.h"

enum { AGAIN_MS = 10 * 1000 }; /* an engine or a queue that could not take it is asked again then */

static const char swarm_prefix[] = "swarm:";

/* One rollback under way. */
struct rolling {
    LIST_ENTRY(rolling) link;
    struct controller *controller;
    struct rollback *rollback;
    char *entry_key; /* of the healing memory */
};

/* The record that stands for an entry of the memory, with its instance; NULL when there is none now. */
static struct record *standing(struct controller *controller, const struct healing *healing,
                               const struct instance **ret_instance)
{
    struct record *record = record_find(controller, healing->container);
    *ret_instance = record ? registry_instance(controller->registry, record->ref) : NULL;
    return *ret_instance ? record : NULL;
}

/* ---- the webhook ---- */

static void on_told(void *user, const char *tag, const struct error *err)
{
    struct controller *controller = user;
    struct healing *healing = memory_find(controller->memory, tag);
    const struct instance *instance = NULL;
    controller->now = clock_now();
    if (healing) {
        standing(controller, healing, &instance);
        healing->reacted_at = healing->reacting_at;
        controller->state_dirty = true;
    }
    if (err)
        tell(controller, SEVERITY_CRITICAL, "webhook", instance, "The webhook could not be told: %s",
             err->text);
    else
        tell(controller, SEVERITY_INFO, "webhook", instance, "The webhook was told");
    controller->dirty = true;
}

int failure_tell_hook(struct controller *controller, const struct instance *instance, const char *event,
                      const char *sentence, const char *tag, struct error *err)
{
    if (!controller->options->on_failed_webhook[0])
        return error_set(err, -ENOENT, "ON_FAILED_WEBHOOK is not set");
    struct hook_event told = {.event = event,
                              .service = instance_service_name(instance),
                              .key = instance->spec->key,
                              .container = instance->observed->container,
                              .sentence = sentence,
                              .restarts = instance->restarts.count,
                              .at_wall_ms = controller->now.wall_ms,
                              .host = registry_controller(controller->registry)->host};
    return hook_send(controller->hook, controller->options, tag, &told, err);
}

static void begin_hook(struct controller *controller, struct record *record, const struct instance *instance)
{
    struct healing *healing = record->healing;
    struct error err = {0};
    char sentence[256];
    snprintf(sentence, sizeof sentence, "Failed after %u restarts; isolated from exports: %.160s",
             healing->counted, instance->health.message);
    if (failure_tell_hook(controller, instance, "failed", sentence, healing->key, &err) == 0)
        healing->reacting_at = healing->failed_since;
    else if (err.code == -ENOBUFS)
        record_look_at(controller, record, controller->now.wall_ms + AGAIN_MS);
}

/* ---- the rollback ---- */

static void rolling_free(struct rolling *rolling)
{
    LIST_REMOVE(rolling, link);
    swarm_cancel(rolling->rollback);
    free(rolling->entry_key);
    free(rolling);
}

static void on_rolled_back(void *user, int64_t version, const struct error *err)
{
    struct rolling *rolling = user;
    struct controller *controller = rolling->controller;
    struct healing *healing = memory_find(controller->memory, rolling->entry_key);
    const struct instance *instance = NULL;
    controller->now = clock_now();
    rolling->rollback = NULL;
    rolling_free(rolling);
    bool again = err && err->code == -EPIPE;
    if (healing) {
        struct record *record = standing(controller, healing, &instance);
        if (!err)
            healing->rolled_back = version;
        if (again)
            healing->reacting_at = 0;
        else
            healing->reacted_at = healing->reacting_at;
        if (again && record)
            record_look_at(controller, record, controller->now.wall_ms + AGAIN_MS);
        controller->state_dirty = true;
    }
    if (err)
        tell(controller, SEVERITY_CRITICAL, "rollback", instance, "Not rolled back: %s", err->text);
    else
        tell(controller, SEVERITY_WARNING, "rollback", instance,
             "The Swarm service is rolled back to its previous specification");
    controller->dirty = true;
}

/* All tasks of a service fail alike: one rollback at a time, and none for the version it was done for. */
static void begin_rollback(struct controller *controller, struct record *record,
                           const struct instance *instance)
{
    struct healing *healing = record->healing;
    int64_t done_before = healing->rolled_back;
    healing->reacting_at = healing->failed_since;
    for (const struct instance *at = instance->service->first; at; at = at->next) {
        const struct record *other = record_find(controller, at->observed->id);
        if (other && other->healing->rolled_back > done_before)
            done_before = other->healing->rolled_back;
    }
    struct rolling *rolling = mem_new(sizeof *rolling);
    rolling->controller = controller;
    rolling->entry_key = mem_copy(healing->key);
    LIST_INSERT_HEAD(&controller->rolling, rolling, link);
    rolling->rollback = swarm_rollback(watch_engine(controller->watch),
                                       instance->spec->key + sizeof swarm_prefix - 1, done_before,
                                       on_rolled_back, rolling);
}

static bool may_roll_back(struct controller *controller, const struct instance *instance)
{
    return LIST_EMPTY(&controller->rolling) && controller->engine.connected &&
           !controller->options->dry_run && !instance->spec->dry_run && !controller->observe_only[0] &&
           !controller->second[0] && !judge_out_of_scope(controller, instance);
}

/* ---- beginning and end ---- */

static bool is_swarm_task(const struct spec *spec)
{
    return spec->orchestrated && strncmp(spec->key, swarm_prefix, sizeof swarm_prefix - 1) == 0;
}

bool failure_begin(struct controller *controller, struct record *record, const struct instance *instance)
{
    if (!healing_fail(record->healing, controller->now.wall_ms))
        return false;
    controller->state_dirty = true;
    tell(controller, SEVERITY_EMERGENCY, "failed", instance,
         "emergency: failed after %u restarts; isolated from exports", record->healing->counted);
    return true;
}

/* A task that ends is ended again and again by then, whatever its exit code says; but not one that somebody
 * (its orchestrator at a deployment, mostly) told to end. */
static bool fails(const struct instance *instance, const struct healing *healing, enum status status)
{
    enum container_state state = instance->observed->state;
    bool ended = state == CONTAINER_EXITED && healing->intent != INTENT_MANUAL &&
                 healing->intent != INTENT_ENGINE_SHUTDOWN;
    return (ended || status == STATUS_UNHEALTHY) && strcmp(healing->container, instance->observed->id) == 0;
}

bool failure_of_task(const struct facts *facts)
{
    const struct spec *spec = facts->instance->spec;
    return is_swarm_task(spec) && !facts->dry_run && !spec->dry_run &&
           healing_budget_used(facts->healing, spec) &&
           fails(facts->instance, facts->healing, facts->checked);
}

bool failure_shows(const struct record *record, const struct instance *instance, enum status status)
{
    if (!record->healing->failed_since)
        return false;
    return status == STATUS_UNHEALTHY ||
           (is_swarm_task(instance->spec) && fails(instance, record->healing, status));
}

void failure_over(struct controller *controller, const struct instance *instance, const char *why)
{
    controller->state_dirty = true;
    tell(controller, SEVERITY_INFO, "recovered", instance, "failed no more: %s", why);
}

void failure_look(struct controller *controller, struct record *record, const struct instance *instance)
{
    struct healing *healing = record->healing;
    const char *wish = instance->spec->on_failed;
    bool hook = strcmp(wish, "webhook") == 0, rollback = strcmp(wish, "swarm-rollback") == 0;
    if (!hook && !rollback)
        return;
    bool lost = hook && !controller->options->on_failed_webhook[0];
    judge_finding(controller, record, "no-webhook", lost,
                  "service.on_failed=webhook, but the setting ON_FAILED_WEBHOOK names no URL");
    bool alien = rollback && !is_swarm_task(instance->spec);
    judge_finding(controller, record, "no-swarm-task", alien,
                  "service.on_failed=swarm-rollback, but no Swarm service owns this container");
    if (!healing->failed_since || healing->reacted_at == healing->failed_since ||
        healing->reacting_at == healing->failed_since || controller->task != TASK_RUN ||
        controller->stopping || controller->second[0]) /* where another one heals, that one tells */
        return;
    if (hook && !lost)
        begin_hook(controller, record, instance);
    else if (rollback && !alien && may_roll_back(controller, instance))
        begin_rollback(controller, record, instance);
}

void failure_container(struct controller *controller, struct record *record, const struct instance *instance,
                       const char *image)
{
    struct healing *healing = record->healing;
    const struct observed *observed = instance->observed;
    bool replaced, failed = healing->failed_since != 0;
    healing_mend_clock(healing, controller->now.wall_ms);
    if (!healing_stands(healing, record->id, observed->created_at_wall_ms, &replaced))
        return;
    bool other = healing_container(healing, image, observed->config_hash ? observed->config_hash : "");
    /* What is found at the start are old tasks that Swarm keeps, in any order: they are not counted. */
    if (replaced && !other && watch_synced(controller->watch) && is_swarm_task(instance->spec))
        healing_replaced(healing, controller->now.wall_ms);
    controller->state_dirty |= replaced;
    if (failed && !healing->failed_since)
        failure_over(controller, instance, "another image or configuration takes its place");
}

bool failure_superseded(const struct record *record, const struct instance *instance)
{
    enum container_state state = instance->observed->state;
    return instance->spec->orchestrated && record->healing->container[0] &&
           (state == CONTAINER_EXITED || state == CONTAINER_DEAD) &&
           strcmp(record->healing->container, record->id) != 0;
}

void failure_open(struct controller *controller)
{
    LIST_INIT(&controller->rolling);
    controller->hook = hook_new(&controller->loop, on_told, controller);
}

void failure_close(struct controller *controller)
{
    hook_free(controller->hook);
    while (!LIST_EMPTY(&controller->rolling))
        rolling_free(LIST_FIRST(&controller->rolling));
}
