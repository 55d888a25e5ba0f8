/* SPDX-License-Identifier: MIT */
/* A real HAProxy follows the registry through its runtime socket: who comes, falls sick, is taken out by a
 * person, moves or goes; also behind its own reload and quaywatch's death. What is not quaywatch's stays as
 * it was. */
#include "tests/support/http.h"
#include "tests/support/partner.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER = 64 * 1024 };

#define SETTINGS "QUAYWATCH_AUTH_TOKEN=correct-horse-battery QUAYWATCH_DRAIN=500ms QUAYWATCH_HAPROXY="
static const char *const bearer[] = {"Authorization: Bearer correct-horse-battery", NULL};

struct partners {
    struct world *world;
    pid_t haproxy;
    int port;
    const char *socket;
};

static int setup(void **state)
{
    struct partners *partners = mem_new(sizeof *partners);
    if (world_setup((void **)&partners->world) != 0)
        return -1;
    *state = partners;
    return 0;
}

static int teardown(void **state)
{
    struct partners *partners = *state;
    partner_stop(partners->haproxy);
    int code = world_teardown((void **)&partners->world);
    free(partners);
    return code;
}

/* HAProxy with a frontend for the service web and whatever servers the test wants in its backend. */
static void haproxy_start(struct partners *partners, const char *servers)
{
    struct world *world = partners->world;
    partners->port = free_port();
    partners->socket = arena_format(&world->arena, "%s/haproxy.sock", world->folder);
    char *path = arena_format(&world->arena, "%s/haproxy.cfg", world->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "global\n  stats socket %s mode 666 level admin\n  hard-stop-after 5s\n"
            "defaults\n  mode http\n  timeout connect 1s\n  timeout client 5s\n  timeout server 5s\n"
            "  option redispatch\n  retries 3\n"
            "frontend web\n  bind 127.0.0.1:%d\n  default_backend quaywatch-web\n"
            "backend quaywatch-web\n  balance roundrobin\n%s"
            "backend other\n  server quay-web-1 127.0.0.1:9 disabled\n",
            partners->socket, partners->port, servers);
    fclose(file);
    partners->haproxy = partner_start(world, "haproxy", "haproxy -W -db -f %s", path);
    partner_wait(world, "haproxy", "test -S %s", partners->socket);
}

/* HAProxy's answer to a command. */
static char *ask(struct partners *partners, const char *command)
{
    struct world *world = partners->world;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", partners->socket);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char *answer = arena_new(&world->arena, ANSWER);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
        dprintf(fd, "%s\n", command);
        ssize_t count;
        for (size_t len = 0; len < ANSWER - 1 && (count = read(fd, answer + len, ANSWER - 1 - len)) > 0;)
            len += (size_t)count;
    }
    close(fd);
    return answer;
}

/* What HAProxy says of a server: "172.17.0.2:8080 weight 1 ready"; "" when it has none of that name. */
static char *server(struct partners *partners, const char *name)
{
    struct arena *arena = &partners->world->arena;
    char *rest = ask(partners, "show servers state quaywatch-web");
    for (char *line; (line = strsep(&rest, "\n"));) {
        char own[128], address[64];
        int admin, weight, port;
        if (sscanf(line, "%*s %*s %*s %127s %63s %*s %d %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %d", own,
                   address, &admin, &weight, &port) == 5 &&
            strcmp(own, name) == 0)
            return arena_format(arena, "%s:%d weight %d %s", address, port, weight,
                                admin & 0x63   ? "maint"
                                : admin & 0x18 ? "drain"
                                               : "ready");
    }
    return arena_copy(arena, "");
}

static void server_wait(struct partners *partners, const char *name, const char *expected)
{
    for (int64_t end = clock_now_ms() + PATIENCE_MS; clock_now_ms() < end; clock_pause())
        if (strcmp(server(partners, name), expected) == 0)
            return;
    world_fail(partners->world, "HAProxy's server %s is \"%s\", not \"%s\"", name, server(partners, name),
               expected);
}

static char *at(struct partners *partners, const char *container, const char *how)
{
    return arena_format(
        &partners->world->arena, "%s:8080 %s",
        shell(partners->world, "docker inspect -f '{{.NetworkSettings.IPAddress}}' %s", container), how);
}

static void run(struct partners *partners, const char *name, const char *more)
{
    container_run(partners->world, name,
                  arena_format(&partners->world->arena,
                               CHECKED LABEL("service.name=web") LABEL("service.restart=no") "%s", more),
                  "");
}

static void daemon_begin(struct partners *partners)
{
    struct world *world = partners->world;
    daemon_start(world, arena_format(&world->arena, SETTINGS "unix://%s", partners->socket));
}

static void post(struct partners *partners, const char *path)
{
    assert_int_equal(http_ask(partners->world, "POST", path, bearer, "")->status, 200);
}

