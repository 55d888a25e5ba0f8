/* SPDX-License-Identifier: MIT */
/* endpoint.c: which instances are told to others, and how a place to reach them is written. */
#include "controller/core/endpoint.h"

#include <stdio.h>
#include <string.h>

bool endpoint_of(const struct instance *instance, struct endpoint *ret)
{
    const char *address = instance->observed->address;
    if (!instance->serving || !address || !address[0])
        return false;
    unsigned weight = instance->spec->weight ? instance->spec->weight : 1;
    *ret = (struct endpoint){.instance = instance,
                             .address = address,
                             .ipv6 = strchr(address, ':') != NULL,
                             .port = instance->spec->port > 0 ? instance->spec->port : 0,
                             .protocol = instance->spec->protocol,
                             .weight = instance->health.status == STATUS_DEGRADED ? (weight + 1) / 2
                                                                                  : weight};
    return true;
}

size_t endpoint_count(const struct service *service)
{
    size_t count = 0;
    struct endpoint endpoint;
    for (const struct instance *at = service->first; at; at = at->next)
        count += endpoint_of(at, &endpoint) && endpoint.port;
    return count;
}

void endpoint_url(enum protocol protocol, const char *host, int port, char ret[static ENDPOINT_URL])
{
    ret[0] = '\0';
    if (!host || !host[0] || port <= 0)
        return;
    bool bare6 = strchr(host, ':') != NULL;
    int length = snprintf(ret, ENDPOINT_URL, "%s://%s%s%s:%d", protocol_name[protocol], bare6 ? "[" : "",
                          host, bare6 ? "]" : "", port);
    if (length < 0 || length >= ENDPOINT_URL)
        ret[0] = '\0';
}
