/* zone.h: the registry as names: which name means which instances. Pure.
 *
 * The zone keeps what it needs of each service that it has looked at (zone_refresh), so that nothing of the
 * registry is touched while it answers; a change of one service costs the names of that one.
 *
 * Of a service these names lead to its serving instances, the first that somebody has wins:
 *   <service>            its display name
 *   <service>.<project>  as its labels name it, of its project
 *   <alias>              those instances that have this network alias, where only one service has it
 *   <alias>.<project>    the same within a project
 *   <container>          that one
 *   <tag>.<any of these> those that carry the tag
 * and under each of them _<port or protocol>._tcp the ports. <address>.addr is the target of ports; who has
 * two addresses is one target, named by that of IPv4, with both. */
#ifndef QUAYWATCH_EXPORTER_DNS_ZONE_H
#define QUAYWATCH_EXPORTER_DNS_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct registry;
struct strings;
struct zone;
struct zone_service;
struct zone_set;
struct zone_port;

/* So many records one answer has at most: as many as a message of 64 KiB holds. Of more instances each answer
 * tells others. */
enum { ZONE_MOST = 1000 };

/* An empty zone of a registry, which must live as long. */
struct zone *zone_new(const struct registry *registry);

/* Takes in what changed in the registry since the last time; costs nothing when that is nothing. */
void zone_refresh(struct zone *zone);

/* As of the last refresh: services with a name, those of them that have an address, and the serving instances
 * that have one (a port is for SRV records alone). */
size_t zone_services(const struct zone *zone);
size_t zone_told(const struct zone *zone);
size_t zone_endpoints(const struct zone *zone);

/* The registry's revision as of the last refresh. */
uint64_t zone_revision(const struct zone *zone);

/* Frees it. NULL is fine. */
void zone_free(struct zone *zone);

enum zone_kind {
    ZONE_NOTHING, /* there is no such name, nor one below it */
    ZONE_BETWEEN, /* only names below it */
    ZONE_SERVICE, /* some instances of a service */
    ZONE_PORT,    /* a port of some instances */
    ZONE_ADDRESS  /* one address */
};

/* What a name means; valid until the next zone_refresh. */
struct zone_found {
    enum zone_kind kind;
    struct zone_service *service;
    const struct zone_set *have[2]; /* only instances that are in these; NULL: all */
    const struct zone_port *port;
    uint8_t address[16];
    bool ipv6;
    const uint8_t *second; /* of ZONE_ADDRESS: the IPv6 address of who has this one of IPv4; NULL: none */
};

/* Looks a name up: in lower case, labels with dots between, without the zone itself; not "". */
struct zone_found zone_find(const struct zone *zone, const char *name);

/* One serving instance, as an answer tells it. */
struct zone_target {
    const uint8_t *address; /* 4 or 16 bytes */
    const uint8_t *second;  /* its IPv6 address beside one of IPv4, 16 bytes; NULL: none */
    bool ipv6;
    uint16_t port;   /* 0: none known */
    unsigned weight; /* 1 to 256 */
    bool again;      /* one before it has the same address */
};

/* Which instances are asked for. */
enum zone_want { ZONE_V4, ZONE_V6, ZONE_PORTS };

/* The serving instances of a name: of one family, each address once; or those with a port (of the name's
 * port, or their service's own). Each call begins with another one, so that in the long run each comes first
 * as often as its weight says. Returns their number, at most ZONE_MOST. */
size_t zone_targets(const struct zone_found *found, enum zone_want want, struct zone_target *ret);

/* The texts about a service (1 to 255 bytes each); none when none of the name's instances serves. */
const struct strings *zone_texts(const struct zone_found *found);

#endif
