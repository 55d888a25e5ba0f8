/* SPDX-License-Identifier: MIT */
/* response.c: from a handler's answer to the library's response: validators, compression, headers. */
#include "exporter/response.h"

#include <stdio.h>

#include "exporter/admission.h"
#include "exporter/http/negotiate.h"
#include "exporter/stream.h"

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Adds the headers that name where the answer may be cached, and by what; its Vary, without Origin. */
static const char *add_validators(struct MHD_Response *response, const struct answer *answer, bool compressed)
{
    char tag[DOCUMENT_TAG + 8];
    if (!answer->tag[0]) {
        MHD_add_response_header(response, "Cache-Control", "no-store");
        return "";
    }
    snprintf(tag, sizeof tag, "\"%s%s\"", answer->tag, compressed ? "-gz" : "");
    MHD_add_response_header(response, "ETag", tag);
    MHD_add_response_header(response, "Cache-Control", "no-cache");
    return answer->vary_accept ? "Accept, Accept-Encoding" : "Accept-Encoding";
}

static void drop_body(void *body)
{
    body_drop(body);
}

/* A response around body, whose reference it takes over; NULL gives an empty one. */
static struct MHD_Response *response_of(struct body *body)
{
    if (body && body->len)
        return MHD_create_response_from_buffer_with_free_callback_cls(body->len, body->data, drop_body, body);
    body_drop(body);
    return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
}

/* The compressed form of the answer's body, one reference; NULL when the plain one is to be sent. */
static struct body *compressed_body(const struct answer *answer, struct MHD_Connection *connection)
{
    enum { WORTH = 512 }; /* below, a packet is a packet */
    if (!answer->tag[0] || !answer->body || answer->body->len < WORTH ||
        !negotiate_gzip(header(connection, "Accept-Encoding")))
        return NULL;
    struct body *small = body_small(answer->body);
    return small ? body_keep(small) : NULL;
}

/* What the caller has already, by its If-None-Match; then the answer is that it has it. */
static enum negotiate_match match_of(struct MHD_Connection *connection, struct answer *answer)
{
    if (answer->status != 200 || !answer->tag[0])
        return MATCH_NONE;
    enum negotiate_match match = negotiate_match(header(connection, "If-None-Match"), answer->tag);
    if (match != MATCH_NONE)
        answer->status = 304;
    return match;
}

struct MHD_Response *response_make(struct MHD_Connection *connection, struct answer *answer, int fd,
                                   const struct access *access, size_t *ret_bytes)
{
    enum negotiate_match match = match_of(connection, answer);
    struct body *body = answer->body, *small = NULL;
    if (match == MATCH_NONE)
        small = compressed_body(answer, connection);
    if (small || match != MATCH_NONE) {
        body_drop(body);
        body = small;
    }
    answer->body = NULL;
    answer_free(answer);
    *ret_bytes = body && !answer->stream ? body->len : 0;

    struct MHD_Response *response = answer->stream ? stream_begin(answer->stream, connection, fd)
                                                   : response_of(body);
    if (!response)
        return NULL;
    if (match == MATCH_NONE && answer->type)
        MHD_add_response_header(response, "Content-Type", answer->type);
    if (small)
        MHD_add_response_header(response, "Content-Encoding", "gzip");
    const char *vary = add_validators(response, answer, small || match == MATCH_COMPRESSED);
    admission_cors(access, connection, vary, response);
    if (answer->close)
        MHD_add_response_header(response, "Connection", "close");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    for (size_t i = 0; i < answer->header_count; i++)
        MHD_add_response_header(response, answer->header[i].name, answer->header[i].value);
    return response;
}
