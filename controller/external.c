/* SPDX-License-Identifier: MIT */
/* external.c: the table of registrations, how each is shown, and what time does to it: heartbeats that fail
 * to come, host names that mean another address. */
#include "controller/external_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/due.h"
#include "controller/core/error.h"
#include "controller/core/hash.h"
#include "controller/core/text.h"
#include "controller/deploying.h"
#include "controller/inlets.h"

enum {
    LOOKUP_MS = 60 * 1000,       /* between two looks for the address of a host name; */
    LOOKUP_AGAIN_MS = 10 * 1000, /* after one that found nothing */
};

struct externals *externals_new(struct controller *controller)
{
    struct externals *externals = mem_new(sizeof *externals);
    externals->controller = controller;
    externals->lookups = lookups_new(&controller->loop);
    externals->inlets = inlets_new(externals);
    externals_configure(externals);
    return externals;
}

struct external *external_find(struct externals *externals, const char *id)
{
    struct external *external;
    HASH_FIND_STR(externals->table, id, external);
    return external;
}

size_t externals_count(const struct externals *externals)
{
    return HASH_COUNT(externals->table);
}

const char *externals_trouble(const struct externals *externals)
{
    return externals->trouble;
}

bool external_is_coming(const struct external *external)
{
    return !external->address[0] && !external->lookup_failed;
}

bool externals_wait(const struct externals *externals)
{
    for (const struct external *at = externals->table; at; at = at->hh.next)
        if (external_is_coming(at))
            return true;
    return false;
}

/* ---- in the registry ---- */

void external_show(struct external *external)
{
    struct controller *controller = external->externals->controller;
    bool first = !record_find(controller, external->instance_id);
    const struct instance *instance = registry_apply(
        controller->registry,
        &(struct change){.kind = CHANGE_INSTANCE,
                         .spec = external_spec(external, controller->options),
                         .observed = external_observe(external)},
        controller->now);
    struct record *record = intake_record(controller, instance);
    record->external = external;
    record->seen_running = true;
    record->started_at_wall_ms = external->registered_at_wall_ms;
    if (first)
        verdict_start(&record->verdict, controller->now.mono_ms);
    restarts_show(controller, record, instance->spec);
    judge_plan(controller, record, instance);
    if (first)
        breaker_return(controller, record, instance);
    record_mark(controller, record);
}

/* Ids in the registry have 64 digits, as the engine's have. */
static void make_instance_id(const char *id, char ret[static 65])
{
    uint64_t hash = hash_text(HASH_START, "external");
    for (size_t i = 0; i < 4; i++) {
        hash = hash_number(hash_text(hash, id), (int64_t)i);
        snprintf(ret + 16 * i, 17, "%016" PRIx64, hash);
    }
}

/* ---- time ---- */

void external_plan(struct external *external)
{
    int64_t ttl_ms = external->registration->ttl_ms;
    int64_t at_ms = external->lookup_at_mono_ms;
    int64_t silent_ms = external->heard_mono_ms + (external->overdue ? 2 * ttl_ms : ttl_ms);
    int64_t reports_ms = external_reports_due(external);
    if (ttl_ms && (!at_ms || silent_ms < at_ms))
        at_ms = silent_ms;
    if (reports_ms && (!at_ms || reports_ms < at_ms))
        at_ms = reports_ms;
    if (at_ms)
        due_heap_set(&external->externals->due, &external->due, at_ms);
    else
        due_heap_remove(&external->externals->due, &external->due);
    external->externals->controller->dirty = true;
}

static void on_looked_up(void *user, const struct addrinfo *found, const char *trouble)
{
    struct external *external = user;
    struct externals *externals = external->externals;
    struct controller *controller = externals->controller;
    char address[LOOKUP_ADDRESS];
    (void)trouble;
    controller->now = clock_now();
    external->lookup = NULL;
    lookup_choose(found, externals->networks, external->address, address);
    external->lookup_at_mono_ms = controller->now.mono_ms + (address[0] ? LOOKUP_MS : LOOKUP_AGAIN_MS);
    bool news = !external->address[0] && external->lookup_failed != !address[0];
    external->lookup_failed = !address[0];
    /* A resolver that does not answer for a while changes nothing about who is there. */
    if (address[0] && strcmp(address, external->address) != 0) {
        memcpy(external->address, address, sizeof address);
        news = true;
    }
    if (news)
        external_show(external);
    external_plan(external);
}

