/* SPDX-License-Identifier: MIT */
/* watch_stranger.c: containers that are not registered: of those only name, state and reason are kept, for
 * people who ask; and those that matter for others are shown to the owner. */
#include "controller/watch/watch_internal.h"

#include <stdlib.h>
#include <string.h>

enum { ID_PREFIX = 12 }; /* fewer digits are no certain id */

bool known_is_wanted(struct watch *watch, struct known *known, const struct pairs *labels, const char *name)
{
    const char *why = "";
    bool wanted = watch->callbacks.wanted(watch->callbacks.user, labels, name, &why);
    known->why = wanted ? NULL : why;
    if (!wanted && known->name && strcmp(known->name, name) == 0)
        return false;
    free(known->name);
    known->name = wanted ? NULL : mem_copy(name);
    return wanted;
}

void known_other(struct watch *watch, struct known *known, const struct watch_other *other)
{
    known->matters |= watch->callbacks.other(watch->callbacks.user, other);
}

static void take_state(struct known *known, const struct engine_event *event)
{
    switch (event->action) {
    case EVENT_DIE:
        known->state = CONTAINER_EXITED;
        break;
    case EVENT_START:
    case EVENT_UNPAUSE:
        known->state = CONTAINER_RUNNING;
        break;
    case EVENT_PAUSE:
        known->state = CONTAINER_PAUSED;
        break;
    case EVENT_CREATE:
        known->state = CONTAINER_CREATED;
        break;
    case EVENT_RESTART:
    case EVENT_KILL:
    case EVENT_STOP:
    case EVENT_OOM:
    case EVENT_DESTROY:
    case EVENT_RENAME:
    case EVENT_UPDATE:
    case EVENT_HEALTH:
    case EVENT_CONNECT:
    case EVENT_DISCONNECT:
    case EVENT_OTHER:
    case EVENT_COUNT:
        break;
    }
}

void stranger_event(struct watch *watch, struct known *known, const struct engine_event *event)
{
    take_state(known, event);
    if (event->action == EVENT_CONNECT || event->action == EVENT_DISCONNECT || event->action == EVENT_HEALTH)
        return; /* those have no labels, or change nothing for anybody else */
    const char *image = pairs_get(&event->labels, "image");
    known_other(watch, known,
                &(struct watch_other){.id = event->id,
                                      .name = event->name,
                                      .image = image ? image : "",
                                      .labels = &event->labels,
                                      .state = known->state,
                                      .action = event->action});
}

bool watch_stranger(const struct watch *watch, const char *name, struct watch_stranger *ret)
{
    size_t length = strlen(name);
    for (const struct known *known = watch->known; known; known = known->hh.next) {
        bool named = known->name && strcmp(known->name, name) == 0;
        bool meant = length >= ID_PREFIX && strncmp(known->id, name, length) == 0;
        if (known->wanted || !known->name || (!named && !meant))
            continue;
        *ret = (struct watch_stranger){
            .id = known->id, .name = known->name, .state = known->state, .why = known->why};
        return true;
    }
    return false;
}
