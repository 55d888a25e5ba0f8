/* SPDX-License-Identifier: MIT */
/* controller_actions.c: what the exporters ask of the controller: restarts, the ladder, what is wrong. */
#include "controller/controller_internal.h"

#include <errno.h>

static int action_ladder(void *user, const struct instance *instance,
                         struct ladder_row row[static HOLD_COUNT])
{
    struct controller *controller = user;
    struct record *record = record_find(controller, instance->observed->id);
    if (!record)
        return -ENOENT;
    controller->now = clock_now();
    struct facts facts;
    judge_facts(controller, record, instance, &facts);
    decide_ladder(&facts, row);
    return 0;
}

static const char *action_trouble(void *user)
{
    struct controller *controller = user;
    const char *text = controller->state_trouble[0]  ? controller->state_trouble
                       : controller->file_trouble[0] ? controller->file_trouble
                       : controller->observe_only[0] ? controller->observe_only
                                                     : NULL;
    if (!text && controller->unreachable_many) {
        snprintf(controller->trouble, sizeof controller->trouble,
                 "%u of %u checked instances cannot be reached; restarts are held",
                 controller->unreachable_count, controller->checked_count);
        text = controller->trouble;
    }
    return text;
}

struct actions controller_actions(struct controller *controller)
{
    return (struct actions){.user = controller,
                            .restart = heal_person,
                            .maintain = maintenance_set,
                            .ladder = action_ladder,
                            .trouble = action_trouble};
}