static void look_up(struct external *external)
{
    struct externals *externals = external->externals;
    external->lookup_at_mono_ms = 0;
    if (!external->lookup && !externals->controller->stopping)
        external->lookup = lookup_start(externals->lookups, external->registration->host, on_looked_up,
                                        external);
}

static void silent(struct external *external)
{
    struct controller *controller = external->externals->controller;
    struct record *record = record_find(controller, external->instance_id);
    const struct instance *instance = record ? registry_instance(controller->registry, record->ref) : NULL;
    if (!external->overdue) {
        external->overdue = external->externals->dirty = true;
        if (record)
            record_mark(controller, record);
        external_plan(external);
        return;
    }
    tell(controller, SEVERITY_WARNING, "external", instance,
         "Removed: no heartbeat of \"%s\" within twice its ttl", external->registration->id);
    external_drop(external);
}

/* It was unhealthy for as long as its owner wants to see it so. */
static void give_up(struct external *external)
{
    struct controller *controller = external->externals->controller;
    const struct record *record = record_find(controller, external->instance_id);
    char time[24];
    text_format_duration(external->registration->remove_after_ms, time);
    tell(controller, SEVERITY_WARNING, "external",
         record ? registry_instance(controller->registry, record->ref) : NULL,
         "Removed: \"%s\" was not healthy for %s, as its owner wished", external->registration->id, time);
    external_drop(external);
}

static void tick(struct external *external)
{
    int64_t now_ms = external->externals->controller->now.mono_ms;
    int64_t ttl_ms = external->registration->ttl_ms;
    if (external->lookup_at_mono_ms && external->lookup_at_mono_ms <= now_ms)
        look_up(external);
    if (external_reports_tick(external))
        give_up(external);
    else if (ttl_ms && external->heard_mono_ms + (external->overdue ? 2 * ttl_ms : ttl_ms) <= now_ms)
        silent(external);
    else
        external_plan(external);
}

int64_t externals_due(const struct externals *externals)
{
    const struct due *first = due_heap_first(&externals->due);
    const int64_t times[] = {first ? first->at_ms : 0, externals->dirty ? externals->write_at_mono_ms : 0,
                             inlets_due(externals->inlets)};
    int64_t at_ms = 0;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        at_ms = due_earlier(at_ms, times[i]);
    return at_ms;
}

void externals_settle(struct externals *externals)
{
    for (struct due *first;
         (first = due_heap_first(&externals->due)) && first->at_ms <= externals->controller->now.mono_ms;)
        tick((struct external *)first);
    inlets_settle(externals->inlets);
    externals_write(externals);
}

void external_hear(struct external *external)
{
    struct controller *controller = external->externals->controller;
    struct record *record = record_find(controller, external->instance_id);
    external->heard_mono_ms = controller->now.mono_ms;
    if (external->overdue && record) /* it is back: its latest answer may be old */
        prober_delay(controller->prober, record->ref, 0);
    if (external->overdue && record)
        record_mark(controller, record);
    external->externals->dirty |= external->overdue;
    external->overdue = false;
    external_plan(external);
}

/* ---- the table ---- */

static unsigned free_replica(const struct externals *externals, const struct external *external)
{
    for (unsigned number = 1;; number++) {
        const struct external *at = externals->table;
        while (at && (at == external || at->replica != number ||
                      strcmp(at->registration->name, external->registration->name) != 0))
            at = at->hh.next;
        if (!at)
            return number;
    }
}

/* Whether what is checked lies elsewhere now: what was found out about it says nothing any more. */
static bool has_moved(const struct registration *a, const struct registration *b)
{
    return strcmp(a->host, b->host) != 0 || a->port != b->port || a->protocol != b->protocol ||
           a->check_port != b->check_port;
}

/* Its address is known, or looked up next. */
static void place(struct external *external, int64_t now_ms)
{
    const struct registration *registration = external->registration;
    lookup_cancel(external->lookup);
    external->lookup = NULL;
    external->lookup_failed = false;
    external->address[0] = '\0';
    external->lookup_at_mono_ms = registration->by_address ? 0 : now_ms;
    if (registration->by_address)
        snprintf(external->address, sizeof external->address, "%s", registration->host);
}

