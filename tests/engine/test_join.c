/* SPDX-License-Identifier: MIT */
/* quaywatch in a container of its own, and what it watches on networks that it is not on: it says so, or
 * joins them, and is never the reason that one of them cannot be removed. */
#include "tests/support/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nobody else is in the engine's network. One that the engine chooses would change with each network. */
enum { PORT = 18080 };

/* Runs build/quaywatch with this machine's libraries in a container on a network of its own. That one comes
 * first by name: before Docker 28 it is the first by name that gives a container its published ports. */
static void inside_start(struct world *world, const char *settings)
{
    const char *named = getenv("QUAYWATCH"), *sanitizer = getenv("ASAN_OPTIONS");
    char *program = shell(world, "realpath '%s'", named ? named : "build/quaywatch");
    shell(world, "docker network inspect a-home >/dev/null 2>&1 || docker network create a-home");
    shell(world, "mkdir -p '%s/state' && chown 65532 '%s/state'", world->folder, world->folder);
    shell(world,
          "docker run -d --name quaywatch --network a-home -p 127.0.0.1:%d:8080 -v '%s:/quaywatch:ro' "
          "-v /usr/lib:/lib:ro -v /usr/lib:/usr/lib:ro $(test -d /lib64 && echo -v /lib64:/lib64:ro) "
          "-v '%s/docker.sock:/var/run/docker.sock' -v '%s:/data' -e ASAN_OPTIONS='%s' "
          "$(printf -- '-e %%s ' QUAYWATCH_STATE_DIR=/data/state QUAYWATCH_LOG_FORMAT=text "
          "QUAYWATCH_LOG_LEVEL=debug QUAYWATCH_SETTLE=1s HEALTH_CHECK_INTERVAL=200ms HEALTH_CHECK_TIMEOUT=1s "
          "%s) " IMAGE " sh -c 'exec /quaywatch 2>>/data/daemon.log'",
          PORT, program, world->engine_dir, world->folder, sanitizer ? sanitizer : "", settings);
    world->port = PORT;
    http_wait(world, "/api/v1/status", "engine.connected", "true");
}

static char *own_networks(struct world *world)
{
    return shell(world,
                 "docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' "
                 "quaywatch");
}

/* Waits until quaywatch is on exactly these networks: names in order, each with a blank behind it. */
static void networks_wait(struct world *world, const char *expected)
{
    char *is = NULL;
    for (int64_t end = clock_now_ms() + PATIENCE_MS; clock_now_ms() < end; clock_pause())
        if (strcmp(is = own_networks(world), expected) == 0)
            return;
    world_fail(world, "quaywatch is on \"%s\" instead of \"%s\"", is, expected);
}

static void web_run(struct world *world, const char *name, const char *network, const char *labels)
{
    shell(world, "docker network inspect %s >/dev/null 2>&1 || docker network create %s", network, network);
    shell(world, "docker run -d --name %s --network %s %s " IMAGE, name, network, labels);
}

#define WATCHED(name) LABEL("service.name=" name) CHECKED

static void off_says_what_to_do(void **state)
{
    struct world *world = *state;
    inside_start(world, "");
    web_run(world, "shop", "shopnet", WATCHED("shop"));
    service_wait(world, "shop", "status", "unknown");
    service_wait(world, "shop", "instances[0].findings", "~unreachable-network");
    service_wait(world, "shop", "instances[0].findings", "~docker network connect");
    service_wait(world, "shop", "instances[0].findings", "~JOIN_NETWORKS=labelled");
    assert_string_equal(own_networks(world), "a-home ");
    /* The other way: a person does it. It is seen at once, and what a person did is not undone. */
    shell(world, "docker network connect shopnet quaywatch");
    service_wait(world, "shop", "status", "healthy");
    service_wait(world, "shop", "instances[0].findings[code=unreachable-network]", NULL);
    shell(world, "docker network disconnect shopnet quaywatch");
    service_wait(world, "shop", "status", "unknown");
}

static void labelled_joins_and_leaves(void **state)
{
    struct world *world = *state;
    char *output;
    inside_start(world, "QUAYWATCH_JOIN_NETWORKS=labelled");
    web_run(world, "shop", "shopnet", WATCHED("shop"));
    web_run(world, "books", "booknet", WATCHED("books"));
    web_run(world, "plain", "plainnet", "--label coolify.managed=true --label coolify.port=8080");
    service_wait(world, "shop", "status", "healthy");
    service_wait(world, "books", "status", "healthy");
    networks_wait(world, "a-home booknet shopnet ");
    service_wait(world, "plain", "status", "unknown"); /* no service.* label */
    assert_non_null(strstr(daemon_log(world), "Joined network shopnet"));
    /* The page is still there: joining moves a container's way out on old engines. */
    assert_int_equal(http_get(world, "/health")->status, 200);
    /* Down: whatever removes the network right after the last container finds it empty. */
    shell(world, "docker rm -f shop && docker network rm shopnet");
    networks_wait(world, "a-home booknet ");
    shell(world, "docker stop -t 5 books && docker rm books && docker network rm booknet");
    networks_wait(world, "a-home ");
    assert_int_not_equal(shell_status(world, &output, "docker network inspect booknet"), 0);
    service_wait_gone(world, "books");
}

