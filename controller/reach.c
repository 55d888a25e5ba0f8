/* SPDX-License-Identifier: MIT */
/* reach.c: carries out what join.h says by the engine's API, and tells it what is. */
#include "controller/reach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/controller_internal.h"
#include "controller/core/error.h"
#include "controller/core/log.h"
#include "controller/labels/resolve.h"
#include "controller/watch/join.h"

enum { STOPPING_MS = 30 * 1000 }; /* whoever still runs that long after it was asked to stop goes on */

/* One step under way. */
struct errand {
    LIST_ENTRY(errand) link;
    struct reach *reach;
    enum join_action action;
    char *id, *name; /* of the network */
};

LIST_HEAD(errand_list, errand);

struct reach {
    struct controller *controller;
    struct join *join;
    struct errand_list errands;
    bool self_wanted; /* our own container is to be inspected */
    bool self_asking; /* that is under way */
    bool self_stale;  /* and something has happened since it began */
    bool refused;     /* nothing may be done before the next connection */
    bool closed;
    bool self_known;  /* it has been inspected */
    const char *told; /* static text: why nothing can be joined, as last told */
    bool told_full;
};

static enum join_networks mode(const struct reach *reach)
{
    return reach->controller->options->join_networks;
}

static bool is_self(const struct reach *reach, const char *id)
{
    const char *self = reach->controller->self_id;
    return self[0] && strncmp(id, self, strlen(self)) == 0;
}

/* ---- what is ---- */

/* What a stack's own proxy, or the platform's, is connected to is no reason to be there too, unless a label
 * says which network it is. */
static bool is_proxy(const struct container *container)
{
    const char *label = pairs_get(&container->labels, "coolify.proxy");
    size_t len = strlen(container->name);
    bool named = len >= 6 && strcmp(container->name + len - 6, "-proxy") == 0;
    return (named || (label && strcmp(label, "true") == 0)) &&
           !pairs_get(&container->labels, "service.network");
}

static bool is_labelled(const struct reach *reach, const struct container *container)
{
    const struct controller *controller = reach->controller;
    const char *why;
    for (size_t i = 0; i < container->labels.count; i++)
        if (strncmp(container->labels.item[i].key, "service.", 8) == 0)
            return true;
    return labels_registered(&container->labels, controller->overrides, container->name,
                             controller->options->watch, &why) &&
           strcmp(why, "overrides") == 0;
}

/* Whether its check goes over the network, or would if there were one. */
static bool is_checked_there(const struct check_plan *plan)
{
    if (plan->finding && strcmp(plan->finding, "unreachable-network") == 0)
        return true;
    switch (plan->probe) {
    case CHECK_HTTP:
    case CHECK_TCP:
    case CHECK_GRPC:
        return true;
    case CHECK_DOCKER:
    case CHECK_COMMAND:
    case CHECK_FILE:
    case CHECK_SYSTEMD:
    case CHECK_NONE:
    case CHECK_COUNT:
        break;
    }
    return false;
}

static bool wants(const struct reach *reach, const struct container *container, const struct check_plan *plan)
{
    switch (mode(reach)) {
    case JOIN_NETWORKS_OFF:
        return false;
    case JOIN_NETWORKS_LABELLED:
        if (!is_labelled(reach, container))
            return false;
        break;
    case JOIN_NETWORKS_ALL:
        break;
    }
    return is_checked_there(plan) && !is_proxy(container) && !is_self(reach, container->id);
}

void reach_container(struct reach *reach, const struct container *container, const struct container *owner,
                     const struct spec *spec, const struct check_plan *plan)
{
    if (mode(reach) == JOIN_NETWORKS_OFF) { /* thousands of containers need not be remembered for nothing */
        join_member_gone(reach->join, container->id);
        return;
    }
    const struct container *source = owner ? owner : container;
    struct join_member member = {
        .id = container->id,
        .owner = owner ? owner->id : NULL,
        .preferred = spec->network,
        .running = container->state == CONTAINER_RUNNING || container->state == CONTAINER_PAUSED,
        .wants = wants(reach, container, plan),
        .networks = source->networks,
        .network_count = source->network_count,
    };
    join_member_set(reach->join, &member);
}

void reach_gone(struct reach *reach, const char *id)
{
    join_member_gone(reach->join, id);
}

