/* SPDX-License-Identifier: MIT */
/* Forty services turn sick in the same moment, as after a broken shared configuration: they are healed few at
 * a time, the important ones first, and most are left to a person. */
#include "tests/stories/story.h"

enum { MANY = 40, AT_ONCE = 2, A_QUARTER = MANY / 4 + 1 };

static unsigned restarted(struct world *world)
{
    unsigned count = 0;
    for (int i = 0; i < MANY; i++)
        count += strcmp(service_field(world, arena_format(&world->arena, "s%02d", i), RESTARTS), "0") != 0;
    return count;
}

static void forty_sick_at_once_make_no_storm(void **state)
{
    struct world *world = *state;
    char *shared = arena_format(&world->arena, "%s/shared", world->folder);
    shell(world, "mkdir -m 777 '%s'", shared);
    daemon_start(world, "");
    for (int i = 0; i < MANY; i++)
        container_run(world, arena_format(&world->arena, "s%02d", i),
                      arena_format(&world->arena,
                                   "-v '%s':/tmp --stop-timeout 1 --label service.tags=%s" CHECKED LABEL(
                                       "service.health.interval=1s"),
                                   shared,
                                   i == 7 || i == 31 ? "critical"
                                   : i < 5           ? "optional"
                                                     : "web"),
                      "sh -c 'trap exit TERM; httpd -p 8080 -h /www; while :; do sleep 0.5; done'");
    for (int i = 0; i < MANY; i++)
        service_wait(world, arena_format(&world->arena, "s%02d", i), STATUS, "healthy");

    shell(world, "echo 500 >'%s/status'", shared);

    http_wait(world, "/api/v1/status", "summary.unhealthy", "40");
    service_wait(world, "s07", RESTARTS, "!0");
    service_wait(world, "s31", RESTARTS, "!0");
    for (int64_t end = clock_now_ms() + 3 * CALM_MS; clock_now_ms() < end; clock_pause())
        assert_true(restarted(world) <= A_QUARTER);
    /* Of the restarts that the log tells of, never more than two were under way together. */
    char *most = shell(
        world,
        "awk '/\\] Restarting \\(/ {n++} /\\] Restart \\(/ {n--} n > most {most = n} END {print most}' "
        "'%s/daemon.log'",
        world->folder);
    assert_int_equal(atoi(most), AT_ONCE);
    unsigned count = restarted(world);
    assert_true(count >= 2 && count <= A_QUARTER);
    assert_string_equal(service_field(world, "s00", RESTARTS), "0");
    http_wait(world, "/api/v1/status", "services[name=s00].instances[0].decision.reason", "storm");

    shell(world, "rm '%s/status'", shared);
    http_wait(world, "/api/v1/status", "summary.healthy", "40");
    assert_int_equal(restarted(world), count);
}

STORY(forty_sick_at_once_make_no_storm)
