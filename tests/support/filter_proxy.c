/* SPDX-License-Identifier: MIT */
/* filter_proxy.c: one process a connection, which passes bytes on in both directions. A request comes in one
 * piece, since quaywatch sends it so. */
#include "tests/support/filter_proxy.h"

#include <errno.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return address;
}

static bool send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

/* Passes one piece on from one side to the other; false at the end. */
static bool pass(int from, int to, const regex_t *forbidden)
{
    static const char refusal[] =
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\nConnection: close\r\n\r\nForbidden";
    char piece[65536];
    ssize_t len = recv(from, piece, sizeof piece - 1, 0);
    if (len <= 0)
        return false;
    piece[len] = '\0';
    if (!forbidden)
        return send_all(to, piece, (size_t)len);
    size_t line = strcspn(piece, "\r\n");
    char first = piece[line];
    piece[line] = '\0';
    if (regexec(forbidden, piece, 0, NULL, 0) == 0) {
        send_all(from, refusal, sizeof refusal - 1);
        return false;
    }
    piece[line] = first;
    return send_all(to, piece, (size_t)len);
}

static void serve(int client, const char *engine_path, const regex_t *forbidden)
{
    struct sockaddr_un address = address_of(engine_path);
    int engine = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(engine, (struct sockaddr *)&address, sizeof address) != 0)
        _exit(1);
    struct pollfd ends[] = {{.fd = client, .events = POLLIN}, {.fd = engine, .events = POLLIN}};
    while (poll(ends, 2, -1) > 0) {
        if (ends[0].revents && !pass(client, engine, forbidden))
            break;
        if (ends[1].revents && !pass(engine, client, NULL))
            break;
    }
    _exit(0);
}

static void listen_on(const char *path, const char *engine_path, const char *forbidden)
{
    regex_t expression;
    struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (regcomp(&expression, forbidden, REG_EXTENDED | REG_NOSUB) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || chmod(path, 0666) != 0 ||
        listen(fd, 64) != 0)
        _exit(1);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0 && errno != EINTR)
            _exit(1);
        if (client < 0)
            continue;
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve(client, engine_path, &expression);
        }
        close(client);
    }
}

pid_t filter_proxy_start(struct world *world, const char *forbidden)
{
    char *path = arena_format(&world->arena, "%s/proxy.sock", world->folder);
    char *engine_path = arena_format(&world->arena, "%s/docker.sock", world->engine_dir);
    unlink(path);
    pid_t proxy = fork();
    if (proxy == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        listen_on(path, engine_path, forbidden);
    }
    for (int64_t end = clock_now_ms() + 10000; access(path, F_OK) != 0; clock_pause())
        if (clock_now_ms() > end)
            world_fail(world, "The proxy does not listen on %s", path);
    world->docker_host = arena_format(&world->arena, "unix://%s", path);
    return proxy;
}

void filter_proxy_stop(pid_t proxy)
{
    kill(proxy, SIGKILL);
    waitpid(proxy, NULL, 0);
}
