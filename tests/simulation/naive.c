/* SPDX-License-Identifier: MIT */
/* naive.c: what a cron script does: every 5 s it lists what is unhealthy or exited and restarts that, one
 * after the other. It sees the same checks with the same thresholds as quaywatch. */
#include "tests/simulation/world.h"

#include <stdlib.h>

enum { PASS_MS = 5 * SECOND };

struct naive {
    struct contained **list;
    size_t count, next;
    uint64_t seen; /* changes of the world */
};

static void on_pass(struct world *world, void *subject, uint64_t tag);
static void go_on(struct world *world, struct naive *naive);

static bool is_wanted(const struct contained *contained)
{
    switch (contained->state) {
    case CONTAINER_RUNNING:
    case CONTAINER_PAUSED: /* the engine keeps its last verdict */
        return contained->checker.status == STATUS_UNHEALTHY;
    case CONTAINER_EXITED:
        return true;
    case CONTAINER_CREATED:
    case CONTAINER_RESTARTING:
    case CONTAINER_REMOVING:
    case CONTAINER_DEAD:
    case CONTAINER_STATE_UNKNOWN:
    case CONTAINER_STATE_COUNT:
        break;
    }
    return false;
}

static void on_restarted(struct world *world, void *user, bool worked)
{
    struct naive *naive = user;
    (void)worked;
    go_on(world, naive);
}

static void on_again(struct world *world, void *subject, uint64_t tag)
{
    (void)tag;
    go_on(world, subject);
}

static void go_on(struct world *world, struct naive *naive)
{
    for (; naive->next < naive->count && world->engine_up; naive->next++) {
        struct contained *contained = naive->list[naive->next];
        if (contained->gone)
            continue;
        if (contained->busy) { /* the engine lets it wait */
            world_at(world, world->now + SECOND, on_again, naive, 0);
            return;
        }
        naive->next++;
        tally_restart(world, contained);
        contained_restart(world, contained, on_restarted, naive);
        return;
    }
    world_at(world, world->now + PASS_MS, on_pass, naive, 0);
}

static void on_pass(struct world *world, void *subject, uint64_t tag)
{
    struct naive *naive = subject;
    (void)tag;
    if (naive->seen == world->changes && !naive->count) {
        go_on(world, naive);
        return;
    }
    naive->seen = world->changes;
    naive->count = naive->next = 0;
    naive->list = mem_resize(naive->list, HASH_COUNT(world->containers) + 1, sizeof(struct contained *));
    for (struct contained *at = world->containers; at; at = at->hh.next)
        if (is_wanted(at))
            naive->list[naive->count++] = at;
    go_on(world, naive);
}

struct naive *naive_open(struct world *world)
{
    struct naive *naive = mem_new(sizeof *naive);
    world_at(world, world->now + PASS_MS, on_pass, naive, 0);
    return naive;
}

void naive_close(struct naive *naive)
{
    if (naive)
        free(naive->list);
    free(naive);
}
