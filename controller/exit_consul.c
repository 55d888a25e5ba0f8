/* SPDX-License-Identifier: MIT */
/* exit_consul.c: opens the exit to a Consul agent as the settings say. */
#include "controller/exit_registries.h"
#include "controller/settings/options.h"
#include "exporter/consul/push.h"

const char *exit_consul_settings(const struct options *options, struct arena *arena)
{
    if (!options->consul[0])
        return "";
    return arena_format(arena, "%s\n%s\n%s\n%s\n%s\n%lld %lld %d %lld %lld", options->consul,
                        options->consul_token, options->consul_ca, options->consul_lock, options->node_name,
                        (long long)options->consul_ttl_ms, (long long)options->consul_deregister_ms,
                        options->retry_enabled, (long long)options->retry_base_ms,
                        (long long)options->retry_max_ms);
}

int exit_consul_open(struct controller *controller, const struct options *options,
                     const struct exit_surroundings *around, struct exit *ret, struct error *err)
{
    const struct consul_push_settings settings = {
        .url = options->consul,
        .token = options->consul_token,
        .ca_file = options->consul_ca,
        .node = exit_node(controller, options),
        .lock = options->consul_lock,
        .ttl_ms = options->consul_ttl_ms,
        .deregister_after_ms = options->consul_deregister_ms,
        /* What stands outside is kept in step whatever happens: without RETRY_ENABLED only seldom. */
        .retry_base_ms = options->retry_enabled ? options->retry_base_ms : options->retry_max_ms,
        .retry_max_ms = options->retry_max_ms,
    };
    (void)err;
    consul_push_open(&settings, around, ret);
    return 0;
}
