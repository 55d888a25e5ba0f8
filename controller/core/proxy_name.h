/* proxy_name.h: what services and their instances are called in the configuration of load balancers: written
 * by the formats for them, looked for by the exits that keep them in step. Pure.
 *
 * All that begins with quaywatch's prefixes there is quaywatch's own; everything else is somebody else's and
 * is never touched. */
#ifndef QUAYWATCH_CORE_PROXY_NAME_H
#define QUAYWATCH_CORE_PROXY_NAME_H

#include <stdbool.h>

/* Of a service's backend (HAProxy), upstream (nginx), @id of its reverse_proxy handler (Caddy). */
#define PROXY_SERVICE_PREFIX "quaywatch-"
/* Of a server in such a backend that stands for one container. */
#define PROXY_SERVER_PREFIX "quay-"
/* Of servers that are filled with whatever container comes (`server-template quayslot 10 …` makes quayslot1
 * to quayslot10). */
#define PROXY_SLOT_PREFIX "quayslot"

enum { PROXY_NAME = 112 };

/* "quaywatch-web" for the service with the display name web. Holds only a-z A-Z 0-9 . _ -; a name with other
 * characters, or a very long one, gets a hash of all of it behind what can be shown, so that two services
 * never share one. */
void proxy_service_name(const char *service, char ret[static PROXY_NAME]);

/* "quay-shop-web-1" for the container shop-web-1, by the same rules. */
void proxy_server_name(const char *container, char ret[static PROXY_NAME]);

/* Whether a name that a load balancer told is one of ours, and holds nothing else than ours do. */
bool proxy_is_service_name(const char *name);
bool proxy_is_server_name(const char *name); /* of a container */
bool proxy_is_slot_name(const char *name);

#endif
