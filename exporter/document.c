/* SPDX-License-Identifier: MIT */
/* document.c: counted bodies, compression, and one rendering of each document per revision. */
#include "exporter/document.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "exporter/render/render.h"
#include "exporter/render/render_views.h"

struct body *body_take(struct buf *text)
{
    struct body *body = mem_new(sizeof *body);
    body->data = buf_take(text, &body->len);
    body->refs = 1;
    body->owned = true;
    return body;
}

struct body *body_of(const void *data, size_t len)
{
    struct body *body = mem_new(sizeof *body);
    memcpy(&body->data, &data, sizeof data); /* never written to: owned is false */
    body->len = len;
    body->refs = 1;
    return body;
}

struct body *body_keep(struct body *body)
{
    body->refs++;
    return body;
}

void body_drop(struct body *body)
{
    if (!body || --body->refs)
        return;
    if (body->owned)
        free(body->data);
    free(body);
}

struct body *body_gzip(const struct body *body)
{
    enum { LEVEL = 2, GZIP_WINDOW = 15 + 16, MEMORY = 8, HEAD = 18 };
    if (body->len <= HEAD || body->len > UINT_MAX)
        return NULL;
    z_stream stream = {0};
    if (deflateInit2(&stream, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return NULL;
    struct body *small = mem_new(sizeof *small);
    small->data = mem_resize(NULL, body->len, 1);
    small->refs = 1;
    small->owned = true;
    memcpy(&stream.next_in, &body->data, sizeof body->data);
    stream.avail_in = (uInt)body->len;
    memcpy(&stream.next_out, &small->data, sizeof small->data);
    stream.avail_out = (uInt)body->len;
    int rc = deflate(&stream, Z_FINISH);
    small->len = stream.total_out;
    deflateEnd(&stream);
    if (rc != Z_STREAM_END) {
        body_drop(small);
        return NULL;
    }
    small->data = mem_resize(small->data, small->len, 1);
    return small;
}

void document_tag(const struct registry *registry, char ret[static DOCUMENT_TAG])
{
    snprintf(ret, DOCUMENT_TAG, "%s-%" PRIu64, registry_controller(registry)->start_id,
             registry_revision(registry));
}

enum place place_parse(const struct registry *registry, const char *text, uint64_t *ret_number)
{
    const char *id = registry_controller(registry)->start_id, *dash = strrchr(text, '-');
    size_t length = dash ? (size_t)(dash - text) : 0;
    int64_t number;
    if (text_number(dash ? dash + 1 : text, 0, INT64_MAX, &number) ||
        (dash && (!length || strspn(text, "0123456789abcdef") != length)))
        return PLACE_WRONG;
    if (dash && (strlen(id) != length || strncmp(id, text, length) != 0))
        return PLACE_OTHER_LIFE;
    *ret_number = (uint64_t)number;
    return PLACE_OURS;
}

struct document {
    struct body *plain, *gzip;
    uint64_t revision;
    bool gzip_tried;
};

struct documents {
    const struct exporter_context *context;
    struct document item[DOCUMENT_COUNT];
};

struct documents *documents_new(const struct exporter_context *context)
{
    struct documents *documents = mem_new(sizeof *documents);
    documents->context = context;
    return documents;
}

static void document_clear(struct document *document)
{
    body_drop(document->plain);
    body_drop(document->gzip);
    *document = (struct document){0};
}

static void render(const struct exporter_context *context, enum document_kind kind, struct buf *out)
{
    const struct registry *registry = context->registry;
    assert(kind < DOCUMENT_COUNT);
    switch (kind) {
    case DOCUMENT_STATUS:
        render_status(registry, context->version, out);
        return;
    case DOCUMENT_SERVICES:
        render_services(registry, NULL, NULL, out);
        return;
    case DOCUMENT_SERVICES_HEALTH:
        render_services_health(registry, out);
        return;
    case DOCUMENT_STATES:
        render_states(registry, out);
        return;
    case DOCUMENT_LINT:
        render_lint(registry, out);
        return;
    case DOCUMENT_GRAPH:
        render_graph_json(registry, out);
        return;
    case DOCUMENT_COUNT:
        return;
    }
}

static struct document *document_now(struct documents *documents, enum document_kind kind)
{
    struct document *document = &documents->item[kind];
    uint64_t revision = registry_revision(documents->context->registry);
    if (document->plain && document->revision == revision)
        return document;
    document_clear(document);
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    render(documents->context, kind, &out);
    document->plain = body_take(&out);
    document->revision = revision;
    return document;
}

struct body *documents_plain(struct documents *documents, enum document_kind kind)
{
    return document_now(documents, kind)->plain;
}

struct body *documents_gzip(struct documents *documents, enum document_kind kind)
{
    struct document *document = document_now(documents, kind);
    if (!document->gzip_tried)
        document->gzip = body_gzip(document->plain);
    document->gzip_tried = true;
    return document->gzip;
}

void documents_free(struct documents *documents)
{
    if (!documents)
        return;
    for (size_t i = 0; i < DOCUMENT_COUNT; i++)
        document_clear(&documents->item[i]);
    free(documents);
}
