/* SPDX-License-Identifier: MIT */
/* incidents.c: what goes wrong in a month, drawn beforehand from the seed, the same whoever heals. */
#include "tests/simulation/world.h"

#include <math.h>
#include <string.h>

#include "controller/core/hash.h"

/* A container that something can happen to: it runs, and nobody is stopping it. */
static struct contained *running(const struct slot *slot)
{
    struct contained *current = slot->current;
    bool well = current && current->state == CONTAINER_RUNNING && !current->busy && !slot->deploying;
    return well ? current : NULL;
}

static void slot_changed(struct world *world, void *subject, uint64_t tag)
{
    const struct slot *slot = subject;
    (void)tag;
    project_changed(world, slot->service->project);
}

/* ---- it falls sick ---- */

static void on_crash(struct world *world, void *subject, uint64_t tag)
{
    struct contained *current = running(subject);
    (void)tag;
    if (current)
        contained_die(world, current, 1, false);
}

static void on_oom(struct world *world, void *subject, uint64_t tag)
{
    struct contained *current = running(subject);
    (void)tag;
    if (current)
        contained_die(world, current, 137, true);
}

static void nobody_waits(struct world *world, void *user, bool worked)
{
    (void)world;
    (void)user;
    (void)worked;
}

/* At last a person sees it. */
static void on_person_cures(struct world *world, void *subject, uint64_t run)
{
    struct contained *contained = subject;
    if (contained->gone || contained->run != run || !world->engine_up)
        return;
    if (contained->busy)
        world_at(world, world->now + 5 * SECOND, on_person_cures, contained, run);
    else
        contained_restart(world, contained, nobody_waits, NULL);
}

static void fall_sick(struct world *world, struct contained *contained, enum fault fault, uint64_t dice)
{
    contained_fault(world, contained, fault);
    world_at(world, world->now + draw_between(&dice, 2 * HOUR, 8 * HOUR), on_person_cures, contained,
             contained->run);
    project_changed(world, contained->slot->service->project);
}

static void on_hang(struct world *world, void *subject, uint64_t tag)
{
    struct contained *current = running(subject);
    if (current && current->fault == FAULT_NONE)
        fall_sick(world, current, FAULT_HANG, tag);
}

static void on_errors(struct world *world, void *subject, uint64_t tag)
{
    struct contained *current = running(subject);
    if (current && current->fault == FAULT_NONE)
        fall_sick(world, current, FAULT_ERRORS, tag);
}

/* The host is overloaded, or a third party is away: no restart helps, it passes. */
static void on_overload(struct world *world, void *subject, uint64_t tag)
{
    struct slot *slot = subject;
    slot->overload_until = world->now + draw_between(&tag, 3 * MINUTE, 40 * MINUTE);
    world_at(world, slot->overload_until, slot_changed, slot, 0);
    project_changed(world, slot->service->project);
}

static void on_flap(struct world *world, void *subject, uint64_t tag)
{
    struct slot *slot = subject;
    struct contained *current = slot->current;
    if (!current || current->fault != FAULT_FLAPPING)
        return;
    current->flap_down = !current->flap_down;
    world_at(world, world->now + draw_between(&tag, 15 * SECOND, 60 * SECOND), on_flap, slot, tag);
    project_changed(world, slot->service->project);
}

static void on_flapping_ends(struct world *world, void *subject, uint64_t tag)
{
    const struct slot *slot = subject;
    (void)tag;
    if (slot->current && slot->current->fault == FAULT_FLAPPING)
        contained_fault(world, slot->current, FAULT_NONE);
    project_changed(world, slot->service->project);
}

static void on_flapping(struct world *world, void *subject, uint64_t tag)
{
    struct contained *current = running(subject);
    if (!current || current->fault != FAULT_NONE)
        return;
    contained_fault(world, current, FAULT_FLAPPING);
    current->flap_down = false;
    on_flap(world, subject, tag);
    world_at(world, world->now + draw_between(&tag, 10 * MINUTE, 40 * MINUTE), on_flapping_ends, subject, 0);
}

/* ---- people ---- */

static void on_fixed(struct world *world, void *subject, uint64_t tag)
{
    slot_deploy(world, subject, tag & 1, RELEASE_GOOD);
}

static void on_deploy(struct world *world, void *subject, uint64_t tag)
{
    struct slot *slot = subject;
    uint64_t dice = tag;
    bool rolling = draw_chance(&dice, 0.25);
    enum release release = !draw_chance(&dice, 0.03) ? RELEASE_GOOD
                           : draw_chance(&dice, 0.5) ? RELEASE_ERRORS
                                                     : RELEASE_CRASHES;
    if (slot->service->job)
        return;
    slot_deploy(world, slot, rolling, release);
    if (release != RELEASE_GOOD)
        world_at(world, world->now + draw_between(&dice, 2 * HOUR, 20 * HOUR), on_fixed, slot, draw(&dice));
}

