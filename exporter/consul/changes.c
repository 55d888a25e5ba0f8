/* SPDX-License-Identifier: MIT */
/* changes.c: a digest of each service's name and tags, and when one of them moved last. */
#include "exporter/consul/changes.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "controller/core/mem.h"

struct known {
    UT_hash_handle hh;
    uint64_t digest;
    char name[]; /* the key */
};

struct consul_changes {
    struct known *table; /* of the services that are told */
    bool filled;
    uint64_t looked;          /* up to this revision */
    uint64_t changed;         /* one of them came, went, or got other tags */
    uint64_t topology, moved; /* registry_topology, and the revision at which it was seen first */
};

struct consul_changes *consul_changes_new(void)
{
    return mem_new(sizeof(struct consul_changes));
}

static void forget(struct consul_changes *changes, struct known *known)
{
    HASH_DEL(changes->table, known);
    free(known);
}

static void forget_all(struct consul_changes *changes)
{
    while (changes->table)
        forget(changes, changes->table);
}

void consul_changes_free(struct consul_changes *changes)
{
    if (!changes)
        return;
    forget_all(changes);
    free(changes);
}

static void note(struct consul_changes *changes, const char *name, uint64_t digest, uint64_t revision)
{
    struct known *known;
    HASH_FIND_STR(changes->table, name, known);
    if (known ? known->digest == digest : digest == 0)
        return;
    changes->changed = revision;
    if (known && !digest) {
        forget(changes, known);
        return;
    }
    if (!known) {
        size_t size = strlen(name) + 1;
        known = mem_new(sizeof *known + size);
        memcpy(known->name, name, size);
        HASH_ADD_STR(changes->table, name, known);
    }
    known->digest = digest;
}

struct leaving {
    struct consul_changes *changes;
    uint64_t revision;
};

static void note_left(void *user, const char *name)
{
    struct leaving *leaving = user;
    note(leaving->changes, name, 0, leaving->revision);
}

/* The first look, or one after so much that nobody can say what. */
static void look_at_all(struct consul_changes *changes, const struct registry *registry, uint64_t revision)
{
    forget_all(changes);
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        note(changes, service->name, consul_tags_digest(service), revision);
    }
    changes->changed = revision;
    changes->filled = true;
}

static void look(struct consul_changes *changes, const struct registry *registry)
{
    uint64_t revision = registry_revision(registry);
    if (changes->filled && changes->looked == revision)
        return;
    struct leaving leaving = {.changes = changes, .revision = revision};
    if (!changes->filled || !registry_left(registry, changes->looked, note_left, &leaving)) {
        look_at_all(changes, registry, revision);
    } else {
        for (const struct service *at = registry_latest(registry); at && at->revision > changes->looked;
             at = registry_earlier(at))
            note(changes, at->name, consul_tags_digest(at), revision);
    }
    changes->looked = revision;
}

uint64_t consul_changes_services(struct consul_changes *changes, const struct registry *registry)
{
    look(changes, registry);
    return changes->changed;
}

uint64_t consul_changes_service(struct consul_changes *changes, const struct registry *registry,
                                const char *name)
{
    const struct service *service = registry_service(registry, name);
    uint64_t topology = registry_topology(registry);
    if (topology != changes->topology || !changes->moved) {
        changes->topology = topology;
        changes->moved = registry_revision(registry);
    }
    return service ? service->revision : changes->moved;
}
