/* SPDX-License-Identifier: MIT */
/* join.c: containers, the networks they are on, and on which of those quaywatch is needed. */
#include "controller/watch/join_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"

/* ---- networks ---- */

struct net *net_find(const struct join *join, const char *id)
{
    struct net *net;
    HASH_FIND_STR(join->nets, id, net);
    return net;
}

static struct net *net_get(struct join *join, const struct container_network *network)
{
    const char *id = network->id[0] ? network->id : network->name; /* names are ids enough for the API */
    struct net *net = net_find(join, id);
    if (net)
        return net;
    net = mem_new(sizeof *net);
    net->id = mem_copy(id);
    net->name = mem_copy(network->name);
    HASH_ADD_KEYPTR(hh, join->nets, net->id, strlen(net->id), net);
    return net;
}

static void net_free(struct join *join, struct net *net)
{
    assert(join->nets);
    HASH_DEL(join->nets, net);
    free(net->id);
    free(net->name);
    free(net);
}

void net_tidy(struct join *join, struct net *net)
{
    if (!net->members && !net->on && !net->told && !net->busy)
        net_free(join, net);
}

/* Those that belong to the engine are never joined: strangers meet on the default bridge, and who put
 * containers there did not mean them to be reached by a name of their own network. */
static bool net_joinable(const struct net *net)
{
    static const char *const never[] = {"bridge", "host", "none", "podman", "ingress", "docker_gwbridge"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (strcmp(net->name, never[i]) == 0)
            return false;
    return !net->unfit;
}

/* ---- which one is needed ---- */

static bool member_asks(const struct join *join, const struct member *member)
{
    if (join->closed || !member->wants || !member->running || member->stopping_until_ms)
        return false;
    for (size_t i = 0; i < member->net_count; i++)
        if (member->nets[i]->on && !member->nets[i]->ours)
            return false; /* reached without our doing */
    return true;
}

/* The one a label names comes first, then those that are joined or will be anyway. */
static unsigned net_rank(const struct net *net, const struct member *member)
{
    if (member->preferred && strcmp(member->preferred, net->name) == 0)
        return 4;
    return net->on ? 3 : net->needed ? 2 : 1;
}

void member_choose(struct join *join, struct member *member)
{
    struct net *best = NULL, *before = member->via;
    if (before)
        before->needed--;
    for (size_t i = 0; member_asks(join, member) && i < member->net_count; i++) {
        struct net *net = member->nets[i];
        if (net_joinable(net) && (!best || net_rank(net, member) > net_rank(best, member)))
            best = net;
    }
    member->via = best;
    if (best)
        best->needed++;
    join->dirty |= best != before;
}

void members_choose(struct join *join, const struct net *net)
{
    for (struct member *member = join->members; member; member = member->hh.next)
        if (!net || member->via == net)
            member_choose(join, member);
}

/* ---- containers ---- */

static struct member *member_find(const struct join *join, const char *id)
{
    struct member *member;
    HASH_FIND_STR(join->members, id, member);
    return member;
}

static void nets_drop(struct join *join, struct member *member)
{
    if (member->via)
        member->via->needed--;
    join->dirty |= member->via != NULL;
    member->via = NULL;
    for (size_t i = 0; i < member->net_count; i++) {
        member->nets[i]->members--;
        net_tidy(join, member->nets[i]);
    }
    free(member->nets);
    member->nets = NULL;
    member->net_count = 0;
}

static void nets_take(struct join *join, struct member *member, const struct join_member *given)
{
    struct net **nets = given->network_count ? mem_resize(NULL, given->network_count, sizeof(struct net *))
                                             : NULL;
    for (size_t i = 0; i < given->network_count; i++) {
        nets[i] = net_get(join, &given->networks[i]);
        nets[i]->members++; /* before the old ones go: what stays is not forgotten in between */
    }
    nets_drop(join, member);
    member->nets = nets;
    member->net_count = given->network_count;
}

static void replace(char **text, const char *with)
{
    free(*text);
    *text = mem_copy(with);
}

void join_member_set(struct join *join, const struct join_member *given)
{
    struct member *member = member_find(join, given->id);
    if (!member) {
        member = mem_new(sizeof *member);
        member->id = mem_copy(given->id);
        HASH_ADD_KEYPTR(hh, join->members, member->id, strlen(member->id), member);
    }
    join->owned += given->owner != NULL;
    join->owned -= member->owner != NULL;
    replace(&member->owner, given->owner);
    replace(&member->preferred, given->preferred);
    if (!member->running || !given->running)
        member->stopping_until_ms = 0; /* a new run, or none */
    member->running = given->running;
    member->wants = given->wants;
    nets_take(join, member, given);
    member_choose(join, member);
}

void join_member_gone(struct join *join, const char *id)
{
    struct member *member = member_find(join, id);
    if (!member)
        return;
    nets_drop(join, member);
    join->owned -= member->owner != NULL;
    HASH_DEL(join->members, member);
    free(member->id);
    free(member->owner);
    free(member->preferred);
    free(member);
}

void join_member_down(struct join *join, const char *id)
{
    struct member *member = member_find(join, id);
    if (!member)
        return;
    member->running = false;
    member->stopping_until_ms = 0;
    member_choose(join, member);
}

void join_member_stopping(struct join *join, const char *id, int64_t until_ms)
{
    struct member *member = member_find(join, id);
    if (!member || !member->running)
        return;
    member->stopping_until_ms = until_ms;
    if (!join->stopping_next_ms || until_ms < join->stopping_next_ms)
        join->stopping_next_ms = until_ms;
    join->dirty = true;
    member_choose(join, member);
}

static void member_left(struct join *join, struct member *member, const char *network)
{
    for (size_t i = 0; i < member->net_count; i++) {
        struct net *net = member->nets[i];
        if (strcmp(net->name, network) != 0)
            continue;
        if (member->via == net) {
            net->needed--;
            member->via = NULL;
            join->dirty = true;
        }
        memmove(&member->nets[i], &member->nets[i + 1], (member->net_count - i - 1) * sizeof(struct net *));
        member->net_count--;
        net->members--;
        net_tidy(join, net);
        member_choose(join, member);
        return;
    }
}

void join_member_left(struct join *join, const char *id, const char *network)
{
    struct member *member = member_find(join, id);
    if (member)
        member_left(join, member, network);
    for (member = join->owned ? join->members : NULL; member; member = member->hh.next)
        if (member->owner && strcmp(member->owner, id) == 0)
            member_left(join, member, network);
}

/* ---- quaywatch itself ---- */

static bool is_marked(const struct container_network *network)
{
    return strings_has(&network->aliases, JOIN_ALIAS);
}

static void tell_members(const struct join *join, const struct net *net,
                         void (*changed)(void *user, const char *container_id), void *user)
{
    for (const struct member *member = join->members; member; member = member->hh.next)
        for (size_t i = 0; i < member->net_count; i++)
            if (member->nets[i] == net)
                changed(user, member->id);
}

static const struct container_network *network_of(const struct container_network *networks, size_t count,
                                                  const struct net *net)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(networks[i].id[0] ? networks[i].id : networks[i].name, net->id) == 0)
            return &networks[i];
    return NULL;
}

