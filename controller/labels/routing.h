/* routing.h: how a container is to be reached for the world: by which hosts and paths, over which routers, or
 * not at all. Out of service.hosts, else Traefik's and Caddy's labels. Inside labels/ only.
 *
 * Traefik's labels are told to Traefik as they are. To other proxies only that is told of them, and of
 * Caddy's, which can be told whole: a host and the beginning of a path. A container whose labels guard it
 * (authentication, addresses, anything that is not known to be harmless) gets no hosts out of them: told
 * without its guard, it would be open to all. */
#ifndef QUAYWATCH_CONTROLLER_LABELS_ROUTING_H
#define QUAYWATCH_CONTROLLER_LABELS_ROUTING_H

#include "controller/labels/resolution.h"

enum { ROUTE_MAX = 512 }; /* bytes of "host/path" */

/* Fills unproxied, hosts and routers of the spec. Needs its port. */
void routing_fill(struct resolution *r);

/* Reads "App.example.com/api" or "*.example.com" into its plain form: lower case host, no path where it is
 * "/". False when it is none, or longer than fits. */
bool route_read(const char *text, char ret[static ROUTE_MAX]);

/* Adds what a rule of Traefik says in hosts and beginnings of paths, as route_read has it; parts of it
 * (joined by ||) that say more are left out. */
void routing_rule(struct arena *arena, const char *rule, struct strings *ret);

/* Reads the routers of Traefik's labels that lead to the spec's port into the spec, by name. False when any
 * of them has a middleware, or is for more than hosts, that keeps somebody out. */
bool traefik_routers(struct resolution *r);

#endif
