/* SPDX-License-Identifier: MIT */
/* address6.c: one connection to the second address of an instance, so that it is told only where it works. */
#include "controller/address6.h"

#include <stdlib.h>

#include "controller/controller_internal.h"
#include "controller/core/hash.h"
#include "controller/core/limits.h"

enum { WAIT_MOST_S = 60 };

static int port_of(const struct spec *spec)
{
    return spec->port ? spec->port : spec->health_port;
}

/* What an answer holds for: this run, at this place. Never 0. */
static uint32_t place_of(const struct instance *instance)
{
    uint64_t hash = hash_text(HASH_START, instance->observed->address6);
    hash = hash_number(hash, port_of(instance->spec));
    hash = hash_number(hash, instance->observed->started_at_wall_ms);
    return (uint32_t)(hash ^ hash >> 32) | 1;
}

static void wait_longer(struct controller *controller, struct record *record)
{
    unsigned wait_s = record->wait6_s ? 2U * record->wait6_s : 1;
    record->wait6_s = (uint16_t)(wait_s < WAIT_MOST_S ? wait_s : WAIT_MOST_S);
    prober_delay(controller->prober6, record->ref, record->wait6_s * INT64_C(1000));
}

/* Records only, as all that checks report. */
static void on_outcome(void *user, struct ref ref, struct outcome *outcome)
{
    struct controller *controller = user;
    const struct instance *instance = registry_instance(controller->registry, ref);
    struct record *record = instance ? record_find(controller, instance->observed->id) : NULL;
    bool answers = outcome->kind == OUTCOME_PASS || outcome->kind == OUTCOME_DEGRADED;
    free(outcome->check);
    if (!record || !instance->observed->address6)
        return;
    if (!answers) {
        wait_longer(controller, record);
        return;
    }
    record->answered6 = place_of(instance);
    record_mark(controller, record);
}

static void ask(struct controller *controller, const struct record *record, const struct instance *instance)
{
    const struct spec *spec = instance->spec;
    char url[128];
    network_url(url, sizeof url, PROTOCOL_TCP, instance->observed->address6, port_of(spec), NULL);
    struct probe_spec probe = {.kind = CHECK_TCP, .url = url, .timeout_ms = spec->timeout_ms};
    if (!controller->prober6)
        controller->prober6 = prober_new(&controller->loop, LIMIT_PROBES_IN_FLIGHT, on_outcome, controller);
    prober_set(controller->prober6, record->ref, &probe, WAIT_MOST_S * 1000);
}

void address6_look(struct controller *controller, struct record *record, const struct instance *instance)
{
    const struct observed *observed = instance->observed;
    enum status status = instance->health.status;
    bool checked = check_over_network(record->plan.probe);
    bool told = observed->address6 && (!checked || record->answered6 == place_of(instance));
    bool well = observed->state == CONTAINER_RUNNING &&
                (status == STATUS_HEALTHY || status == STATUS_DEGRADED);
    if (observed->address6 && !told && well && controller->task == TASK_RUN)
        ask(controller, record, instance);
    else
        address6_forget(controller, record);
    if (told != instance->tells_address6)
        registry_apply(controller->registry,
                       &(struct change){.kind = CHANGE_ADDRESS6, .ref = record->ref, .told = told},
                       controller->now);
}

void address6_forget(struct controller *controller, struct record *record)
{
    record->wait6_s = 0;
    if (controller->prober6)
        prober_remove(controller->prober6, record->ref);
}
