/* catalog.h: the registry in the words of Consul's catalogue, health and agent API (HTTP API of Consul 1.15,
 * as its documentation shows the answers). Pure.
 *
 * There is one node, this controller, on which all services are registered. An instance is told once it has
 * an address; it passes exactly when it serves (endpoint.h). */
#ifndef QUAYWATCH_EXPORTER_CONSUL_CATALOG_H
#define QUAYWATCH_EXPORTER_CONSUL_CATALOG_H

#include "controller/core/registry.h"
#include "controller/core/report.h"

struct json_writer;

/* Fills what the owner of an instance outside Docker knows of its checks; gives how many, 0 for others. */
typedef size_t consul_reports(void *user, const struct instance *instance,
                              struct report_view ret[static REPORTS_MAX]);

/* What is told. */
struct consul_catalog {
    const struct registry *registry;
    consul_reports *reports; /* NULL: nobody registers anything */
    void *user;              /* of reports */
    const char *version;     /* of quaywatch */
};

#define CONSUL_DATACENTER "dc1"

enum consul_status { CONSUL_PASSING, CONSUL_WARNING, CONSUL_CRITICAL, CONSUL_STATUS_COUNT };
extern const char *const consul_status_name[CONSUL_STATUS_COUNT];

enum { CONSUL_CHECKS = REPORTS_MAX + 1, CONSUL_CHECK_ID = 192, CONSUL_OUTPUT = 256, CONSUL_NODE_ID = 37 };

/* One check as Consul tells it. */
struct consul_check {
    const struct instance *instance; /* NULL: of the node itself */
    char id[CONSUL_CHECK_ID], name[CONSUL_CHECK_ID], output[CONSUL_OUTPUT];
    const char *notes, *type; /* never NULL */
    enum consul_status status;
};

/* The index (X-Consul-Index) of a revision: it never goes back, not even when the controller starts anew. */
uint64_t consul_index(const struct consul_catalog *catalog, uint64_t revision);

/* Whether an instance is told at all. */
bool consul_tells(const struct instance *instance);

/* The id by which Consul's clients know an instance: that of its registration, or its container's name. */
const char *consul_service_id(const struct instance *instance);

/* The name of the only node, and its id. */
const char *consul_node_name(const struct consul_catalog *catalog);
void consul_node_id(const struct consul_catalog *catalog, char ret[static CONSUL_NODE_ID]);

/* The checks of an instance; gives how many, at least one. */
size_t consul_checks(const struct consul_catalog *catalog, const struct instance *instance,
                     struct consul_check ret[static CONSUL_CHECKS]);

/* The node's own check, which passes: who answers is alive. */
void consul_node_check(struct consul_check *ret);

/* The worst of some checks; and of all those of an instance. */
enum consul_status consul_worst(const struct consul_check *check, size_t count);
enum consul_status consul_status_of(const struct consul_catalog *catalog, const struct instance *instance);

/* Whether an instance has a tag. */
bool consul_has_tag(const struct instance *instance, const char *tag);

/* Elements of the lists that the routes answer: one value each. */
void consul_put_node(struct json_writer *w, const struct consul_catalog *catalog);
void consul_put_catalog_service(struct json_writer *w, const struct consul_catalog *catalog,
                                const struct instance *instance); /* /v1/catalog/service/ */
void consul_put_health_service(struct json_writer *w, const struct consul_catalog *catalog,
                               const struct instance *instance); /* /v1/health/service/ */
void consul_put_agent_service(struct json_writer *w, const struct consul_catalog *catalog,
                              const struct instance *instance); /* /v1/agent/services */
void consul_put_node_service(struct json_writer *w, const struct consul_catalog *catalog,
                             const struct instance *instance); /* /v1/catalog/node/ */
void consul_put_check(struct json_writer *w, const struct consul_catalog *catalog,
                      const struct consul_check *check);

/* Whether one of its instances is told. */
bool consul_tells_service(const struct service *service);

/* The tags of a service, each once, in order: all those of its instances that are told. Gives how many;
 * free() the list, not the texts. */
size_t consul_service_tags(const struct service *service, const char ***ret);
void consul_put_service_tags(struct json_writer *w, const struct service *service);

/* A number for what consul_put_service_tags writes: another one when it changes. */
uint64_t consul_tags_digest(const struct service *service);

/* What /v1/agent/self and /v1/agent/members say of the only node. */
void consul_put_self(struct json_writer *w, const struct consul_catalog *catalog);
void consul_put_member(struct json_writer *w, const struct consul_catalog *catalog);

#endif
