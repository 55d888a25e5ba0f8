/* SPDX-License-Identifier: MIT */
/* probe_grpc.c: the grpc check: Check of the health service that gRPC servers have (grpc.health.v1), which is
 * one HTTP/2 request and an answer whose verdict on the call follows the body. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "controller/core/transfer.h"
#include "health/grpc_health.h"
#include "health/probe_kind.h"

/* One call under way. */
struct call {
    struct transfer *transfer;
    struct probe *probe;
    int status; /* of the call, -1: not said */
};

/* Statuses of calls, as gRPC numbers them. */
enum {
    CALL_OK = 0,
    CALL_DEADLINE = 4,
    CALL_NOT_FOUND = 5,
    CALL_DENIED = 7,
    CALL_UNIMPLEMENTED = 12,
    CALL_UNAVAILABLE = 14,
    CALL_UNAUTHENTICATED = 16,
};

static void on_header(void *user, const char *line, size_t len)
{
    static const char name[] = "grpc-status:";
    struct call *call = user;
    if (len <= strlen(name) || strncasecmp(line, name, strlen(name)) != 0)
        return;
    int status = 0;
    const char *at = line + strlen(name), *end = line + len;
    while (at < end && *at == ' ')
        at++;
    for (; at < end && *at >= '0' && *at <= '9' && status < 1000; at++)
        status = status * 10 + (*at - '0');
    call->status = status;
}

static enum outcome_kind judge_serving(const struct probe_spec *spec, const struct transfer_result *result,
                                       char *text, size_t size)
{
    enum grpc_serving serving;
    const char *service = spec->grpc_service;
    if (grpc_health_read(result->body, result->body_len, &serving) < 0) {
        snprintf(text, size, "gRPC's health protocol");
        return OUTCOME_PROTOCOL;
    }
    const char *who = service ? "Service " : "The server", *name = service ? service : "";
    switch (serving) {
    case GRPC_SERVING:
        snprintf(text, size, "%s%.80s is serving", who, name);
        return OUTCOME_PASS;
    case GRPC_NOT_SERVING:
        snprintf(text, size, "%s%.80s says that it is not serving (NOT_SERVING)", who, name);
        return OUTCOME_VERDICT;
    case GRPC_UNKNOWN:
        snprintf(text, size, "%s%.80s says that its health is not known (UNKNOWN)", who, name);
        return OUTCOME_VERDICT;
    case GRPC_SERVICE_UNKNOWN:
        break;
    }
    snprintf(text, size, "The server knows no gRPC service %.80s; service.health.grpc_service names it",
             name);
    return OUTCOME_MISSING;
}

static enum outcome_kind judge_call(const struct probe_spec *spec, const struct transfer_result *result,
                                    int status, char *text, size_t size)
{
    switch (status) {
    case CALL_OK:
        return judge_serving(spec, result, text, size);
    case CALL_DEADLINE:
        text_format_duration(spec->timeout_ms, text);
        return OUTCOME_READ_TIMEOUT;
    case CALL_NOT_FOUND:
        snprintf(text, size, "The server knows no gRPC service %.80s; service.health.grpc_service names it",
                 spec->grpc_service ? spec->grpc_service : "\"\"");
        return OUTCOME_MISSING;
    case CALL_UNIMPLEMENTED:
        snprintf(text, size, "The server has no gRPC health service (grpc.health.v1.Health)");
        return OUTCOME_MISSING;
    case CALL_DENIED:
    case CALL_UNAUTHENTICATED:
        snprintf(text, size, "The server does not allow the health call; send service.health.header.<Name>");
        return OUTCOME_MISSING;
    case CALL_UNAVAILABLE:
        snprintf(text, size, "The server says that it is not available (gRPC status 14)");
        return OUTCOME_VERDICT;
    default:
        snprintf(text, size, "The health call ended with an error (gRPC status %d)", status);
        return OUTCOME_VERDICT;
    }
}

void probe_judge_call(const struct probe_spec *spec, const struct transfer_result *result, int status,
                      struct outcome *outcome)
{
    *outcome = (struct outcome){.response_ms = result->total_ms};
    /* A server of HTTP/1 hangs up on the greeting of HTTP/2, as far as libcurl tells us. */
    bool other = result->end == TRANSFER_CUT && !result->http_status;
    if (result->end != TRANSFER_DONE && !other) {
        probe_judge_failure(spec, result, outcome);
        return;
    }
    char text[256] = "gRPC";
    outcome->kind = OUTCOME_PROTOCOL;
    if (status >= 0 && !result->body_cut)
        outcome->kind = judge_call(spec, result, status, text, sizeof text);
    outcome_sentence(outcome->kind, text, outcome->message, sizeof outcome->message);
    probe_judge_pace(spec, outcome);
}

static void on_done(void *user, const struct transfer_result *result)
{
    struct call *call = user;
    struct probe *probe = call->probe;
    struct outcome outcome;
    probe_judge_call(probe->spec, result, call->status, &outcome);
    free(call);
    probe_finish(probe, &outcome);
}

static void grpc_start(struct probe *probe, const struct probe_tools *tools)
{
    static const char *const standard[] = {"User-Agent: quaywatch", "Content-Type: application/grpc",
                                           "TE: trailers", NULL};
    const struct probe_spec *spec = probe->spec;
    struct call *call = mem_new(sizeof *call);
    struct arena arena = {0};
    char body[GRPC_REQUEST_MAX];
    const char *scheme = strncmp(spec->url, "https:", 6) == 0 ? "https" : "http";
    const char *authority = strstr(spec->url, "://");
    struct transfer_request request = {
        .method = "POST",
        .url = arena_format(&arena, "%s%s/grpc.health.v1.Health/Check", scheme, authority ? authority : ""),
        .headers = probe_header_lines(&arena, &spec->headers, standard),
        .body = body,
        .body_len = grpc_health_request(spec->grpc_service, body),
        .http2 = true,
        .max_body = LIMIT_HEALTH_BODY,
        .total_timeout_ms = spec->timeout_ms,
        .fresh = true, /* libcurl 7.88 fails at times on an HTTP/2 connection that was kept */
        .insecure = !spec->tls_verify,
        .tls_name = spec->tls_name,
        .ca_file = spec->tls_verify ? spec->ca_file : NULL,
        .on_header = on_header,
        .on_done = on_done,
        .user = call,
    };
    call->probe = probe;
    call->status = -1;
    probe->running = call;
    call->transfer = transfer_start(tools->pool, &request);
    arena_free(&arena);
}

static void grpc_cancel(struct probe *probe)
{
    struct call *call = probe->running;
    transfer_cancel(call->transfer);
    free(call);
}

const struct probe_kind probe_grpc = {grpc_start, grpc_cancel};
