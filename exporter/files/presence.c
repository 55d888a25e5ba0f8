/* SPDX-License-Identifier: MIT */
/* presence.c: the endpoints of each service as one list of hashes. */
#include "exporter/files/presence.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "controller/core/endpoint.h"
#include "controller/core/hash.h"
#include "controller/core/registry.h"

struct known {
    UT_hash_handle hh;
    uint64_t looked;    /* number of the look in which it was there last, of those that go over all */
    uint64_t *endpoint; /* sorted */
    size_t count;
    char name[];
};

struct presence {
    struct known *known;
    uint64_t revision, looks;
};

struct presence *presence_new(void)
{
    return mem_new(sizeof(struct presence));
}

static void known_drop(struct presence *presence, struct known *known)
{
    HASH_DEL(presence->known, known);
    free(known->endpoint);
    free(known);
}

void presence_free(struct presence *presence)
{
    struct known *known, *next;
    if (!presence)
        return;
    HASH_ITER(hh, presence->known, known, next)
    known_drop(presence, known);
    free(presence);
}

static struct known *known_find(const struct presence *presence, const char *name)
{
    struct known *known;
    HASH_FIND_STR(presence->known, name, known);
    return known;
}

static struct known *known_of(struct presence *presence, const char *name)
{
    struct known *known = known_find(presence, name);
    if (known)
        return known;
    size_t size = strlen(name) + 1;
    known = mem_new(sizeof *known + size);
    memcpy(known->name, name, size);
    HASH_ADD_STR(presence->known, name, known);
    return known;
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* Whether a sorted list holds every element of another. */
static bool holds_all(const uint64_t *list, size_t count, const uint64_t *of, size_t of_count)
{
    size_t at = 0;
    for (size_t i = 0; i < of_count; i++) {
        while (at < count && list[at] < of[i])
            at++;
        if (at == count || list[at] != of[i])
            return false;
    }
    return true;
}

/* Takes what a service has now; true when something that it had is gone. */
static bool take(struct presence *presence, const struct service *service)
{
    struct known *known = known_of(presence, service->name);
    struct endpoint endpoint;
    uint64_t *now = mem_new((service->instance_count + 1) * sizeof *now);
    size_t count = 0;
    for (const struct instance *at = service->first; at; at = at->next)
        if (count < service->instance_count && endpoint_of(at, &endpoint))
            now[count++] = hash_number(hash_text(HASH_START, endpoint.address), endpoint.port);
    qsort(now, count, sizeof *now, compare);
    bool less = !holds_all(now, count, known->endpoint, known->count);
    free(known->endpoint);
    known->endpoint = now;
    known->count = count;
    known->looked = presence->looks;
    return less;
}

struct leaving {
    struct presence *presence;
    bool less;
};

static void on_left(void *user, const char *name)
{
    struct leaving *leaving = user;
    struct known *known = known_find(leaving->presence, name);
    if (!known)
        return;
    leaving->less = leaving->less || known->count > 0;
    known_drop(leaving->presence, known);
}

static bool take_all(struct presence *presence, const struct registry *registry)
{
    bool less = false;
    struct known *known, *next;
    presence->looks++;
    for (size_t i = 0; i < registry_count(registry); i++)
        less = take(presence, registry_at(registry, i)) || less;
    HASH_ITER(hh, presence->known, known, next)
    {
        if (known->looked == presence->looks)
            continue;
        less = less || known->count > 0;
        known_drop(presence, known);
    }
    return less;
}

enum presence_news presence_look(struct presence *presence, const struct registry *registry)
{
    uint64_t revision = registry_revision(registry), since = presence->revision;
    struct leaving leaving = {.presence = presence};
    if (revision == since)
        return PRESENCE_SAME;
    presence->revision = revision;
    if (!since || !registry_left(registry, since, on_left, &leaving))
        return take_all(presence, registry) || leaving.less ? PRESENCE_LESS : PRESENCE_CHANGED;
    bool less = leaving.less;
    for (const struct service *at = registry_latest(registry); at && at->revision > since;
         at = registry_earlier(at))
        less = take(presence, at) || less;
    return less ? PRESENCE_LESS : PRESENCE_CHANGED;
}
