/* SPDX-License-Identifier: MIT */
/* answers_consul_catalog.c: /v1/catalog/… and /v1/status/…: who is there. */
#include "exporter/answers_consul.h"

#include <string.h>

#include "controller/core/json_writer.h"
#include "exporter/consul/changes.h"
#include "exporter/live.h"

/* Neither the node nor the datacentre ever changes: whoever waits for that waits as long as it wants to. */
static uint64_t never(const struct request *request)
{
    (void)request;
    return 1;
}

static uint64_t services_revision(const struct request *request)
{
    return consul_changes_services(request->live->consul, request->context->registry);
}

/* ---- services ---- */

static void write_services(const struct request *request, const struct consul_ask *ask, struct json_writer *w)
{
    const struct registry *registry = request->context->registry;
    json_begin_object(w);
    for (size_t i = 0; !ask->nothing && i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        if (!consul_tells_service(service))
            continue;
        json_key(w, service->name);
        consul_put_service_tags(w, service);
    }
    json_end_object(w);
}

void answer_consul_services(const struct request *request, struct answer *answer)
{
    static const struct consul_question question = {.revision = services_revision, .write = write_services};
    consul_answer(request, answer, &question);
}

static void write_service(const struct request *request, const struct consul_ask *ask, struct json_writer *w)
{
    const struct service *service = registry_service(request->context->registry, request->name);
    json_begin_array(w);
    for (const struct instance *at = service ? service->first : NULL; at; at = at->next)
        if (consul_wants(ask, at, NULL))
            consul_put_catalog_service(w, &ask->catalog, at);
    json_end_array(w);
}

void answer_consul_service(const struct request *request, struct answer *answer)
{
    static const struct consul_question question = {.shape = CONSUL_SHAPE_CATALOG,
                                                    .filtered = true,
                                                    .revision = consul_revision_of_service,
                                                    .write = write_service};
    consul_answer(request, answer, &question);
}

/* ---- nodes ---- */

static void write_nodes(const struct request *request, const struct consul_ask *ask, struct json_writer *w)
{
    (void)request;
    json_begin_array(w);
    if (!ask->nothing)
        consul_put_node(w, &ask->catalog);
    json_end_array(w);
}

void answer_consul_nodes(const struct request *request, struct answer *answer)
{
    static const struct consul_question question = {.revision = never, .write = write_nodes};
    consul_answer(request, answer, &question);
}

static void write_node(const struct request *request, const struct consul_ask *ask, struct json_writer *w)
{
    const struct registry *registry = request->context->registry;
    if (strcmp(request->name, consul_node_name(&ask->catalog)) != 0) {
        json_null(w);
        return;
    }
    json_begin_object(w);
    json_key(w, "Node");
    consul_put_node(w, &ask->catalog);
    json_key(w, "Services");
    json_begin_object(w);
    for (size_t i = 0; i < registry_count(registry); i++)
        for (const struct instance *at = registry_at(registry, i)->first; at; at = at->next)
            if (consul_wants(ask, at, NULL)) {
                json_key(w, consul_service_id(at));
                consul_put_node_service(w, &ask->catalog, at);
            }
    json_end_object(w);
    json_end_object(w);
}

void answer_consul_node(const struct request *request, struct answer *answer)
{
    static const struct consul_question question = {.shape = CONSUL_SHAPE_AGENT,
                                                    .filtered = true,
                                                    .revision = consul_revision_of_all,
                                                    .write = write_node};
    consul_answer(request, answer, &question);
}

/* ---- the cluster that there is not ---- */

static void write_datacenters(const struct request *request, const struct consul_ask *ask,
                              struct json_writer *w)
{
    (void)request, (void)ask;
    json_begin_array(w);
    json_string(w, CONSUL_DATACENTER);
    json_end_array(w);
}

void answer_consul_datacenters(const struct request *request, struct answer *answer)
{
    static const struct consul_question question = {.write = write_datacenters};
    consul_answer(request, answer, &question);
}

static const char leader[] = "127.0.0.1:8300";

static void write_leader(const struct request *request, const struct consul_ask *ask, struct json_writer *w)
{
    (void)request, (void)ask;
    json_string(w, leader);
}

void answer_consul_leader(const struct request *request, struct answer *answer)
{
    static const struct consul_question question = {.write = write_leader};
    consul_answer(request, answer, &question);
}

static void write_peers(const struct request *request, const struct consul_ask *ask, struct json_writer *w)
{
    (void)request, (void)ask;
    json_begin_array(w);
    json_string(w, leader);
    json_end_array(w);
}

void answer_consul_peers(const struct request *request, struct answer *answer)
{
    static const struct consul_question question = {.write = write_peers};
    consul_answer(request, answer, &question);
}
