/* SPDX-License-Identifier: MIT */
/* answers_consul_health.c: /v1/health/…: how services, checks and the node are. */
#include "exporter/answers_consul.h"

#include <string.h>

#include "controller/core/json_writer.h"

static void write_service(const struct request *request, const struct consul_ask *ask, struct json_writer *w)
{
    const struct service *service = registry_service(request->context->registry, request->name);
    json_begin_array(w);
    for (const struct instance *at = service ? service->first : NULL; at; at = at->next)
        if (consul_wants(ask, at, NULL))
            consul_put_health_service(w, &ask->catalog, at);
    json_end_array(w);
}

void answer_consul_health_service(const struct request *request, struct answer *answer)
{
    static const struct consul_question question = {.shape = CONSUL_SHAPE_HEALTH,
                                                    .filtered = true,
                                                    .revision = consul_revision_of_service,
                                                    .write = write_service};
    consul_answer(request, answer, &question);
}

/* ---- checks ---- */

/* The checks of an instance that are in this state (NULL: any). */
static void put_checks(struct json_writer *w, const struct consul_ask *ask, const struct instance *instance,
                       const char *state)
{
    struct consul_check check[CONSUL_CHECKS];
    size_t count = consul_tells(instance) ? consul_checks(&ask->catalog, instance, check) : 0;
    for (size_t i = 0; i < count; i++)
        if ((!state || strcmp(state, consul_status_name[check[i].status]) == 0) &&
            consul_wants(ask, instance, &check[i]))
            consul_put_check(w, &ask->catalog, &check[i]);
}

static void write_checks(const struct request *request, const struct consul_ask *ask, struct json_writer *w)
{
    const struct service *service = registry_service(request->context->registry, request->name);
    json_begin_array(w);
    for (const struct instance *at = service ? service->first : NULL; at; at = at->next)
        put_checks(w, ask, at, NULL);
    json_end_array(w);
}

void answer_consul_health_checks(const struct request *request, struct answer *answer)
{
    static const struct consul_question question = {.shape = CONSUL_SHAPE_CHECK,
                                                    .filtered = true,
                                                    .revision = consul_revision_of_service,
                                                    .write = write_checks};
    consul_answer(request, answer, &question);
}

/* All checks, with the node's own. */
static void put_all_checks(struct json_writer *w, const struct request *request, const struct consul_ask *ask,
                           const char *state)
{
    const struct registry *registry = request->context->registry;
    struct consul_check node;
    consul_node_check(&node);
    if ((!state || strcmp(state, consul_status_name[node.status]) == 0) && consul_wants(ask, NULL, &node))
        consul_put_check(w, &ask->catalog, &node);
    for (size_t i = 0; i < registry_count(registry); i++)
        for (const struct instance *at = registry_at(registry, i)->first; at; at = at->next)
            put_checks(w, ask, at, state);
}

static void write_state(const struct request *request, const struct consul_ask *ask, struct json_writer *w)
{
    json_begin_array(w);
    put_all_checks(w, request, ask, strcmp(request->name, "any") == 0 ? NULL : request->name);
    json_end_array(w);
}

void answer_consul_health_state(const struct request *request, struct answer *answer)
{
    static const struct consul_question question = {.shape = CONSUL_SHAPE_CHECK,
                                                    .filtered = true,
                                                    .revision = consul_revision_of_all,
                                                    .write = write_state};
    consul_answer(request, answer, &question);
}

static void write_node(const struct request *request, const struct consul_ask *ask, struct json_writer *w)
{
    json_begin_array(w);
    if (strcmp(request->name, consul_node_name(&ask->catalog)) == 0)
        put_all_checks(w, request, ask, NULL);
    json_end_array(w);
}

void answer_consul_health_node(const struct request *request, struct answer *answer)
{
    static const struct consul_question question = {.shape = CONSUL_SHAPE_CHECK,
                                                    .filtered = true,
                                                    .revision = consul_revision_of_all,
                                                    .write = write_node};
    consul_answer(request, answer, &question);
}
