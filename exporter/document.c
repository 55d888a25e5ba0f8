/* SPDX-License-Identifier: MIT */
/* document.c: counted bodies, compression, and one rendering of each document per revision. */
#include "exporter/document.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
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
    body_drop(body->small);
    free(body);
}

/* A compressed copy with one reference; NULL when that would not be smaller. */
static struct body *body_gzip(const struct body *body)
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

struct body *body_small(struct body *body)
{
    if (!body->small_tried)
        body_set_small(body, body_gzip(body));
    return body->small;
}

void body_set_small(struct body *body, struct body *small)
{
    body_drop(body->small);
    body->small = small;
    body->small_tried = true;
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

/* ---- the documents ---- */

void document_key(struct buf *key, const char *part)
{
    buf_format(key, "%zu:%s", part ? strlen(part) : 0, part ? part : "");
}

static int make_kind(const struct exporter_context *context, const void *wish, struct buf *out,
                     struct error *err)
{
    const struct registry *registry = context->registry;
    const enum document_kind *kind = wish;
    (void)err;
    switch (*kind) {
    case DOCUMENT_STATUS:
        render_status(registry, context->version, out);
        return 0;
    case DOCUMENT_SERVICES:
        render_services(registry, NULL, NULL, out);
        return 0;
    case DOCUMENT_SERVICES_HEALTH:
        render_services_health(registry, out);
        return 0;
    case DOCUMENT_STATES:
        render_states(registry, out);
        return 0;
    case DOCUMENT_LINT:
        render_lint(registry, out);
        return 0;
    case DOCUMENT_GRAPH:
        render_graph_json(registry, out);
        return 0;
    case DOCUMENT_COUNT:
        return 0;
    }
    return 0;
}

struct document_wish document_of(enum document_kind kind)
{
    static const struct {
        enum document_kind kind;
        const char *key;
    } known[DOCUMENT_COUNT] = {
        [DOCUMENT_STATUS] = {DOCUMENT_STATUS, "status"},
        [DOCUMENT_SERVICES] = {DOCUMENT_SERVICES, "services"},
        [DOCUMENT_SERVICES_HEALTH] = {DOCUMENT_SERVICES_HEALTH, "health"},
        [DOCUMENT_STATES] = {DOCUMENT_STATES, "states"},
        [DOCUMENT_LINT] = {DOCUMENT_LINT, "lint"},
        [DOCUMENT_GRAPH] = {DOCUMENT_GRAPH, "graph"},
    };
    assert(kind < DOCUMENT_COUNT);
    return (struct document_wish){.key = known[kind].key, .render = make_kind, .wish = &known[kind].kind};
}

struct document {
    TAILQ_ENTRY(document) link;
    struct body *body;
    bool asked; /* since the latest rest */
    char key[];
};

TAILQ_HEAD(document_list, document);

struct documents {
    const struct exporter_context *context;
    struct document_list all; /* of one revision, the latest asked for first */
    uint64_t revision;
};

struct documents *documents_new(const struct exporter_context *context)
{
    struct documents *documents = mem_new(sizeof *documents);
    documents->context = context;
    TAILQ_INIT(&documents->all);
    return documents;
}

static void document_drop(struct documents *documents, struct document *document)
{
    TAILQ_REMOVE(&documents->all, document, link);
    body_drop(document->body);
    free(document);
}

static void drop_all(struct documents *documents)
{
    while (!TAILQ_EMPTY(&documents->all))
        document_drop(documents, TAILQ_FIRST(&documents->all));
}

static bool are_outdated(const struct documents *documents)
{
    return documents->revision != registry_revision(documents->context->registry);
}

static struct document *find(const struct documents *documents, const char *key)
{
    struct document *document;
    TAILQ_FOREACH(document, &documents->all, link)
    {
        if (strcmp(document->key, key) == 0)
            return document;
    }
    return NULL;
}

/* Those that nobody asked for the longest make room; the latest stays, however large it is. */
static void make_room(struct documents *documents)
{
    size_t count = 0, bytes = 0;
    struct document *document = TAILQ_FIRST(&documents->all), *next;
    for (; document; document = next) {
        next = TAILQ_NEXT(document, link);
        bytes += document->body->len + (document->body->small ? document->body->small->len : 0);
        if (++count > 1 && (count > LIMIT_DOCUMENTS || bytes > LIMIT_DOCUMENTS_BYTES))
            document_drop(documents, document);
    }
}

static struct document *document_make(struct documents *documents, const struct document_wish *wish,
                                      struct error *err)
{
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    if (wish->render(documents->context, wish->wish, &out, err) != 0) {
        buf_free(&out);
        return NULL;
    }
    size_t length = strlen(wish->key);
    struct document *document = mem_new(sizeof *document + length + 1);
    memcpy(document->key, wish->key, length + 1);
    document->body = body_take(&out);
    TAILQ_INSERT_HEAD(&documents->all, document, link);
    make_room(documents);
    return document;
}

struct body *documents_get(struct documents *documents, const struct document_wish *wish, struct error *err)
{
    if (are_outdated(documents))
        drop_all(documents);
    documents->revision = registry_revision(documents->context->registry);
    struct document *document = find(documents, wish->key);
    if (document) {
        TAILQ_REMOVE(&documents->all, document, link);
        TAILQ_INSERT_HEAD(&documents->all, document, link);
    } else if (!(document = document_make(documents, wish, err))) {
        return NULL;
    }
    document->asked = true;
    return document->body;
}

bool documents_have(const struct documents *documents, const char *key)
{
    return !are_outdated(documents) && find(documents, key);
}

bool documents_rest(struct documents *documents)
{
    struct document *document, *next;
    if (are_outdated(documents))
        drop_all(documents);
    for (document = TAILQ_FIRST(&documents->all); document; document = next) {
        next = TAILQ_NEXT(document, link);
        if (!document->asked)
            document_drop(documents, document);
        else
            document->asked = false;
    }
    return !TAILQ_EMPTY(&documents->all);
}

void documents_free(struct documents *documents)
{
    if (!documents)
        return;
    drop_all(documents);
    free(documents);
}
