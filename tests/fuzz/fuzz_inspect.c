/* SPDX-License-Identifier: MIT */
/* Fuzz target: whatever an inspect says, the container that comes of it keeps the promises of container.h. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "docker/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_address(const char *text, int family)
{
    struct in6_addr address;
    assert(text && (text[0] == '\0' || inet_pton(family, text, &address) == 1));
}

static void check_networks(const struct container *container)
{
    for (size_t i = 0; i < container->network_count; i++) {
        const struct container_network *network = &container->networks[i];
        assert(network->name && (i == 0 || strcmp(network[-1].name, network->name) <= 0));
        check_address(network->address, AF_INET);
        check_address(network->gateway, AF_INET);
        check_address(network->address6, AF_INET6);
        for (size_t k = 0; k < network->aliases.count; k++) {
            assert(network->aliases.item[k][0] != '\0');
            assert(k == 0 || strcmp(network->aliases.item[k - 1], network->aliases.item[k]) < 0);
        }
    }
}

static void check_ports(const struct container *container)
{
    for (size_t i = 0; i < container->exposed_tcp_count; i++) {
        int port = container->exposed_tcp[i];
        assert(port >= 1 && port <= 65535 && (i == 0 || container->exposed_tcp[i - 1] < port));
    }
    for (size_t i = 0; i < container->port_count; i++) {
        const struct container_port *port = &container->ports[i];
        assert(port->container && port->host_port >= 0 && port->host_port <= 65535);
        assert(port->host || port->host_port == 0);
        assert(i == 0 || strtol(port[-1].container, NULL, 10) <= strtol(port->container, NULL, 10));
    }
}

static void check(const struct container *container)
{
    assert(container->id && container->id[0] && container->name && container->name[0] && container->image);
    assert(container->restart_policy && container->restart_policy[0] && container->network_mode);
    assert(container->state < CONTAINER_STATE_COUNT && container->health < STATUS_COUNT);
    assert(container->has_health || container->health == STATUS_UNKNOWN);
    assert(container->has_healthcheck || container->health_interval_ms == 0);
    assert(container->health_interval_ms >= 0 && container->health_timeout_ms >= 0);
    assert(container->stop_timeout_ms >= -1 && (!container->error || container->error[0]));
    size_t bytes = 0;
    for (size_t i = 0; i < container->labels.count; i++) {
        const struct pair *pair = &container->labels.item[i];
        bytes += strlen(pair->key) + strlen(pair->value);
        assert(i == 0 || strcmp(pair[-1].key, pair->key) <= 0);
    }
    assert(bytes <= LIMIT_LABEL_BYTES);
    check_networks(container);
    check_ports(container);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct container *container = NULL;
    struct error err = {0};
    int rc = decode_inspect((const char *)data, size, &container, &err);
    assert(rc == 0 || (rc == -EBADMSG && err.code == rc && err.text[0] && !container));
    if (rc == 0)
        check(container);
    container_free(container);

    char line[128];
    decode_message((const char *)data, size, line, sizeof line);
    assert(strlen(line) < sizeof line && !strpbrk(line, "\r\n\t"));
    return 0;
}
