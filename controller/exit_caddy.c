/* SPDX-License-Identifier: MIT */
/* exit_caddy.c: the setting CADDY, and the exit that it asks for. */
#include "controller/exit_balancers.h"

#include "controller/settings/options.h"
#include "exporter/balancers/caddy.h"

const char *exit_caddy_settings(const struct options *options, struct arena *arena)
{
    (void)arena;
    return options->caddy;
}

int exit_caddy_open(struct controller *controller, const struct options *options,
                    const struct exit_surroundings *around, struct exit *ret, struct error *err)
{
    (void)controller;
    (void)err;
    *ret = caddy_open(around, options->caddy);
    return 0;
}
