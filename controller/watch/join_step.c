/* SPDX-License-Identifier: MIT */
/* join_step.c: what to do next about the networks that are needed, or not any more. */
#include "controller/watch/join_internal.h"

#include <string.h>

#include "controller/core/limits.h"

enum {
    AGAIN_MS = 2000,           /* what was left is not entered at once: something that crashes all the time
                                  would move us in and out with it */
    LEAVE_RETRY_MS = 200,      /* doubling: somebody may wait to remove the network */
    LEAVE_RETRY_MAX_MS = 5000, /* as above, but the engine may be busy */
    ENTER_RETRY_MS = 1000,     /* doubling */
    ENTER_RETRY_MAX_MS = 60000,
    REFUSED_MS = 5 * 60 * 1000,
};

static int64_t earlier(int64_t a, int64_t b)
{
    return !a ? b : !b || a < b ? a : b;
}

/* Those that were asked to stop and did not are to be reached again. */
static void forget_stops(struct join *join, int64_t now_ms)
{
    if (!join->stopping_next_ms || join->stopping_next_ms > now_ms)
        return;
    join->stopping_next_ms = 0;
    for (struct member *member = join->members; member; member = member->hh.next) {
        if (member->stopping_until_ms > now_ms) {
            join->stopping_next_ms = earlier(join->stopping_next_ms, member->stopping_until_ms);
        } else if (member->stopping_until_ms) {
            member->stopping_until_ms = 0;
            member_choose(join, member);
        }
    }
}

static void forget_refusals(struct join *join, int64_t now_ms)
{
    bool any = false;
    for (struct net *net = join->nets; net; net = net->hh.next) {
        if (!net->unfit || !net->not_before_ms || net->not_before_ms > now_ms)
            continue;
        net->unfit = false;
        net->not_before_ms = 0;
        any = true;
    }
    if (any)
        members_choose(join, NULL);
}

static bool to_leave(const struct join *join, const struct net *net)
{
    return net->on && net->ours && !net->needed && (join->leave || join->closed);
}

static bool to_enter(const struct net *net)
{
    return net->needed && !net->on && !net->unfit;
}

static bool step(struct join *join, struct net *net, enum join_action action, struct join_step *ret)
{
    net->busy = true;
    net->action = action;
    join->busy++;
    *ret = (struct join_step){action, net->id, net->name};
    return true;
}

/* Networks we are on by our own doing, and those we are about to enter. */
static unsigned taken(const struct join *join)
{
    unsigned count = 0;
    for (const struct net *net = join->nets; net; net = net->hh.next)
        count += (net->on && net->ours) || (net->busy && net->action == JOIN_ENTER);
    return count;
}

/* A network that is to be left, or else one to be entered; NULL when there is none, or not now. */
static struct net *net_due(struct join *join, int64_t now_ms)
{
    unsigned count = taken(join);
    struct net *enter = NULL;
    join->full = false;
    for (struct net *net = join->nets; net; net = net->hh.next) {
        if (net->busy || net->not_before_ms > now_ms)
            continue;
        if (to_leave(join, net))
            return net;
        if (!enter && to_enter(net))
            enter = net;
    }
    join->full = enter && count >= LIMIT_JOINED_NETWORKS;
    return join->full ? NULL : enter;
}

static int64_t due(const struct join *join)
{
    int64_t due_ms = join->stopping_next_ms;
    for (const struct net *net = join->enabled ? join->nets : NULL; net; net = net->hh.next)
        if (!net->busy && net->not_before_ms && (net->unfit || to_enter(net) || to_leave(join, net)))
            due_ms = earlier(due_ms, net->not_before_ms);
    return due_ms;
}

bool join_next(struct join *join, int64_t now_ms, bool leave, struct join_step *ret)
{
    join->dirty |= leave != join->leave || (join->due_ms && join->due_ms <= now_ms);
    join->leave = leave;
    if (!join->dirty || join->busy >= LIMIT_JOINS_IN_FLIGHT)
        return false;
    forget_stops(join, now_ms);
    forget_refusals(join, now_ms);
    struct net *net = join->enabled ? net_due(join, now_ms) : NULL;
    if (net)
        return step(join, net, to_leave(join, net) ? JOIN_LEAVE : net->fit ? JOIN_ENTER : JOIN_LOOK, ret);
    join->dirty = false;
    join->due_ms = due(join);
    return false;
}

