/* SPDX-License-Identifier: MIT */
/* resolve.c: the load balancing strategies, on a small memory per instance. */
#include "exporter/resolve.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

const char *const strategy_name[STRATEGY_COUNT] = {
    [STRATEGY_HEALTH_BASED] = "health_based",
    [STRATEGY_ROUND_ROBIN] = "round_robin",
    [STRATEGY_LEAST_CONNECTIONS] = "least_connections",
    [STRATEGY_WEIGHTED_ROUND_ROBIN] = "weighted_round_robin",
    [STRATEGY_RANDOM] = "random",
};

/* Memory of one instance. A ref is never used again, so a slot of an instance that is gone is only dead
 * weight. */
struct slot {
    struct ref ref;
    uint64_t picked; /* times it was handed out */
    uint64_t handed; /* the same for least_connections, which lets a newcomer begin at its siblings' level */
    uint64_t turn;   /* the resolver's count of picks when it was last handed out */
    int64_t credit;  /* of the smooth weighted round robin */
    UT_hash_handle hh;
};

enum { SLOTS_MAX = 65536 }; /* six times the instances we are built for; then the memory starts anew */

struct resolver {
    struct slot *slots;
    uint64_t turn, random;
};

int strategy_find(const char *name)
{
    for (int i = 0; i < STRATEGY_COUNT; i++) {
        const char *a = strategy_name[i], *b = name;
        while (*a && (*a == *b || (*a == '_' && *b == '-')))
            a++, b++;
        if (!*a && !*b)
            return i;
    }
    return -1;
}

struct resolver *resolver_new(uint64_t seed)
{
    struct resolver *resolver = mem_new(sizeof *resolver);
    resolver->random = seed ? seed : 1;
    return resolver;
}

static struct slot *slot_find(const struct resolver *resolver, const struct instance *instance)
{
    struct slot *slot;
    HASH_FIND(hh, resolver->slots, &instance->ref, sizeof instance->ref, slot);
    return slot;
}

static void slots_clear(struct resolver *resolver)
{
    struct slot *slot, *next;
    HASH_ITER(hh, resolver->slots, slot, next)
    {
        HASH_DEL(resolver->slots, slot);
        free(slot);
    }
}

/* The slot of an instance; a new one begins with the fewest hand-outs of its siblings, so that a newcomer is
 * not flooded until it has caught up. */
static struct slot *slot_of(struct resolver *resolver, const struct instance *instance)
{
    struct slot *slot = slot_find(resolver, instance);
    if (slot)
        return slot;
    if (HASH_COUNT(resolver->slots) >= SLOTS_MAX)
        slots_clear(resolver);
    bool any = false;
    uint64_t fewest = 0;
    for (const struct instance *at = instance->service->first; at; at = at->next) {
        const struct slot *other = at->serving ? slot_find(resolver, at) : NULL;
        if (other && (!any || other->handed < fewest)) {
            fewest = other->handed;
            any = true;
        }
    }
    slot = mem_new(sizeof *slot);
    slot->ref = instance->ref;
    slot->handed = fewest;
    HASH_ADD(hh, resolver->slots, ref, sizeof slot->ref, slot);
    return slot;
}

static bool eligible(const struct instance *instance, const char *tag)
{
    return instance->serving && (!tag || strings_has(&instance->spec->tags, tag));
}

/* Smaller is better; ties go to the one that waited longest, which makes the order of equals a round robin.
 */
typedef uint64_t cost_of(const struct slot *slot);

static uint64_t cost_turn(const struct slot *slot)
{
    return slot->turn;
}

static uint64_t cost_handed(const struct slot *slot)
{
    return slot->handed;
}

static const struct instance *pick_cheapest(struct resolver *resolver, const struct service *service,
                                            const char *tag, cost_of *cost)
{
    const struct instance *best = NULL;
    const struct slot *best_slot = NULL;
    for (const struct instance *at = service->first; at; at = at->next) {
        if (!eligible(at, tag))
            continue;
        const struct slot *slot = slot_of(resolver, at);
        if (!best_slot || cost(slot) < cost(best_slot) ||
            (cost(slot) == cost(best_slot) && slot->turn < best_slot->turn)) {
            best = at;
            best_slot = slot;
        }
    }
    return best;
}

/* xorshift64*: good enough to spread callers. */
static uint64_t random_next(struct resolver *resolver)
{
    uint64_t x = resolver->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    resolver->random = x;
    return x * UINT64_C(0x2545F4914F6CDD1D);
}

static const struct instance *pick_random(struct resolver *resolver, const struct service *service,
                                          const char *tag)
{
    uint64_t count = 0;
    for (const struct instance *at = service->first; at; at = at->next)
        count += eligible(at, tag);
    if (!count)
        return NULL;
    uint64_t wanted = (random_next(resolver) >> 11) % count;
    for (const struct instance *at = service->first; at; at = at->next)
        if (eligible(at, tag) && wanted-- == 0)
            return at;
    return NULL;
}

