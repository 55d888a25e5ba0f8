/* SPDX-License-Identifier: MIT */
/* admission.c: the head of a request against the rules. */
#include "exporter/admission.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "exporter/answers_consul.h"

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* ---- headers that come in several lines ---- */

struct gathering {
    const char *name;
    unsigned count;
    struct buf *joined; /* by commas, in their order; NULL: they are only counted */
};

static enum MHD_Result gather_one(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct gathering *gathering = cls;
    (void)kind;
    if (strcasecmp(key, gathering->name) != 0)
        return MHD_YES;
    if (gathering->count++ && gathering->joined)
        buf_text(gathering->joined, ",");
    if (gathering->joined)
        buf_text(gathering->joined, value ? value : "");
    return MHD_YES;
}

/* All lines of a header as one, freed with free(); NULL when there is none. */
static char *header_joined(struct MHD_Connection *connection, const char *name)
{
    struct buf joined;
    if (!header(connection, name))
        return NULL;
    buf_init(&joined, LIMIT_HTTP_HEAD);
    MHD_get_connection_values(connection, MHD_HEADER_KIND, gather_one,
                              &(struct gathering){.name = name, .joined = &joined});
    return buf_take(&joined, NULL);
}

static unsigned header_lines(struct MHD_Connection *connection, const char *name)
{
    struct gathering gathering = {.name = name};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, gather_one, &gathering);
    return gathering.count;
}

/* ---- who asks ---- */

void admission_visitor(const struct access *access, struct MHD_Connection *connection, struct visitor *ret)
{
    char *x_for = header_joined(connection, "X-Forwarded-For");
    char *x_proto = header_joined(connection, "X-Forwarded-Proto");
    char *x_host = header_joined(connection, "X-Forwarded-Host");
    char *rfc = header_joined(connection, "Forwarded");
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection,
                                                                   MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    access_visitor(access, info ? info->client_addr : NULL,
                   &(struct forwarding){.x_for = x_for, .x_proto = x_proto, .x_host = x_host, .rfc = rfc},
                   ret);
    free(x_for);
    free(x_proto);
    free(x_host);
    free(rfc);
}

/* ---- framing ---- */

bool admission_target(const char *uri)
{
    for (const char *at = uri; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7f || strncmp(at, "%00", 3) == 0)
            return false;
    return true;
}

bool admission_arguments(const char *uri)
{
    unsigned count = 1;
    const char *query = strchr(uri, '?');
    for (const char *at = query ? query : ""; *at; at++)
        count += *at == '&';
    return count <= LIMIT_HTTP_ARGUMENTS;
}

/* Whether a character may be part of a header's name (RFC 9110, 5.6.2). */
static bool is_token(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* The library takes a blank before the colon for a part of the name, and a NUL for one of the value: another
 * server would see another header. */
static enum MHD_Result check_one(void *cls, enum MHD_ValueKind kind, const char *key, size_t key_size,
                                 const char *value, size_t value_size)
{
    bool *clean = cls;
    (void)kind;
    *clean = *clean && key_size > 0;
    for (size_t i = 0; *clean && i < key_size; i++)
        *clean = is_token(key[i]);
    for (size_t i = 0; *clean && i < value_size; i++)
        *clean = value[i] == '\t' || ((unsigned char)value[i] >= ' ' && value[i] != 0x7f);
    return *clean ? MHD_YES : MHD_NO;
}

static bool headers_clean(struct MHD_Connection *connection)
{
    bool clean = true;
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, check_one, &clean);
    return clean;
}

static const char *framing_fault(struct MHD_Connection *connection, const char *version)
{
    const char *encoding = header(connection, "Transfer-Encoding");
    const char *length = header(connection, "Content-Length");
    const char *host = header(connection, "Host");
    if (!headers_clean(connection))
        return "A header holds a character that none may hold.";
    if (encoding && length)
        return "A request has Content-Length or Transfer-Encoding, not both.";
    if ((length && header_lines(connection, "Content-Length") > 1) ||
        (encoding && header_lines(connection, "Transfer-Encoding") > 1))
        return "The length of the body is given more than once.";
    if (encoding && strcasecmp(encoding, "chunked") != 0)
        return "The only Transfer-Encoding that is understood is chunked.";
    if (header_lines(connection, "Host") > 1 || (host && strpbrk(host, " \t,/@\\")))
        return "The Host header is not one host.";
    if (!host && strcmp(version, MHD_HTTP_VERSION_1_1) == 0)
        return "A request needs a Host header.";
    return NULL;
}

