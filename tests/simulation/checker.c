/* SPDX-License-Identifier: MIT */
/* checker.c: the checks that the host itself makes: Docker's for a HEALTHCHECK, and a script's for what has
 * none (the naive healer's). Same interval, retries and start period for all. What has not changed for long
 * is not checked. */
#include "tests/simulation/world.h"

enum { QUIET_AFTER = 8 };

static bool is_checked(const struct world *world, const struct contained *contained)
{
    const struct sim_service *service = contained->slot->service;
    return contained->state == CONTAINER_RUNNING && !service->job &&
           (service->healthcheck || world->healer == HEALER_NAIVE);
}

static enum status status_after(const struct world *world, const struct contained *contained, bool passed)
{
    const struct checker *checker = &contained->checker;
    if (passed)
        return STATUS_HEALTHY;
    bool young = checker->status == STATUS_STARTING &&
                 world->now - contained->started < contained->slot->service->start_period_ms;
    return !young && checker->failures >= CHECK_RETRIES ? STATUS_UNHEALTHY : checker->status;
}

static void on_check(struct world *world, void *subject, uint64_t run);

static void plan(struct world *world, struct contained *contained, int64_t at)
{
    contained->checker.due = at;
    world_at(world, at, on_check, contained, contained->run);
}

static void on_check(struct world *world, void *subject, uint64_t run)
{
    struct contained *contained = subject;
    struct checker *checker = &contained->checker;
    if (contained->run != run || checker->due != world->now)
        return;
    checker->due = 0;
    if (!is_checked(world, contained)) /* paused: woken when it goes on */
        return;
    bool outside = !contained->slot->service->healthcheck;
    enum answer answer = outside && world->cut_until > world->now ? ANSWER_UNREACHABLE
                                                                  : contained_answers(world, contained);
    bool young = checker->status == STATUS_STARTING &&
                 world->now - contained->started < contained->slot->service->start_period_ms;
    checker->failures = answer == ANSWER_OK ? 0 : checker->failures + !young;
    checker->same = answer == checker->latest ? checker->same + 1 : 0;
    checker->latest = answer;
    enum status before = checker->status;
    checker->status = status_after(world, contained, answer == ANSWER_OK);
    world->changes += before != checker->status;
    world->tally->checks++;
    if (checker->same < QUIET_AFTER || checker->status == STATUS_STARTING)
        plan(world, contained, world->now + CHECK_INTERVAL_MS);
    if (before != checker->status && contained->slot->service->healthcheck)
        world_tell(world, contained, EVENT_HEALTH, (int)checker->status);
}

void checker_begin(struct world *world, struct contained *contained)
{
    contained->checker = (struct checker){.status = STATUS_STARTING};
    if (is_checked(world, contained))
        plan(world, contained, world->now + CHECK_INTERVAL_MS);
}

void checker_wake(struct world *world, struct contained *contained)
{
    struct checker *checker = &contained->checker;
    checker->same = 0;
    if (!checker->due && is_checked(world, contained))
        plan(world, contained, world->now + draw_between(&world->random, 0, CHECK_INTERVAL_MS));
}
