/* SPDX-License-Identifier: MIT */
/* The container value's end, and the names of the engine's events. */
#include "docker/container.h"

#include <stdlib.h>

const char *const engine_action_name[EVENT_COUNT] = {
    [EVENT_CREATE] = "create",
    [EVENT_START] = "start",
    [EVENT_RESTART] = "restart",
    [EVENT_DIE] = "die",
    [EVENT_KILL] = "kill",
    [EVENT_STOP] = "stop",
    [EVENT_OOM] = "oom",
    [EVENT_DESTROY] = "destroy",
    [EVENT_RENAME] = "rename",
    [EVENT_UPDATE] = "update",
    [EVENT_PAUSE] = "pause",
    [EVENT_UNPAUSE] = "unpause",
    [EVENT_HEALTH] = "health_status",
    [EVENT_CONNECT] = "connect",
    [EVENT_DISCONNECT] = "disconnect",
    [EVENT_OTHER] = "other",
};

void container_free(struct container *container)
{
    if (!container)
        return;
    arena_free(&container->arena);
    free(container);
}
