/* SPDX-License-Identifier: MIT */
/* usage.c: rounds of measurements: who is asked when, and what two readings say. */
#include "controller/usage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/controller_internal.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "docker/stats.h"

enum {
    FIRST_MS = 2000,   /* after the engine was reached: what is there is looked at first */
    SECOND_MS = 5000,  /* after the first round: only two readings tell what a processor does */
    BARREN_ROUNDS = 2, /* in a row, then the engine cannot measure */
    PAUSE_ROUNDS = 4,  /* a round is followed by a pause of at least so many of its own lengths */
};

/* One call at a time. */
struct lane {
    struct usage_meter *meter;
    struct stats_call *call; /* NULL: free */
    struct ref ref;
};

struct usage_meter {
    struct controller *controller;
    struct engine *engine;
    struct lane lane[LIMIT_STATS_IN_FLIGHT];
    unsigned in_flight, unanswered; /* unanswered: calls in a row that the engine did not answer */
    bool under_way;                 /* a round: */
    struct ref *queue;              /* who is to be asked, from next to count */
    size_t next, count;
    unsigned rounds, barren; /* since the engine was reached; in a row, with nothing but errors */
    unsigned readings;       /* of this round */
    struct error latest;     /* why one of this round is missing, else code 0 */
    int64_t synced_mono_ms, began_mono_ms, took_ms;
    bool refused;
};

struct usage_meter *usage_meter_new(struct controller *controller, struct engine *engine)
{
    struct usage_meter *meter = mem_new(sizeof *meter);
    meter->controller = controller;
    meter->engine = engine;
    for (size_t i = 0; i < LIMIT_STATS_IN_FLIGHT; i++)
        meter->lane[i].meter = meter;
    return meter;
}

void usage_meter_free(struct usage_meter *meter)
{
    if (!meter)
        return;
    for (size_t i = 0; i < LIMIT_STATS_IN_FLIGHT; i++)
        stats_cancel(meter->lane[i].call);
    free(meter->queue);
    free(meter);
}

/* ---- what a reading says ---- */

static void show(struct controller *controller, struct ref ref, const struct usage *usage)
{
    registry_apply(controller->registry, &(struct change){.kind = CHANGE_USAGE, .ref = ref, .usage = usage},
                   controller->now);
}

void usage_forget(struct controller *controller, struct record *record)
{
    record->cpu_read_wall_ms = 0;
    show(controller, record->ref, &(struct usage){0});
}

/* Of one processor, since the reading before; below 0: there is none to compare with. Both times are the
 * engine's, so that a call's delay does not matter. */
static double cpu_ratio(const struct record *record, uint64_t cpu_ns, int64_t read_wall_ms)
{
    int64_t span_ms = read_wall_ms - record->cpu_read_wall_ms;
    if (!record->cpu_read_wall_ms || span_ms <= 0 || cpu_ns < record->cpu_ns)
        return -1;
    return (double)(cpu_ns - record->cpu_ns) / ((double)span_ms * 1e6);
}

static void take(struct controller *controller, struct record *record, const struct instance *instance,
                 const struct stats_reading *reading)
{
    int64_t read_wall_ms = reading->read_wall_ms ? reading->read_wall_ms : controller->now.wall_ms;
    if (read_wall_ms == record->cpu_read_wall_ms)
        return; /* the same once more */
    struct usage usage = {.at_wall_ms = controller->now.wall_ms, .cpu_ratio = -1};
    if (reading->has_cpu) {
        usage.cpu_ratio = cpu_ratio(record, reading->cpu_ns, read_wall_ms);
        record->cpu_ns = reading->cpu_ns;
        record->cpu_read_wall_ms = read_wall_ms;
    }
    usage.memory_bytes = reading->memory_bytes;
    /* Where there is no limit the engine names the machine's memory. */
    uint64_t limit = instance->observed->memory_limit_bytes, told = reading->memory_limit_bytes;
    usage.memory_limit_bytes = limit && told && told < limit ? told : limit;
    show(controller, instance->ref, &usage);
}

/* ---- rounds ---- */

static bool is_on(const struct usage_meter *meter)
{
    const struct controller *controller = meter->controller;
    return controller->options->stats_interval_ms > 0 && controller->engine.connected &&
           meter->synced_mono_ms && !meter->refused && !controller->stopping;
}

/* The engine is asked for nothing more in this round. */
static void round_cut(struct usage_meter *meter)
{
    meter->next = meter->count;
}

static void refuse(struct usage_meter *meter, const struct error *err)
{
    struct controller *controller = meter->controller;
    round_cut(meter);
    if (meter->refused)
        return;
    meter->refused = true;
    char sentence[sizeof err->text + 80];
    snprintf(sentence, sizeof sentence, "What containers use is not measured: %s", err->text);
    tell(controller, SEVERITY_WARNING, "usage", NULL, "%s", sentence);
    const struct record *self = controller->self_id[0] ? record_find(controller, controller->self_id) : NULL;
    if (self)
        judge_finding(controller, self, "usage-refused", true, sentence);
}

