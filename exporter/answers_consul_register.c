/* SPDX-License-Identifier: MIT */
/* answers_consul_register.c: applications that register themselves with Consul's agent, or put themselves
 * into its catalogue: as services outside Docker. */
#include "exporter/answers.h"
#include "exporter/answers_consul.h"

#include <arpa/inet.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/text.h"
#include "exporter/access.h"
#include "exporter/consul/registration.h"

static bool is_possible(const struct request *request, struct answer *answer)
{
    const struct actions *actions = &request->context->actions;
    if (actions->enroll && actions->dismiss && actions->report && actions->suspend && actions->enrolled)
        return true;
    consul_refuse(answer, 501, "Registering is not available here.");
    return false;
}

static void refuse(struct answer *answer, int code, const struct error *err)
{
    consul_refuse(answer, refusal_status(code), "%s.", err->text);
}

/* As Consul's agent answers: nothing at all, or "true" from the catalogue. */
static void done(struct answer *answer)
{
    answer->status = 200;
    answer->type = type_text;
}

/* Where the caller is, as the address of what does not say its own; "" when that cannot be told. */
static void caller_address(const struct request *request, char ret[static INET6_ADDRSTRLEN])
{
    const struct sockaddr_storage *client = &request->visitor->client;
    const struct sockaddr_in *four = (const struct sockaddr_in *)client;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)client;
    ret[0] = '\0';
    if (request->visitor->local)
        return;
    if (client->ss_family == AF_INET)
        inet_ntop(AF_INET, &four->sin_addr, ret, INET6_ADDRSTRLEN);
    else if (client->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
        inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, ret, INET6_ADDRSTRLEN);
    else if (client->ss_family == AF_INET6)
        inet_ntop(AF_INET6, &six->sin6_addr, ret, INET6_ADDRSTRLEN);
}

static json_object *body_read(const struct request *request, struct answer *answer)
{
    struct error err = {0};
    json_object *body = consul_body(request->body, request->body_len, &err);
    if (!body)
        consul_refuse(answer, 400, "%s.", err.text);
    return body;
}

/* What is registered under an id, or has this check (then id is NULL), as JSON; NULL: nothing. */
static json_object *registered(const struct request *request, const char *id, const char *check)
{
    const struct actions *actions = &request->context->actions;
    struct enrolled enrolled;
    struct error err = {0};
    if (actions->enrolled(actions->user, id, check, &enrolled))
        return NULL;
    return consul_body(enrolled.json, strlen(enrolled.json), &err);
}

/* Registers, and answers when that fails. */
static bool enroll(const struct request *request, struct answer *answer, json_object *registration)
{
    const struct actions *actions = &request->context->actions;
    const char *text = json_object_to_json_string_ext(registration, JSON_C_TO_STRING_PLAIN);
    struct enrolled enrolled;
    struct error err = {0};
    int rc = actions->enroll(actions->user, text, strlen(text), &enrolled, &err);
    if (rc)
        refuse(answer, rc, &err);
    else
        done(answer);
    return rc == 0;
}

/* ---- services ---- */

static bool wants_replaced(const struct request *request)
{
    bool on;
    const char *said = request_query(request, "replace-existing-checks");
    return said && text_bool(said, &on) == 0 && on;
}

void answer_consul_register(const struct request *request, struct answer *answer)
{
    char caller[INET6_ADDRSTRLEN];
    struct error err = {0};
    json_object *body = is_possible(request, answer) ? body_read(request, answer) : NULL;
    if (!body)
        return;
    caller_address(request, caller);
    json_object *registration = consul_service_read(body, caller, &err);
    if (registration) {
        const char *id = json_object_get_string(json_object_object_get(registration, "id"));
        json_object *before = wants_replaced(request) ? NULL : registered(request, id, NULL);
        if (before)
            consul_checks_keep(registration, before);
        enroll(request, answer, registration);
        json_object_put(before);
        json_object_put(registration);
    } else {
        refuse(answer, err.code, &err);
    }
    json_object_put(body);
}

static bool dismiss(const struct request *request, struct answer *answer, const char *id)
{
    const struct actions *actions = &request->context->actions;
    char own[CONSUL_OWN_ID];
    struct error err = {0};
    consul_own_id(id, own);
    int rc = actions->dismiss(actions->user, own, &err);
    if (rc == -ENOENT)
        consul_refuse(
            answer, 404,
            "Unknown service ID \"%s\". Ensure that the service ID is passed, not the service name.", id);
    else if (rc)
        refuse(answer, rc, &err);
    else
        done(answer);
    return rc == 0;
}

void answer_consul_deregister(const struct request *request, struct answer *answer)
{
    if (is_possible(request, answer))
        dismiss(request, answer, request->name);
}

void answer_consul_maintenance(const struct request *request, struct answer *answer)
{
    const struct actions *actions = &request->context->actions;
    const char *said = request_query(request, "enable"), *reason = request_query(request, "reason");
    char own[CONSUL_OWN_ID];
    bool on;
    struct error err = {0};
    if (!is_possible(request, answer))
        return;
    if (!said || text_bool(said, &on)) {
        consul_refuse(answer, 400, "Missing value for enable: true or false is allowed.");
        return;
    }
    consul_own_id(request->name, own);
    int rc = actions->suspend(actions->user, own, on, reason, &err);
    if (rc == -ENOENT)
        consul_refuse(answer, 404, "Unknown service ID \"%s\".", request->name);
    else if (rc)
        refuse(answer, rc, &err);
    else
        done(answer);
}

