/* SPDX-License-Identifier: MIT */
/* server_fixture.c: a server of the small sample registry on the test's own loop. */
#include "tests/support/server_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "controller/core/error.h"

static int maintain(void *user, const struct service *service, int64_t duration_ms, struct error *err)
{
    struct served *served = user;
    (void)service, (void)err;
    served->maintained_ms = duration_ms;
    return 0;
}

static int breaker(void *user, const struct service *service, const struct instance *only, bool trip,
                   struct error *err)
{
    struct served *served = user;
    (void)service;
    served->tripped = trip;
    served->breaker_of = only;
    return served->breaker_code ? error_set(err, served->breaker_code, "Not now") : 0;
}

static int restart(void *user, const struct service *service, bool force, struct error *err)
{
    struct served *served = user;
    (void)service;
    served->restarts++;
    served->forced = force;
    if (!served->restart_code)
        return 0;
    return error_set(err, served->restart_code, "Not now");
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
    const struct served *served = user;
    return served->trouble;
}

void served_open(struct served *served)
{
    struct error err = {0};
    served->server = server_open(&served->loop, &served->options, &served->context, &err);
    if (!served->server)
        fail_msg("%s", err.text);
    served->port = server_port(served->server);
}

void served_close(struct served *served)
{
    server_close(served->server);
    uv_run(&served->loop, UV_RUN_DEFAULT);
}

int served_setup(void **state)
{
    struct served *served = mem_new(sizeof *served);
    uv_loop_init(&served->loop);
    served->registry = sample_registry();
    served->context = (struct exporter_context){
        .registry = served->registry,
        .journal = served->journal = journal_new(),
        .stats = &served->stats,
        .actions = {.user = served,
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
    served->options = (struct server_options){
        .listen = "127.0.0.1:0", .listen_fd = -1, .auth_token = "change-me"};
    served_open(served);
    *state = served;
    return 0;
}

int served_teardown(void **state)
{
    struct served *served = *state;
    served_close(served);
    assert_int_equal(uv_loop_close(&served->loop), 0);
    stats_free(&served->stats);
    journal_free(served->journal);
    registry_free(served->registry);
    free(served);
    return 0;
}

/* Starts the server anew with changed options. */
void served_reopen(struct served *served)
{
    served_close(served);
    served_open(served);
}

struct reply served_ask(struct served *served, const char *request, const char *headers)
{
    return loop_ask(&served->loop, served->port, request, headers);
}

int served_status(struct served *served, const char *request, const char *headers)
{
    struct reply reply = served_ask(served, request, headers);
    int status = reply.status;
    reply_free(&reply);
    return status;
}
