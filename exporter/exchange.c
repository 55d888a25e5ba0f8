/* SPDX-License-Identifier: MIT */
/* exchange.c: one HTTP request: read, refused or routed, answered, counted. */
#include "exporter/exchange.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "controller/core/text.h"
#include "exporter/admission.h"
#include "exporter/answers_consul.h"
#include "exporter/laters.h"
#include "exporter/live.h"
#include "exporter/resolve.h"
#include "exporter/response.h"
#include "exporter/routes.h"

struct exchanges {
    struct exporter_context *context;
    const struct access *access;
    struct documents *documents;
    struct resolver *resolver;
    struct live *live;
    uint64_t id_seed, id_count;
};

/* Between the callbacks of one request. */
struct exchange {
    const char *route; /* label of the metrics */
    int status;        /* 0: not answered yet */
    size_t received;   /* bytes of the body */
    bool begun;        /* its head was looked at */
    bool odd_target;   /* see admission_target */
    bool wanted;       /* a route will read it: then it is kept */
    bool slept;        /* answered in a later turn: its time says nothing about the server */
    struct buf body;
    struct visitor visitor;
    struct later *later; /* the answer that it waits for */
    char *id;            /* X-Request-ID, kept while it waits */
    struct timespec began;
    const char *method, *path; /* during the library's call */
};

struct exchanges *exchanges_new(struct exporter_context *context, const struct access *access,
                                struct live *live)
{
    struct exchanges *exchanges = mem_new(sizeof *exchanges);
    uint64_t seed[2] = {0};
    if (getrandom(seed, sizeof seed, GRND_NONBLOCK) < 0)
        seed[0] = (uint64_t)clock_now().wall_ms; /* names requests and spreads callers: nothing secret */
    exchanges->context = context;
    exchanges->access = access;
    exchanges->live = live;
    exchanges->documents = documents_new(context);
    exchanges->resolver = resolver_new(seed[1]);
    exchanges->id_seed = seed[0];
    return exchanges;
}

void exchanges_free(struct exchanges *exchanges)
{
    if (!exchanges)
        return;
    documents_free(exchanges->documents);
    resolver_free(exchanges->resolver);
    free(exchanges);
}

bool exchanges_rest(struct exchanges *exchanges)
{
    return documents_rest(exchanges->documents);
}

static const char *lookup_query(void *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);
}

struct every {
    const char *name;
    request_value *each;
    void *user;
};

static enum MHD_Result tell_one(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
    const struct every *every = cls;
    (void)kind;
    if (strcmp(key, every->name) == 0)
        every->each(every->user, value ? value : "");
    return MHD_YES;
}

static void lookup_query_all(void *connection, const char *name, request_value *each, void *user)
{
    struct every every = {name, each, user};
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, tell_one, &every);
}

static const char *lookup_header(void *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static struct client *client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection,
                                                                   MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* Takes the caller's id over when it is harmless in a header and in a log line; else makes one. */
static void request_id(struct exchanges *exchanges, struct MHD_Connection *connection,
                       char ret[static REQUEST_ID])
{
    const char *given = lookup_header(connection, "X-Request-ID");
    if (!given)
        given = lookup_header(connection, "X-Correlation-ID");
    size_t length = 0;
    while (given && length < REQUEST_ID && given[length] >= ' ' && given[length] <= '~')
        length++;
    if (given && length && length < REQUEST_ID && !given[length])
        memcpy(ret, given, length + 1);
    else
        snprintf(ret, REQUEST_ID, "%08" PRIx32 "-%08" PRIx64, (uint32_t)exchanges->id_seed,
                 ++exchanges->id_count);
}

static double ms_since(const struct timespec *began)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began->tv_sec) * 1e3 + (double)(now.tv_nsec - began->tv_nsec) / 1e6;
}

static void tell_answered(const struct exchanges *exchanges, const struct exchange *exchange, const char *id,
                          size_t bytes)
{
    if (!exchanges->context->answered)
        return;
    exchanges->context->answered(
        &(struct answered){.method = exchange->method,
                           .path = exchange->path,
                           .request_id = id,
                           .status = exchange->status,
                           .bytes = bytes,
                           .ms = ms_since(&exchange->began),
                           .client = (const struct sockaddr *)&exchange->visitor.client,
                           .local = exchange->visitor.local});
}