/* ---- checks ---- */

void answer_consul_check_register(const struct request *request, struct answer *answer)
{
    struct error err = {0};
    json_object *body = is_possible(request, answer) ? body_read(request, answer) : NULL;
    if (!body)
        return;
    const char *service = consul_body_text(body, "serviceid");
    char own[CONSUL_OWN_ID];
    consul_own_id(service ? service : "", own);
    json_object *registration = service && service[0] ? registered(request, own, NULL) : NULL;
    if (!service || !service[0])
        consul_refuse(answer, 501, "A check needs a ServiceID: those of the node itself are not supported.");
    else if (!registration)
        consul_refuse(answer, 404, "ServiceID \"%s\" does not exist.", service);
    else if (consul_check_add(registration, body, &err))
        refuse(answer, err.code, &err);
    else
        enroll(request, answer, registration);
    json_object_put(registration);
    json_object_put(body);
}

void answer_consul_check_deregister(const struct request *request, struct answer *answer)
{
    if (!is_possible(request, answer))
        return;
    json_object *registration = registered(request, NULL, request->name);
    if (!registration || !consul_check_remove(registration, request->name))
        consul_refuse(answer, 404, "Unknown check ID \"%s\".", request->name);
    else
        enroll(request, answer, registration);
    json_object_put(registration);
}

static void report(const struct request *request, struct answer *answer, enum status status, const char *note)
{
    const struct actions *actions = &request->context->actions;
    struct enrolled enrolled;
    struct error err = {0};
    if (!is_possible(request, answer))
        return;
    int rc = actions->report(actions->user, NULL,
                             &(struct report){.check = request->name, .status = status, .note = note},
                             &enrolled, &err);
    if (rc == -ENOENT)
        consul_refuse(answer, 404,
                      "Unknown check ID \"%s\". Ensure that the check ID is passed, not the check name.",
                      request->name);
    else if (rc)
        refuse(answer, rc, &err);
    else
        done(answer);
}

void answer_consul_pass(const struct request *request, struct answer *answer)
{
    report(request, answer, STATUS_HEALTHY, request_query(request, "note"));
}

void answer_consul_warn(const struct request *request, struct answer *answer)
{
    report(request, answer, STATUS_DEGRADED, request_query(request, "note"));
}

void answer_consul_fail(const struct request *request, struct answer *answer)
{
    report(request, answer, STATUS_UNHEALTHY, request_query(request, "note"));
}

void answer_consul_update(const struct request *request, struct answer *answer)
{
    static const enum status meaning[CONSUL_STATUS_COUNT] = {[CONSUL_PASSING] = STATUS_HEALTHY,
                                                             [CONSUL_WARNING] = STATUS_DEGRADED,
                                                             [CONSUL_CRITICAL] = STATUS_UNHEALTHY};
    json_object *body = is_possible(request, answer) ? body_read(request, answer) : NULL;
    if (!body)
        return;
    const char *word = consul_body_text(body, "status");
    int place = 0;
    while (place < CONSUL_STATUS_COUNT && (!word || strcmp(word, consul_status_name[place]) != 0))
        place++;
    if (place == CONSUL_STATUS_COUNT)
        consul_refuse(answer, 400, "Invalid check status: passing, warning or critical is allowed.");
    else
        report(request, answer, meaning[place], consul_body_text(body, "output"));
    json_object_put(body);
}

/* ---- the catalogue ---- */

static void answer_true(struct answer *answer)
{
    answer->type = type_json;
    answer->body = body_of("true\n", 5);
}

void answer_consul_catalog_register(const struct request *request, struct answer *answer)
{
    struct error err = {0};
    json_object *body = is_possible(request, answer) ? body_read(request, answer) : NULL;
    if (!body)
        return;
    const char *node = consul_body_text(body, "node"), *address = consul_body_text(body, "address");
    json_object *service = consul_body_object(body, "service");
    json_object *registration = service && address ? consul_service_read(service, address, &err) : NULL;
    if (!node || !node[0] || !address || !address[0])
        consul_refuse(answer, 400, "Must provide node and address.");
    else if (!service)
        consul_refuse(answer, 501,
                      "A node without a service cannot be registered: quaywatch knows no nodes.");
    else if (!registration || consul_catalog_checks_add(registration, body, &err))
        refuse(answer, err.code, &err);
    else if (enroll(request, answer, registration))
        answer_true(answer);
    json_object_put(registration);
    json_object_put(body);
}

void answer_consul_catalog_deregister(const struct request *request, struct answer *answer)
{
    json_object *body = is_possible(request, answer) ? body_read(request, answer) : NULL;
    if (!body)
        return;
    const char *service = consul_body_text(body, "serviceid");
    if (!service || !service[0])
        consul_refuse(answer, 501, "Only a ServiceID can be deregistered: quaywatch knows no nodes.");
    else if (dismiss(request, answer, service))
        answer_true(answer);
    json_object_put(body);
}
