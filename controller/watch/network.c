/* SPDX-License-Identifier: MIT */
/* Which of a container's addresses is published and which can be checked from here. Reading this machine's
 * own interfaces is network_place.c. */
#include "controller/watch/network.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parses an address into bytes; its length, 0 when it is none. */
static int address_read(const char *text, uint8_t ret[static 16])
{
    if (inet_pton(AF_INET, text, ret) == 1)
        return 4;
    return inet_pton(AF_INET6, text, ret) == 1 ? 16 : 0;
}

static bool same_subnet(const uint8_t *a, const uint8_t *b, int bits)
{
    int whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, (size_t)whole) != 0)
        return false;
    return rest == 0 || ((a[whole] ^ b[whole]) & (0xff << (8 - rest)) & 0xff) == 0;
}

bool network_shared(const struct network_place *place, const char *address, int prefix)
{
    uint8_t bytes[16];
    int length = address ? address_read(address, bytes) : 0;
    /* Prefix 0 is an engine that does not say: everything would be its subnet. */
    if (length == 0 || prefix <= 0 || prefix > length * 8)
        return false;
    for (size_t i = 0; i < place->own_count; i++)
        if (place->own[i].length == length && same_subnet(place->own[i].bytes, bytes, prefix))
            return true;
    return false;
}

bool network_on_host(const struct network_place *place, const struct container *container)
{
    for (size_t i = 0; i < container->network_count; i++) {
        uint8_t gateway[16];
        int length = address_read(container->networks[i].gateway, gateway);
        for (size_t j = 0; length && j < place->own_count; j++)
            if (place->own[j].length == length && memcmp(place->own[j].bytes, gateway, (size_t)length) == 0)
                return true;
    }
    return false;
}

static bool is_host_mode(const struct container *container)
{
    return strcmp(container->network_mode, "host") == 0;
}

static bool shares_another(const struct container *container)
{
    return strncmp(container->network_mode, "container:", 10) == 0;
}

/* IPv4 before IPv6, "" when there is neither. */
static const char *network_address(const struct container_network *network)
{
    return *network->address ? network->address : network->address6;
}

/* The address of this network that lies in a subnet of ours, or NULL. */
static const char *shared_address(const struct network_place *place, const struct container_network *network)
{
    if (network_shared(place, network->address, network->prefix))
        return network->address;
    return network_shared(place, network->address6, network->prefix6) ? network->address6 : NULL;
}

/* The first shared address of a container, by name of the network, or NULL. */
static const char *probe_address(const struct network_place *place, const struct container *container)
{
    for (size_t i = 0; i < container->network_count; i++) {
        const char *address = shared_address(place, &container->networks[i]);
        if (address)
            return address;
    }
    return NULL;
}

/* The published address: of the network that a label wants, else of the first shared one, else of the first
 * by name. */
static const char *published_address(const struct container *container, const char *wanted, const char *probe)
{
    const char *first = "";
    for (size_t i = 0; i < container->network_count; i++) {
        const char *address = network_address(&container->networks[i]);
        if (*address && wanted && strcmp(container->networks[i].name, wanted) == 0)
            return address;
        if (*first == '\0')
            first = address;
    }
    return probe ? probe : first;
}

/* What stands beside the published address: the IPv6 address of the very network that it is taken from (whose
 * text it is). */
static const char *second_address(const struct container *container, const char *published)
{
    for (size_t i = 0; *published && i < container->network_count; i++)
        if (container->networks[i].address == published && *container->networks[i].address6)
            return container->networks[i].address6;
    return NULL;
}

/* "app_default, backend" and so on: at most three names, so that the sentence stays one. */
static void names_join(const struct container *container, char *ret, size_t size)
{
    size_t used = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < container->network_count && i < 3 && used < size; i++)
        used += (size_t)snprintf(ret + used, size - used, "%s%.24s", i ? ", " : "",
                                 container->networks[i].name);
    if (container->network_count > 3 && used < size)
        snprintf(ret + used, size - used, " and %zu more", container->network_count - 3);
}

static const char *unreachable_sentence(struct arena *arena, const struct container *container,
                                        const struct container *owner)
{
    if (shares_another(container) && container->network_owner_gone)
        return arena_format(arena,
                            "It uses the network of container %.12s, which does not exist: recreate it",
                            container->network_mode + 10);
    if (shares_another(container) && !owner)
        return arena_format(arena, "It uses the network of container %.12s, of which nothing is known yet",
                            container->network_mode + 10);
    if (owner && owner->state != CONTAINER_RUNNING)
        return arena_format(arena, "It uses the network of %.60s, which does not run", owner->name);
    const struct container *place = owner ? owner : container;
    if (is_host_mode(place))
        return "It is on the host's network, and quaywatch has no default gateway to reach the host by: "
               "connect quaywatch "
               "to a bridge network";
    if (place->network_count == 0 || strcmp(place->network_mode, "none") == 0)
        return "It has no network: give it one that quaywatch is on too";
    char names[128];
    names_join(place, names, sizeof names);
    bool default_bridge = place->network_count == 1 && strcmp(place->networks[0].name, "bridge") == 0;
    if (default_bridge)
        return "It is on the default bridge, and quaywatch is not: run quaywatch on the host's network or "
               "give both one "
               "network";
    return arena_format(
        arena,
        "quaywatch is on none of its networks (%s): give both one, by docker network connect, or set "
        "JOIN_NETWORKS=labelled",
        names);
}

