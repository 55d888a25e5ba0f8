/* SPDX-License-Identifier: MIT */
/* exit_etcd.c: opens the exit to etcd as the settings say. */
#include "controller/exit_registries.h"
#include "controller/settings/options.h"
#include "exporter/etcd/etcd.h"

const char *exit_node(const struct controller *controller, const struct options *options)
{
    return options->node_name[0] ? options->node_name : registry_controller(controller->registry)->host;
}

const char *exit_etcd_settings(const struct options *options, struct arena *arena)
{
    if (!options->etcd[0])
        return "";
    return arena_format(arena, "%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%lld\n%d %lld %lld", options->etcd,
                        options->etcd_prefix, options->node_name, options->etcd_user, options->etcd_password,
                        options->etcd_ca, options->etcd_cert, options->etcd_key,
                        (long long)options->etcd_ttl_ms, options->retry_enabled,
                        (long long)options->retry_base_ms, (long long)options->retry_max_ms);
}

int exit_etcd_open(struct controller *controller, const struct options *options,
                   const struct exit_surroundings *around, struct exit *ret, struct error *err)
{
    const struct etcd_settings settings = {
        .endpoints = options->etcd,
        .prefix = options->etcd_prefix,
        .node = exit_node(controller, options),
        .user = options->etcd_user,
        .password = options->etcd_password,
        .ca_file = options->etcd_ca,
        .cert_file = options->etcd_cert,
        .key_file = options->etcd_key,
        .ttl_ms = options->etcd_ttl_ms,
        /* What stands outside is kept in step whatever happens: without RETRY_ENABLED only seldom. */
        .retry_base_ms = options->retry_enabled ? options->retry_base_ms : options->retry_max_ms,
        .retry_max_ms = options->retry_max_ms,
    };
    (void)err;
    etcd_open(&settings, around, ret);
    return 0;
}
