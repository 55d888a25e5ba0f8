/* SPDX-License-Identifier: MIT */
/* candidates.c: those that nothing holds back in this turn. The first few are restarted; the others meet the
 * rows that pace. A part of the controller. */
#include "controller/controller_internal.h"

#include <stdlib.h>

#include "controller/healing/order.h"

struct candidate {
    char id[65]; /* what happens in between may end a record */
    struct order order;
};

void candidate_add(struct controller *controller, const struct instance *instance)
{
    if (controller->candidate_count == controller->candidate_cap) {
        controller->candidate_cap = controller->candidate_cap ? 2 * controller->candidate_cap : 16;
        controller->candidates = mem_resize(controller->candidates, controller->candidate_cap,
                                            sizeof *controller->candidates);
    }
    struct candidate *candidate = &controller->candidates[controller->candidate_count++];
    snprintf(candidate->id, sizeof candidate->id, "%s", instance->observed->id);
    candidate->order = order_of(instance);
}

static int compare(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    return order_compare(&x->order, &y->order);
}

void candidates_settle(struct controller *controller)
{
    if (controller->candidate_count > 1)
        qsort(controller->candidates, controller->candidate_count, sizeof *controller->candidates, compare);
    for (size_t i = 0; i < controller->candidate_count; i++) {
        struct record *record = record_find(controller, controller->candidates[i].id);
        if (record)
            judge_act(controller, record);
    }
    controller->candidate_count = 0;
}

void candidates_free(struct controller *controller)
{
    free(controller->candidates);
}