void usage_synced(struct usage_meter *meter)
{
    if (!meter)
        return;
    struct controller *controller = meter->controller;
    const struct record *self = meter->refused && controller->self_id[0]
                                    ? record_find(controller, controller->self_id)
                                    : NULL;
    if (self)
        judge_finding(controller, self, "usage-refused", false, "");
    meter->refused = false;
    meter->rounds = meter->barren = 0;
    meter->synced_mono_ms = clock_now().mono_ms;
}

/* A container that is gone or does not run is nobody's fault; an engine that does not answer is asked no
 * more. */
static void on_error(struct usage_meter *meter, const struct error *err)
{
    switch (err->code) {
    case -EACCES:
        refuse(meter, err);
        break;
    case -EPIPE:
        if (++meter->unanswered >= LIMIT_STATS_IN_FLIGHT)
            round_cut(meter);
        break;
    case -ENOENT:
    case -ENODATA:
        break;
    default:
        meter->latest = *err;
    }
}

static void on_reading(void *user, const struct stats_reading *reading, const struct error *err)
{
    struct lane *lane = user;
    struct usage_meter *meter = lane->meter;
    struct controller *controller = meter->controller;
    controller->now = clock_now();
    controller->dirty = true;
    lane->call = NULL;
    meter->in_flight--;
    const struct instance *instance = registry_instance(controller->registry, lane->ref);
    struct record *record = instance ? record_find(controller, instance->observed->id) : NULL;
    if (reading) {
        meter->unanswered = 0;
        meter->readings++;
        if (record)
            take(controller, record, instance, reading);
        return;
    }
    if (record && err->code != -EPIPE)
        usage_forget(controller, record);
    on_error(meter, err);
}

static bool is_measured(const struct instance *instance)
{
    return instance && instance->observed->state == CONTAINER_RUNNING && !instance->spec->external;
}

static void round_begin(struct usage_meter *meter)
{
    struct controller *controller = meter->controller;
    meter->queue = mem_resize(meter->queue, HASH_COUNT(controller->records) + 1, sizeof *meter->queue);
    meter->next = meter->count = 0;
    meter->unanswered = meter->readings = 0;
    meter->latest.code = 0;
    for (const struct record *at = controller->records; at; at = at->hh.next)
        if (is_measured(registry_instance(controller->registry, at->ref)))
            meter->queue[meter->count++] = at->ref;
    meter->began_mono_ms = controller->now.mono_ms;
    meter->under_way = true;
}

static void round_end(struct usage_meter *meter)
{
    meter->took_ms = meter->controller->now.mono_ms - meter->began_mono_ms;
    meter->under_way = false;
    meter->rounds++;
    meter->barren = meter->latest.code && !meter->readings ? meter->barren + 1 : 0;
    if (meter->barren >= BARREN_ROUNDS)
        refuse(meter, &meter->latest);
    free(meter->queue);
    meter->queue = NULL;
}

static void ask(struct usage_meter *meter, const struct instance *instance)
{
    struct lane *lane = meter->lane;
    while (lane->call)
        lane++;
    lane->ref = instance->ref;
    lane->call = stats_read(meter->engine, instance->observed->id, on_reading, lane);
    meter->in_flight++;
}

int64_t usage_due(const struct usage_meter *meter)
{
    if (!meter || meter->under_way || !is_on(meter))
        return 0;
    if (!meter->rounds)
        return meter->synced_mono_ms + FIRST_MS;
    int64_t wait_ms = meter->controller->options->stats_interval_ms;
    if (meter->rounds == 1 && wait_ms > SECOND_MS)
        wait_ms = SECOND_MS;
    if (wait_ms < (PAUSE_ROUNDS + 1) * meter->took_ms)
        wait_ms = (PAUSE_ROUNDS + 1) * meter->took_ms;
    return meter->began_mono_ms + wait_ms;
}

void usage_settle(struct usage_meter *meter)
{
    if (!meter)
        return;
    struct controller *controller = meter->controller;
    int64_t due = usage_due(meter);
    if (due && due <= controller->now.mono_ms)
        round_begin(meter);
    if (!meter->under_way)
        return;
    if (!is_on(meter))
        round_cut(meter);
    while (meter->next < meter->count && meter->in_flight < LIMIT_STATS_IN_FLIGHT) {
        const struct instance *instance = registry_instance(controller->registry,
                                                            meter->queue[meter->next++]);
        if (is_measured(instance))
            ask(meter, instance);
    }
    if (meter->next == meter->count && !meter->in_flight)
        round_end(meter);
}
