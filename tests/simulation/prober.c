/* SPDX-License-Identifier: MIT */
/* prober.c: quaywatch's checks in the simulated world, one by one while anything moves; what has passed for a
 * while and has not changed since is not asked. */
#include "tests/simulation/seam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/controller_internal.h"

enum { QUIET_AFTER = 8, QUICK_MS = 5 };

struct probe_slot {
    struct prober *prober;
    struct ref ref;
    struct contained *contained;
    int64_t interval_ms, due, not_before; /* due 0: not planned */
    uint64_t serial;
    unsigned same;
    bool used, in_flight;
    enum answer answer;
};

struct prober {
    struct world *world;
    struct controller *controller;
    struct probe_slot **slots; /* by ref.index */
    size_t count;
};

static void on_probe(struct world *world, void *subject, uint64_t serial);

static void plan(struct probe_slot *slot, int64_t at)
{
    slot->due = at;
    world_at(slot->prober->world, at, on_probe, slot, ++slot->serial);
}

static void outcome_of(enum answer answer, int64_t took_ms, struct outcome *ret)
{
    static const struct {
        enum outcome_kind kind;
        int http_status;
        const char *message;
    } outcomes[] = {
        [ANSWER_OK] = {OUTCOME_PASS, 200, "200 OK"},
        [ANSWER_REFUSED] = {OUTCOME_REFUSED, 0, "Connection refused"},
        [ANSWER_TIMEOUT] = {OUTCOME_READ_TIMEOUT, 0, "No answer within 5 s"},
        [ANSWER_ERROR] = {OUTCOME_STATUS, 500, "500 Internal Server Error"},
        [ANSWER_UNREACHABLE] = {OUTCOME_CONNECT_TIMEOUT, 0, "No connection within 5 s"},
    };
    *ret = (struct outcome){.kind = outcomes[answer].kind,
                            .http_status = outcomes[answer].http_status,
                            .response_ms = (double)took_ms};
    snprintf(ret->message, sizeof ret->message, "%s", outcomes[answer].message);
}

static int64_t takes(enum answer answer)
{
    return answer == ANSWER_TIMEOUT || answer == ANSWER_UNREACHABLE ? CHECK_TIMEOUT_MS : QUICK_MS;
}

static void on_result(struct world *world, void *subject, uint64_t serial)
{
    struct probe_slot *slot = subject;
    struct outcome outcome;
    if (serial != slot->serial || !slot->used)
        return;
    slot->in_flight = false;
    outcome_of(slot->answer, takes(slot->answer), &outcome);
    world->tally->checks++;
    int64_t next = slot->due + slot->interval_ms;
    slot->due = 0;
    if (slot->same < QUIET_AFTER || slot->answer != ANSWER_OK)
        plan(slot, next > slot->not_before ? next : slot->not_before);
    intake_outcome(slot->prober->controller, slot->ref, &outcome);
}

static void on_probe(struct world *world, void *subject, uint64_t serial)
{
    struct probe_slot *slot = subject;
    if (serial != slot->serial || !slot->used)
        return;
    enum answer answer = world->cut_until > world->now ? ANSWER_UNREACHABLE
                                                       : contained_answers(world, slot->contained);
    slot->same = answer == slot->answer ? slot->same + 1 : 0;
    slot->answer = answer;
    slot->in_flight = true;
    world_at(world, world->now + takes(answer), on_result, slot, slot->serial);
}

static struct probe_slot *slot_find(const struct prober *prober, struct ref ref)
{
    struct probe_slot *slot = ref.index < prober->count ? prober->slots[ref.index] : NULL;
    return slot && slot->used && slot->ref.generation == ref.generation ? slot : NULL;
}

static struct contained *target_of(struct prober *prober, struct ref ref)
{
    const struct instance *instance = registry_instance(prober->controller->registry, ref);
    return instance ? world_find(prober->world, instance->observed->id) : NULL;
}

struct prober *seam_prober(struct world *world, struct controller *controller)
{
    struct prober *prober = mem_new(sizeof *prober);
    prober->world = world;
    prober->controller = controller;
    return prober;
}

void seam_prober_wake(struct prober *prober, struct contained *contained)
{
    struct probe_slot *slot = contained->probe;
    if (!slot || !slot->used || slot->contained != contained || slot->prober != prober)
        return;
    slot->same = 0;
    if (!slot->due)
        plan(slot, prober->world->now + draw_between(&prober->world->random, 0, slot->interval_ms));
}

/* ---- in place of the product's own ---- */

/* Its slots stay: steps that are planned still name them. */
void prober_free(struct prober *prober)
{
    for (size_t i = 0; prober && i < prober->count; i++)
        if (prober->slots[i])
            prober->slots[i]->used = false;
    if (prober)
        free(prober->slots);
    free(prober);
}

void prober_set(struct prober *prober, struct ref ref, const struct probe_spec *spec, int64_t interval_ms)
{
    (void)spec;
    struct contained *contained = target_of(prober, ref);
    if (slot_find(prober, ref) || !contained)
        return;
    if (ref.index >= prober->count) {
        size_t count = ref.index + 64;
        prober->slots = mem_resize(prober->slots, count, sizeof(struct probe_slot *));
        memset(prober->slots + prober->count, 0, (count - prober->count) * sizeof(struct probe_slot *));
        prober->count = count;
    }
    struct probe_slot *slot = prober->slots[ref.index];
    if (!slot)
        slot = prober->slots[ref.index] = arena_new(&prober->world->arena, sizeof *slot);
    uint64_t serial = slot->serial;
    *slot = (struct probe_slot){.prober = prober,
                                .ref = ref,
                                .contained = contained,
                                .interval_ms = interval_ms,
                                .used = true,
                                .serial = serial,
                                .answer = ANSWER_OK};
    contained->probe = slot;
    plan(slot, prober->world->now + draw_between(&prober->world->random, 0, SECOND));
}

void prober_remove(struct prober *prober, struct ref ref)
{
    struct probe_slot *slot = slot_find(prober, ref);
    if (!slot)
        return;
    slot->used = slot->in_flight = false;
    slot->serial++;
}

void prober_delay(struct prober *prober, struct ref ref, int64_t delay_ms)
{
    struct probe_slot *slot = slot_find(prober, ref);
    if (!slot)
        return;
    slot->not_before = prober->world->now + delay_ms;
    slot->same = 0;
    if (!slot->in_flight)
        plan(slot, slot->not_before);
}