static void start_over(struct controller *controller, const struct external *external)
{
    struct record *record = record_find(controller, external->instance_id);
    if (!record)
        return;
    record_answered(controller, record, false, false);
    verdict_start(&record->verdict, controller->now.mono_ms);
}

static struct external *external_add(struct externals *externals, struct registration *registration)
{
    struct external *external = mem_new(sizeof *external);
    external->externals = externals;
    external->registration = registration;
    external_reports_match(external, NULL);
    make_instance_id(registration->id, external->instance_id);
    HASH_ADD_KEYPTR(hh, externals->table, registration->id, strlen(registration->id), external);
    return external;
}

/* The key of the table lies in the registration: it is taken out while that changes. */
static void external_replace(struct external *external, struct registration *registration)
{
    struct externals *externals = external->externals;
    struct registration *before = external->registration;
    HASH_DEL(externals->table, external);
    external->registration = registration;
    external_reports_match(external, before);
    registration_free(before);
    HASH_ADD_KEYPTR(hh, externals->table, registration->id, strlen(registration->id), external);
}

static char *render(const struct registration *registration)
{
    struct buf out;
    buf_init(&out, SIZE_MAX / 2);
    registration_render(registration, &out);
    return buf_take(&out, NULL);
}

struct external *external_put(struct externals *externals, struct registration *registration,
                              unsigned replica, int64_t registered_at_wall_ms)
{
    struct controller *controller = externals->controller;
    struct external *external = external_find(externals, registration->id);
    bool fresh = !external;
    bool moved = fresh || has_moved(external->registration, registration);
    bool renamed = fresh || strcmp(external->registration->name, registration->name) != 0;
    if (fresh)
        external = external_add(externals, registration);
    else
        external_replace(external, registration);
    free(external->json);
    external->json = render(registration);
    if (fresh)
        external->registered_at_wall_ms = registered_at_wall_ms;
    if (renamed)
        external->replica = replica ? replica : free_replica(externals, external);
    if (moved)
        place(external, controller->now.mono_ms);
    external_show(external);
    if (moved)
        start_over(controller, external);
    external_hear(external);
    externals->dirty = true;
    return external;
}

static void external_free(struct external *external)
{
    struct externals *externals = external->externals;
    due_heap_remove(&externals->due, &external->due);
    lookup_cancel(external->lookup);
    HASH_DEL(externals->table, external);
    registration_free(external->registration);
    free(external->json);
    free(external->suspended);
    free(external);
}

void external_drop(struct external *external)
{
    struct externals *externals = external->externals;
    struct controller *controller = externals->controller;
    struct record *record = record_find(controller, external->instance_id);
    const struct instance *instance = record ? registry_instance(controller->registry, record->ref) : NULL;
    const struct service *service = instance ? instance->service : NULL;
    if (record) {
        /* Another one may get its number, and is not to be taken out for it. */
        record->healing->breaker_opened_at = record->healing->breaker_tripped = 0;
        intake_drop(controller, record);
        controller->state_dirty = true;
    }
    deploying_gone(controller, external->instance_id, service);
    external_free(external);
    externals->dirty = controller->dirty = true;
}

void externals_configure(struct externals *externals)
{
    struct controller *controller = externals->controller;
    struct error err = {0};
    cidr_list_free(externals->networks);
    externals->networks = NULL;
    /* It was read before, when the settings were. */
    (void)cidr_list_parse(controller->options->external_networks, &externals->networks, &err);
    for (struct external *at = externals->table; at; at = at->hh.next)
        external_show(at);
    inlets_configure(externals->inlets);
}

void externals_close(struct externals *externals)
{
    externals->closing = true;
    inlets_close(externals->inlets);
    externals_write(externals);
    for (struct external *at = externals->table; at; at = at->hh.next) {
        lookup_cancel(at->lookup);
        at->lookup = NULL;
    }
}

void externals_free(struct externals *externals)
{
    if (!externals)
        return;
    while (externals->table)
        external_free(externals->table);
    inlets_free(externals->inlets);
    lookups_free(externals->lookups);
    due_heap_free(&externals->due);
    cidr_list_free(externals->networks);
    free(externals);
}
