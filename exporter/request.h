/* request.h: one request as handlers see it, and the answer they give. Handlers know the registry and these
 * values, not the HTTP library. */
#ifndef QUAYWATCH_EXPORTER_REQUEST_H
#define QUAYWATCH_EXPORTER_REQUEST_H

#include "exporter/document.h"

struct resolver;
struct live;
struct later;
struct stream;
struct visitor;
struct buf;

enum { REQUEST_NAME = 256, REQUEST_ID = 129, ANSWER_HEADERS = 6 };

/* Parameters of the URL's query and headers by name; NULL when not sent. The text lives as long as the
 * request. */
typedef const char *request_lookup(void *connection, const char *name);

/* Tells each value of one parameter of the query, in order; "" for one without a value. */
typedef void request_value(void *user, const char *value);
typedef void request_lookup_all(void *connection, const char *name, request_value *each, void *user);

struct request {
    const struct exporter_context *context;
    struct documents *documents;
    struct resolver *resolver;
    struct live *live;
    const char *path;        /* decoded, without query */
    char name[REQUEST_NAME]; /* what {name} stands for in the route's pattern, or "" */
    char id[REQUEST_ID];     /* X-Request-ID */
    struct moment now;
    const char *body; /* what came with it, NUL-terminated; "" when nothing, or nobody wants it */
    size_t body_len;
    request_lookup *query, *header;
    request_lookup_all *query_all;
    const struct visitor *visitor; /* who asks; valid during the handler's call */
    void *kept;                    /* what poll.h keeps of a question while it waits */
    void *connection;              /* of the HTTP library */
};

/* The query parameter or header of this name, or NULL. */
const char *request_query(const struct request *request, const char *name);
const char *request_header(const struct request *request, const char *name);

/* The service that {name} means, also the id that one outside Docker was registered with; NULL after
 * answering 404. */
struct answer;
const struct service *request_service(const struct request *request, struct answer *answer);

struct answer_header {
    const char *name; /* static text */
    char value[160];
};

/* What goes back. All zero is an empty 500: a handler fills it by exactly one of the functions below, or
 * leaves it to answer_later (later.h). */
struct answer {
    int status;
    struct body *body;      /* one reference; NULL: empty */
    const char *type;       /* Content-Type, static text */
    char tag[DOCUMENT_TAG]; /* ETag without quotes and "-gz"; "": never cached */
    bool vary_accept;       /* the answer depends on Accept, too */
    bool close;             /* the connection ends with it */
    struct answer_header header[ANSWER_HEADERS];
    size_t header_count;
    struct stream *stream; /* not NULL: the body, which never ends by itself */
    struct later *later;   /* not NULL: it is given in a later turn, and nothing else counts */
};

/* A document of the present revision, with its ETag. What the caller has already (If-None-Match) is not made.
 */
void answer_document(const struct request *request, struct answer *answer, enum document_kind kind);

/* The same for any other; its type is static text. A wish that cannot be met is answered 400. may_fail: it is
 * not known yet whether this one can. settings (may be NULL) stands for what its bytes depend on besides and
 * the caller's words do not say: it goes into the ETag. */
struct document_answer {
    const char *type;
    struct document_wish wish;
    bool may_fail;
    const char *settings;
};
void answer_made(const struct request *request, struct answer *answer, const struct document_answer *made);

/* Text made from the registry alone for this request, with the revision's ETag; text is taken over. */
void answer_registry(const struct request *request, struct answer *answer, const char *type,
                     struct buf *text);

/* Whether all that serves is known by now. If not, that is answered (503): programs would take what this run
 * has not seen or checked yet for gone, while what they were told before likely still holds. */
bool answer_when_warm(const struct request *request, struct answer *answer);

/* Text that moves: never cached; text is taken over. */
void answer_text(struct answer *answer, int status, const char *type, struct buf *text);

/* A problem (RFC 9457) with this status; the detail is one plain sentence. Replaces what the answer held. */
void answer_problem(struct answer *answer, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a header; the value is copied. */
void answer_header(struct answer *answer, const char *name, const char *value);

/* Drops the answer's body. */
void answer_free(struct answer *answer);

/* The name of an HTTP status: "Not Found". Only those that are used here. */
const char *status_title(int status);

extern const char type_json[], type_text[], type_problem[];

#endif