bool join_self_set(struct join *join, const struct container_network *networks, size_t count,
                   void (*changed)(void *user, const char *container_id), void *user)
{
    bool others = false; /* where somebody else put quaywatch, or took it away */
    bool changed_any = false;
    for (size_t i = 0; i < count; i++)
        net_get(join, &networks[i]);
    for (struct net *net = join->nets, *next; net; net = next) {
        next = net->hh.next;
        const struct container_network *network = network_of(networks, count, net);
        bool on = network != NULL, ours = on && is_marked(network);
        others |= (on && !ours) != (net->on && !net->ours);
        bool moved = on != net->told;
        net->on = net->told = on;
        net->ours = ours;
        changed_any |= moved;
        if (moved)
            tell_members(join, net, changed, user);
        net_tidy(join, net);
    }
    if (others)
        members_choose(join, NULL);
    join->dirty = true;
    return changed_any;
}

/* ---- life ---- */

struct join *join_new(void)
{
    return mem_new(sizeof(struct join));
}

void join_enable(struct join *join, bool enabled)
{
    join->enabled = enabled;
    join->dirty = true;
}

void join_close(struct join *join)
{
    join->closed = join->dirty = true;
    members_choose(join, NULL);
}

void join_free(struct join *join)
{
    if (!join)
        return;
    while (join->members)
        join_member_gone(join, join->members->id);
    while (join->nets)
        net_free(join, join->nets);
    free(join);
}
