/* SPDX-License-Identifier: MIT */
/* judge_network.c: whether the fault may be our own network's, from all checked instances together. A part of
 * the controller. */
#include "controller/controller_internal.h"

/* Whether those that cannot be reached belong to at least two services; found quickly when many cannot. */
static bool several_services_unreachable(const struct controller *controller)
{
    const struct service *first = NULL;
    for (const struct record *record = controller->records; record; record = record->hh.next) {
        const struct instance *instance = record->network_fault
                                              ? registry_instance(controller->registry, record->ref)
                                              : NULL;
        if (instance && first && instance->service != first)
            return true;
        if (instance)
            first = instance->service;
    }
    return false;
}

/* What was answered while the network was in doubt proves nothing: it is asked again at once, also behind an
 * open breaker, before anybody is restarted for it. */
static void doubt_old_answers(struct controller *controller)
{
    for (struct record *record = controller->records; record; record = record->hh.next) {
        const struct instance *instance = record->network_fault
                                              ? registry_instance(controller->registry, record->ref)
                                              : NULL;
        if (!instance)
            continue;
        record->doubted = true;
        judge_ask_again(controller, record, instance);
    }
}

/* More than half of the checked instances, at least 3, of at least 2 services: then the fault may be ours. */
void judge_network(struct controller *controller)
{
    unsigned checked = controller->checked_count, unreachable = controller->unreachable_count;
    bool many = unreachable >= 3 && unreachable * 2 > checked && several_services_unreachable(controller);
    if (many == controller->unreachable_many)
        return;
    controller->unreachable_many = many;
    controller->all_dirty = true;
    if (many) {
        tell(controller, SEVERITY_WARNING, "unreachable", NULL,
             "%u of %u checked instances cannot be reached: holding restarts", unreachable, checked);
    } else {
        tell(controller, SEVERITY_INFO, "unreachable", NULL, "Most instances can be reached again");
        controller->reachable_since_mono_ms = controller->now.mono_ms;
        doubt_old_answers(controller);
    }
}
