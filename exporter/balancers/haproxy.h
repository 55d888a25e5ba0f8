/* haproxy.h: the exit that keeps HAProxy's servers in step with the registry through its runtime socket,
 * without a reload. Only backends and servers whose names are quaywatch's (core/proxy_name.h) are touched. */
#ifndef QUAYWATCH_EXPORTER_BALANCERS_HAPROXY_H
#define QUAYWATCH_EXPORTER_BALANCERS_HAPROXY_H

#include "controller/core/exit.h"

/* Opens the exit for a list that socket_place_is_list accepts. A HAProxy that does not answer is tried again.
 */
struct exit haproxy_open(const struct exit_surroundings *around, const char *list);

#endif
