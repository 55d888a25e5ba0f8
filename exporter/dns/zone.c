/* SPDX-License-Identifier: MIT */
/* zone.c: the names of all services, kept up with the registry, and looked up. */
#include "exporter/dns/zone.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/registry.h"
#include "exporter/dns/zone_internal.h"

/* Above the targets of ports. */
#define TARGETS "addr"

enum { ADDRESS_KEY = 17 };

/* The second address of some places that have the same first one. */
struct second {
    struct second *next;
    uint8_t address[16];
    size_t places;
};

/* An address at which some instance serves. */
struct zone_address {
    UT_hash_handle hh;
    uint8_t key[ADDRESS_KEY]; /* the address, and whether it is IPv6 */
    uint32_t places;
    struct second
        *second; /* the latest first; there is one, unless an engine just gave away an old address */
};

struct zone {
    const struct registry *registry;
    bool begun;
    uint64_t revision;
    struct zone_service *services;
    struct zone_name *names;
    struct zone_address *addresses;
    size_t told, endpoints;
};

struct zone *zone_new(const struct registry *registry)
{
    struct zone *zone = mem_new(sizeof *zone);
    zone->registry = registry;
    return zone;
}

/* ---- names ---- */

static struct zone_name *name_find(const struct zone *zone, const char *text)
{
    struct zone_name *name;
    HASH_FIND_STR(zone->names, text, name);
    return name;
}

static struct zone_name *name_get(struct zone *zone, const char *text)
{
    struct zone_name *name = name_find(zone, text);
    if (name)
        return name;
    size_t len = strlen(text);
    name = mem_new(sizeof *name + len + 1);
    memcpy(name->text, text, len);
    HASH_ADD_KEYPTR(hh, zone->names, name->text, len, name);
    return name;
}

static void name_release(struct zone *zone, struct zone_name *name)
{
    if (!LIST_EMPTY(&name->claims) || name->below)
        return;
    HASH_DEL(zone->names, name); /* NOLINT(clang-analyzer-core.NullDereference): it is in its map */
    free(name);
}

static void claim_stand(struct zone *zone, struct zone_claim *claim)
{
    claim->name = name_get(zone, claim->text);
    LIST_INSERT_HEAD(&claim->name->claims, claim, of_name);
    for (const char *dot = strchr(claim->text, '.'); dot; dot = strchr(dot + 1, '.'))
        name_get(zone, dot + 1)->below++;
}

static void claim_fall(struct zone *zone, struct zone_claim *claim)
{
    LIST_REMOVE(claim, of_name);
    for (const char *dot = strchr(claim->text, '.'); dot; dot = strchr(dot + 1, '.')) {
        struct zone_name *above = name_find(zone, dot + 1);
        above->below--;
        name_release(zone, above);
    }
    name_release(zone, claim->name);
}

/* The strongest claim; NULL when two are equally strong. */
static const struct zone_claim *name_owner(const struct zone_name *name)
{
    const struct zone_claim *best = NULL;
    bool shared = false;
    for (const struct zone_claim *at = name ? LIST_FIRST(&name->claims) : NULL; at;
         at = LIST_NEXT(at, of_name)) {
        shared = best && (at->right == best->right || (shared && at->right > best->right));
        if (!best || at->right < best->right)
            best = at;
    }
    return shared ? NULL : best;
}

/* ---- addresses ---- */

static void address_key(const uint8_t address[16], bool ipv6, uint8_t ret[static ADDRESS_KEY])
{
    memcpy(ret, address, 16);
    ret[16] = ipv6;
}

static struct zone_address *address_find(const struct zone *zone, const uint8_t key[ADDRESS_KEY])
{
    struct zone_address *found;
    HASH_FIND(hh, zone->addresses, key, ADDRESS_KEY, found);
    return found;
}

