/* exit_balancers.h: the exits that keep load balancers in step, as the settings ask for them (rows of
 * exits.c). */
#ifndef QUAYWATCH_CONTROLLER_EXIT_BALANCERS_H
#define QUAYWATCH_CONTROLLER_EXIT_BALANCERS_H

#include "controller/exits.h"

exit_settings exit_haproxy_settings;
exit_open exit_haproxy_open;
exit_settings exit_caddy_settings;
exit_open exit_caddy_open;

#endif