/* Who may be picked, and with which share; 0: not at all. */
typedef int64_t weight_of(const struct instance *instance, const void *user);

static int64_t weight_label(const struct instance *instance, const void *user)
{
    (void)user;
    return instance->spec->weight ? instance->spec->weight : 1;
}

/* Smooth weighted round robin: everyone gains its weight, the richest is picked and pays the sum. */
static const struct instance *pick_weighted(struct resolver *resolver, const struct service *service,
                                            const char *tag, weight_of *weight, const void *user)
{
    const struct instance *best = NULL;
    struct slot *best_slot = NULL;
    int64_t sum = 0;
    for (const struct instance *at = service->first; at; at = at->next) {
        int64_t share = eligible(at, tag) ? weight(at, user) : 0;
        if (!share)
            continue;
        struct slot *slot = slot_of(resolver, at);
        slot->credit += share;
        sum += share;
        if (!best_slot || slot->credit > best_slot->credit) {
            best = at;
            best_slot = slot;
        }
    }
    if (best_slot)
        best_slot->credit -= sum;
    return best;
}

/* What health_based compares with. */
struct best_health {
    int rank;
    double fastest_ms;
};

static int health_rank(const struct instance *instance)
{
    switch (instance->health.status) {
    case STATUS_HEALTHY:
        return 0;
    case STATUS_UNKNOWN:
        return 1;
    case STATUS_DEGRADED:
        return 2;
    case STATUS_STARTING:
    case STATUS_UNHEALTHY:
    case STATUS_FAILED:
    case STATUS_STOPPED:
    case STATUS_COUNT:
        break;
    }
    return 3;
}

/* How many of its latest checks passed, from 0 to 1; 1 when none is known. */
static double passing_share(const struct samples *samples)
{
    unsigned known = 0, passed = 0;
    for (size_t i = 0; i < RESULT_RING; i++) {
        enum outcome_kind kind = (enum outcome_kind)samples->result[i].kind;
        if (!samples->result[i].at_wall_ms || !outcome_is_answer(kind))
            continue;
        known++;
        passed += kind == OUTCOME_PASS || kind == OUTCOME_DEGRADED;
    }
    return known ? (double)passed / known : 1;
}

/* Only the best status takes part, each in proportion to its weight, to how fast it answers and to how many
 * of its latest checks passed; the load follows from that, since everybody is handed out in turn. */
static int64_t weight_health(const struct instance *instance, const void *user)
{
    const struct best_health *best = user;
    if (health_rank(instance) != best->rank)
        return 0;
    double weight = 100.0 * (double)weight_label(instance, NULL);
    double response_ms = instance->samples.response_ms;
    if (best->fastest_ms > 0 && response_ms > best->fastest_ms)
        weight *= best->fastest_ms / response_ms;
    weight *= passing_share(&instance->samples);
    return weight < 1 ? 1 : (int64_t)weight;
}

static const struct instance *pick_healthiest(struct resolver *resolver, const struct service *service,
                                              const char *tag)
{
    struct best_health best = {.rank = INT32_MAX};
    for (const struct instance *at = service->first; at; at = at->next) {
        int rank = health_rank(at);
        if (!eligible(at, tag) || rank > best.rank)
            continue;
        double response_ms = at->samples.response_ms;
        if (rank < best.rank)
            best = (struct best_health){.rank = rank, .fastest_ms = response_ms};
        else if (response_ms > 0 && (best.fastest_ms <= 0 || response_ms < best.fastest_ms))
            best.fastest_ms = response_ms;
    }
    return pick_weighted(resolver, service, tag, weight_health, &best);
}

static const struct instance *pick(struct resolver *resolver, const struct service *service,
                                   enum strategy strategy, const char *tag)
{
    assert(strategy < STRATEGY_COUNT);
    switch (strategy) {
    case STRATEGY_HEALTH_BASED:
        return pick_healthiest(resolver, service, tag);
    case STRATEGY_ROUND_ROBIN:
        return pick_cheapest(resolver, service, tag, cost_turn);
    case STRATEGY_LEAST_CONNECTIONS:
        return pick_cheapest(resolver, service, tag, cost_handed);
    case STRATEGY_WEIGHTED_ROUND_ROBIN:
        return pick_weighted(resolver, service, tag, weight_label, NULL);
    case STRATEGY_RANDOM:
        return pick_random(resolver, service, tag);
    case STRATEGY_COUNT:
        break;
    }
    return NULL;
}

const struct instance *resolver_pick(struct resolver *resolver, const struct service *service,
                                     enum strategy strategy, const char *tag)
{
    const struct instance *instance = pick(resolver, service, strategy, tag);
    if (instance) {
        struct slot *slot = slot_of(resolver, instance);
        slot->picked++;
        slot->handed++;
        slot->turn = ++resolver->turn;
    }
    return instance;
}

uint64_t resolver_handed(const struct resolver *resolver, const struct instance *instance)
{
    const struct slot *slot = slot_find(resolver, instance);
    return slot ? slot->picked : 0;
}

void resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return;
    slots_clear(resolver);
    free(resolver);
}