/* Sends the answer; its body is used up. */
static enum MHD_Result send_answer(struct exchanges *exchanges, struct MHD_Connection *connection,
                                   struct exchange *exchange, struct answer *answer, const char *id)
{
    size_t bytes;
    struct client *client = client_of(connection);
    struct MHD_Response *response = response_make(connection, answer, client ? client->fd : -1,
                                                  exchanges->access, &bytes);
    exchange->slept |= answer->stream != NULL;
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "X-Request-ID", id);
    enum MHD_Result rc = MHD_queue_response(connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    exchange->status = answer->status;
    if (client)
        client->waiting_since_ms = 0;
    tell_answered(exchanges, exchange, id, bytes);
    return rc;
}

static void dispatch(struct exchanges *exchanges, struct MHD_Connection *connection, const char *method,
                     struct exchange *exchange, struct request *request, struct answer *answer)
{
    char allow[64];
    const struct access *access = exchanges->access;
    if (!admission_visit(access, connection, &exchange->visitor, answer))
        return;
    if (exchange->odd_target) {
        answer_problem(answer, 400, "The request target holds a NUL or a control character.");
        return;
    }
    const struct route *route = route_find(method, request->path, request->name, allow, sizeof allow);
    if (route) {
        exchange->route = route->pattern;
        if (admission_route(access, connection, &exchange->visitor, route, answer))
            route->handler(request, answer);
        if (consul_route(route->pattern))
            consul_refuse_plainly(answer);
        if (route->access == ACCESS_CHANGE) /* what it caused begins in the next turn: let that come */
            exchanges->live->wake(exchanges->live->user);
    } else if (strcmp(method, "OPTIONS") == 0 && (allow[0] || strcmp(request->path, "*") == 0)) {
        admission_options(access, connection, allow[0] ? allow : route_methods, answer);
    } else if (allow[0]) {
        answer_problem(answer, 405, "\"%s\" is not possible here; allowed are %s.", method, allow);
        answer_header(answer, "Allow", allow);
    } else {
        answer_problem(answer, 404, "There is nothing at \"%s\".", request->path);
    }
}

/* The answer that a handler promised, if it is there; the connection ends when it will never come. */
static enum MHD_Result answer_promised(struct exchanges *exchanges, struct MHD_Connection *connection,
                                       struct exchange *exchange)
{
    struct answer answer = {0};
    bool answered = later_take(exchange->later, &answer);
    exchange->later = NULL;
    return answered ? send_answer(exchanges, connection, exchange, &answer, exchange->id) : MHD_NO;
}

/* Lets the connection sleep; nobody is to end it for that. */
static enum MHD_Result wait_for_answer(struct exchanges *exchanges, struct MHD_Connection *connection,
                                       struct exchange *exchange)
{
    struct client *client = client_of(connection);
    if (!later_sleep(exchange->later, client ? client->fd : -1))
        return answer_promised(exchanges, connection, exchange);
    exchange->slept = true;
    if (client)
        client->waiting_since_ms = 0;
    return MHD_YES;
}

static enum MHD_Result answer_now(struct exchanges *exchanges, struct MHD_Connection *connection,
                                  const char *url, const char *method, struct exchange *exchange,
                                  struct answer *refusal)
{
    const char *body = exchange->wanted ? buf_string(&exchange->body) : "";
    struct request request = {
        .context = exchanges->context,
        .documents = exchanges->documents,
        .resolver = exchanges->resolver,
        .live = exchanges->live,
        .path = url,
        .now = clock_now(),
        .body = body,
        .body_len = exchange->wanted ? exchange->body.len : 0,
        .query = lookup_query,
        .query_all = lookup_query_all,
        .visitor = &exchange->visitor,
        .header = lookup_header,
        .connection = connection,
    };
    struct answer answer = refusal ? *refusal : (struct answer){.status = 500};
    request_id(exchanges, connection, request.id);
    void (*serving)(const char *id) = exchanges->context->serving;
    if (serving)
        serving(request.id);
    if (!refusal)
        dispatch(exchanges, connection, method, exchange, &request, &answer);
    if (serving)
        serving(NULL);
    if (answer.later) {
        exchange->later = answer.later;
        exchange->id = mem_copy(request.id);
        return wait_for_answer(exchanges, connection, exchange);
    }
    return send_answer(exchanges, connection, exchange, &answer, request.id);
}

