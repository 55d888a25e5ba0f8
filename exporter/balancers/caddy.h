/* caddy.h: the exit that keeps the upstreams of a Caddy in step with the registry through its admin API. Only
 * handlers whose "@id" is ours are touched, and in them only the upstreams. */
#ifndef QUAYWATCH_EXPORTER_BALANCERS_CADDY_H
#define QUAYWATCH_EXPORTER_BALANCERS_CADDY_H

#include "controller/core/exit.h"

/* Opens the exit for the base URL of an admin API. A Caddy that does not answer is tried again. */
struct exit caddy_open(const struct exit_surroundings *around, const char *url);

#endif