void reach_event(struct reach *reach, const struct record *record, const struct engine_event *event)
{
    if (record->restart_sent) /* it comes back at once */
        return;
    if (event->action == EVENT_DIE)
        join_member_down(reach->join, event->id);
    else if (event->action == EVENT_KILL && record->stop_asked)
        join_member_stopping(reach->join, event->id, reach->controller->now.mono_ms + STOPPING_MS);
}

static void self_look(struct reach *reach)
{
    reach->self_wanted = true;
    reach->self_stale |= reach->self_asking;
    reach->controller->dirty = true;
}

void reach_moved(struct reach *reach, const struct engine_event *event)
{
    if (is_self(reach, event->id))
        self_look(reach);
    else if (event->action == EVENT_DISCONNECT && event->network)
        join_member_left(reach->join, event->id, event->network);
}

/* ---- quaywatch's own container ---- */

/* Says once why nothing can be joined, where that was asked for. */
static void cannot(struct reach *reach, const char *why)
{
    join_enable(reach->join, false);
    if (mode(reach) == JOIN_NETWORKS_OFF || reach->told == why)
        return;
    reach->told = why;
    tell(reach->controller, SEVERITY_WARNING, "network", NULL, "JOIN_NETWORKS does nothing: %s", why);
}

static void on_changed(void *user, const char *id)
{
    struct reach *reach = user;
    reach->controller->place_known = false;
    watch_refresh(reach->controller->watch, id);
}

static void on_self(void *user, const char *id, struct container *container, const struct error *err)
{
    struct reach *reach = user;
    struct controller *controller = reach->controller;
    (void)id;
    controller->now = clock_now();
    controller->dirty = true;
    reach->self_asking = false;
    bool stale = reach->self_stale;
    reach->self_stale = false;
    if (!container) {
        if (err && err->code == -ENOENT)
            cannot(reach,
                   "the engine knows no container of quaywatch's own id, so it may be another engine's");
        return;
    }
    const char *network = container->network_mode;
    if (strcmp(network, "host") == 0)
        cannot(reach, "quaywatch is on the host's network and reaches all networks of this host anyway");
    else if (strcmp(network, "none") == 0 || strncmp(network, "container:", 10) == 0)
        cannot(reach, "quaywatch's own container has no network of its own (network_mode)");
    else
        join_enable(reach->join, true);
    bool changed = !stale && join_self_set(reach->join, container->networks, container->network_count,
                                           on_changed, reach);
    if (changed && reach->self_known && mode(reach) == JOIN_NETWORKS_OFF) {
        controller->place_known = false; /* whom this concerns is not known: all are looked at again */
        watch_relist(controller->watch);
    }
    reach->self_known |= !stale;
    container_free(container);
}

void reach_live(struct reach *reach)
{
    reach->refused = false;
    join_retry(reach->join);
    if (reach->controller->task != TASK_RUN)
        return;
    if (reach->controller->self_id[0])
        self_look(reach);
    else
        cannot(reach, "quaywatch does not run in a container whose id it can tell");
}

/* ---- steps ---- */

static void errand_free(struct errand *errand)
{
    LIST_REMOVE(errand, link);
    free(errand->id);
    free(errand->name);
    free(errand);
}

/* What came of a call, and what is to be said about it. */
static enum join_end end_of(struct reach *reach, const struct errand *errand, const struct error *err)
{
    struct controller *controller = reach->controller;
    controller->now = clock_now();
    controller->dirty = true;
    if (!err)
        return JOIN_WORKED;
    switch (err->code) {
    case -ENOENT:
        return JOIN_GONE;
    case -EPERM:
        if (strstr(err->text, "already exists")) /* somebody was quicker */
            return JOIN_FAILED;
        tell(controller, SEVERITY_WARNING, "network", NULL, "Network %s is not %s: %s", errand->name,
             errand->action == JOIN_LEAVE ? "left yet" : "joined", err->text);
        return JOIN_REFUSED;
    case -EACCES:
        if (!reach->refused)
            tell(controller, SEVERITY_WARNING, "network", NULL,
                 "No network is joined or left before the engine is connected to again, because %s; a socket "
                 "proxy must allow GET networks, POST networks/*/connect and networks/*/disconnect",
                 err->text);
        reach->refused = true;
        return JOIN_FAILED;
    default:
        return JOIN_FAILED;
    }
}

