/* SPDX-License-Identifier: MIT */
/* chronicle.c: how each thing that happens counts for the history. */
#include "controller/chronicle.h"

#include "controller/controller_internal.h"

#include <stdlib.h>

#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "controller/core/log.h"
#include "controller/core/url.h"
#include "exporter/history/annals.h"

enum {
    LOST_IDS = 64 /* more events than a run that was killed can have had in its last second, but for storms */
};

/* ---- how services are ---- */

/* While starting it does not serve, whatever the reason; but what was never seen serving is not down. */
static enum condition while_starting(enum condition before)
{
    switch (before) {
    case CONDITION_UP:
    case CONDITION_DOWN:
        return CONDITION_DOWN;
    case CONDITION_EXCLUDED:
        return CONDITION_EXCLUDED;
    case CONDITION_UNKNOWN:
    case CONDITION_GONE:
    case CONDITION_COUNT:
        break;
    }
    return CONDITION_UNKNOWN;
}

static enum condition condition_of(const struct controller *controller, const struct service *service)
{
    if (service->maintenance_until_wall_ms)
        return CONDITION_EXCLUDED;
    switch (service->status) {
    case STATUS_HEALTHY:
    case STATUS_DEGRADED:
        return CONDITION_UP;
    case STATUS_UNHEALTHY:
    case STATUS_FAILED: /* while the fault may be ours nobody is blamed */
        return controller->unreachable_many ? CONDITION_UNKNOWN : CONDITION_DOWN;
    case STATUS_STARTING:
        return while_starting(annals_condition(controller->annals, service->key));
    case STATUS_STOPPED: /* a crash is unhealthy: this was willed, or it had done its work */
        return CONDITION_EXCLUDED;
    case STATUS_UNKNOWN:
    case STATUS_COUNT:
        break;
    }
    return CONDITION_UNKNOWN;
}

void chronicle_service(struct controller *controller, const struct service *service)
{
    if (controller->annals)
        annals_state(controller->annals, service, condition_of(controller, service), controller->now);
}

static void tell_all(struct controller *controller)
{
    for (size_t i = 0; i < registry_count(controller->registry); i++)
        chronicle_service(controller, registry_at(controller->registry, i));
}

void chronicle_leave(struct controller *controller, const struct instance *instance)
{
    if (controller->annals)
        strings_add(&controller->left_arena, &controller->left, instance->service->key);
}

void chronicle_settle(struct controller *controller)
{
    for (size_t i = 0; i < controller->left.count; i++)
        if (!registry_key(controller->registry, controller->left.item[i]))
            annals_gone(controller->annals, controller->left.item[i], controller->now);
    if (controller->left.count) {
        controller->left = (struct strings){0};
        arena_free(&controller->left_arena);
    }
    if (controller->annals && controller->doubted_network != controller->unreachable_many) {
        controller->doubted_network = controller->unreachable_many;
        tell_all(controller);
    }
}

void chronicle_engine(struct controller *controller)
{
    annals_watch(controller->annals, controller->engine.connected, controller->now);
}

void chronicle_clock(struct controller *controller, int64_t jump_ms)
{
    if (!controller->annals)
        return;
    annals_clock(controller->annals, jump_ms, controller->now);
    tell_all(controller);
}

/* ---- what happens ---- */

/* Text as it may be shown; "…" of a text without memory of its own. */
static const char *cleaned(const char *text, struct buf *out)
{
    buf_init(out, LIMIT_HTTP_BODY);
    url_clean(text, out);
    return buf_string(out);
}

void chronicle_status(struct controller *controller, const struct instance *instance, enum status before)
{
    struct buf reason;
    if (!controller->annals)
        return;
    annals_transition(controller->annals, instance, before == STATUS_COUNT ? NULL : status_name[before],
                      cleaned(instance->health.message, &reason), controller->now);
    buf_free(&reason);
}

void chronicle_decision(struct controller *controller, const struct instance *instance)
{
    struct buf sentence;
    if (!controller->annals)
        return;
    annals_decision(controller->annals, instance, cleaned(instance->decision.sentence, &sentence),
                    controller->now);
    buf_free(&sentence);
}

void chronicle_restart(struct controller *controller, const struct instance *instance, const char *reason,
                       const char *result)
{
    annals_restart(controller->annals, instance, reason, result, controller->now);
}

void chronicle_check(struct controller *controller, const struct instance *instance, bool passed,
                     double response_ms)
{
    annals_check(controller->annals, instance->service, passed, response_ms, controller->now);
}

void chronicle_event(struct controller *controller)
{
    struct buf sentence;
    if (!controller->annals)
        return;
    struct journal_event event = *journal_next(controller->journal, journal_last(controller->journal) - 1);
    event.sentence = cleaned(event.sentence, &sentence);
    annals_event(controller->annals, &event);
    buf_free(&sentence);
}

/* ---- opening and closing ---- */

static void on_say(void *user, bool lasting, const char *sentence)
{
    struct controller *controller = user;
    if (sentence) {
        log_line(LOG_LEVEL_ERROR, NULL, NULL, "%s%s", sentence, lasting ? "; nothing is recorded" : "");
        return;
    }
    log_line(LOG_LEVEL_INFO, NULL, NULL, "The history is recorded again");
    controller->now = clock_now();
    tell_all(controller);
}

static void on_recall(void *user, const struct journal_event *event)
{
    struct controller *controller = user;
    if (event)
        journal_restore(controller->journal, event);
    else
        journal_skip(controller->journal, LOST_IDS);
}

void chronicle_open(struct controller *controller)
{
    const struct options *options = controller->options;
    if (controller->task != TASK_RUN || !controller->state_dir[0] || !options->history_days)
        return;
    char *path = mem_format("%s/history.db", controller->state_dir);
    struct annals_options annals = {.path = path,
                                    .days = options->history_days,
                                    .max_bytes = (int64_t)options->history_max_mib * 1024 * 1024,
                                    .say = on_say,
                                    .recall = on_recall,
                                    .user = controller};
    controller->annals = annals_open(&controller->loop, &annals, controller->now);
    controller->context.annals = controller->annals;
    free(path);
}

void chronicle_close(struct controller *controller)
{
    annals_close(controller->annals, clock_now());
    controller->annals = NULL;
    controller->context.annals = NULL;
    arena_free(&controller->left_arena);
}
