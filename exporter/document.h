/* document.h: bytes that are rendered once and handed out many times. A body is counted, so that a slow
 * reader keeps the old one while the next revision is served already; a document is an answer that depends on
 * the revision and its own key alone: it is rendered when it is first asked for, and kept while the revision
 * stays and somebody comes for it. One thread only. */
#ifndef QUAYWATCH_EXPORTER_DOCUMENT_H
#define QUAYWATCH_EXPORTER_DOCUMENT_H

#include "exporter/context.h"

struct buf;
struct error;

struct body {
    char *data; /* len bytes */
    size_t len;
    unsigned refs;
    bool owned;         /* data is freed with the body */
    bool small_tried;   /* small is known: */
    struct body *small; /* the compressed form, which goes with the body; NULL: there is none */
};

/* A body of one reference from the content of text, which is empty afterwards. */
struct body *body_take(struct buf *text);

/* A body of one reference around bytes that live forever. */
struct body *body_of(const void *data, size_t len);

/* The compressed form (gzip, level 2), made when it is first asked for; NULL when it would not be smaller.
 * Owned by the body. */
struct body *body_small(struct body *body);

/* Says what that form is, where it is at hand; the reference is taken over. */
void body_set_small(struct body *body, struct body *small);

/* One more, or one less, reference; at none the body is freed. NULL is fine. */
struct body *body_keep(struct body *body);
void body_drop(struct body *body);

/* How a document is made: the whole text onto out. Negative, with a sentence in err: the wish cannot be met.
 */
typedef int document_render(const struct exporter_context *context, const void *wish, struct buf *out,
                            struct error *err);

struct document_wish {
    const char *key; /* names it: with the same key and revision, render gives the same bytes */
    document_render *render;
    const void *wish; /* for render, during the call */
};

/* Appends a part of a key, so that different parts never make the same key. NULL is "". */
void document_key(struct buf *key, const char *part);

/* Those that depend on nothing but the revision. */
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

/* The wish for one of these. */
struct document_wish document_of(enum document_kind kind);

/* The body of the present revision, rendered now if it was not; owned by the documents, and valid until the
 * next call. NULL with a sentence in err when the wish cannot be met. */
struct body *documents_get(struct documents *documents, const struct document_wish *wish, struct error *err);

/* Whether that would be there at once. */
bool documents_have(const struct documents *documents, const char *key);

/* Now and then: forgets those that nobody asked for since the last call, and those of an older revision. True
 * while any is left. */
bool documents_rest(struct documents *documents);

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
