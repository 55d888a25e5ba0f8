/* SPDX-License-Identifier: MIT */
/* What users lose behind a real HAProxy that quaywatch keeps in step, while instances are restarted, drained,
 * sick, stopped or killed, and while quaywatch or HAProxy begins anew. Requests go on all the while, half of
 * them on connections that are kept. The servers end at once when they are told to stop: only who drains them
 * first loses nothing. */
#include "tests/support/haproxy.h"
#include "tests/support/http.h"
#include "tests/support/load.h"

#include <string.h>

#define REPLICAS 3
#define CONNECTIONS 6
#define DRAIN "500ms"
#define SETTINGS "QUAYWATCH_AUTH_TOKEN=correct-horse-battery QUAYWATCH_HAPROXY="
/* A server whose answers to SLOW take 100 ms: there is always something under way. */
#define SLOW "/cgi-bin/slow"
#define SLOW_SERVER                                                                                          \
    "sh -c '{ echo \"#!/bin/sh\"; echo \"sleep 0.1\"; echo \"echo; echo slow\"; } >/www/cgi-bin/slow; "      \
    "chmod 755 /www/cgi-bin/slow; exec serve'"
static const char *const bearer[] = {"Authorization: Bearer correct-horse-battery", NULL};

static void daemon_begin(struct haproxy_partner *haproxy, const char *drain)
{
    struct world *world = haproxy->world;
    daemon_start(
        world, arena_format(&world->arena, SETTINGS "unix://%s QUAYWATCH_DRAIN=%s", haproxy->socket, drain));
}

static char *name_of(struct haproxy_partner *haproxy, const char *prefix, int replica)
{
    return arena_format(&haproxy->world->arena, "%sweb-%d", prefix, replica);
}

static void all_ready(struct haproxy_partner *haproxy)
{
    for (int i = 1; i <= REPLICAS; i++)
        haproxy_server_wait(haproxy, name_of(haproxy, "quay-", i),
                            haproxy_at(haproxy, name_of(haproxy, "", i), "weight 1 ready"));
}

/* Three replicas, in HAProxy's file as the export would write them, and quaywatch. */
static void begin(struct haproxy_partner *haproxy, const char *drain, const char *labels)
{
    struct world *world = haproxy->world;
    char *servers = arena_copy(&world->arena, "  default-server check inter 500ms fall 2 rise 1\n");
    for (int i = 1; i <= REPLICAS; i++) {
        char *name = name_of(haproxy, "", i);
        container_run(world, name,
                      arena_format(&world->arena, CHECKED LABEL("service.name=web") "%s", labels),
                      SLOW_SERVER);
        servers = arena_format(&world->arena, "%s  server quay-%s %s\n", servers, name,
                               strtok(haproxy_at(haproxy, name, ""), " "));
    }
    haproxy_start(haproxy, servers);
    daemon_begin(haproxy, drain);
    all_ready(haproxy);
    service_wait(world, "web", "status", "healthy");
}

static struct loads begin_load(struct haproxy_partner *haproxy, const char *path)
{
    return loads_start(haproxy->port, path, CONNECTIONS);
}

static struct load_figures end_load(const struct loads *loads, const char *what)
{
    struct loads_figures both = loads_stop(loads);
    struct load_figures kept = both.kept, fresh = both.fresh;
    print_message(
        "HAProxy, %s: %lu requests on kept connections, %lu lost (%lu sent again); %lu on new ones, "
        "%lu lost%s%s%s\n",
        what, kept.requests, kept.lost, kept.resent, fresh.requests, fresh.lost,
        kept.lost + fresh.lost ? "; the first: " : "", kept.first, fresh.first);
    fresh.requests += kept.requests;
    fresh.lost += kept.lost;
    return fresh;
}

static void post(struct haproxy_partner *haproxy, const char *path)
{
    const struct http_answer *answer = http_ask(haproxy->world, "POST", path, bearer, "");
    if (answer->status / 100 != 2)
        world_fail(haproxy->world, "%s: %d %s", path, answer->status, answer->body);
}

/* All have been started after that moment, and serve. */
static void all_began_anew(struct haproxy_partner *haproxy, char *const before[REPLICAS])
{
    struct world *world = haproxy->world;
    for (int i = 0; i < REPLICAS; i++)
        partner_wait(world, "haproxy", "test $(docker inspect -f '{{.State.StartedAt}}' %s) != %s",
                     name_of(haproxy, "", i + 1), before[i]);
    all_ready(haproxy);
}

static struct load_figures rolling_restart(struct haproxy_partner *haproxy, const char *what)
{
    char *before[REPLICAS];
    for (int i = 0; i < REPLICAS; i++)
        before[i] = container_started_at(haproxy->world, name_of(haproxy, "", i + 1));
    struct loads quick = begin_load(haproxy, "/"), slow = begin_load(haproxy, SLOW);
    post(haproxy, "/api/v1/services/web/reload");
    all_began_anew(haproxy, before);
    struct load_figures figures = end_load(&quick, what);
    figures.lost += end_load(&slow, arena_format(&haproxy->world->arena, "%s, slow answers", what)).lost;
    return figures;
}

static void a_rolling_restart_loses_nothing(void **state)
{
    struct haproxy_partner *haproxy = *state;
    begin(haproxy, DRAIN, "");
    assert_int_equal(rolling_restart(haproxy, "rolling restart").lost, 0);
    log_wait(haproxy->world, "[web] Draining for 500ms before its restart (manual)");
}