static void a_proxy_is_no_reason_to_stay(void **state)
{
    struct world *world = *state;
    inside_start(world, "QUAYWATCH_JOIN_NETWORKS=all");
    web_run(world, "shop", "shopnet",
            "--label coolify.managed=true --label coolify.name=shop "
            "--label coolify.port=8080 --label coolify.serviceName=shop");
    web_run(world, "coolify-proxy", "shopnet", "--label coolify.managed=true --label coolify.proxy=true");
    networks_wait(world, "a-home shopnet ");
    shell(world, "docker network disconnect shopnet shop");
    networks_wait(world, "a-home ");
    shell(world, "docker network connect shopnet shop");
    networks_wait(world, "a-home shopnet ");
}

static void compose_down_leaves_nothing(void **state)
{
    struct world *world = *state;
    char *path = arena_format(&world->arena, "%s/stack.yml", world->folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs("services:\n", file);
    for (int i = 0; i < 2; i++)
        fprintf(file,
                "  part%d:\n    image: " IMAGE "\n    labels:\n      service.name: part%d\n"
                "      service.port: \"8080\"\n      service.health.interval: 200ms\n",
                i, i);
    fclose(file);
    inside_start(world, "QUAYWATCH_JOIN_NETWORKS=labelled");
    for (int round = 0; round < 3; round++) {
        shell(world, "docker-compose -p stack -f '%s' up -d 2>&1", path);
        service_wait(world, "part0", "status", "healthy");
        service_wait(world, "part1", "status", "healthy");
        shell(world, "docker-compose -p stack -f '%s' down -t %d 2>&1", path, round);
        assert_string_equal(shell(world, "docker network ls -q --filter name=stack"), "");
    }
    networks_wait(world, "a-home ");
}

static void a_restart_knows_its_own(void **state)
{
    struct world *world = *state;
    inside_start(world, "QUAYWATCH_JOIN_NETWORKS=labelled");
    web_run(world, "shop", "shopnet", WATCHED("shop"));
    shell(world,
          "docker network create booknet && docker network connect booknet quaywatch"); /* a person's */
    web_run(world, "books", "booknet", WATCHED("books"));
    service_wait(world, "shop", "status", "healthy");
    networks_wait(world, "a-home booknet shopnet ");
    shell(world, "docker kill -s KILL quaywatch && docker rm -f shop && docker start quaywatch");
    http_wait(world, "/api/v1/status", "engine.connected", "true");
    networks_wait(world, "a-home booknet ");
    shell(world, "docker network rm shopnet");
    /* Stopped by a person it takes nothing with it: its container could not start again without them. */
    web_run(world, "shop", "shopnet", WATCHED("shop"));
    networks_wait(world, "a-home booknet shopnet ");
    shell(world, "docker stop quaywatch");
    assert_string_equal(own_networks(world), "a-home booknet ");
    /* And with the setting off, what an earlier life joined is left, too. */
    shell(world, "docker start quaywatch");
    networks_wait(world, "a-home booknet shopnet ");
    shell(world, "docker kill -s KILL quaywatch");
}

static void settings_are_changed(void **state)
{
    struct world *world = *state;
    shell(world, "echo QUAYWATCH_JOIN_NETWORKS=off >'%s/settings'", world->folder);
    inside_start(world, "QUAYWATCH_CONFIG=/data/settings");
    web_run(world, "shop", "shopnet", WATCHED("shop"));
    service_wait(world, "shop", "status", "unknown");
    shell(world, "echo QUAYWATCH_JOIN_NETWORKS=labelled >'%s/settings' && docker kill -s HUP quaywatch",
          world->folder);
    service_wait(world, "shop", "status", "healthy");
    shell(world, "echo QUAYWATCH_JOIN_NETWORKS=off >'%s/settings' && docker kill -s HUP quaywatch",
          world->folder);
    networks_wait(world, "a-home ");
    service_wait(world, "shop", "status", "unknown");
}

static void on_the_host_it_says_so(void **state)
{
    struct world *world = *state;
    daemon_start(world, "QUAYWATCH_JOIN_NETWORKS=all");
    web_run(world, "shop", "shopnet", WATCHED("shop"));
    service_wait(world, "shop", "status", "healthy");
    assert_non_null(strstr(daemon_log(world), "JOIN_NETWORKS does nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(off_says_what_to_do, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(labelled_joins_and_leaves, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_proxy_is_no_reason_to_stay, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(compose_down_leaves_nothing, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_restart_knows_its_own, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(settings_are_changed, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(on_the_host_it_says_so, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
