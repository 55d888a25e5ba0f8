/* SPDX-License-Identifier: MIT */
/* server_fixture.c: a server of the small sample registry on the test's own loop. */
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "controller/core/error.h"

static int maintain(void *user, const struct service *service, int64_t duration_ms, struct error *err)
{
    struct served *fixture = user;
    (void)service, (void)err;
    fixture->maintained_ms = duration_ms;
    return 0;
}

static int breaker(void *user, const struct service *service, const struct instance *only, bool trip,
                   struct error *err)
{
    struct served *fixture = user;
    (void)service;
    fixture->tripped = trip;
    fixture->breaker_of = only;
    return fixture->breaker_code ? error_set(err, fixture->breaker_code, "Not now") : 0;
}

static int restart(void *user, const struct service *service, bool force, struct error *err)
{
    struct served *fixture = user;
    (void)service;
    fixture->restarts++;
    fixture->forced = force;
    if (!fixture->restart_code)
        return 0;
    return error_set(err, fixture->restart_code, "Not now");
}

static int ladder(void *user, const struct instance *instance, struct ladder_row row[static HOLD_COUNT])
{
    (void)user, (void)instance;
    for (int i = 0; i < HOLD_COUNT; i++) {
        row[i] = (struct ladder_row){.hold = (enum hold)i, .holds = false};
        snprintf(row[i].sentence, sizeof row[i].sentence, "Row %d is clear.", i);
    }
    return 0;
}

static const char *trouble(void *user)
{
    const struct served *fixture = user;
    return fixture->trouble;
}

void served_open(struct served *fixture)
{
    struct error err = {0};
    fixture->server = server_open(&fixture->loop, &fixture->options, &fixture->context, &err);
    if (!fixture->server)
        fail_msg("%s", err.text);
    fixture->port = server_port(fixture->server);
}

void served_close(struct served *fixture)
{
    server_close(fixture->server);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
}

int served_setup(void **state)
{
    struct served *fixture = mem_new(sizeof *fixture);
    uv_loop_init(&fixture->loop);
    fixture->registry = sample_registry();
    fixture->context = (struct exporter_context){
        .registry = fixture->registry,
        .journal = fixture->journal = journal_new(),
        .stats = &fixture->stats,
        .actions = {.user = fixture,
                    .restart = restart,
                    .maintain = maintain,
                    .breaker = breaker,
                    .ladder = ladder,
                    .trouble = trouble},
        .version = "0.1.0",
        .metrics_prefix = "quaywatch",
        .metrics_enabled = true,
        .state_dir = "/",
        .load_balancing = "health_based",
    };
    fixture->options = (struct server_options){
        .listen = "127.0.0.1:0", .listen_fd = -1, .auth_token = "change-me"};
    served_open(fixture);
    *state = fixture;
    return 0;
}

int served_teardown(void **state)
{
    struct served *fixture = *state;
    served_close(fixture);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    stats_free(&fixture->stats);
    journal_free(fixture->journal);
    registry_free(fixture->registry);
    free(fixture);
    return 0;
}

/* Starts the server anew with changed options. */
void served_reopen(struct served *fixture)
{
    served_close(fixture);
    served_open(fixture);
}

struct reply served_ask(struct served *fixture, const char *request, const char *headers)
{
    return loop_ask(&fixture->loop, fixture->port, request, headers);
}

int served_status(struct served *fixture, const char *request, const char *headers)
{
    struct reply reply = served_ask(fixture, request, headers);
    int status = reply.status;
    reply_free(&reply);
    return status;
}
