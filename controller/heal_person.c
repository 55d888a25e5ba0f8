/* SPDX-License-Identifier: MIT */
/* heal_person.c: restarts that people ask for: a service's instances one after another, so that a service
 * with more than one serves all the while. */
#include "controller/heal_internal.h"

#include <errno.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/log.h"
#include "controller/deploying.h"

enum { RECOVERY_LEAST_MS = 30000 };

static bool same_service(const struct restart *restart, const struct service *service)
{
    struct record *record;
    const struct instance *instance = restart_instance(restart, &record);
    return instance && instance->service == service;
}

/* ---- one after another ---- */

static bool others_wait(const struct restart *restart, const struct service *service)
{
    for (const struct restart *at = restart->controller->restarts; at; at = at->next)
        if (at->person && at->step == RESTART_WAITING && same_service(at, service))
            return true;
    return false;
}

/* Until it is judged: it starts, and passes or fails as often as it takes, with a closed breaker or one that
 * is to close first. */
static int64_t recovery_ms(const struct instance *instance)
{
    const struct spec *spec = instance->spec;
    int64_t start_ms = spec->start_period_ms > instance->observed->engine_start_period_ms
                           ? spec->start_period_ms
                           : instance->observed->engine_start_period_ms;
    unsigned passes = spec->successes > spec->breaker_successes ? spec->successes : spec->breaker_successes;
    int64_t checks_ms = (spec->retries + passes) * (spec->interval_ms + spec->timeout_ms);
    return start_ms + (checks_ms > RECOVERY_LEAST_MS ? checks_ms : RECOVERY_LEAST_MS);
}

/* What waits of a service is not begun any more. */
static void give_up(struct controller *controller, const struct service *service,
                    const struct instance *instance, const char *why)
{
    unsigned count = 0;
    for (struct restart *at = controller->restarts, *next; at; at = next) {
        next = at->next;
        if (!at->person || at->step != RESTART_WAITING || !same_service(at, service))
            continue;
        restart_remove(at);
        count++;
    }
    if (count)
        tell(controller, SEVERITY_WARNING, "restarted", instance,
             "The restart of %s ends here, with %u not restarted: %s %s", service->name, count,
             instance->observed->container, why);
}

bool person_ended(struct restart *restart, const struct instance *instance, const char *result)
{
    struct controller *controller = restart->controller;
    if (!instance || !others_wait(restart, instance->service))
        return false;
    if (strcmp(result, "ok") == 0) {
        restart->step = RESTART_RECOVERING;
        restart->until_mono_ms = controller->now.mono_ms + recovery_ms(instance);
        controller->dirty = true;
        return true;
    }
    bool last = restart->step == RESTART_DRAINING; /* nobody else served when it was to be restarted */
    if (last || (strcmp(result, "gone") != 0 && strcmp(result, "skipped") != 0))
        give_up(controller, instance->service, instance,
                last ? "is the only one that serves" : "could not be restarted");
    return false;
}

bool person_look(struct restart *restart)
{
    struct controller *controller = restart->controller;
    struct record *record;
    const struct instance *instance = restart_instance(restart, &record);
    if (instance && record->stale_until_mono_ms > controller->now.mono_ms)
        return false; /* the engine has not told yet how it is now */
    bool down = instance && instance->observed->state != CONTAINER_RUNNING;
    enum status status = instance ? instance->health.status : STATUS_STOPPED;
    bool sick = status == STATUS_UNHEALTHY || status == STATUS_FAILED;
    bool well = !instance || instance->serving || (down && !sick && !restart->served);
    if (!well && !sick && controller->now.mono_ms < restart->until_mono_ms)
        return false;
    const char *before = log_request(restart->request_id);
    if (!well)
        give_up(controller, instance->service, instance,
                sick ? "is unhealthy after its restart" : "does not serve in time after its restart");
    log_request(before);
    restart_remove(restart);
    return true;
}

/* Whether one that was restarted before is to serve again first. One that serves nothing takes nothing away.
 */
static bool is_awaited(const struct controller *controller, const struct instance *instance)
{
    for (const struct restart *at = controller->restarts; at; at = at->next)
        if (at->step == RESTART_RECOVERING && instance->serving && same_service(at, instance->service))
            return true;
    return false;
}

static void begin(struct restart *restart, struct record *record, const struct instance *instance)
{
    struct controller *controller = restart->controller;
    if (record->healing->failed_since)
        failure_over(controller, instance, "a person restarts it");
    restart_show(restart, record, instance, 0, "Restarting: a person asked for it.");
    judge_remember(controller, record, instance);
    restart_begin(restart, record, instance);
}

void person_next(struct controller *controller)
{
    for (const struct restart *at = controller->restarts; at; at = at->next)
        if (at->person && (at->step == RESTART_DRAINING || at->step == RESTART_RUNNING))
            return;
    for (struct restart *restart = controller->restarts, *next; restart; restart = next) {
        next = restart->next;
        if (!restart->person || restart->step != RESTART_WAITING)
            continue;
        struct record *record;
        const struct instance *instance = restart_instance(restart, &record);
        if (!instance || record->restarting) {
            restart_remove(restart);
            continue;
        }
        if (is_awaited(controller, instance))
            continue;
        begin(restart, record, instance);
        return;
    }
}

/* ---- what is asked for ---- */

static int refuse_kind(const struct controller *controller, const struct service *service, struct error *err)
{
    for (const struct instance *at = service->first; at; at = at->next) {
        if (at->spec->orchestrated || at->spec->never_heal)
            return error_set(err, -EACCES, "%s is never restarted: %s", service->name,
                             at->spec->never_heal ? at->spec->never_heal : "its orchestrator does that");
        if (controller->self_id[0] && strcmp(at->observed->id, controller->self_id) == 0)
            return error_set(err, -EACCES, "%s is quaywatch itself", service->name);
    }
    return 0;
}

int heal_person(void *user, const struct service *service, bool force, struct error *err)
{
    struct controller *controller = user;
    controller->now = clock_now();
    if (controller->second[0])
        return error_set(err, -EACCES, "this quaywatch only observes: %.220s", controller->second);
    if (!controller->engine.connected)
        return error_set(err, -EACCES, "the engine does not answer: %.250s", controller->engine.error);
    int refused = refuse_kind(controller, service, err);
    if (refused != 0)
        return refused;
    struct told told;
    for (const struct instance *at = service->first; at && !force; at = at->next)
        if (deploying_told(controller, at, &told) != DEPLOYMENT_NONE)
            return error_set(err, -EBUSY,
                             "%s is being deployed (%.200s); force=true restarts it nevertheless",
                             service->name, told.sentence);
    for (const struct restart *restart = controller->restarts; restart; restart = restart->next)
        if (same_service(restart, service))
            return error_set(err, -EBUSY, "a restart of %s is under way already", service->name);
    for (const struct instance *at = service->first; at; at = at->next)
        restart_add(controller, at->observed->id, "manual", true);
    person_next(controller);
    controller->dirty = true;
    return 0;
}
