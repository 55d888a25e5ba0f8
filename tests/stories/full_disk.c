/* SPDX-License-Identifier: MIT */
/* The disk of STATE_DIR is full: quaywatch says so, goes on healing, and what it had written stays whole. */
#include "tests/stories/story.h"

#include <sched.h>
#include <sys/mount.h>

static void a_full_disk_stops_no_healing(void **state)
{
    struct world *world = *state;
    char *folder = arena_format(&world->arena, "%s/state", world->folder);
    /* A small disk that goes with this process. */
    assert_int_equal(unshare(CLONE_NEWNS), 0);
    assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    shell(world, "mkdir '%s' && mount -t tmpfs -o size=1m,mode=755 tmpfs '%s'", folder, folder);
    daemon_start(world, "");
    container_run(world, "shop", CHECKED, "");
    service_wait(world, "shop", STATUS, "healthy");
    shell(world, "docker exec shop sick 503");
    service_wait(world, "shop", RESTARTS, "1");
    service_wait(world, "shop", STATUS, "healthy");

    shell(world, "dd if=/dev/zero of='%s/filler' bs=1k 2>/dev/null || true", folder);
    shell(world, "docker exec shop sick 503");
    service_wait(world, "shop", RESTARTS, "2");
    service_wait(world, "shop", STATUS, "healthy");
    http_wait(world, "/health", "checks", "~No space left");
    shell(world, "jq -e '.healing | length' '%s/memory.json'", folder);

    shell(world, "rm '%s/filler'", folder);
    shell(world, "docker exec shop sick 503");
    service_wait(world, "shop", RESTARTS, "3");
    http_wait(world, "/health", "status", "healthy");
    http_wait(world, "/health", "checks.controller", "healthy");
    for (int64_t end = clock_now_ms() + PATIENCE_MS;
         strcmp(shell(world, "jq '[.healing[].total] | max' '%s/memory.json'", folder), "3") != 0;
         clock_pause())
        assert_true(clock_now_ms() < end);
    daemon_stop(world);
    shell(world, "umount '%s'", folder);
}

STORY(a_full_disk_stops_no_healing)
