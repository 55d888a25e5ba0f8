/* SPDX-License-Identifier: MIT */
/* annals.c: what the loop tells: services, their checks and states, and what happens to them. */
#include "exporter/history/annals_internal.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/history/sketch.h"

enum { MINUTE_MS = 60000 };

/* ---- services ---- */

static void recorded_free(struct annals *annals, struct recorded *recorded)
{
    HASH_DEL(annals->recorded, recorded);
    fold_free(&recorded->fold);
    free(recorded->key);
    free(recorded->name);
    free(recorded);
}

static struct recorded *recorded_find(const struct annals *annals, const char *key)
{
    struct recorded *recorded;
    HASH_FIND_STR(annals->recorded, key, recorded);
    return recorded;
}

static void recorded_name(struct annals *annals, struct recorded *recorded, const char *name)
{
    if (recorded->name && strcmp(recorded->name, name) == 0)
        return;
    free(recorded->name);
    recorded->name = mem_copy(name);
    annals_add(annals, &(struct item){.kind = ITEM_SERVICE,
                                      .number = recorded->number,
                                      .text = {recorded->key, recorded->name}});
}

/* The service, met for the first time or not. Before the registry has settled it has no name yet. */
static struct recorded *recorded_of(struct annals *annals, const struct service *service)
{
    struct recorded *recorded = recorded_find(annals, service->key);
    if (recorded) {
        if (service->name)
            recorded_name(annals, recorded, service->name);
        return recorded;
    }
    recorded = mem_new(sizeof *recorded);
    recorded->key = mem_copy(service->key);
    recorded->condition = CONDITION_GONE;
    recorded->number = annals->spare_count ? annals->spare[--annals->spare_count] : annals->next_number++;
    HASH_ADD_KEYPTR(hh, annals->recorded, recorded->key, strlen(recorded->key), recorded);
    recorded_name(annals, recorded, service->name ? service->name : service->key);
    return recorded;
}

static void number_spare(struct annals *annals, uint32_t number)
{
    if (annals->spare_count == annals->spare_cap) {
        annals->spare_cap = annals->spare_cap ? annals->spare_cap * 2 : 16;
        annals->spare = mem_resize(annals->spare, annals->spare_cap, sizeof *annals->spare);
    }
    annals->spare[annals->spare_count++] = number;
}

void annals_services_free(struct annals *annals)
{
    for (struct recorded *at = annals->recorded, *next; at; at = next) {
        next = at->hh.next;
        recorded_free(annals, at);
    }
    free(annals->spare);
}

/* ---- checks ---- */

struct filling {
    struct minute minute;
    size_t row_cap, len, cap;
};

static void fill(struct filling *filling, struct recorded *recorded)
{
    struct minute *minute = &filling->minute;
    if (!recorded->fold.checks)
        return;
    if (minute->count == filling->row_cap) {
        filling->row_cap = filling->row_cap ? filling->row_cap * 2 : 16;
        minute->row = mem_resize(minute->row, filling->row_cap, sizeof *minute->row);
    }
    if (filling->cap - filling->len < SKETCH_BYTES) {
        filling->cap = filling->cap ? filling->cap * 2 : 2 * SKETCH_BYTES;
        minute->bytes = mem_resize(minute->bytes, filling->cap, 1);
    }
    struct minute_row row = {.number = recorded->number,
                             .checks = recorded->fold.checks,
                             .failures = recorded->fold.failures,
                             .from = (uint32_t)filling->len};
    row.len = (uint32_t)fold_take(&recorded->fold, minute->bytes + filling->len);
    filling->len += row.len;
    minute->row[minute->count++] = row;
}

static void fill_add(struct annals *annals, const struct filling *filling)
{
    if (filling->minute.count)
        annals_add(annals, &(struct item){
                               .kind = ITEM_MINUTE, .at_ms = annals->minute_ms, .minute = filling->minute});
}

void annals_flush(struct annals *annals)
{
    struct filling filling = {0};
    for (struct recorded *at = annals->recorded; at && annals->minute_ms; at = at->hh.next)
        fill(&filling, at);
    fill_add(annals, &filling);
    annals->minute_ms = 0;
}

static void add_span(struct annals *annals, int64_t until_ms)
{
    if (annals->watched_ms)
        annals_add(annals, &(struct item){.kind = ITEM_SPAN,
                                          .at_ms = annals->watched_ms,
                                          .until_ms = until_ms,
                                          .first = annals->first,
                                          .ended = annals->closing});
}

static void arm(struct annals *annals, int64_t wall_ms);

static void on_minute(uv_timer_t *timer)
{
    struct annals *annals = timer->data;
    int64_t wall_ms = clock_now().wall_ms;
    annals_flush(annals);
    add_span(annals, wall_ms);
    arm(annals, wall_ms);
}

/* Just after the minute ends, while there is anything to be written then. */
static void arm(struct annals *annals, int64_t wall_ms)
{
    if (!annals->closing && (annals->watched_ms || annals->minute_ms))
        uv_timer_start(&annals->minute_timer, on_minute, (uint64_t)(MINUTE_MS - wall_ms % MINUTE_MS) + 5, 0);
}

