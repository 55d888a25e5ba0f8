/* SPDX-License-Identifier: MIT */
/* The schedule of checks. A slot is in one of three places: in the heap until it is due, in its lane's queue
 * while all checks that may run there do, or in flight. */
#include "health/prober.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <uv.h>

#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "controller/core/transfer.h"
#include "health/due_heap.h"
#include "health/unit_bus.h"

enum {
    /* Due checks start together on this grid: measured at half the processor time of a timer each. */
    TICK_MS = 100,
    /* So many added in one turn are checked at once, the others spread over the second. */
    BURST = 16,
    BURST_SPREAD_MS = 1000,
    /* Measured with libcurl 7.88: a connection kept saves a third of a check while there are few hundred of
     * them, and costs five times as much at ten thousand (its table of connections has 97 buckets). Servers
     * close idle connections after about five seconds, so that slower checks would often meet one that is
     * being closed. */
    REUSE_BELOW_MS = 5000,
    REUSE_CONNECTIONS = 256,
};

struct slot {
    struct due due; /* first: the heap gives it back */
    TAILQ_ENTRY(slot) queue_link;
    struct prober *prober;
    struct ref ref;
    struct probe_spec *spec;
    int64_t interval_ms;
    int64_t beat_ms;       /* the regular moment that the present check belongs to, before jitter */
    int64_t not_before_ms; /* asked for by prober_delay while in flight; 0: nothing */
    struct probe *probe;   /* in flight */
    bool queued;
    bool phased; /* has its own phase in the interval */
};
TAILQ_HEAD(slot_queue, slot);

/* Checks that share a bound. What runs inside containers costs the engine a process each, so that many of
 * those at once must not keep the others waiting, nor the other way round. */
enum lane { LANE_NETWORK, LANE_COMMAND, LANE_FILE, LANE_UNIT, LANE_COUNT };

struct prober {
    uv_loop_t *loop;
    uv_timer_t timer;
    int64_t wake_ms; /* what the timer is set to; -1: nothing */
    struct probe_tools tools;
    struct probe_runner runner; /* tools may point to it */
    prober_result *result;
    void *user;
    struct slot **slot; /* by ref.index: the registry's indices are dense */
    size_t slot_room, slot_count;
    struct due_heap heap;
    struct {
        struct slot_queue queue;
        size_t in_flight, max_in_flight;
    } lane[LANE_COUNT];
    int64_t burst_at_ms; /* the turn in which burst slots were added */
    unsigned burst;
    uint64_t random;
};

static void on_timer(uv_timer_t *timer);

static int64_t now_ms(const struct prober *prober)
{
    return (int64_t)uv_now(prober->loop);
}

/* xorshift64*: spreading checks asks for no better. Returns a number from 0 to below range. */
static int64_t random_below(struct prober *prober, int64_t range)
{
    prober->random ^= prober->random >> 12;
    prober->random ^= prober->random << 25;
    prober->random ^= prober->random >> 27;
    uint64_t number = (prober->random * 0x2545F4914F6CDD1DULL) >> 32;
    return (int64_t)((number * (uint64_t)range) >> 32);
}

static struct slot *slot_find(const struct prober *prober, struct ref ref)
{
    struct slot *slot = ref.index < prober->slot_room ? prober->slot[ref.index] : NULL;
    return slot && slot->ref.generation == ref.generation ? slot : NULL;
}

/* Sets the timer for what is due first; nothing due, no wake-up. */
static void prober_arm(struct prober *prober)
{
    struct due *first = due_heap_first(&prober->heap);
    int64_t now = now_ms(prober), wake = -1;
    if (first)
        wake = first->at_ms <= now ? now : (first->at_ms + TICK_MS - 1) / TICK_MS * TICK_MS;
    if (wake == prober->wake_ms)
        return;
    prober->wake_ms = wake;
    if (wake < 0)
        uv_timer_stop(&prober->timer);
    else
        uv_timer_start(&prober->timer, on_timer, (uint64_t)(wake - now), 0);
}

static void slot_schedule(struct slot *slot, int64_t at_ms)
{
    due_heap_set(&slot->prober->heap, &slot->due, at_ms);
}

/* The next regular moment. Jitter is laid over a fixed beat, so that it never adds up; beats that a slow
 * check has missed are left out, so that checks never pile up. */
