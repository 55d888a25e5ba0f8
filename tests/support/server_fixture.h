/* server_fixture.h: what tests of the HTTP server share: a server of the small sample registry on a free
 * port, on the test's own loop, whose controller only notes what it is asked for. */
#ifndef QUAYWATCH_TESTS_SERVER_FIXTURE_H
#define QUAYWATCH_TESTS_SERVER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exporter/server.h"
#include "tests/support/loop_client.h"
#include "tests/support/sample_registry.h"

/* The fixture's AUTH_TOKEN, as a header line. */
#define TOKEN "Authorization: Bearer change-me\r\n"

struct served {
    struct journal *journal;
    uv_loop_t loop;
    struct registry *registry;
    struct stats stats;
    struct exporter_context context;
    struct server_options options;
    struct server *server;
    int port;
    const char *trouble;
    int restart_code, restarts;
    bool forced;
    int64_t maintained_ms; /* -1: not asked */
    int breaker_code;
    bool tripped;
    const struct instance *breaker_of; /* NULL: of all */
};

/* cmocka's setup and teardown: *state is a struct served, and its server is open. */
int served_setup(void **state);
int served_teardown(void **state);

/* Opens a server with the fixture's options, and closes it; served_reopen does both, after options changed.
 */
void served_open(struct served *served);
void served_close(struct served *served);
void served_reopen(struct served *served);

/* One request ("GET /path", header lines each ended by \r\n): the whole reply, or its status alone. */
struct reply served_ask(struct served *served, const char *request, const char *headers);
int served_status(struct served *served, const char *request, const char *headers);

#define SERVED(test) cmocka_unit_test_setup_teardown(test, served_setup, served_teardown)

#endif