void annals_check(struct annals *annals, const struct service *service, bool passed, double response_ms,
                  struct moment now)
{
    if (!annals)
        return;
    int64_t minute_ms = now.wall_ms - now.wall_ms % MINUTE_MS;
    if (annals->minute_ms != minute_ms) {
        annals_flush(annals);
        annals->minute_ms = minute_ms;
        if (!uv_is_active((uv_handle_t *)&annals->minute_timer))
            arm(annals, now.wall_ms);
    }
    fold_add(&recorded_of(annals, service)->fold, passed, response_ms);
}

/* ---- how services are ---- */

void annals_watch(struct annals *annals, bool sees, struct moment now)
{
    if (!annals || sees == (annals->watched_ms != 0))
        return;
    if (sees) {
        annals->first = !annals->watched_before;
        annals->watched_before = true;
        annals->watched_ms = now.wall_ms;
        add_span(annals, now.wall_ms);
        if (!uv_is_active((uv_handle_t *)&annals->minute_timer))
            arm(annals, now.wall_ms);
    } else {
        add_span(annals, now.wall_ms);
        annals->watched_ms = 0;
    }
}

void annals_untell(struct annals *annals)
{
    for (struct recorded *at = annals->recorded; at; at = at->hh.next)
        at->told = false;
}

void annals_clock(struct annals *annals, int64_t jump_ms, struct moment now)
{
    if (!annals)
        return;
    annals_flush(annals);
    add_span(annals, now.wall_ms - jump_ms);
    if (annals->watched_ms) { /* first: what was seen before does not go on */
        annals->watched_ms = now.wall_ms;
        annals->first = false;
    }
    if (jump_ms < 0)
        annals_add(annals, &(struct item){.kind = ITEM_FORGET, .at_ms = now.wall_ms});
    if (annals->watched_ms) {
        add_span(annals, now.wall_ms);
        arm(annals, now.wall_ms);
    }
    annals_untell(annals);
}

void annals_state(struct annals *annals, const struct service *service, enum condition condition,
                  struct moment now)
{
    if (!annals)
        return;
    struct recorded *recorded = recorded_of(annals, service);
    if (recorded->told && recorded->condition == condition && recorded->status == service->status)
        return;
    recorded->condition = (uint8_t)condition;
    recorded->status = (uint8_t)service->status;
    recorded->told = true;
    annals_add(annals, &(struct item){.kind = ITEM_STATE,
                                      .number = recorded->number,
                                      .at_ms = now.wall_ms,
                                      .condition = condition,
                                      .status = service->status});
}

enum condition annals_condition(const struct annals *annals, const char *key)
{
    const struct recorded *recorded = annals ? recorded_find(annals, key) : NULL;
    return recorded ? (enum condition)recorded->condition : CONDITION_GONE;
}

void annals_gone(struct annals *annals, const char *key, struct moment now)
{
    struct recorded *recorded = annals ? recorded_find(annals, key) : NULL;
    if (!recorded)
        return;
    struct filling filling = {0};
    fill(&filling, recorded);
    fill_add(annals, &filling);
    annals_add(annals, &(struct item){.kind = ITEM_STATE,
                                      .number = recorded->number,
                                      .at_ms = now.wall_ms,
                                      .condition = CONDITION_GONE,
                                      .status = STATUS_UNKNOWN});
    number_spare(annals, recorded->number);
    recorded_free(annals, recorded);
}

/* ---- what happens ---- */

void annals_transition(struct annals *annals, const struct instance *instance, const char *before,
                       const char *reason, struct moment now)
{
    if (annals)
        annals_add(annals, &(struct item){.kind = ITEM_TRANSITION,
                                          .number = recorded_of(annals, instance->service)->number,
                                          .replica = instance->spec->replica,
                                          .at_ms = now.wall_ms,
                                          .text = {instance->observed->container, before ? before : "",
                                                   status_name[instance->health.status], reason}});
}

void annals_restart(struct annals *annals, const struct instance *instance, const char *reason,
                    const char *result, struct moment now)
{
    if (annals)
        annals_add(annals, &(struct item){.kind = ITEM_RESTART,
                                          .number = recorded_of(annals, instance->service)->number,
                                          .replica = instance->spec->replica,
                                          .at_ms = now.wall_ms,
                                          .text = {instance->observed->container, reason, result}});
}

void annals_decision(struct annals *annals, const struct instance *instance, const char *sentence,
                     struct moment now)
{
    if (annals)
        annals_add(annals, &(struct item){.kind = ITEM_DECISION,
                                          .number = recorded_of(annals, instance->service)->number,
                                          .replica = instance->spec->replica,
                                          .at_ms = now.wall_ms,
                                          .text = {instance->observed->container,
                                                   action_name[instance->decision.action],
                                                   instance->decision.reason, sentence}});
}

void annals_event(struct annals *annals, const struct journal_event *event)
{
    if (annals)
        annals_add(annals,
                   &(struct item){.kind = ITEM_EVENT,
                                  .id = event->id,
                                  .at_ms = event->at_wall_ms,
                                  .severity = event->severity,
                                  .text = {event->kind, event->service, event->container, event->sentence}});
}
