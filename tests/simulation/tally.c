/* SPDX-License-Identifier: MIT */
/* tally.c: every restart is judged by what the world knows and no healer can: was it useful, useless or
 * harmful? */
#include "tests/simulation/world.h"

#include <inttypes.h>
#include <stdio.h>

enum { MISSED_MS = 10 * MINUTE, AFTER_CUT_MS = 30 * SECOND };

static const char *const deed_name[DEED_COUNT] = {"useful",          "useless",        "waited",
                                                  "harm: deploying", "harm: stopped",  "harm: finished",
                                                  "harm: victim",    "harm: starting", "harm: cut"};

static enum deed deed_of(const struct world *world, const struct contained *contained)
{
    const struct slot *slot = contained->slot;
    if (slot->deploying)
        return DEED_DEPLOYING;
    if (contained->by_person)
        return DEED_STOPPED;
    if (contained->finished)
        return DEED_FINISHED;
    if (contained->curable_since)
        return DEED_USEFUL;
    if (contained->state != CONTAINER_RUNNING || contained->release != RELEASE_GOOD ||
        slot->overload_until > world->now || contained->fault != FAULT_NONE)
        return DEED_USELESS;
    if (world->now < contained->ready)
        return world->now < contained->started + slot->service->start_period_ms ? DEED_STARTING
                                                                                : DEED_USELESS;
    if (service_victim(world, slot->service))
        return world->daemon && daemon_waited(world->daemon, contained) ? DEED_WAITED : DEED_VICTIM;
    bool cut = !slot->service->healthcheck && world->cut_ended &&
               world->now >= world->cut_ended - 10 * MINUTE && world->now < world->cut_ended + AFTER_CUT_MS;
    return cut ? DEED_CUT : DEED_USELESS;
}

static void print_deed(const struct world *world, const struct contained *contained, enum deed deed)
{
    printf("%8.3f h  %-28s %-16s fault %d, release %d, state %d, since start %" PRId64 " s%s\n",
           (double)(world->now - world->end) / HOUR, contained->name, deed_name[deed], (int)contained->fault,
           (int)contained->release, (int)contained->state, (world->now - contained->started) / SECOND,
           contained->slot->service->healthcheck ? ", HEALTHCHECK" : "");
}

void tally_restart(struct world *world, struct contained *contained)
{
    struct tally *tally = world->tally;
    enum deed deed = deed_of(world, contained);
    tally->restarts++;
    tally->deeds[deed]++;
    contained->restart_seen = true;
    if (tally->verbose && deed > DEED_WAITED)
        print_deed(world, contained, deed);
    if (world->now - tally->minute >= MINUTE) {
        tally->minute = world->now;
        tally->in_minute = 0;
    }
    if (++tally->in_minute > tally->peak_minute)
        tally->peak_minute = tally->in_minute;
}

static void on_late(struct world *world, void *subject, uint64_t since)
{
    const struct contained *contained = subject;
    if (contained->gone || (uint64_t)contained->curable_since != since || contained->restart_seen)
        return;
    world->tally->missed++;
    if (world->tally->verbose)
        printf("%8.3f h  %-28s missed: %s\n", (double)(world->now - world->end) / HOUR, contained->name,
               world->daemon ? daemon_reason(world->daemon, contained) : "");
}

void tally_curable(struct world *world, struct contained *contained, bool curable)
{
    if (!curable) {
        contained->curable_since = 0;
        return;
    }
    contained->restart_seen = false;
    contained->curable_since = world->now;
    world_at(world, world->now + MISSED_MS, on_late, contained, (uint64_t)world->now);
}

/* ---- the table ---- */

static void row(const char *what, const uint64_t number[HEALER_COUNT])
{
    printf("| %s | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " |\n", what, number[HEALER_QUAYWATCH],
           number[HEALER_NAIVE], number[HEALER_NONE]);
}

static void row_deed(const char *what, const struct tally tally[HEALER_COUNT], enum deed first,
                     enum deed last)
{
    uint64_t number[HEALER_COUNT] = {0};
    for (size_t i = 0; i < HEALER_COUNT; i++)
        for (int deed = (int)first; deed <= (int)last; deed++)
            number[i] += tally[i].deeds[deed];
    row(what, number);
}

static void print_holds(const struct tally *tally)
{
    const char *gap = "";
    printf("\nHeld by quaywatch: ");
    for (size_t i = 0; i < HOLD_COUNT; i++) {
        if (!tally->holds[i])
            continue;
        printf("%s`%s` %" PRIu64, gap, hold_name[i], tally->holds[i]);
        gap = ", ";
    }
    printf(".\n");
}

void tally_print(const struct tally tally[HEALER_COUNT], size_t services, unsigned days, uint64_t seed)
{
    uint64_t number[HEALER_COUNT];
#define ROW(what, expression)                                                                                \
    do {                                                                                                     \
        for (size_t i = 0; i < HEALER_COUNT; i++)                                                            \
            number[i] = (uint64_t)(expression);                                                              \
        row(what, number);                                                                                   \
    } while (0)
    printf("%zu services, %u days, %" PRIu64 " incidents and deployments, seed %" PRIu64 ":\n\n", services,
           days, tally[HEALER_NONE].incidents, seed);
    printf("| | quaywatch | naive | nobody |\n| --- | --- | --- | --- |\n");
    ROW("restarts issued", tally[i].restarts);
    row_deed("… useful", tally, DEED_USEFUL, DEED_USEFUL);
    row_deed("… useless", tally, DEED_USELESS, DEED_WAITED);
    row_deed("… harmful", tally, DEED_DEPLOYING, DEED_CUT);
    row_deed("useless: of a victim, DEPENDENCY_TIMEOUT after its dependency was given up", tally, DEED_WAITED,
             DEED_WAITED);
    row_deed("harmful: during a deployment", tally, DEED_DEPLOYING, DEED_DEPLOYING);
    row_deed("harmful: of what a person had stopped or paused", tally, DEED_STOPPED, DEED_STOPPED);
    row_deed("harmful: of a job that was done", tally, DEED_FINISHED, DEED_FINISHED);
    row_deed("harmful: of the victim of a dependency", tally, DEED_VICTIM, DEED_VICTIM);
    row_deed("harmful: inside the start period", tally, DEED_STARTING, DEED_STARTING);
    row_deed("harmful: for a fault of our own network", tally, DEED_CUT, DEED_CUT);
    ROW("missed", tally[i].missed);
    ROW("most restarts within a minute", tally[i].peak_minute);
    ROW("sick service-hours", (tally[i].sick_ms + HOUR / 2) / HOUR);
#undef ROW
    print_holds(&tally[HEALER_QUAYWATCH]);
}
