/* SPDX-License-Identifier: MIT */
/* A real HAProxy follows the registry through its runtime socket: who comes, falls sick, is taken out by a
 * person, moves or goes; also behind its own reload and quaywatch's death. What is not quaywatch's stays as
 * it was. */
#include "tests/support/haproxy.h"
#include "tests/support/http.h"

#include <string.h>

#define SETTINGS "QUAYWATCH_AUTH_TOKEN=correct-horse-battery QUAYWATCH_HAPROXY="
static const char *const bearer[] = {"Authorization: Bearer correct-horse-battery", NULL};

static void run(struct haproxy_partner *haproxy, const char *name, const char *more)
{
    container_run(haproxy->world, name,
                  arena_format(&haproxy->world->arena,
                               CHECKED LABEL("service.name=web") LABEL("service.restart=no") "%s", more),
                  "");
}

static void daemon_begin(struct haproxy_partner *haproxy)
{
    struct world *world = haproxy->world;
    daemon_start(world, arena_format(&world->arena, SETTINGS "unix://%s", haproxy->socket));
}

static void post(struct haproxy_partner *haproxy, const char *path)
{
    assert_int_equal(http_ask(haproxy->world, "POST", path, bearer, "")->status, 200);
}

static void servers_follow_the_registry(void **state)
{
    struct haproxy_partner *haproxy = *state;
    struct world *world = haproxy->world;
    /* web-2 stands where nobody is; by-hand is somebody else's. */
    haproxy_start(haproxy, "  server quay-web-2 127.0.0.1:1 check inter 1s\n"
                           "  server by-hand 127.0.0.1:9 backup weight 7\n");
    run(haproxy, "web-1", "");
    run(haproxy, "web-2", LABEL("service.weight=5"));
    daemon_begin(haproxy);
    haproxy_server_wait(haproxy, "quay-web-1", haproxy_at(haproxy, "web-1", "weight 1 ready"));
    haproxy_server_wait(haproxy, "quay-web-2", haproxy_at(haproxy, "web-2", "weight 5 ready"));
    partner_wait(world, "haproxy", "curl -sSf http://127.0.0.1:%d/", haproxy->port);

    shell(world, "docker exec web-1 sick 503");
    haproxy_server_wait(haproxy, "quay-web-1", haproxy_at(haproxy, "web-1", "weight 1 drain"));
    shell(world, "docker exec web-1 well");
    haproxy_server_wait(haproxy, "quay-web-1", haproxy_at(haproxy, "web-1", "weight 1 ready"));

    post(haproxy, "/api/v1/services/web/breaker/trip?instance=web-2");
    haproxy_server_wait(haproxy, "quay-web-2", haproxy_at(haproxy, "web-2", "weight 5 drain"));
    post(haproxy, "/api/v1/services/web/breaker/reset?instance=web-2");
    haproxy_server_wait(haproxy, "quay-web-2", haproxy_at(haproxy, "web-2", "weight 5 ready"));

    char *before = haproxy_at(haproxy, "web-1", "weight 1 maint");
    shell(world, "docker stop -t 1 web-1");
    haproxy_server_wait(haproxy, "quay-web-1", before);
    run(haproxy, "web-3", ""); /* takes its address */
    haproxy_server_wait(haproxy, "quay-web-3", haproxy_at(haproxy, "web-3", "weight 1 ready"));
    shell(world, "docker start web-1");
    haproxy_server_wait(haproxy, "quay-web-1", haproxy_at(haproxy, "web-1", "weight 1 ready"));
    shell(world, "docker rm -f web-3");
    haproxy_server_wait(haproxy, "quay-web-3", "");

    assert_string_equal(haproxy_server(haproxy, "by-hand"), "127.0.0.1:9 weight 7 ready");
    assert_non_null(strstr(haproxy_ask(haproxy, "show servers state other"), " quay-web-1 127.0.0.1 0 5 "));
    log_wait(world, "Export to haproxy unix://");
}