/* The network whose step has ended. */
static struct net *step_end(struct join *join, const char *id)
{
    struct net *net = net_find(join, id);
    if (!net || !net->busy)
        return NULL;
    net->busy = false;
    join->busy--;
    join->dirty = true;
    return net;
}

/* Of no use: those that were to be reached by it try their other networks. */
static void give_up(struct join *join, struct net *net, int64_t until_ms)
{
    net->unfit = true;
    net->not_before_ms = until_ms;
    members_choose(join, net);
}

static int64_t pause(struct net *net, int64_t first_ms, int64_t max_ms)
{
    int64_t wait = net->failures < 16 ? first_ms << net->failures : max_ms;
    net->failures++;
    return wait < max_ms ? wait : max_ms;
}

/* A Swarm network takes single containers only when made for it; what drivers such as macvlan give is an
 * address in a network outside of this host, which is not ours to take. */
static bool is_fit(const struct network_facts *facts)
{
    if (facts->ingress || facts->config_only)
        return false;
    return strcmp(facts->driver, "bridge") == 0 ||
           (strcmp(facts->driver, "overlay") == 0 && (facts->attachable || !facts->swarm));
}

void join_looked(struct join *join, const char *id, const struct network_facts *facts, enum join_end end,
                 int64_t now_ms)
{
    struct net *net = step_end(join, id);
    if (!net)
        return;
    if (facts && is_fit(facts))
        net->fit = true;
    else if (facts)
        give_up(join, net, 0);
    else if (end == JOIN_REFUSED)
        give_up(join, net, now_ms + REFUSED_MS);
    else
        net->not_before_ms = now_ms + pause(net, ENTER_RETRY_MS, ENTER_RETRY_MAX_MS);
    net_tidy(join, net);
}

static void left(struct net *net, int64_t now_ms)
{
    net->on = net->ours = false;
    net->not_before_ms = now_ms + AGAIN_MS;
    net->failures = 0;
}

void join_done(struct join *join, const char *id, enum join_action action, enum join_end end, int64_t now_ms)
{
    struct net *net = step_end(join, id);
    if (!net)
        return;
    bool enter = action == JOIN_ENTER;
    switch (end) {
    case JOIN_WORKED:
        if (enter) {
            net->on = net->ours = true;
            net->not_before_ms = 0;
            net->failures = 0;
        } else {
            left(net, now_ms);
        }
        break;
    case JOIN_GONE:
        left(net, now_ms);
        break;
    case JOIN_REFUSED:
        if (enter)
            give_up(join, net, now_ms + REFUSED_MS);
        else
            net->not_before_ms = now_ms + pause(net, LEAVE_RETRY_MS, LEAVE_RETRY_MAX_MS);
        break;
    case JOIN_FAILED:
        net->not_before_ms = now_ms + (enter ? pause(net, ENTER_RETRY_MS, ENTER_RETRY_MAX_MS)
                                             : pause(net, LEAVE_RETRY_MS, LEAVE_RETRY_MAX_MS));
        break;
    }
    net_tidy(join, net);
}

void join_retry(struct join *join)
{
    for (struct net *net = join->nets; net; net = net->hh.next) {
        net->unfit = net->fit = false;
        net->not_before_ms = 0;
        net->failures = 0;
    }
    join->dirty = true;
    members_choose(join, NULL);
}

int64_t join_due(const struct join *join)
{
    return join->busy ? 0 : join->due_ms;
}

unsigned join_busy(const struct join *join)
{
    return join->busy;
}

unsigned join_count(const struct join *join)
{
    unsigned count = 0;
    for (const struct net *net = join->nets; net; net = net->hh.next)
        count += net->on && net->ours;
    return count;
}

bool join_full(const struct join *join)
{
    return join->full;
}
