/* SPDX-License-Identifier: MIT */
/* What quaywatch remembers is damaged, by a crash of the machine or by a hand: it is set aside, said, and
 * healing begins anew. */
#include "tests/stories/story.h"

static void a_damaged_memory_is_set_aside(void **state)
{
    struct world *world = *state;
    shell(world, "mkdir -p '%s/state' && printf '{\"healing\": [{\"key\"' >'%s/state/memory.json'",
          world->folder, world->folder);
    daemon_start(world, "");
    assert_non_null(strstr(daemon_log(world), "set aside as"));
    assert_string_equal(file_text(world, "state/memory.json.damaged"), "{\"healing\": [{\"key\"");

    container_run(world, "shop", CHECKED, "");
    service_wait(world, "shop", STATUS, "healthy");
    shell(world, "docker exec shop sick 503");
    service_wait(world, "shop", RESTARTS, "1");
    service_wait(world, "shop", STATUS, "healthy");
    daemon_stop(world);
    assert_string_equal(shell(world, "jq -r '.healing[0].total' '%s/state/memory.json'", world->folder), "1");
}

STORY(a_damaged_memory_is_set_aside)