static struct second **second_find(struct zone_address *address, const uint8_t bytes[16])
{
    struct second **link = &address->second;
    while (*link && memcmp((*link)->address, bytes, sizeof(*link)->address) != 0)
        link = &(*link)->next;
    return link;
}

static void second_add(struct zone_address *address, const uint8_t bytes[16])
{
    struct second *second = *second_find(address, bytes);
    if (!second) {
        second = mem_new(sizeof *second);
        memcpy(second->address, bytes, sizeof second->address);
        second->next = address->second;
        address->second = second;
    }
    second->places++;
}

static void second_remove(struct zone_address *address, const uint8_t bytes[16])
{
    struct second **link = second_find(address, bytes), *second = *link;
    if (--second->places)
        return;
    *link = second->next;
    free(second);
}

static void address_add(struct zone *zone, const struct zone_place *place, const uint8_t *second)
{
    uint8_t key[ADDRESS_KEY];
    address_key(place->address, place->ipv6, key);
    struct zone_address *address = address_find(zone, key);
    if (!address) {
        address = mem_new(sizeof *address);
        memcpy(address->key, key, sizeof key);
        HASH_ADD(hh, zone->addresses, key, ADDRESS_KEY, address);
    }
    address->places++;
    if (second)
        second_add(address, second);
}

static void address_remove(struct zone *zone, const struct zone_place *place, const uint8_t *second)
{
    uint8_t key[ADDRESS_KEY];
    address_key(place->address, place->ipv6, key);
    struct zone_address *address = address_find(zone, key);
    if (second)
        second_remove(address, second);
    if (--address->places)
        return;
    HASH_DEL(zone->addresses, address); /* NOLINT(clang-analyzer-core.NullDereference): the same */
    free(address);
}

/* ---- services ---- */

static void service_remove(struct zone *zone, struct zone_service *service)
{
    struct zone_claim *next;
    for (struct zone_claim *claim = service->claims; claim; claim = next) {
        next = claim->next_of_service;
        claim_fall(zone, claim);
    }
    for (size_t i = 0; i < service->place_count; i++)
        address_remove(zone, &service->place[i], zone_service_second(service, i));
    zone->told -= service->place_count > 0;
    zone->endpoints -= service->place_count;
    HASH_DEL(zone->services, service);
    zone_service_free(service);
}

static struct zone_service *service_find(const struct zone *zone, const char *name)
{
    struct zone_service *service;
    HASH_FIND_STR(zone->services, name, service);
    return service;
}

static void service_put(struct zone *zone, const struct service *from)
{
    struct zone_service *old = service_find(zone, from->name), *service = zone_service_new(from);
    if (old) {
        memcpy(service->turn, old->turn, sizeof service->turn);
        service_remove(zone, old);
    }
    HASH_ADD_KEYPTR(hh, zone->services, service->name, strlen(service->name), service);
    for (struct zone_claim *claim = service->claims; claim; claim = claim->next_of_service)
        claim_stand(zone, claim);
    for (size_t i = 0; i < service->place_count; i++)
        address_add(zone, &service->place[i], zone_service_second(service, i));
    zone->told += service->place_count > 0;
    zone->endpoints += service->place_count;
}

static void on_left(void *user, const char *name)
{
    struct zone *zone = user;
    struct zone_service *service = service_find(zone, name);
    if (service)
        service_remove(zone, service);
}

static void remove_all(struct zone *zone)
{
    struct zone_service *service, *next;
    HASH_ITER(hh, zone->services, service, next)
    { /* NOLINT: uthash's own casts */
        service_remove(zone, service);
    }
}

void zone_refresh(struct zone *zone)
{
    const struct registry *registry = zone->registry;
    uint64_t revision = registry_revision(registry);
    if (zone->begun && revision == zone->revision)
        return;
    /* What left first: another service may have its name now, and is among those that changed. */
    if (zone->begun && registry_left(registry, zone->revision, on_left, zone)) {
        for (const struct service *at = registry_latest(registry); at && at->revision > zone->revision;
             at = registry_earlier(at))
            service_put(zone, at);
    } else {
        remove_all(zone);
        for (size_t i = 0; i < registry_count(registry); i++)
            service_put(zone, registry_at(registry, i));
    }
    zone->begun = true;
    zone->revision = revision;
}

