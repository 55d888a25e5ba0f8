/* SPDX-License-Identifier: MIT */
/* zone_targets.c: which instances an answer tells, and with which it begins. */
#include "exporter/dns/zone_internal.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/endpoint.h"

/* The place of a member in a set, or its count when it is none. */
static size_t set_at(const struct zone_set *set, uint32_t place)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->place[middle] < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->count && set->place[low] == place ? low : set->count;
}

static bool set_has(const struct zone_set *set, uint32_t place)
{
    return !set || set_at(set, place) < set->count;
}

static bool is_meant(const struct zone_found *found, uint32_t place)
{
    return set_has(found->have[0], place) && set_has(found->have[1], place);
}

/* The port that is asked for at a place; 0: none. */
static uint16_t port_at(const struct zone_found *found, uint32_t place)
{
    if (!found->port)
        return found->service->place[place].port;
    size_t at = set_at(&found->port->set, place);
    return at < found->port->set.count ? found->port->number[at] : 0;
}

/* The service's places with the addresses that are wanted. */
static const struct zone_place *places_of(const struct zone_service *service, enum zone_want want)
{
    return want == ZONE_V6 && service->six ? service->six : service->place;
}

static bool is_wanted(const struct zone_found *found, enum zone_want want, uint32_t place)
{
    const struct zone_place *at = &places_of(found->service, want)[place];
    switch (want) {
    case ZONE_V4:
        return !at->ipv6 && is_meant(found, place);
    case ZONE_V6:
        return at->ipv6 && is_meant(found, place);
    case ZONE_PORTS:
        return is_meant(found, place) && port_at(found, place);
    }
    return false;
}

/* Of places with these weights, with which the turn-th answer begins. Over as many turns as the weights sum
 * up to, each comes first as often as its weight says; a step near the golden section mixes them well. */
static size_t first_of(const uint32_t *place, size_t count, const struct zone_place *all, uint32_t turn)
{
    unsigned divisor = 0;
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        divisor = common_divisor(all[place[i]].weight, divisor);
        total += all[place[i]].weight;
    }
    if (!divisor)
        return 0;
    total /= divisor;
    if (total == count)
        return turn % count;
    unsigned step = (unsigned)((double)total * 0.618);
    while (common_divisor((unsigned)total, step) != 1)
        step++;
    uint64_t at = (uint64_t)(turn % total) * step % total;
    size_t first = 0;
    while (at >= all[place[first]].weight / divisor)
        at -= all[place[first++]].weight / divisor;
    return first;
}

/* Whether this address was told before in the answer. */
static bool seen_before(uint8_t *seen, uint32_t same)
{
    bool before = seen[same / 8] >> (same % 8) & 1;
    seen[same / 8] = (uint8_t)(seen[same / 8] | 1U << (same % 8));
    return before;
}

size_t zone_targets(const struct zone_found *found, enum zone_want want, struct zone_target *ret)
{
    struct zone_service *service = found->service;
    const struct zone_place *all = places_of(service, want);
    size_t count = 0, told = 0;
    if (!service->place_count)
        return 0;
    uint32_t *place = mem_resize(NULL, service->place_count, sizeof *place);
    uint8_t *seen = mem_new(service->place_count / 8 + 1);
    for (uint32_t i = 0; i < service->place_count; i++)
        if (is_wanted(found, want, i))
            place[count++] = i;
    size_t first = count ? first_of(place, count, all, service->turn[want]++) : 0;
    for (size_t i = 0; i < count && told < ZONE_MOST; i++) {
        uint32_t one = place[(first + i) % count];
        const struct zone_place *at = &all[one];
        bool again = seen_before(seen, at->same);
        if (again && want != ZONE_PORTS)
            continue;
        ret[told++] = (struct zone_target){.address = at->address,
                                           .second = zone_service_second(service, one),
                                           .ipv6 = at->ipv6,
                                           .port = want == ZONE_PORTS ? port_at(found, one) : 0,
                                           .weight = at->weight,
                                           .again = again};
    }
    free(seen);
    free(place);
    return told;
}

const struct strings *zone_texts(const struct zone_found *found)
{
    static const struct strings none = {0};
    const struct zone_service *service = found->service;
    for (uint32_t at = 0; at < service->place_count; at++)
        if (is_meant(found, at))
            return &service->texts;
    return &none;
}
