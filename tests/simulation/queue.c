/* SPDX-License-Identifier: MIT */
/* queue.c: what will happen in the simulated world, by time; and its dice. */
#include "tests/simulation/world.h"

struct queue_item {
    int64_t at;
    uint64_t order;
    world_step *step;
    void *subject;
    uint64_t tag;
};

static bool sooner(const struct queue_item *a, const struct queue_item *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void world_at(struct world *world, int64_t at, world_step *step, void *subject, uint64_t tag)
{
    if (world->queued == world->queue_cap) {
        world->queue_cap = world->queue_cap ? world->queue_cap * 2 : 1024;
        world->queue = mem_resize(world->queue, world->queue_cap, sizeof *world->queue);
    }
    struct queue_item item = {at > world->now ? at : world->now, ++world->serial, step, subject, tag};
    size_t place = world->queued++;
    for (; place && sooner(&item, &world->queue[(place - 1) / 2]); place = (place - 1) / 2)
        world->queue[place] = world->queue[(place - 1) / 2];
    world->queue[place] = item;
}

static struct queue_item queue_take(struct world *world)
{
    struct queue_item first = world->queue[0], last = world->queue[--world->queued];
    size_t place = 0;
    for (size_t child; (child = place * 2 + 1) < world->queued; place = child) {
        if (child + 1 < world->queued && sooner(&world->queue[child + 1], &world->queue[child]))
            child++;
        if (!sooner(&world->queue[child], &last))
            break;
        world->queue[place] = world->queue[child];
    }
    if (world->queued)
        world->queue[place] = last;
    return first;
}

void world_run(struct world *world)
{
    while (world->queued && world->queue[0].at <= world->end) {
        struct queue_item item = queue_take(world);
        world->now = item.at;
        item.step(world, item.subject, item.tag);
        if (world->daemon && (!world->queued || world->queue[0].at > world->now))
            daemon_turn(world->daemon);
    }
    world->now = world->end;
}

/* splitmix64 */
uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

int64_t draw_between(uint64_t *state, int64_t low, int64_t high)
{
    return low + (int64_t)(draw(state) % (uint64_t)(high - low + 1));
}

bool draw_chance(uint64_t *state, double probability)
{
    return (double)(draw(state) >> 11) / 9007199254740992.0 < probability;
}