size_t zone_services(const struct zone *zone)
{
    return HASH_COUNT(zone->services);
}

size_t zone_told(const struct zone *zone)
{
    return zone->told;
}

size_t zone_endpoints(const struct zone *zone)
{
    return zone->endpoints;
}

uint64_t zone_revision(const struct zone *zone)
{
    return zone->revision;
}

void zone_free(struct zone *zone)
{
    if (!zone)
        return;
    remove_all(zone);
    free(zone);
}

/* ---- looking up ---- */

static struct zone_found found_nothing(void)
{
    return (struct zone_found){.kind = ZONE_NOTHING};
}

/* The instances that a name without ports means: a claimed name, or a tag before one. */
static struct zone_found find_instances(const struct zone *zone, const char *name)
{
    struct zone_found found = found_nothing();
    const struct zone_claim *claim = name_owner(name_find(zone, name));
    if (!claim) {
        const char *dot = strchr(name, '.');
        const struct zone_claim *owner = dot ? name_owner(name_find(zone, dot + 1)) : NULL;
        const struct zone_tag *tag = owner ? zone_service_tag(owner->service, name, (size_t)(dot - name))
                                           : NULL;
        if (!tag)
            return found;
        claim = owner;
        found.have[1] = &tag->set;
    }
    found.kind = ZONE_SERVICE;
    found.service = claim->service;
    found.have[0] = claim->whole ? NULL : &claim->set;
    return found;
}

/* "_tcp.<instances>" and "_<port>._tcp.<instances>". */
static struct zone_found find_port(const struct zone *zone, const char *name)
{
    static const char protocol[] = "_tcp.";
    const size_t len = sizeof protocol - 1;
    const char *label = NULL, *rest = name;
    if (strncmp(name, protocol, len) != 0 || name[len] == '_') {
        label = name + 1;
        const char *dot = strchr(name, '.');
        if (!dot)
            return found_nothing();
        rest = dot + 1;
    }
    if (strncmp(rest, protocol, len) != 0)
        return found_nothing();
    struct zone_found found = find_instances(zone, rest + len);
    if (found.kind == ZONE_NOTHING || !found.service->port_count)
        return found_nothing();
    found.kind = ZONE_BETWEEN;
    if (!label)
        return found;
    found.port = zone_service_port(found.service, label, strcspn(label, "."));
    found.kind = found.port ? ZONE_PORT : ZONE_NOTHING;
    return found;
}

static struct zone_found find_address(const struct zone *zone, const char *name)
{
    struct zone_found found = found_nothing();
    size_t len = strcspn(name, ".");
    uint8_t key[ADDRESS_KEY];
    if (strcmp(name, TARGETS) == 0 && zone->addresses)
        found.kind = ZONE_BETWEEN;
    if (!name[len] || strcmp(name + len + 1, TARGETS) != 0 ||
        !label_to_address(name, len, found.address, &found.ipv6))
        return found;
    address_key(found.address, found.ipv6, key);
    const struct zone_address *address = address_find(zone, key);
    if (!address)
        return found;
    found.kind = ZONE_ADDRESS;
    found.second = address->second ? address->second->address : NULL;
    return found;
}

struct zone_found zone_find(const struct zone *zone, const char *name)
{
    if (name[0] == '_')
        return find_port(zone, name);
    struct zone_found found = find_instances(zone, name);
    if (found.kind == ZONE_NOTHING)
        found = find_address(zone, name);
    const struct zone_name *between = found.kind == ZONE_NOTHING ? name_find(zone, name) : NULL;
    if (between && between->below)
        found.kind = ZONE_BETWEEN;
    return found;
}