/* The whole project is brought up anew, one service after the other. */
static void on_deploy_project(struct world *world, void *subject, uint64_t tag)
{
    const struct slot *slot = subject;
    struct project *project = slot->service->project;
    for (unsigned i = 0; i < project->count; i++)
        for (unsigned s = 0; s < project->service[i].slot_count; s++)
            world_at(world, world->now + (int64_t)i * 4 * SECOND, on_deploy, &project->service[i].slot[s],
                     tag + i * SLOTS_MAX + s);
}

static void on_person_starts(struct world *world, void *subject, uint64_t run)
{
    struct contained *contained = subject;
    if (!contained->gone && contained->run == run && contained->state == CONTAINER_EXITED &&
        world->engine_up && !contained->busy && !contained->slot->deploying)
        contained_start(world, contained);
}

static void on_person_stopped(struct world *world, void *subject, uint64_t tag)
{
    struct contained *contained = subject;
    contained->by_person = true;
    world_at(world, world->now + draw_between(&tag, 10 * MINUTE, 8 * HOUR), on_person_starts, contained,
             contained->run);
    project_changed(world, contained->slot->service->project);
}

static void on_person_stops(struct world *world, void *subject, uint64_t tag)
{
    struct slot *slot = subject;
    struct contained *current = slot->current;
    if (current && (current->busy || slot->deploying)) {
        world_at(world, world->now + 5 * SECOND, on_person_stops, slot, tag);
        return;
    }
    if (!running(slot) || !world->engine_up)
        return;
    current->by_person = true;
    contained_stop(world, current, on_person_stopped, tag);
}

static void on_sick_then_stopped(struct world *world, void *subject, uint64_t tag)
{
    if (tag & 1)
        on_hang(world, subject, tag);
    else
        on_errors(world, subject, tag);
    world_at(world, world->now + draw_between(&tag, 5 * SECOND, 90 * SECOND), on_person_stops, subject, tag);
}

static void on_unpause(struct world *world, void *subject, uint64_t run)
{
    struct contained *contained = subject;
    if (contained->gone || contained->run != run || contained->state != CONTAINER_PAUSED || contained->busy)
        return;
    contained->state = CONTAINER_RUNNING;
    contained->by_person = false;
    world_tell(world, contained, EVENT_UNPAUSE, 0);
    project_changed(world, contained->slot->service->project);
}

static void on_pause(struct world *world, void *subject, uint64_t tag)
{
    struct contained *current = running(subject);
    if (!current || !world->engine_up)
        return;
    current->state = CONTAINER_PAUSED;
    current->by_person = true;
    tally_curable(world, current, false);
    world_tell(world, current, EVENT_PAUSE, 0);
    world_at(world, world->now + draw_between(&tag, 5 * MINUTE, HOUR), on_unpause, current, current->run);
    project_changed(world, current->slot->service->project);
}

static void on_sick_then_paused(struct world *world, void *subject, uint64_t tag)
{
    on_errors(world, subject, tag);
    world_at(world, world->now + draw_between(&tag, 5 * SECOND, 60 * SECOND), on_pause, subject, tag);
}

/* ---- a daily job ---- */

static void on_job(struct world *world, void *subject, uint64_t tag)
{
    struct slot *slot = subject;
    if (slot->current && slot->current->state == CONTAINER_EXITED && !slot->current->busy && world->engine_up)
        contained_start(world, slot->current);
    world_at(world, world->now + DAY, on_job, slot, tag);
}

/* ---- the whole host ---- */

static void all_changed(struct world *world, void *subject, uint64_t tag)
{
    (void)subject;
    (void)tag;
    for (size_t i = 0; i < world->project_count; i++)
        project_changed(world, &world->projects[i]);
}

static void on_cut(struct world *world, void *subject, uint64_t tag)
{
    world->cut_until = world->cut_ended = world->now + draw_between(&tag, MINUTE, 10 * MINUTE);
    world_at(world, world->cut_until, all_changed, NULL, 0);
    all_changed(world, subject, 0);
}

static void on_engine_up(struct world *world, void *subject, uint64_t tag)
{
    (void)subject;
    world->engine_up = true;
    for (size_t i = 0; i < world->all_count; i++) {
        struct contained *contained = world->all[i];
        if (contained->gone || !contained->by_engine)
            continue;
        if (contained->slot->service->keeps) {
            contained_start(world, contained);
            continue;
        }
        world_at(world, world->now + draw_between(&tag, 30 * MINUTE, 4 * HOUR), on_person_starts, contained,
                 contained->run);
    }
    if (world->daemon)
        daemon_engine(world->daemon, true);
}

