/* zone_internal.h: what the zone keeps, shared by zone.c (names and looking up), zone_service.c (one service,
 * taken from the registry) and zone_targets.c (which instances an answer tells, in which order). */
#ifndef QUAYWATCH_EXPORTER_DNS_ZONE_INTERNAL_H
#define QUAYWATCH_EXPORTER_DNS_ZONE_INTERNAL_H

#include <sys/queue.h>
#include <uthash.h>

#include "controller/core/mem.h"
#include "exporter/dns/label.h"
#include "exporter/dns/zone.h"

struct service;

/* A serving instance. */
struct zone_place {
    uint8_t address[16];
    bool ipv6;
    uint16_t port;   /* 0: none known */
    uint16_t weight; /* 1 to 256 */
    uint32_t same;   /* the first of the service's places with this address */
};

/* Some places of a service, in order. */
struct zone_set {
    const uint32_t *place;
    size_t count;
};

struct zone_tag {
    const char *label;
    struct zone_set set;
};

/* A port by name: the places that have it, and its number at each. */
struct zone_port {
    const char *label; /* without "_" */
    struct zone_set set;
    const uint16_t *number;
};

/* A claim of a service to a name; what is smaller wins. A name that two services claim with the same right is
 * nobody's. */
enum claim_kind { CLAIM_SERVICE, CLAIM_PROJECT, CLAIM_ALIAS, CLAIM_ALIAS_PROJECT, CLAIM_CONTAINER };
enum claim_form { FORM_WRITTEN, FORM_FOLDED, FORM_HOST, FORM_COUNT };

struct zone_claim {
    struct zone_service *service;
    struct zone_name *name; /* NULL until it stands in the zone */
    const char *text;
    unsigned right; /* kind * FORM_COUNT + form */
    bool whole;     /* it means all places; else those in the set */
    struct zone_set set;
    struct zone_claim *next_of_service;
    LIST_ENTRY(zone_claim) of_name; /* many services may claim one name: each leaves without a search */
};

/* One service, as it was when it changed last. All in its arena. */
struct zone_service {
    UT_hash_handle hh; /* by display name */
    struct arena arena;
    char *name;
    struct zone_place *place; /* only what serves */
    size_t place_count;
    struct zone_place *six; /* the same places by their IPv6 addresses; NULL: none has a second address */
    struct zone_tag *tag;
    size_t tag_count;
    struct zone_port *port; /* whoever has them, serving or not */
    size_t port_count;
    struct strings texts;
    struct zone_claim *claims;
    uint32_t turn[ZONE_PORTS + 1]; /* of its answers, by what was wanted: a client may ask for all in turn */
};

/* A name that somebody claims, or that lies above one. */
struct zone_name {
    UT_hash_handle hh;
    LIST_HEAD(zone_claims, zone_claim) claims;
    size_t below; /* names of claims that end with it */
    char text[];
};

/* What a service in the registry is in the zone; not in it yet. */
struct zone_service *zone_service_new(const struct service *service);
void zone_service_free(struct zone_service *service);

/* The second address of a place; NULL: it has none. */
const uint8_t *zone_service_second(const struct zone_service *service, size_t place);

/* The port with this label (without "_"), or the tag; NULL when it has none. */
const struct zone_port *zone_service_port(const struct zone_service *service, const char *label, size_t len);
const struct zone_tag *zone_service_tag(const struct zone_service *service, const char *label, size_t len);

#endif
