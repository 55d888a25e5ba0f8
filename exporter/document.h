/* document.h: bytes that are rendered once and handed out many times. A body is counted, so that a slow
 * reader keeps the old one while the next revision is served already; a document is the rendered answer of
 * one revision, with its compressed form made when somebody first asks for it. One thread only. */
#ifndef QUAYWATCH_EXPORTER_DOCUMENT_H
#define QUAYWATCH_EXPORTER_DOCUMENT_H

#include "exporter/context.h"

struct buf;

struct body {
    char *data; /* len bytes */
    size_t len;
    unsigned refs;
    bool owned; /* data is freed with the body */
};

/* A body of one reference from the content of text, which is empty afterwards. */
struct body *body_take(struct buf *text);

/* A body of one reference around bytes that live forever. */
struct body *body_of(const void *data, size_t len);

/* A compressed (gzip, level 2) copy with one reference; NULL when that would not be smaller. */
struct body *body_gzip(const struct body *body);

/* One more, or one less, reference; at none the body is freed. NULL is fine. */
struct body *body_keep(struct body *body);
void body_drop(struct body *body);

/* The answers that depend on nothing but the revision. */
enum document_kind {
    DOCUMENT_STATUS,          /* /api/v1/status */
    DOCUMENT_SERVICES,        /* /services */
    DOCUMENT_SERVICES_HEALTH, /* /services/health */
    DOCUMENT_STATES,          /* /v1/api/status/services */
    DOCUMENT_LINT,            /* /api/v1/lint */
    DOCUMENT_GRAPH,           /* /api/v1/graph */
    DOCUMENT_COUNT
};

struct documents;

/* No document yet; the context must outlive them. */
struct documents *documents_new(const struct exporter_context *context);

/* The body of the present revision, rendered now if it was not; owned by the documents. documents_gzip gives
 * the compressed form of the same, NULL when it would not be smaller. */
struct body *documents_plain(struct documents *documents, enum document_kind kind);
struct body *documents_gzip(struct documents *documents, enum document_kind kind);

/* Frees them. NULL is fine. */
void documents_free(struct documents *documents);

/* "<start id>-<revision>": names the present revision in ETags, without quotes. */
enum { DOCUMENT_TAG = 48 };
void document_tag(const struct registry *registry, char ret[static DOCUMENT_TAG]);

/* A place in what is told in order, as callers give it back: "<start id>-<number>", or the number alone.
 * *ret_number only for one of this life of the controller. */
enum place { PLACE_OURS, PLACE_OTHER_LIFE, PLACE_WRONG };
enum place place_parse(const struct registry *registry, const char *text, uint64_t *ret_number);

#endif
