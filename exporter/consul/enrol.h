/* enrol.h: an instance as a service of a Consul agent, and the agent's own words about what it has. Pure;
 * answers are hostile and fuzzed. */
#ifndef QUAYWATCH_EXPORTER_CONSUL_ENROL_H
#define QUAYWATCH_EXPORTER_CONSUL_ENROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/consul/catalog.h"

struct buf;
struct instance;

#define ENROL_META "quaywatch-controller"

/* Appends the id of an instance: "quaywatch-<node>-<container>". */
void consul_enrol_id(const char *node, const struct instance *instance, struct buf *out);

/* How a running instance is to be shown. */
enum consul_status consul_enrol_status(const struct instance *instance);

/* Appends the body of PUT /v1/agent/service/register. Its check begins as critical. */
void consul_enrol_body(const char *node, const struct instance *instance, int64_t ttl_ms,
                       int64_t deregister_after_ms, struct buf *out);

/* A service as GET /v1/agent/services tells it. */
struct consul_enrolled {
    const char *id;
    bool ours;
    bool same; /* as the body that find gives for its id */
};

/* Reads that answer and calls each; find gives the body that is wanted of an id, or NULL. -EBADMSG when it is
 * no JSON object. */
int consul_enrolled_read(const char *json, size_t len, const char *node,
                         const char *(*find)(void *user, const char *id),
                         void (*each)(void *user, const struct consul_enrolled *service), void *user);

/* Reads the answer of GET /v1/agent/checks and calls each with a service's id and its check's status. */
int consul_checks_read(const char *json, size_t len,
                       void (*each)(void *user, const char *service, enum consul_status status), void *user);

#endif
