/* SPDX-License-Identifier: MIT */
/* endpoint.c: which instances are told to others, and how a place to reach them is written. */
#include "controller/core/endpoint.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/text.h"

bool endpoint_of(const struct instance *instance, struct endpoint *ret)
{
    const char *address = instance->observed->address;
    if (!instance->serving || !address || !address[0])
        return false;
    unsigned weight = instance->spec->weight ? instance->spec->weight : 1;
    *ret = (struct endpoint){.instance = instance,
                             .address = address,
                             .address6 = endpoint_address6(instance),
                             .ipv6 = strchr(address, ':') != NULL,
                             .port = instance->spec->port > 0 ? instance->spec->port : 0,
                             .protocol = instance->spec->protocol,
                             .weight = instance->health.status == STATUS_DEGRADED ? (weight + 1) / 2
                                                                                  : weight};
    return true;
}

bool endpoint_has_health(const struct instance *instance)
{
    const struct spec *spec = instance->spec;
    if (spec->check_explicit)
        return spec->check == CHECK_HTTP;
    for (size_t i = 0; i < instance->findings.count; i++)
        if (strcmp(instance->findings.item[i].code, "no-health-endpoint") == 0)
            return false;
    return spec->implicit == CHECK_HTTP;
}

const char *endpoint_address6(const struct instance *instance)
{
    return instance->tells_address6 ? instance->observed->address6 : NULL;
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

/* The engine resolves names on networks that people made, not on its three own ones. */
static bool network_has_names(const struct network_view *network)
{
    return strcmp(network->name, "bridge") != 0 && strcmp(network->name, "host") != 0 &&
           strcmp(network->name, "none") != 0;
}

static bool has_host(const struct strings *aliases, const char *name)
{
    return name && text_is_host(name) && strings_has(aliases, name);
}

/* Preferred: the alias that is the service's own name, then compose's, then the first. Aliases are whatever
 * people typed: what cannot stand in a URL is passed over. */
static const char *network_alias(const struct network_view *network, const struct instance *instance)
{
    const struct strings *aliases = &network->aliases;
    const char *name = instance->service ? instance->service->name : NULL;
    if (has_host(aliases, name))
        return name;
    if (has_host(aliases, instance->spec->compose_service))
        return instance->spec->compose_service;
    for (size_t i = 0; i < aliases->count; i++)
        if (text_is_host(aliases->item[i]))
            return aliases->item[i];
    return network_has_names(network) ? instance->observed->container : NULL;
}

const char *endpoint_name(const struct instance *instance)
{
    const struct observed *observed = instance->observed;
    const char *host = instance->spec->external_host;
    for (size_t i = 0; i < observed->network_count; i++) {
        const struct network_view *network = &observed->networks[i];
        bool published = observed->address &&
                         (strcmp(network->address, observed->address) == 0 ||
                          (network->address6 && strcmp(network->address6, observed->address) == 0));
        if (!host || published)
            host = network_alias(network, instance);
        if (host && published)
            break;
    }
    return host && text_is_host(host) ? host : NULL;
}

void endpoint_name_url(const struct instance *instance, char ret[static ENDPOINT_URL])
{
    endpoint_url(instance->spec->protocol, endpoint_name(instance), instance->spec->port, ret);
}

unsigned common_divisor(unsigned a, unsigned b)
{
    while (b) {
        unsigned rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}
