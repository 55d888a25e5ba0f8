/* filter_proxy.h: a socket proxy before the engine that answers 403 to what it does not allow, as those do
 * that people put before /var/run/docker.sock. A process of its own. */
#ifndef QUAYWATCH_TESTS_FILTER_PROXY_H
#define QUAYWATCH_TESTS_FILTER_PROXY_H

#include "tests/support/world.h"

/* Starts one that answers 403 to request lines matching the extended regular expression forbidden, and makes
 * it what quaywatch gets as DOCKER_HOST. It ends with the test program, or with filter_proxy_stop. */
pid_t filter_proxy_start(struct world *world, const char *forbidden);

/* Ends it. */
void filter_proxy_stop(pid_t proxy);

#endif