/* Whether the head announces a body that is not worth waiting for. One in chunks will be counted. */
static bool body_too_large(struct MHD_Connection *connection)
{
    const char *length = lookup_header(connection, "Content-Length");
    int64_t bytes;
    return length && text_number(length, 0, LIMIT_HTTP_BODY, &bytes);
}

/* Bodies are kept for those only who may change something: to others they cost no memory. */
static bool body_wanted(const struct exchanges *exchanges, struct MHD_Connection *connection,
                        const struct visitor *visitor, const char *url, const char *method)
{
    char name[REQUEST_NAME], allow[64];
    const struct route *route = route_find(method, url, name, allow, sizeof allow);
    struct answer refusal = {0};
    bool wanted = route && route->access == ACCESS_CHANGE &&
                  admission_visit(exchanges->access, connection, visitor, &refusal) &&
                  admission_route(exchanges->access, connection, visitor, route, &refusal);
    answer_free(&refusal);
    return wanted;
}

void *exchange_begin(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct exchange *exchange = mem_new(sizeof *exchange);
    (void)cls;
    exchange->route = "other";
    if (!admission_arguments(uri) && client_of(connection))
        shutdown(client_of(connection)->fd, SHUT_RDWR);
    exchange->odd_target = !admission_target(uri);
    clock_gettime(CLOCK_MONOTONIC, &exchange->began);
    buf_init(&exchange->body, LIMIT_HTTP_BODY);
    return exchange;
}

/* The head is there. What is refused now is so before its body, and ends the connection. */
static bool look_at_head(struct exchanges *exchanges, struct MHD_Connection *connection, const char *url,
                         const char *method, const char *version, struct exchange *exchange,
                         struct answer *refusal)
{
    exchange->begun = true;
    admission_visitor(exchanges->access, connection, &exchange->visitor);
    bool fine = admission_framing(connection, version, refusal);
    if (fine && body_too_large(connection)) {
        answer_problem(refusal, 413, "The request's body is larger than %d KiB.", LIMIT_HTTP_BODY / 1024);
        fine = false;
    }
    if (fine)
        exchange->wanted = body_wanted(exchanges, connection, &exchange->visitor, url, method);
    refusal->close = !fine;
    return fine;
}

enum MHD_Result exchange_handle(void *cls, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload_data,
                                size_t *upload_data_size, void **con_cls)
{
    struct exchanges *exchanges = cls;
    struct exchange *exchange = *con_cls;
    exchange->method = method;
    exchange->path = url;
    if (!exchange->begun) {
        struct answer refusal = {0};
        if (look_at_head(exchanges, connection, url, method, version, exchange, &refusal))
            return MHD_YES;
        return answer_now(exchanges, connection, url, method, exchange, &refusal);
    }
    if (*upload_data_size) {
        exchange->received += *upload_data_size;
        if (exchange->wanted)
            buf_add(&exchange->body, upload_data, *upload_data_size);
        *upload_data_size = 0;
        /* Beyond the limit nothing can be answered in the middle of a body: the connection ends. */
        return exchange->received > LIMIT_HTTP_BODY ? MHD_NO : MHD_YES;
    }
    if (exchange->later)
        return answer_promised(exchanges, connection, exchange);
    return answer_now(exchanges, connection, url, method, exchange, NULL);
}

void exchange_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                        enum MHD_RequestTerminationCode code)
{
    struct exchanges *exchanges = cls;
    struct exchange *exchange = *con_cls;
    struct stats *stats = exchanges->context->stats;
    struct client *client = client_of(connection);
    struct timespec ended;
    (void)code;
    if (!exchange)
        return;
    clock_gettime(CLOCK_MONOTONIC, &ended);
    if (client)
        client->waiting_since_ms = (int64_t)ended.tv_sec * 1000 + ended.tv_nsec / 1000000;
    if (stats && exchange->status) {
        char status[8];
        snprintf(status, sizeof status, "%d", exchange->status);
        stats_count(&stats->requests, exchange->route, status, NULL);
        if (!exchange->slept)
            stats_observe(&stats->request_seconds,
                          (double)(ended.tv_sec - exchange->began.tv_sec) +
                              (double)(ended.tv_nsec - exchange->began.tv_nsec) / 1e9);
    }
    later_drop(exchange->later);
    free(exchange->id);
    buf_free(&exchange->body);
    free(exchange);
    *con_cls = NULL;
}
