/* SPDX-License-Identifier: MIT */
/* deploy.c: a slot gets its next generation: compose's dance (create under another name, stop, destroy,
 * rename, start), or a rolling update (start the new one, wait for it, stop the old one). */
#include "tests/simulation/world.h"

#include <stdio.h>

enum { GIVE_UP_MS = 100 * SECOND };

static bool must_wait(const struct world *world, const struct slot *slot)
{
    return !world->engine_up || (slot->current && slot->current->busy) ||
           (slot->incoming && slot->incoming->busy);
}

static void name_of(const struct slot *slot, char *ret, size_t size)
{
    snprintf(ret, size, "%s-%u", slot->service->name, slot->number);
}

/* The old one is down: it goes, the new one takes its name and starts, if it does not run already. */
static void on_old_stopped(struct world *world, void *subject, uint64_t tag)
{
    struct contained *old = subject;
    struct slot *slot = old->slot;
    (void)tag;
    contained_destroy(world, old);
    slot->current = slot->incoming;
    slot->incoming = NULL;
    name_of(slot, slot->current->name, sizeof slot->current->name);
    world_tell(world, slot->current, EVENT_RENAME, 0);
    if (slot->current->state == CONTAINER_CREATED)
        contained_start(world, slot->current);
    slot->deploying = false;
    project_changed(world, slot->service->project);
}

static void on_replace(struct world *world, void *subject, uint64_t tag)
{
    struct slot *slot = subject;
    if (must_wait(world, slot))
        world_at(world, world->now + SECOND, on_replace, slot, tag);
    else
        contained_stop(world, slot->current, on_old_stopped, 0);
}

/* The new generation failed its start: the old one stays. */
static void on_new_stopped(struct world *world, void *subject, uint64_t tag)
{
    struct contained *incoming = subject;
    struct slot *slot = incoming->slot;
    (void)tag;
    contained_destroy(world, incoming);
    slot->incoming = NULL;
    slot->generation--;
    slot->deploying = false;
    project_changed(world, slot->service->project);
}

static void on_poll(struct world *world, void *subject, uint64_t give_up_at)
{
    struct slot *slot = subject;
    if (must_wait(world, slot))
        world_at(world, world->now + SECOND, on_poll, slot, give_up_at);
    else if (contained_answers(world, slot->incoming) == ANSWER_OK)
        on_replace(world, slot, 0);
    else if (world->now >= (int64_t)give_up_at || slot->incoming->state == CONTAINER_EXITED)
        contained_stop(world, slot->incoming, on_new_stopped, 0);
    else
        world_at(world, world->now + 2 * SECOND, on_poll, slot, give_up_at);
}

void slot_deploy(struct world *world, struct slot *slot, bool rolling, enum release release)
{
    char name[96];
    if (slot->deploying || !slot->current)
        return;
    slot->deploying = true;
    slot->generation++;
    if (rolling)
        snprintf(name, sizeof name, "%s-%u-%u", slot->service->name, slot->number,
                 (unsigned)slot->generation);
    else
        snprintf(name, sizeof name, "%.12s_%s-%u", slot->current->id, slot->service->name, slot->number);
    slot->incoming = contained_create(world, slot, name);
    slot->incoming->release = release;
    if (!rolling) {
        world_at(world, world->now + SECOND, on_replace, slot, 0);
        return;
    }
    contained_start(world, slot->incoming);
    world_at(world, world->now + 2 * SECOND, on_poll, slot, (uint64_t)(world->now + GIVE_UP_MS));
}