/* Fills address, address6, probe_address and unreachable. */
static void addresses_fill(struct observed *ret, const struct container *container, const struct spec *spec,
                           const struct network_place *place, const struct container *owner, bool on_host)
{
    const struct container *source = shares_another(container) ? owner : container;
    const char *probe = NULL, *published = "";
    if (source && is_host_mode(source)) {
        published = on_host ? "127.0.0.1" : place->gateway;
        probe = *published ? published : NULL;
    } else if (source) {
        probe = probe_address(place, source);
        published = published_address(source, spec ? spec->network : NULL, probe);
        ret->address6 = arena_copy(&ret->arena, second_address(source, published));
    }
    ret->address = arena_copy(&ret->arena, published);
    ret->probe_address = arena_copy(&ret->arena, probe);
    /* A container that does not run has no address, and that is no fault of the network. */
    bool up = container->state == CONTAINER_RUNNING || container->state == CONTAINER_PAUSED;
    if (!probe && up)
        ret->unreachable = unreachable_sentence(&ret->arena, container, source == owner ? owner : NULL);
}

/* The container's networks, or its owner's: those without aliases, since the names there mean the owner. */
static void networks_fill(struct observed *ret, const struct container *container,
                          const struct container *owner)
{
    const struct container *source = shares_another(container) && owner ? owner : container;
    if (source->network_count == 0)
        return;
    ret->networks = arena_new(&ret->arena, source->network_count * sizeof *ret->networks);
    ret->network_count = source->network_count;
    for (size_t i = 0; i < source->network_count; i++) {
        const struct container_network *network = &source->networks[i];
        struct network_view *view = &ret->networks[i];
        view->name = arena_copy(&ret->arena, network->name);
        view->address = arena_copy(&ret->arena, network_address(network));
        if (*network->address && *network->address6)
            view->address6 = arena_copy(&ret->arena, network->address6);
        for (size_t j = 0; source == container && j < network->aliases.count; j++)
            strings_add(&ret->arena, &view->aliases, network->aliases.item[j]);
    }
}

static void ports_fill(struct observed *ret, const struct container *container)
{
    if (container->port_count == 0)
        return;
    ret->ports = arena_new(&ret->arena, container->port_count * sizeof *ret->ports);
    ret->port_count = container->port_count;
    for (size_t i = 0; i < container->port_count; i++)
        ret->ports[i] = (struct port_view){
            .container = arena_copy(&ret->arena, container->ports[i].container),
            .host = arena_copy(&ret->arena, container->ports[i].host),
            .host_port = container->ports[i].host_port};
}

static void state_fill(struct observed *ret, const struct container *container)
{
    ret->id = arena_copy(&ret->arena, container->id);
    ret->container = arena_copy(&ret->arena, container->name);
    ret->image = arena_copy(&ret->arena, container->image);
    ret->state = container->state;
    ret->exit_code = container->exit_code;
    ret->oom_killed = container->oom_killed;
    ret->engine_error = arena_copy(&ret->arena, container->error);
    /* The engine calls paused and stopped containers unhealthy: their check does not run. */
    ret->docker_health = container->state == CONTAINER_RUNNING && container->has_health ? container->health
                                                                                        : STATUS_UNKNOWN;
    ret->engine_restart_policy = arena_copy(&ret->arena, container->restart_policy);
    ret->created_at_wall_ms = container->created_at_wall_ms;
    ret->started_at_wall_ms = container->started_at_wall_ms;
    if (shares_another(container))
        ret->network_owner = arena_copy(&ret->arena, container->network_mode + 10);
    ret->network_owner_gone = shares_another(container) && container->network_owner_gone;
    ret->finished_at_wall_ms = container->finished_at_wall_ms;
    ret->engine_start_period_ms = container->health_start_period_ms;
    ret->engine_stop_timeout_ms = container->stop_timeout_ms;
    ret->memory_limit_bytes = container->memory_limit_bytes;
    ret->config_hash = arena_copy(&ret->arena,
                                  pairs_get(&container->labels, "com.docker.compose.config-hash"));
}

struct observed *network_observe(const struct container *container, const struct spec *spec,
                                 const struct network_place *place, const struct container *owner,
                                 bool on_host)
{
    struct observed *ret = mem_new(sizeof *ret);
    state_fill(ret, container);
    networks_fill(ret, container, owner);
    ports_fill(ret, container);
    addresses_fill(ret, container, spec, place, owner, on_host);
    return ret;
}

void network_url(char *ret, size_t size, enum protocol protocol, const char *host, int port, const char *path)
{
    bool brackets = strchr(host, ':') && *host != '[';
    char number[8] = "";
    if (port > 0 && port <= 65535)
        snprintf(number, sizeof number, ":%d", port);
    snprintf(ret, size, "%s://%s%s%s%s%s", protocol_name[protocol], brackets ? "[" : "", host,
             brackets ? "]" : "", number, path ? path : "");
}