static void on_looked(void *user, const struct network_facts *facts, const struct error *err)
{
    struct errand *errand = user;
    struct reach *reach = errand->reach;
    enum join_end end = end_of(reach, errand, err);
    join_looked(reach->join, errand->id, facts, end, reach->controller->now.mono_ms);
    errand_free(errand);
}

static void on_done(void *user, const struct error *err)
{
    struct errand *errand = user;
    struct reach *reach = errand->reach;
    enum join_end end = end_of(reach, errand, err);
    if (end == JOIN_WORKED && errand->action == JOIN_ENTER)
        tell(reach->controller, SEVERITY_INFO, "network", NULL, "Joined network %s, so that checks reach it",
             errand->name);
    else if (end == JOIN_WORKED)
        tell(reach->controller, SEVERITY_INFO, "network", NULL,
             "Left network %s: no watched container needs it", errand->name);
    join_done(reach->join, errand->id, errand->action, end, reach->controller->now.mono_ms);
    self_look(reach); /* whatever was answered: what is counts */
    errand_free(errand);
}

static void start(struct reach *reach, const struct join_step *step)
{
    static const char *const word[] = {
        [JOIN_LOOK] = "Looking at", [JOIN_ENTER] = "Joining", [JOIN_LEAVE] = "Leaving"};
    struct engine *engine = watch_engine(reach->controller->watch);
    const char *self = reach->controller->self_id;
    struct errand *errand = mem_new(sizeof *errand);
    errand->reach = reach;
    errand->action = step->action;
    errand->id = mem_copy(step->id);
    errand->name = mem_copy(step->name);
    LIST_INSERT_HEAD(&reach->errands, errand, link);
    log_line(LOG_LEVEL_DEBUG, NULL, NULL, "%s network %s", word[step->action], step->name);
    switch (step->action) {
    case JOIN_LOOK:
        engine_network_inspect(engine, errand->id, on_looked, errand);
        break;
    case JOIN_ENTER:
        engine_network_connect(engine, errand->id, self, JOIN_ALIAS, on_done, errand);
        break;
    case JOIN_LEAVE:
        engine_network_disconnect(engine, errand->id, self, on_done, errand);
        break;
    }
}

void reach_settle(struct reach *reach)
{
    struct controller *controller = reach->controller;
    if (!controller->engine.connected || reach->refused)
        return;
    if (reach->self_wanted && !reach->self_asking) {
        reach->self_wanted = false;
        reach->self_asking = true;
        engine_inspect(watch_engine(controller->watch), controller->self_id, on_self, reach);
    }
    struct join_step step;
    while (join_next(reach->join, controller->now.mono_ms, watch_synced(controller->watch), &step))
        start(reach, &step);
    bool full = join_full(reach->join);
    if (full && !reach->told_full)
        tell(controller, SEVERITY_WARNING, "network", NULL,
             "quaywatch has joined %u networks, as many as it joins; what is on further ones stays unknown",
             join_count(reach->join));
    reach->told_full = full;
}

int64_t reach_due(const struct reach *reach)
{
    return reach->controller->engine.connected && !reach->refused ? join_due(reach->join) : 0;
}

/* ---- life ---- */

bool reach_leave(struct reach *reach)
{
    struct controller *controller = reach->controller;
    if (!controller->engine.connected || reach->refused)
        return true;
    if (!reach->closed && join_count(reach->join) + join_busy(reach->join) > 0)
        for (struct record *record = controller->records; record; record = record->hh.next)
            prober_remove(controller->prober, record->ref); /* our leaving is no fault of theirs */
    if (!reach->closed)
        join_close(reach->join);
    reach->closed = true;
    reach_settle(reach);
    return join_count(reach->join) + join_busy(reach->join) == 0;
}

struct reach *reach_new(struct controller *controller)
{
    struct reach *reach = mem_new(sizeof *reach);
    reach->controller = controller;
    reach->join = join_new();
    LIST_INIT(&reach->errands);
    return reach;
}

void reach_free(struct reach *reach)
{
    if (!reach)
        return;
    while (!LIST_EMPTY(&reach->errands))
        errand_free(LIST_FIRST(&reach->errands));
    join_free(reach->join);
    free(reach);
}
