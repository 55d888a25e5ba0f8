/* operations.h: what the description of the API (OpenAPI and /docs) says of a route beyond the table of
 * routes: parameters, bodies, answers. A table; a route without a row is described by its row of routes
 * alone. */
#ifndef QUAYWATCH_EXPORTER_OPERATIONS_H
#define QUAYWATCH_EXPORTER_OPERATIONS_H

#include <stdbool.h>

#include "exporter/routes.h"

enum { OPERATION_PARAMETERS = 7, OPERATION_REPLIES = 7 };

struct parameter {
    const char *name;     /* of the query, or of a header when it begins with a capital letter */
    const char *type;     /* "string", "integer", "boolean" */
    const char *words;    /* what is allowed, "a|b|c"; NULL: any */
    const char *standard; /* what is meant when it is not sent; NULL: nothing */
    const char *meaning;
};

struct reply_row {
    int status;
    const char *type;   /* Content-Type; NULL: no body */
    const char *schema; /* of JSON, by its name; NULL: text */
    const char *meaning;
};

/* What all rows of one subject have in common in the description. */
struct subject {
    const char *name, *meaning;
};
extern const struct subject subjects[];
extern const size_t subject_count;

struct operation {
    enum method method;
    const char *pattern;
    const char *id;      /* stable: programs are generated with it */
    const char *subject; /* one of subjects */
    const char *details; /* more than the summary says; NULL: nothing */
    struct parameter parameter[OPERATION_PARAMETERS];
    const char *body;   /* schema of what is sent; NULL: nothing is */
    const char *sample; /* of what is sent, or of the query with its "?"; NULL: none is needed */
    bool tagged;        /* has an ETag */
    /* Answers that are not those of every route (400, 401, 403, 404, 405, 413, 503). The first is the usual
     * one. */
    struct reply_row reply[OPERATION_REPLIES];
};

extern const struct operation operations[];
extern const size_t operation_count;

/* The row of a route, or NULL. */
const struct operation *operation_find(const struct route *route);

/* Whether a route is one of the API: not a file of the page. */
bool operation_wanted(const struct route *route);

#endif
