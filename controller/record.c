/* SPDX-License-Identifier: MIT */
/* record.c: the records of all containers, and which of them are looked at in this turn: those that
 * something happened to, and those whose time has come. A turn costs what it looks at, not what is there. */
#include "controller/controller_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STALE_MS = 5000 }; /* an inspect is answered long before */

struct record *record_find(struct controller *controller, const char *id)
{
    struct record *record;
    HASH_FIND_STR(controller->records, id, record);
    return record;
}

void record_mark(struct controller *controller, struct record *record)
{
    if (record->dirty)
        return;
    record->dirty = record->listed = true;
    TAILQ_INSERT_TAIL(&controller->marked, record, marked_link);
    controller->dirty = true;
}

void records_mark_all(struct controller *controller)
{
    for (struct record *record = controller->records; record; record = record->hh.next)
        record_mark(controller, record);
}

/* Times come on the wall clock and are kept on the one that never jumps. */
void record_look_at(struct controller *controller, struct record *record, int64_t wall_ms)
{
    int64_t mono_ms = controller->now.mono_ms + (wall_ms - controller->now.wall_ms);
    if (wall_ms && (!record->due.place || mono_ms < record->due.at_ms))
        due_heap_set(&controller->due, &record->due, mono_ms);
}

void record_await(struct controller *controller, struct record *record)
{
    record->stale_until_mono_ms = controller->now.mono_ms + STALE_MS;
    record_look_at(controller, record, controller->now.wall_ms + STALE_MS);
}

struct record *record_next(struct controller *controller)
{
    for (struct due *first;
         (first = due_heap_first(&controller->due)) && first->at_ms <= controller->now.mono_ms;) {
        due_heap_remove(&controller->due, first);
        record_mark(controller, (struct record *)first);
    }
    struct record *record = TAILQ_FIRST(&controller->marked);
    if (!record)
        return NULL;
    TAILQ_REMOVE(&controller->marked, record, marked_link);
    record->listed = false;
    due_heap_remove(&controller->due, &record->due);
    return record;
}

int64_t records_due(const struct controller *controller)
{
    const struct due *first = due_heap_first(&controller->due);
    return first ? first->at_ms : 0;
}

void record_answered(struct controller *controller, struct record *record, bool answered, bool network_fault)
{
    /* What is registered lies elsewhere: it says nothing about our own networks. */
    bool counted = answered && check_over_network(record->plan.probe) && !record->external;
    network_fault = network_fault && !record->external;
    controller->checked_count += counted - record->counted;
    controller->unreachable_count += network_fault - record->network_fault;
    record->has_outcome = answered;
    record->counted = counted;
    record->doubted = false;
    record->network_fault = network_fault;
}

void record_outcome_keep(struct record *record, const struct outcome *outcome)
{
    struct outcome_kept *kept = &record->outcome;
    char *message = kept->message;
    if (!message || strcmp(message, outcome->message) != 0) {
        free(message);
        message = mem_copy(outcome->message);
    }
    free(kept->check);
    *kept = (struct outcome_kept){.kind = outcome->kind,
                                  .http_status = outcome->http_status,
                                  .response_ms = outcome->response_ms,
                                  .message = message,
                                  .has_body_status = outcome->has_body_status,
                                  .body_status = outcome->body_status,
                                  .check_count = outcome->check_count,
                                  .check = outcome->check};
}

void record_outcome(const struct record *record, struct outcome *ret)
{
    const struct outcome_kept *kept = &record->outcome;
    *ret = (struct outcome){.kind = kept->kind,
                            .http_status = kept->http_status,
                            .response_ms = kept->response_ms,
                            .has_body_status = kept->has_body_status,
                            .body_status = kept->body_status,
                            .check_count = kept->check_count,
                            .check = kept->check};
    snprintf(ret->message, sizeof ret->message, "%s", kept->message ? kept->message : "");
}

const struct breaker *record_breaker(const struct record *record)
{
    static const struct breaker none;
    return record->breaker ? record->breaker : &none;
}

struct breaker *record_breaker_own(struct record *record)
{
    if (!record->breaker)
        record->breaker = mem_new(sizeof *record->breaker);
    return record->breaker;
}

void record_breaker_settle(struct record *record)
{
    const struct breaker *breaker = record_breaker(record);
    if (breaker->state != BREAKER_CLOSED || breaker->failure_count || breaker->tripped)
        return;
    free(record->breaker);
    record->breaker = NULL;
}

void record_restart_trouble(struct record *record, const char *sentence)
{
    free(record->restart_trouble);
    record->restart_trouble = mem_copy(sentence);
}

void record_free(struct controller *controller, struct record *record)
{
    record_answered(controller, record, false, false);
    due_heap_remove(&controller->due, &record->due);
    if (record->listed)
        TAILQ_REMOVE(&controller->marked, record, marked_link);
    HASH_DEL(controller->records, record);
    check_plan_free(&record->plan);
    free(record->outcome.check);
    free(record->outcome.message);
    free(record->breaker);
    free(record->restart_trouble);
    free(record);
}

void records_free(struct controller *controller)
{
    while (controller->records)
        record_free(controller, controller->records);
    due_heap_free(&controller->due);
}
