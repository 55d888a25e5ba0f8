/* network.h: the engine's networks, as far as quaywatch puts itself on one: what it is, connect, disconnect.
 * Docker Engine API, Network/Inspect, /Connect and /Disconnect. */
#ifndef QUAYWATCH_DOCKER_NETWORK_H
#define QUAYWATCH_DOCKER_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

struct engine;
struct error;

/* From inspect. The pointers live during the callback only. */
struct network_facts {
    const char *id, *name, *driver; /* never NULL, "" when not said */
    bool internal;                  /* no way out of it */
    bool attachable;                /* Swarm: single containers may join */
    bool swarm;                     /* Scope is not "local" */
    bool ingress, config_only;
};

/* GET /networks/{id}. done gets the facts, or NULL with err: code -ENOENT when there is none such, -EACCES
 * when it is forbidden, -EIO for the rest. */
typedef void engine_network_found(void *user, const struct network_facts *facts, const struct error *err);
void engine_network_inspect(struct engine *engine, const char *id, engine_network_found *done, void *user);

/* The end of connect and disconnect. err NULL on 200; else code -ENOENT 404, -EPERM when the engine itself
 * says no (403: an endpoint of that name is there already, a Swarm network that is not attachable), -EACCES
 * when something before it does (401, 403: a socket proxy), -EIO the rest; with one sentence. */
typedef void engine_network_done(void *user, const struct error *err);

/* POST /networks/{id}/connect: puts a container on a network, with a name (alias) by which the endpoint is
 * known again, and behind all its other networks where one must be its way out (GwPriority, API 1.48; older
 * engines pass over it). */
void engine_network_connect(struct engine *engine, const char *id, const char *container, const char *alias,
                            engine_network_done *done, void *user);

/* POST /networks/{id}/disconnect: takes a container off a network. */
void engine_network_disconnect(struct engine *engine, const char *id, const char *container,
                               engine_network_done *done, void *user);

#endif
