/* http.h: asking the quaywatch under test over HTTP, looking into its JSON, and waiting for what should come.
 */
#ifndef QUAYWATCH_TESTS_HTTP_H
#define QUAYWATCH_TESTS_HTTP_H

#include "tests/support/world.h"

struct http_answer {
    int status; /* 0: no answer */
    char *body; /* never NULL */
    size_t len;
    char *headers; /* as they came, never NULL */
};

/* How long something may take that must happen. Generous: a loaded machine is no failure. */
enum { PATIENCE_MS = 30000 };

/* How long nothing must happen before a test believes that nothing will: several checks and backoffs. */
enum { CALM_MS = 3000 };

/* GET of a path. */
const struct http_answer *http_get(struct world *world, const char *path);

/* Any request; headers is a NULL-terminated list of "Name: value" or NULL; body may be NULL. HEAD reads no
 * body. */
const struct http_answer *http_ask(struct world *world, const char *method, const char *path,
                                   const char *const *headers, const char *body);

/* The value of a header in the answer, NULL when it is not there. */
char *http_header(struct world *world, const struct http_answer *answer, const char *name);

/* The value at a path like "services[name=web].instances[0].status" in a JSON text: strings bare, all else as
 * JSON
 * ("null", "3", "true"); "count(services)" gives an array's length. NULL when there is no such thing. */
char *json_at(struct world *world, const char *json, const char *path);

/* The same in the answer to GET url. */
char *http_json(struct world *world, const char *url, const char *path);

/* Waits until the value at path in the answer to GET url is expected ("!x": is there and is not x; "*": is
 * there;
 * "~x": contains x; NULL: is not there). The test fails after PATIENCE_MS, showing what is there instead. */
void http_wait(struct world *world, const char *url, const char *path, const char *expected);

/* http_wait on one field of a service in /api/v1/status ("status", "instances[0].decision.reason"). */
void service_wait(struct world *world, const char *service, const char *field, const char *expected);

/* Checks again and again, for that many milliseconds (at least once), that a field of a service keeps its
 * value. */
void service_stays(struct world *world, const char *service, const char *field, const char *expected,
                   int64_t how_long_ms);

/* A field of a service in /api/v1/status as it is now; NULL when it is not there. */
char *service_field(struct world *world, const char *service, const char *field);

/* Waits until /api/v1/status has no such service. */
void service_wait_gone(struct world *world, const char *service);

/* Waits until quaywatch's log contains text. The test fails after PATIENCE_MS. */
void log_wait(struct world *world, const char *text);

/* A metric's value by its name with labels, as it stands in the text; -1 when it is not there. */
double metric(struct world *world, const char *name);

#endif
