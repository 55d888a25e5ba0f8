/* SPDX-License-Identifier: MIT */
/* main.c: simulate [--services N] [--days N] [--seed N] [--check] [--verbose]: the same month with three
 * healers, as a table. --check: as a test (TAP): nothing harmful, and the bounds that hold for every history.
 */
#include "tests/simulation/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t number_after(int argc, char **argv, const char *name, int64_t standard)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return strtoll(argv[i + 1], NULL, 10);
    return standard;
}

static bool has_flag(int argc, char **argv, const char *name)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return false;
}

static unsigned checks, failed;

static void expect(bool holds, const char *what)
{
    checks++;
    failed += !holds;
    printf("%s %u - %s\n", holds ? "ok" : "not ok", checks, what);
}

static void check(const struct tally tally[HEALER_COUNT])
{
    const struct tally *ours = &tally[HEALER_QUAYWATCH], *naive = &tally[HEALER_NAIVE];
    expect(ours->deeds[DEED_DEPLOYING] == 0, "no restart during a deployment");
    expect(ours->deeds[DEED_STOPPED] == 0, "no restart of what a person had stopped or paused");
    expect(ours->deeds[DEED_FINISHED] == 0, "no restart of a job that was done");
    expect(ours->deeds[DEED_VICTIM] == 0, "no restart of a victim whose dependency may yet be healed");
    expect(ours->deeds[DEED_STARTING] == 0, "no restart inside the start period");
    expect(ours->deeds[DEED_CUT] == 0, "no restart for a fault of our own network");
    expect(ours->peak_flight <= 2, "never more than two restarts in flight");
    expect(ours->holds[HOLD_MANUAL_STOP] < ours->incidents, "no crash is taken for somebody's stop");
    expect(ours->deeds[DEED_USEFUL] > 20, "what a restart cures is restarted");
    expect(ours->deeds[DEED_USEFUL] * 2 >= naive->deeds[DEED_USEFUL],
           "more than half as often as by a naive healer");
    expect(ours->sick_ms * 2 < tally[HEALER_NONE].sick_ms,
           "less than half the sickness of a host without healer");
    printf("1..%u\n", checks);
}

int main(int argc, char **argv)
{
    static struct tally tally[HEALER_COUNT];
    size_t services = (size_t)number_after(argc, argv, "--services", 1000);
    unsigned days = (unsigned)number_after(argc, argv, "--days", 30);
    uint64_t seed = (uint64_t)number_after(argc, argv, "--seed", 1);
    for (int healer = 0; healer < HEALER_COUNT; healer++) {
        struct world world;
        tally[healer].verbose = has_flag(argc, argv, "--verbose") && healer == HEALER_QUAYWATCH;
        world_open(&world, services, days, seed, (enum healer)healer, &tally[healer]);
        world_run(&world);
        world_close(&world);
    }
    tally_print(tally, services, days, seed);
    if (has_flag(argc, argv, "--check"))
        check(tally);
    return failed ? 1 : 0;
}