/* The same without what is shown here: else that would show nothing. */
static void undrained_it_would_lose(void **state)
{
    struct haproxy_partner *haproxy = *state;
    begin(haproxy, "0", "");
    assert_true(rolling_restart(haproxy, "rolling restart with DRAIN=0").lost > 0);
}

static void drain_and_return_lose_nothing(void **state)
{
    struct haproxy_partner *haproxy = *state;
    begin(haproxy, DRAIN, LABEL("service.breaker.recovery_timeout=1h"));
    struct loads loads = begin_load(haproxy, "/");
    for (int i = 1; i <= 2; i++) {
        char *name = name_of(haproxy, "", i), *server = name_of(haproxy, "quay-", i);
        post(haproxy,
             arena_format(&haproxy->world->arena, "/api/v1/services/web/breaker/trip?instance=%s", name));
        haproxy_server_wait(haproxy, server, haproxy_at(haproxy, name, "weight 1 drain"));
        /* What people drain for: it is away for a while. */
        char *ready = haproxy_at(haproxy, name, "weight 1 ready");
        shell(haproxy->world, "docker restart -t 1 %s", name);
        service_wait(haproxy->world, "web", "status", "healthy");
        post(haproxy,
             arena_format(&haproxy->world->arena, "/api/v1/services/web/breaker/reset?instance=%s", name));
        haproxy_server_wait(haproxy, server, ready);
    }
    assert_int_equal(end_load(&loads, "drain, restart and return").lost, 0);
}

static void quaywatch_and_haproxy_may_begin_anew(void **state)
{
    struct haproxy_partner *haproxy = *state;
    struct world *world = haproxy->world;
    begin(haproxy, DRAIN, "");
    struct loads loads = begin_load(haproxy, "/");
    daemon_kill(world);
    daemon_begin(haproxy, DRAIN);
    service_wait(world, "web", "status", "healthy");
    all_ready(haproxy);
    assert_int_equal(end_load(&loads, "quaywatch killed and started").lost, 0);

    loads = begin_load(haproxy, "/");
    haproxy_reload(haproxy);
    all_ready(haproxy);
    haproxy_reload(haproxy);
    all_ready(haproxy);
    assert_int_equal(end_load(&loads, "HAProxy reloaded twice").lost, 0);
}

/* ---- what nobody announces ---- */

static void is_wait(struct haproxy_partner *haproxy, const char *server, const char *state)
{
    for (int64_t end = clock_now_ms() + PATIENCE_MS; clock_now_ms() < end; clock_pause())
        if (strstr(haproxy_server(haproxy, server), state))
            return;
    world_fail(haproxy->world, "HAProxy's server %s is \"%s\", not %s", server,
               haproxy_server(haproxy, server), state);
}

/* From here on everything is known, so nothing is lost any more. */
static void loses_nothing_more(struct haproxy_partner *haproxy, const char *path)
{
    struct loads loads = begin_load(haproxy, path);
    assert_int_equal(end_load(&loads, "afterwards").lost, 0);
}

/* What was under way with it is lost, and nothing more: at most one request a connection. */
static void stop_and_crash_cost_little(void **state)
{
    struct haproxy_partner *haproxy = *state;
    struct world *world = haproxy->world;
    begin(haproxy, DRAIN, LABEL("service.restart=no"));
    struct loads loads = begin_load(haproxy, "/");
    shell(world, "docker stop -t 5 web-1");
    is_wait(haproxy, "quay-web-1", "maint");
    assert_true(end_load(&loads, "docker stop from outside").lost <= CONNECTIONS);
    shell(world, "docker start web-1");
    all_ready(haproxy);

    loads = begin_load(haproxy, "/");
    container_crash(world, "web-2");
    is_wait(haproxy, "quay-web-2", "maint");
    assert_true(end_load(&loads, "an instance killed").lost <= CONNECTIONS);
    loses_nothing_more(haproxy, "/");
}

/* Its users get its 503 until two checks have failed, 200 ms apart. */
static void a_sick_instance_gets_no_users(void **state)
{
    struct haproxy_partner *haproxy = *state;
    begin(haproxy, DRAIN, LABEL("service.restart=no"));
    struct loads loads = begin_load(haproxy, "/cgi-bin/health");
    shell(haproxy->world, "docker exec web-3 sick 503");
    is_wait(haproxy, "quay-web-3", "drain");
    assert_true(end_load(&loads, "an instance that answers 503 falls sick").lost > 0);
    loses_nothing_more(haproxy, "/cgi-bin/health");
    shell(haproxy->world, "docker exec web-3 well");
    all_ready(haproxy);
    loses_nothing_more(haproxy, "/cgi-bin/health");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_rolling_restart_loses_nothing, haproxy_world_setup,
                                        haproxy_world_teardown),
        cmocka_unit_test_setup_teardown(undrained_it_would_lose, haproxy_world_setup, haproxy_world_teardown),
        cmocka_unit_test_setup_teardown(drain_and_return_lose_nothing, haproxy_world_setup,
                                        haproxy_world_teardown),
        cmocka_unit_test_setup_teardown(quaywatch_and_haproxy_may_begin_anew, haproxy_world_setup,
                                        haproxy_world_teardown),
        cmocka_unit_test_setup_teardown(stop_and_crash_cost_little, haproxy_world_setup,
                                        haproxy_world_teardown),
        cmocka_unit_test_setup_teardown(a_sick_instance_gets_no_users, haproxy_world_setup,
                                        haproxy_world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
