/* SPDX-License-Identifier: MIT */
/* The machine's clock is set back and forth by hours: nothing waits for hours because of it, nobody is
 * restarted because of it. */
#include "tests/stories/story.h"

/* libfaketime gives quaywatch, and only it, another time of day. */
#define FAKED                                                                                                \
    "LD_PRELOAD=libfaketime.so.1 LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/faketime:"                        \
    "/usr/lib/aarch64-linux-gnu/faketime FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1 "                         \
    "FAKETIME_TIMESTAMP_FILE='%s/time' ASAN_OPTIONS=verify_asan_link_order=0"

static void set_clock(struct world *world, const char *offset)
{
    shell(world, "echo '%s' >'%s/time.new' && mv '%s/time.new' '%s/time'", offset, world->folder,
          world->folder, world->folder);
}

static void hours_back_and_forth_change_nothing(void **state)
{
    struct world *world = *state;
    set_clock(world, "+0");
    daemon_start(world, arena_format(&world->arena, FAKED, world->folder));
    container_run(world, "calm", CHECKED, "");
    container_run(world, "shop", CHECKED LABEL("service.restart.backoff=2s"), "");
    service_wait(world, "calm", STATUS, "healthy");
    service_wait(world, "shop", STATUS, "healthy");
    shell(world, "docker exec shop sick 503");
    service_wait(world, "shop", RESTARTS, "1");
    service_wait(world, "shop", STATUS, "healthy");

    /* Back: the latest restart now lies in the future. It may not hold for three hours. */
    set_clock(world, "-3h");
    shell(world, "docker exec shop sick 503");
    service_wait(world, "shop", RESTARTS, "2");
    service_wait(world, "shop", STATUS, "healthy");

    /* Forth. */
    set_clock(world, "+5h");
    shell(world, "docker exec shop sick 503");
    service_wait(world, "shop", RESTARTS, "3");
    service_wait(world, "shop", STATUS, "healthy");
    service_stays(world, "calm", STATUS, "healthy", CALM_MS);
    assert_string_equal(service_field(world, "calm", RESTARTS), "0");
}

STORY(hours_back_and_forth_change_nothing)
