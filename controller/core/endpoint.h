/* endpoint.h: where a service can be reached now, as every exit (file, DNS, registry, proxy) is to tell it.
 * Pure.
 *
 * All of them go over a service's instances and ask endpoint_of, so that none can tell what another hides. */
#ifndef QUAYWATCH_CORE_ENDPOINT_H
#define QUAYWATCH_CORE_ENDPOINT_H

#include "controller/core/service.h"

enum { ENDPOINT_URL = 320 };

/* One instance that serves. Texts are the instance's. */
struct endpoint {
    const struct instance *instance;
    const char *address;  /* an IP literal, IPv6 without brackets */
    const char *address6; /* beside one of IPv4: that of IPv6 in the same network; NULL: none. For forms with
                             a place for both: who counts or weighs addresses takes the first alone */
    bool ipv6;            /* what address is */
    int port;             /* 0: none is known; it has an address all the same */
    enum protocol protocol;
    unsigned weight; /* 1 to 256: its label's; a degraded one gets half, rounded up */
};

/* Where an instance can be reached. False when it does not serve or has no address: then no exit tells it. */
bool endpoint_of(const struct instance *instance, struct endpoint *ret);

/* Whether an instance has a health endpoint, at its spec's health_path, as far as is known: its labels say
 * so, or its unasked check is one by HTTP and did not find it missing. */
bool endpoint_has_health(const struct instance *instance);

/* Its IPv6 address beside one of IPv4, when that is told; else NULL. */
const char *endpoint_address6(const struct instance *instance);

/* The endpoints of a service that have a port. */
size_t endpoint_count(const struct service *service);

/* "http://172.20.0.2:5000" for a host name or an address (IPv6 gets its brackets). "" without host or port,
 * or when it would be too long. */
void endpoint_url(enum protocol protocol, const char *host, int port, char ret[static ENDPOINT_URL]);

/* The name under which other containers (or, outside Docker, all) reach an instance; NULL when there is none
 * that can be a host's. */
const char *endpoint_name(const struct instance *instance);

/* "http://rag-service:5000": the same as a URL. "" when there is none, or no port. */
void endpoint_name_url(const struct instance *instance, char ret[static ENDPOINT_URL]);

/* The greatest number that divides both; 0 with another is the other. Weights that share one mean the same
 * divided by it. */
unsigned common_divisor(unsigned a, unsigned b);

#endif
