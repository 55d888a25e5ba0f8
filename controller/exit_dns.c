/* SPDX-License-Identifier: MIT */
/* exit_dns.c: the DNS server as the settings want it. */
#include "controller/exit_dns.h"

#include "exporter/dns/dns.h"

enum { IDLE_MS = 10000, MS_PER_S = 1000 };

const char *exit_dns_settings(const struct options *options, struct arena *arena)
{
    if (!options->dns_listen[0])
        return "";
    return arena_format(arena, "%s %s %lld %s|%s|%d", options->dns_listen, options->dns_zone,
                        (long long)options->dns_ttl_ms, options->allowed_networks, options->blocked_networks,
                        options->internal_network_only);
}

/* Low ports cannot be bound again after root was given up: the old ones stay then. */
int exit_dns_check(const struct options *options, struct error *err)
{
    return options->dns_listen[0] ? dns_may_open(options->dns_listen, err) : 0;
}

int exit_dns_open(struct controller *controller, const struct options *options,
                  const struct exit_surroundings *around, struct exit *ret, struct error *err)
{
    const struct dns_options dns = {.listen = options->dns_listen,
                                    .idle_ms = IDLE_MS,
                                    .answers = {.zone = options->dns_zone,
                                                .ttl_s = (uint32_t)(options->dns_ttl_ms / MS_PER_S),
                                                .allowed_networks = options->allowed_networks,
                                                .blocked_networks = options->blocked_networks,
                                                .internal_only = options->internal_network_only,
                                                .counters = &controller->stats.dns_queries}};
    return dns_open(&dns, around, ret, err);
}