/* The engine is restarted: it stops everything, and starts again what it shall keep. */
static void on_engine_restart(struct world *world, void *subject, uint64_t tag)
{
    (void)subject;
    for (size_t i = 0; i < world->all_count; i++) {
        struct contained *contained = world->all[i];
        if (contained->gone || contained->state == CONTAINER_EXITED || contained->state == CONTAINER_CREATED)
            continue;
        bool was_running = contained->state == CONTAINER_RUNNING;
        bool finished = contained->slot->service->job;
        contained->life++;
        contained->busy = false;
        if (was_running)
            world_tell(world, contained, EVENT_KILL, 15);
        contained->state = CONTAINER_EXITED;
        contained->run++;
        contained->fault = FAULT_NONE;
        contained->exit_code = 143;
        contained->finished_at = world->now;
        contained->by_engine = !finished && !contained->by_person;
        contained->finished = finished;
        if (was_running) {
            world_tell(world, contained, EVENT_DIE, 143);
            world_tell(world, contained, EVENT_STOP, 0);
        }
        tally_curable(world, contained, contained->by_engine && !contained->slot->service->keeps);
    }
    if (world->daemon)
        daemon_engine(world->daemon, false);
    world->engine_up = false;
    world_at(world, world->now + draw_between(&tag, 5 * SECOND, 20 * SECOND), on_engine_up, NULL, tag);
    all_changed(world, NULL, 0);
}

static void on_daemon_killed(struct world *world, void *subject, uint64_t tag)
{
    (void)subject;
    (void)tag;
    if (world->daemon)
        daemon_kill(world->daemon);
}

/* Many at once: the same step for one service in 25. */
static void many(struct world *world, uint64_t tag, world_step *step)
{
    size_t wanted = world->service_count / 25 + 1;
    for (size_t i = 0; i < wanted; i++) {
        struct project *project = &world->projects[draw(&tag) % world->project_count];
        struct sim_service *service = &project->service[draw(&tag) % project->count];
        for (unsigned s = 0; !service->job && s < service->slot_count; s++)
            step(world, &service->slot[s], tag);
    }
}

static void on_many_overloaded(struct world *world, void *subject, uint64_t tag)
{
    (void)subject;
    many(world, tag, on_overload);
}

static void on_many_hang(struct world *world, void *subject, uint64_t tag)
{
    (void)subject;
    many(world, tag, on_hang);
}

/* ---- the plan ---- */

struct kind {
    double a_month; /* how often: of one slot, or of the host */
    world_step *step;
};

static void plan(struct world *world, const struct kind *kind, void *subject, uint64_t dice)
{
    double mean_ms = 30.0 * DAY / kind->a_month;
    for (int64_t at = world->now + HOUR; at < world->end;) {
        double unit = (double)(draw(&dice) >> 11) / 9007199254740992.0;
        at += (int64_t)(-log(1 - unit) * mean_ms);
        if (at < world->end) {
            world_at(world, at, kind->step, subject, draw(&dice));
            world->tally->incidents++;
        }
    }
}

static void plan_slot(struct world *world, struct slot *slot)
{
    static const struct kind kinds[] = {
        {0.5, on_crash},
        {0.2, on_oom},
        {0.4, on_hang},
        {0.4, on_errors},
        {0.15, on_overload},
        {0.05, on_flapping},
        {2.0, on_deploy},
        {0.2, on_person_stops},
        {0.1, on_sick_then_stopped},
        {0.05, on_pause},
        {0.05, on_sick_then_paused},
    };
    uint64_t dice = hash_number(hash_text(world->seed, slot->service->name), slot->number);
    if (slot->service->job) {
        world_at(world, world->now + HOUR + draw_between(&dice, 0, DAY), on_job, slot, 0);
        return;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        plan(world, &kinds[i], slot, draw(&dice));
}

void incidents_plan(struct world *world)
{
    static const struct kind host[] = {{4, on_cut},
                                       {2, on_engine_restart},
                                       {4, on_daemon_killed},
                                       {3, on_many_overloaded},
                                       {1.5, on_many_hang}};
    static const struct kind together = {1.0, on_deploy_project};
    uint64_t dice = world->seed * 31 + 7;
    for (size_t i = 0; i < sizeof host / sizeof host[0]; i++)
        plan(world, &host[i], NULL, draw(&dice));
    for (size_t i = 0; i < world->project_count; i++) {
        struct project *project = &world->projects[i];
        plan(world, &together, &project->service[0].slot[0], draw(&dice));
        for (unsigned s = 0; s < project->count; s++)
            for (unsigned n = 0; n < project->service[s].slot_count; n++)
                plan_slot(world, &project->service[s].slot[n]);
    }
}