static size_t head_size(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection,
                                                                   MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

bool admission_framing(struct MHD_Connection *connection, const char *version, struct answer *answer)
{
    const char *fault = framing_fault(connection, version);
    if (fault)
        answer_problem(answer, 400, "%s", fault);
    else if (head_size(connection) > LIMIT_HTTP_HEAD)
        answer_problem(answer, 431, "The request's head is larger than %d KiB.", LIMIT_HTTP_HEAD / 1024);
    else if (MHD_get_connection_values(connection, MHD_HEADER_KIND, NULL, NULL) > LIMIT_HTTP_HEADERS)
        answer_problem(answer, 431, "The request has more than %d headers.", LIMIT_HTTP_HEADERS);
    else
        return true;
    return false;
}

/* ---- admission ---- */

bool admission_visit(const struct access *access, struct MHD_Connection *connection,
                     const struct visitor *visitor, struct answer *answer)
{
    if (!access_from(access, visitor))
        answer_problem(answer, 403, "Requests from this address are not answered.");
    else if (!access_host(access, visitor, header(connection, "Host")))
        answer_problem(answer, 421, "This host name is not one of ALLOWED_HOSTS.");
    else
        return true;
    return false;
}

/* Consul's clients have a header of their own, and the older ones a parameter (no log shows a query). */
static const char *consul_token(struct MHD_Connection *connection, const struct route *route)
{
    if (!consul_route(route->pattern))
        return NULL;
    const char *token = header(connection, "X-Consul-Token");
    return token ? token : MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "token");
}

bool admission_route(const struct access *access, struct MHD_Connection *connection,
                     const struct visitor *visitor, const struct route *route, struct answer *answer)
{
    const struct credentials credentials = {
        .authorization = header(connection, "Authorization"),
        .internal_token = header(connection, "X-INTERNAL-TOKEN"),
        .consul_token = consul_token(connection, route),
        .origin = header(connection, "Origin"),
        .host = header(connection, "Host"),
        .visitor = visitor,
    };
    const char *why = "";
    int status = access_check(access, route->access, &credentials, &why);
    if (!status)
        return true;
    answer_problem(answer, status, "%s", why);
    if (status == 401)
        answer_header(answer, "WWW-Authenticate", "Bearer realm=\"quaywatch\"");
    return false;
}

/* ---- pages of other origins ---- */

void admission_options(const struct access *access, struct MHD_Connection *connection, const char *allow,
                       struct answer *answer)
{
    const char *origin = header(connection, "Origin");
    bool change = false;
    answer->status = 204;
    answer_header(answer, "Allow", allow);
    if (!origin || !header(connection, "Access-Control-Request-Method") ||
        !access_cors_origin(access, origin, &change))
        return;
    answer_header(answer, "Access-Control-Allow-Methods", change ? allow : "GET, HEAD");
    answer_header(
        answer, "Access-Control-Allow-Headers",
        "Authorization, X-INTERNAL-TOKEN, Content-Type, If-None-Match, Last-Event-ID, X-Request-ID, "
        "X-Correlation-ID");
    answer_header(answer, "Access-Control-Max-Age", "600");
}

void admission_cors(const struct access *access, struct MHD_Connection *connection, const char *vary,
                    struct MHD_Response *response)
{
    const char *origin = header(connection, "Origin");
    bool change;
    if (!access_cors(access)) {
        if (vary[0])
            MHD_add_response_header(response, "Vary", vary);
        return;
    }
    char all[120];
    snprintf(all, sizeof all, "%s%sOrigin", vary, vary[0] ? ", " : "");
    MHD_add_response_header(response, "Vary", all);
    const char *allowed = origin ? access_cors_origin(access, origin, &change) : NULL;
    if (!allowed)
        return;
    MHD_add_response_header(response, "Access-Control-Allow-Origin", allowed);
    MHD_add_response_header(response, "Access-Control-Expose-Headers", "ETag, X-Request-ID");
}
