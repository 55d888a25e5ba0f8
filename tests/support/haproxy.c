/* SPDX-License-Identifier: MIT */
/* haproxy.c: starting and asking a HAProxy. */
#include "tests/support/haproxy.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/http.h"

enum { ANSWER = 64 * 1024 };

int haproxy_world_setup(void **state)
{
    return partner_setup(state, sizeof(struct haproxy_partner));
}

int haproxy_world_teardown(void **state)
{
    struct haproxy_partner *haproxy = *state;
    partner_stop(haproxy->pid);
    return partner_teardown(state);
}

void haproxy_start(struct haproxy_partner *haproxy, const char *servers)
{
    struct world *world = haproxy->world;
    haproxy->port = free_port();
    haproxy->socket = arena_format(&world->arena, "%s/haproxy.sock", world->folder);
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
            haproxy->socket, haproxy->port, servers);
    fclose(file);
    haproxy->pid = partner_start(world, "haproxy", "haproxy -W -db -f %s", path);
    partner_wait(world, "haproxy", "test -S %s", haproxy->socket);
}

static int loads(struct haproxy_partner *haproxy)
{
    return atoi(
        shell(haproxy->world, "grep -c 'Loading success' %s/haproxy.log || :", haproxy->world->folder));
}

void haproxy_reload(struct haproxy_partner *haproxy)
{
    int before = loads(haproxy);
    kill(haproxy->pid, SIGUSR2);
    partner_wait(haproxy->world, "haproxy", "test $(grep -c 'Loading success' %s/haproxy.log) -gt %d",
                 haproxy->world->folder, before);
}

char *haproxy_ask(struct haproxy_partner *haproxy, const char *command)
{
    struct world *world = haproxy->world;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", haproxy->socket);
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

char *haproxy_server(struct haproxy_partner *haproxy, const char *name)
{
    struct arena *arena = &haproxy->world->arena;
    char *rest = haproxy_ask(haproxy, "show servers state quaywatch-web");
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

void haproxy_server_wait(struct haproxy_partner *haproxy, const char *name, const char *expected)
{
    for (int64_t end = clock_now_ms() + PATIENCE_MS; clock_now_ms() < end; clock_pause())
        if (strcmp(haproxy_server(haproxy, name), expected) == 0)
            return;
    world_fail(haproxy->world, "HAProxy's server %s is \"%s\", not \"%s\"", name,
               haproxy_server(haproxy, name), expected);
}

char *haproxy_at(struct haproxy_partner *haproxy, const char *container, const char *how)
{
    return arena_format(&haproxy->world->arena, "%s:8080 %s", container_address(haproxy->world, container),
                        how);
}