static void slots_are_filled_and_freed(void **state)
{
    struct haproxy_partner *haproxy = *state;
    struct world *world = haproxy->world;
    haproxy_start(haproxy, "  server-template quayslot 2 127.0.0.1:1 disabled check inter 1s\n");
    daemon_begin(haproxy);
    run(haproxy, "web-1", "");
    haproxy_server_wait(haproxy, "quayslot1", haproxy_at(haproxy, "web-1", "weight 1 ready"));
    run(haproxy, "web-2", "");
    haproxy_server_wait(haproxy, "quayslot2", haproxy_at(haproxy, "web-2", "weight 1 ready"));
    run(haproxy, "web-3", "");
    haproxy_server_wait(haproxy, "quay-web-3", haproxy_at(haproxy, "web-3", "weight 1 ready"));
    char *freed = haproxy_at(haproxy, "web-1", "weight 1 maint");
    shell(world, "docker rm -f web-1");
    haproxy_server_wait(haproxy, "quayslot1", freed);
    assert_string_equal(haproxy_server(haproxy, "quayslot2"), haproxy_at(haproxy, "web-2", "weight 1 ready"));
}

/* A reloaded HAProxy knows only its file again; a quaywatch that comes back takes nobody out meanwhile. */
static void all_is_compared_anew(void **state)
{
    struct haproxy_partner *haproxy = *state;
    struct world *world = haproxy->world;
    haproxy_start(haproxy, "  server quay-web-1 127.0.0.1:1\n");
    run(haproxy, "web-1", "");
    run(haproxy, "web-2", "");
    daemon_begin(haproxy);
    haproxy_server_wait(haproxy, "quay-web-1", haproxy_at(haproxy, "web-1", "weight 1 ready"));
    haproxy_server_wait(haproxy, "quay-web-2", haproxy_at(haproxy, "web-2", "weight 1 ready"));
    haproxy_reload(haproxy);
    haproxy_server_wait(haproxy, "quay-web-1", haproxy_at(haproxy, "web-1", "weight 1 ready"));
    haproxy_server_wait(haproxy, "quay-web-2", haproxy_at(haproxy, "web-2", "weight 1 ready"));

    daemon_kill(world);
    shell(world, "docker rm -f web-1");
    daemon_begin(haproxy);
    haproxy_server_wait(haproxy, "quay-web-1", "");
    assert_string_equal(haproxy_server(haproxy, "quay-web-2"),
                        haproxy_at(haproxy, "web-2", "weight 1 ready"));
    /* What somebody else changes is put right again at the next comparison, which a reload brings about. */
    haproxy_ask(haproxy, "set server quaywatch-web/quay-web-2 state maint");
    haproxy_reload(haproxy);
    haproxy_server_wait(haproxy, "quay-web-2", haproxy_at(haproxy, "web-2", "weight 1 ready"));
}

static void what_is_wrong_is_said(void **state)
{
    struct haproxy_partner *haproxy = *state;
    struct world *world = haproxy->world;
    run(haproxy, "web-1", "");
    daemon_start(world, arena_format(&world->arena, SETTINGS "unix://%s/haproxy.sock,127.0.0.1:%d",
                                     world->folder, free_port()));
    log_wait(world, "haproxy.sock: its socket does not exist; is HAProxy running");
    log_wait(world, ": nobody answers at its socket; is HAProxy running?");
    http_wait(world, "/api/v1/exports", "exports[0].state", "failing");
    haproxy_start(haproxy, "  balance source\n");
    haproxy_server_wait(haproxy, "quay-web-1", "");
    log_wait(world, "it refuses \"add server quaywatch-web/quay-web-1 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(servers_follow_the_registry, haproxy_world_setup,
                                        haproxy_world_teardown),
        cmocka_unit_test_setup_teardown(slots_are_filled_and_freed, haproxy_world_setup,
                                        haproxy_world_teardown),
        cmocka_unit_test_setup_teardown(all_is_compared_anew, haproxy_world_setup, haproxy_world_teardown),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_said, haproxy_world_setup, haproxy_world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