static void servers_follow_the_registry(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    /* web-2 stands where nobody is; by-hand is somebody else's. */
    haproxy_start(partners, "  server quay-web-2 127.0.0.1:1 check inter 1s\n"
                            "  server by-hand 127.0.0.1:9 backup weight 7\n");
    run(partners, "web-1", "");
    run(partners, "web-2", LABEL("service.weight=5"));
    daemon_begin(partners);
    server_wait(partners, "quay-web-1", at(partners, "web-1", "weight 1 ready"));
    server_wait(partners, "quay-web-2", at(partners, "web-2", "weight 5 ready"));
    partner_wait(world, "haproxy", "curl -sSf http://127.0.0.1:%d/", partners->port);

    shell(world, "docker exec web-1 sick 503");
    server_wait(partners, "quay-web-1", at(partners, "web-1", "weight 1 drain"));
    shell(world, "docker exec web-1 well");
    server_wait(partners, "quay-web-1", at(partners, "web-1", "weight 1 ready"));

    post(partners, "/api/v1/services/web/breaker/trip?instance=web-2");
    server_wait(partners, "quay-web-2", at(partners, "web-2", "weight 5 drain"));
    post(partners, "/api/v1/services/web/breaker/reset?instance=web-2");
    server_wait(partners, "quay-web-2", at(partners, "web-2", "weight 5 ready"));

    char *before = at(partners, "web-1", "weight 1 maint");
    shell(world, "docker stop -t 1 web-1");
    server_wait(partners, "quay-web-1", before);
    run(partners, "web-3", ""); /* takes its address */
    server_wait(partners, "quay-web-3", at(partners, "web-3", "weight 1 ready"));
    shell(world, "docker start web-1");
    server_wait(partners, "quay-web-1", at(partners, "web-1", "weight 1 ready"));
    shell(world, "docker rm -f web-3");
    server_wait(partners, "quay-web-3", "");

    assert_string_equal(server(partners, "by-hand"), "127.0.0.1:9 weight 7 ready");
    assert_non_null(strstr(ask(partners, "show servers state other"), " quay-web-1 127.0.0.1 0 5 "));
    log_wait(world, "Export to haproxy unix://");
}

static void slots_are_filled_and_freed(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    haproxy_start(partners, "  server-template quayslot 2 127.0.0.1:1 disabled check inter 1s\n");
    daemon_begin(partners);
    run(partners, "web-1", "");
    server_wait(partners, "quayslot1", at(partners, "web-1", "weight 1 ready"));
    run(partners, "web-2", "");
    server_wait(partners, "quayslot2", at(partners, "web-2", "weight 1 ready"));
    run(partners, "web-3", "");
    server_wait(partners, "quay-web-3", at(partners, "web-3", "weight 1 ready"));
    char *freed = at(partners, "web-1", "weight 1 maint");
    shell(world, "docker rm -f web-1");
    server_wait(partners, "quayslot1", freed);
    assert_string_equal(server(partners, "quayslot2"), at(partners, "web-2", "weight 1 ready"));
}

/* A reloaded HAProxy knows only its file again; a quaywatch that comes back takes nobody out meanwhile. */
static void all_is_compared_anew(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    haproxy_start(partners, "  server quay-web-1 127.0.0.1:1\n");
    run(partners, "web-1", "");
    run(partners, "web-2", "");
    daemon_begin(partners);
    server_wait(partners, "quay-web-1", at(partners, "web-1", "weight 1 ready"));
    server_wait(partners, "quay-web-2", at(partners, "web-2", "weight 1 ready"));
    kill(partners->haproxy, SIGUSR2);
    partner_wait(world, "haproxy", "test $(grep -c 'Loading success' %s/haproxy.log) -ge 2", world->folder);
    server_wait(partners, "quay-web-1", at(partners, "web-1", "weight 1 ready"));
    server_wait(partners, "quay-web-2", at(partners, "web-2", "weight 1 ready"));

    daemon_kill(world);
    shell(world, "docker rm -f web-1");
    daemon_begin(partners);
    server_wait(partners, "quay-web-1", "");
    assert_string_equal(server(partners, "quay-web-2"), at(partners, "web-2", "weight 1 ready"));
    /* What somebody else changes is put right again at the next comparison, which a reload brings about. */
    ask(partners, "set server quaywatch-web/quay-web-2 state maint");
    kill(partners->haproxy, SIGUSR2);
    server_wait(partners, "quay-web-2", at(partners, "web-2", "weight 1 ready"));
}

static void what_is_wrong_is_said(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    run(partners, "web-1", "");
    daemon_start(world, arena_format(&world->arena, SETTINGS "unix://%s/haproxy.sock,127.0.0.1:%d",
                                     world->folder, free_port()));
    log_wait(world, "haproxy.sock: its socket does not exist; is HAProxy running");
    log_wait(world, ": nobody answers at its socket; is HAProxy running?");
    http_wait(world, "/api/v1/exports", "exports[0].state", "failing");
    haproxy_start(partners, "  balance source\n");
    server_wait(partners, "quay-web-1", "");
    log_wait(world, "it refuses \"add server quaywatch-web/quay-web-1 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(servers_follow_the_registry, setup, teardown),
        cmocka_unit_test_setup_teardown(slots_are_filled_and_freed, setup, teardown),
        cmocka_unit_test_setup_teardown(all_is_compared_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_said, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