static void slot_schedule_next(struct slot *slot)
{
    struct prober *prober = slot->prober;
    int64_t now = now_ms(prober), interval = slot->interval_ms;
    if (slot->not_before_ms > 0) {
        slot->beat_ms = slot->not_before_ms;
        slot->not_before_ms = 0;
        slot_schedule(slot, slot->beat_ms > now ? slot->beat_ms : now);
        return;
    }
    if (slot->phased) {
        slot->beat_ms += interval;
    } else {
        /* Those added together go apart here: one and a half intervals at most, evenly over the interval. */
        slot->beat_ms += interval / 2 + random_below(prober, interval);
        slot->phased = true;
    }
    if (slot->beat_ms <= now)
        slot->beat_ms += ((now - slot->beat_ms) / interval + 1) * interval;
    int64_t at = slot->beat_ms - interval / 10 + random_below(prober, interval / 5 + 1);
    int64_t earliest = now + interval / 4; /* a rest after a check that took nearly the whole interval */
    slot_schedule(slot, at > earliest ? at : earliest);
}

static enum lane slot_lane(const struct slot *slot)
{
    enum check_kind kind = slot->spec->kind;
    return kind == CHECK_COMMAND   ? LANE_COMMAND
           : kind == CHECK_FILE    ? LANE_FILE
           : kind == CHECK_SYSTEMD ? LANE_UNIT
                                   : LANE_NETWORK;
}

static void slot_start(struct slot *slot);

/* A queue is only filled while no check more may run: every end of a check lets the next one start. */
static void prober_serve_queues(struct prober *prober)
{
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        struct slot_queue *queue = &prober->lane[lane].queue;
        while (prober->lane[lane].in_flight < prober->lane[lane].max_in_flight && !TAILQ_EMPTY(queue)) {
            struct slot *slot = TAILQ_FIRST(queue);
            TAILQ_REMOVE(queue, slot, queue_link);
            slot->queued = false;
            slot_start(slot);
        }
    }
}

static void on_probe_done(void *user, struct outcome *outcome)
{
    struct slot *slot = user;
    struct prober *prober = slot->prober;
    struct ref ref = slot->ref;
    slot->probe = NULL;
    prober->lane[slot_lane(slot)].in_flight--;
    slot_schedule_next(slot);
    prober_serve_queues(prober);
    prober_arm(prober);
    prober->result(prober->user, ref, outcome); /* last: it may remove this slot */
}

static void slot_start(struct slot *slot)
{
    struct prober *prober = slot->prober;
    struct probe_spec spec = *slot->spec;
    spec.reuse = slot->interval_ms < REUSE_BELOW_MS && prober->slot_count <= REUSE_CONNECTIONS;
    prober->lane[slot_lane(slot)].in_flight++;
    slot->probe = probe_start(&prober->tools, &spec, on_probe_done, slot);
}

static void on_timer(uv_timer_t *timer)
{
    struct prober *prober = timer->data;
    int64_t now = now_ms(prober);
    prober->wake_ms = -1;
    for (struct due *first; (first = due_heap_first(&prober->heap)) && first->at_ms <= now;) {
        struct slot *slot = (struct slot *)first;
        due_heap_remove(&prober->heap, first);
        slot->queued = true;
        TAILQ_INSERT_TAIL(&prober->lane[slot_lane(slot)].queue, slot, queue_link);
    }
    prober_serve_queues(prober);
    prober_arm(prober);
}

/* Takes the slot out of wherever it is. */
static void slot_stop(struct slot *slot)
{
    struct prober *prober = slot->prober;
    due_heap_remove(&prober->heap, &slot->due);
    if (slot->queued)
        TAILQ_REMOVE(&prober->lane[slot_lane(slot)].queue, slot, queue_link);
    slot->queued = false;
    if (slot->probe) {
        probe_cancel(slot->probe);
        slot->probe = NULL;
        prober->lane[slot_lane(slot)].in_flight--;
    }
}

static void slot_free(struct slot *slot)
{
    struct prober *prober = slot->prober;
    slot_stop(slot);
    prober->slot[slot->ref.index] = NULL;
    prober->slot_count--;
    free(slot->spec);
    free(slot);
}

static struct slot *slot_new(struct prober *prober, struct ref ref)
{
    if (ref.index >= prober->slot_room) {
        size_t room = prober->slot_room ? prober->slot_room : 64;
        while (room <= ref.index)
            room *= 2;
        prober->slot = mem_resize(prober->slot, room, sizeof(struct slot *));
        for (size_t i = prober->slot_room; i < room; i++)
            prober->slot[i] = NULL;
        prober->slot_room = room;
    }
    if (prober->slot[ref.index])
        slot_free(prober->slot[ref.index]); /* of an earlier generation: it is gone */
    struct slot *slot = mem_new(sizeof *slot);
    slot->prober = prober;
    slot->ref = ref;
    prober->slot[ref.index] = slot;
    prober->slot_count++;
    return slot;
}

/* When the first check of what is added now comes. Steps of the golden ratio fill the second evenly, however
 * many follow. */
