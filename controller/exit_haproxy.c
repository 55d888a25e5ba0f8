/* SPDX-License-Identifier: MIT */
/* exit_haproxy.c: the setting HAPROXY, and the exit that it asks for. */
#include "controller/exit_balancers.h"

#include "controller/settings/options.h"
#include "exporter/balancers/haproxy.h"

const char *exit_haproxy_settings(const struct options *options, struct arena *arena)
{
    (void)arena;
    return options->haproxy;
}

int exit_haproxy_open(struct controller *controller, const struct options *options,
                      const struct exit_surroundings *around, struct exit *ret, struct error *err)
{
    (void)controller;
    (void)err;
    *ret = haproxy_open(around, options->haproxy);
    return 0;
}