static int64_t first_check_at(struct prober *prober)
{
    int64_t now = now_ms(prober);
    if (prober->burst_at_ms != now) {
        prober->burst_at_ms = now;
        prober->burst = 0;
    }
    unsigned number = prober->burst++;
    return number < BURST ? now
                          : now + (int64_t)((uint64_t)number * 618034 % 1000000 * BURST_SPREAD_MS / 1000000);
}

struct prober *prober_new(uv_loop_t *loop, unsigned max_in_flight, prober_result *result, void *user)
{
    assert(max_in_flight > 0 && result);
    struct prober *prober = mem_new(sizeof *prober);
    prober->loop = loop;
    static const size_t max[LANE_COUNT] = {[LANE_COMMAND] = LIMIT_COMMANDS_IN_FLIGHT,
                                           [LANE_FILE] = LIMIT_FILES_IN_FLIGHT,
                                           [LANE_UNIT] = LIMIT_UNITS_IN_FLIGHT};
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        prober->lane[lane].max_in_flight = lane == LANE_NETWORK ? max_in_flight : max[lane];
        TAILQ_INIT(&prober->lane[lane].queue);
    }
    prober->result = result;
    prober->user = user;
    prober->wake_ms = prober->burst_at_ms = -1;
    prober->random = uv_hrtime() | 1; /* two controllers shall not check in step */
    prober->tools.pool = transfer_pool_new(loop, REUSE_CONNECTIONS);
    assert(prober->tools.pool);
    prober->tools.units = unit_bus_new(loop);
    uv_timer_init(loop, &prober->timer);
    prober->timer.data = prober;
    return prober;
}

void prober_set_runner(struct prober *prober, const struct probe_runner *runner)
{
    prober->runner = *runner;
    prober->tools.runner = &prober->runner;
}

void prober_set(struct prober *prober, struct ref ref, const struct probe_spec *spec, int64_t interval_ms)
{
    assert(interval_ms > 0);
    struct slot *slot = slot_find(prober, ref);
    if (slot && slot->interval_ms == interval_ms && probe_spec_equal(slot->spec, spec))
        return;
    if (!slot)
        slot = slot_new(prober, ref);
    slot_stop(slot);
    struct probe_spec *copy = probe_spec_copy(spec); /* first: spec may point into the old one */
    free(slot->spec);
    slot->spec = copy;
    slot->interval_ms = interval_ms;
    slot->not_before_ms = 0;
    slot->phased = false;
    slot->beat_ms = first_check_at(prober);
    slot_schedule(slot, slot->beat_ms);
    prober_serve_queues(prober); /* a check in flight may have been cancelled */
    prober_arm(prober);
}

void prober_remove(struct prober *prober, struct ref ref)
{
    struct slot *slot = slot_find(prober, ref);
    if (!slot)
        return;
    slot_free(slot);
    prober_serve_queues(prober);
    prober_arm(prober);
}

void prober_delay(struct prober *prober, struct ref ref, int64_t delay_ms)
{
    struct slot *slot = slot_find(prober, ref);
    if (!slot)
        return;
    int64_t at_ms = now_ms(prober) + (delay_ms > 0 ? delay_ms : 0);
    if (slot->probe) {
        slot->not_before_ms = delay_ms > 0 ? at_ms : 0; /* a check is under way already */
        return;
    }
    if (slot->queued && delay_ms <= 0)
        return; /* it runs as soon as it may */
    if (slot->queued)
        TAILQ_REMOVE(&prober->lane[slot_lane(slot)].queue, slot, queue_link);
    slot->queued = false;
    slot->beat_ms = at_ms;
    slot_schedule(slot, at_ms);
    prober_arm(prober);
}

size_t prober_in_flight(const struct prober *prober)
{
    size_t count = 0;
    for (enum lane lane = 0; lane < LANE_COUNT; lane++)
        count += prober->lane[lane].in_flight;
    return count;
}

size_t prober_count(const struct prober *prober)
{
    return prober->slot_count;
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void prober_free(struct prober *prober)
{
    if (!prober)
        return;
    for (enum lane lane = 0; lane < LANE_COUNT; lane++)
        TAILQ_INIT(&prober->lane[lane].queue); /* nothing may start while slots go */
    for (size_t i = 0; i < prober->slot_room; i++) {
        if (!prober->slot[i])
            continue;
        prober->slot[i]->queued = false;
        slot_free(prober->slot[i]);
    }
    free(prober->slot);
    due_heap_free(&prober->heap);
    transfer_pool_free(prober->tools.pool);
    unit_bus_free(prober->tools.units);
    uv_close((uv_handle_t *)&prober->timer, on_timer_closed);
}
