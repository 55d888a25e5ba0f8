/* SPDX-License-Identifier: MIT */
/* test_server_socket.c: the server's Unix socket: no token for its owner, nothing for others, and whose file
 * it is when there was one before. */
#include "tests/support/server_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"

static char folder[64], path[96];

static int socket_setup(void **state)
{
    snprintf(folder, sizeof folder, "/tmp/quaywatch-socket.XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/quaywatch.sock", folder);
    return served_setup(state);
}

static int socket_teardown(void **state)
{
    int code = served_teardown(state);
    unlink(path);
    rmdir(folder); /* nothing else may be left */
    return access(folder, F_OK) == 0 ? -1 : code;
}

static void open_local(struct served *served)
{
    struct error err = {0};
    if (server_open_local(served->server, path, &err) != 0)
        fail_msg("%s", err.text);
}

static int local_connect(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static struct reply local_ask(struct served *served, const char *request, const char *headers)
{
    int fd = local_connect();
    if (fd < 0)
        return (struct reply){0};
    char *text = mem_format("%s HTTP/1.1\r\nHost: quaywatch\r\n%s\r\n", request, headers);
    loop_send(&served->loop, fd, text, strlen(text));
    struct reply reply = loop_reply(&served->loop, fd, false);
    free(text);
    close(fd);
    return reply;
}

static int local_status(struct served *served, const char *request, const char *headers)
{
    struct reply reply = local_ask(served, request, headers);
    int status = reply.status;
    reply_free(&reply);
    return status;
}

/* A socket file that belongs to nobody: fd -1, or to us. */
static int other_socket(bool alive)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    if (alive)
        return fd;
    close(fd);
    return -1;
}

static void its_owner_needs_no_token(void **state)
{
    struct served *served = *state;
    static const char reload[] = "POST /api/v1/services/web/reload";
    served->options.read_token = "read-me";
    served->options.allowed_networks = "10.0.0.0/8";
    served_reopen(served);
    open_local(served);
    /* From the network: the same requests. */
    assert_int_equal(served_status(served, "GET /api/v1/status", ""), 403);
    assert_int_equal(local_status(served, "GET /api/v1/status", ""), 200);
    assert_int_equal(local_status(served, reload, "Content-Length: 0\r\n"), 202);
    assert_int_equal(served->restarts, 1);
    assert_int_equal(local_status(served, reload, "Origin: http://elsewhere\r\nContent-Length: 0\r\n"), 202);
    /* Also where changes are refused for want of a token. */
    served->options.auth_token = "";
    served->options.allowed_networks = "";
    served_reopen(served);
    open_local(served);
    assert_int_equal(served_status(served, reload, "Content-Length: 0\r\n"), 403);
    assert_int_equal(served_status(served, "GET /api/v1/status", ""), 401);
    assert_int_equal(local_status(served, reload, "Content-Length: 0\r\n"), 202);
    struct reply reply = local_ask(served, "GET /api/v1/services/web/status", "");
    assert_true(reply.body && strstr(reply.body, "\"name\":\"web\""));
    reply_free(&reply);
}

static void bodies_come_through(void **state)
{
    struct served *served = *state;
    open_local(served);
    int fd = local_connect();
    static const char text[] = "POST /api/v1/services/web/maintenance HTTP/1.1\r\nHost: h\r\n"
                               "Content-Length: 18\r\n\r\n{\"duration\": \"1h\"}";
    loop_send(&served->loop, fd, text, sizeof text - 1);
    struct reply reply = loop_reply(&served->loop, fd, false);
    assert_int_equal(reply.status, 200);
    assert_int_equal(served->maintained_ms, 3600000);
    reply_free(&reply);
    close(fd);
}

static void only_its_owner_may_open_it(void **state)
{
    struct served *served = *state;
    struct stat info;
    mode_t mask = umask(0);
    open_local(served);
    umask(mask);
    assert_int_equal(stat(path, &info), 0);
    assert_true(S_ISSOCK(info.st_mode));
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(info.st_uid, geteuid());
}

static void it_goes_with_the_server(void **state)
{
    struct served *served = *state;
    struct stat info;
    open_local(served);
    served_reopen(served);
    assert_int_equal(stat(path, &info), -1);
    /* Another's file at that place is not removed. */
    open_local(served);
    assert_int_equal(unlink(path), 0);
    int other = other_socket(true);
    served_reopen(served);
    assert_int_equal(stat(path, &info), 0);
    close(other);
}

static void what_a_dead_one_left_is_replaced(void **state)
{
    struct served *served = *state;
    other_socket(false);
    open_local(served);
    assert_int_equal(local_status(served, "GET /health", ""), 200);
}

static void a_living_one_is_left_alone(void **state)
{
    struct served *served = *state;
    struct error err = {0};
    struct stat before, after;
    int other = other_socket(true);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(server_open_local(served->server, path, &err), -EADDRINUSE);
    assert_non_null(strstr(err.text, "another quaywatch answers on /tmp/quaywatch-socket."));
    served_reopen(served);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    close(other);
}

static void what_is_no_socket_is_left_alone(void **state)
{
    struct served *served = *state;
    struct error err = {0};
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    assert_int_equal(server_open_local(served->server, path, &err), -EEXIST);
    assert_non_null(strstr(err.text, "no socket has this name"));
    assert_int_equal(access(path, F_OK), 0);
}

static void bad_places(void **state)
{
    struct served *served = *state;
    struct error err = {0};
    char *longer = mem_format("%s/%0100d/quaywatch.sock", folder, 0);
    assert_int_equal(server_open_local(served->server, longer, &err), -ENAMETOOLONG);
    assert_non_null(strstr(err.text, "a socket's name at most 107"));
    free(longer);
    char *nowhere = mem_format("%s/none/quaywatch.sock", folder);
    assert_int_equal(server_open_local(served->server, nowhere, &err), -ENOENT);
    free(nowhere);
    assert_int_equal(served_status(served, "GET /health", ""), 200);
}

/* All connections from the network are taken: the owner still gets in. */
static void it_is_never_shut_out(void **state)
{
    struct served *served = *state;
    struct rlimit files; /* both ends of the connections are ours */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    open_local(served);
    int *fds = mem_new(LIMIT_HTTP_CONNECTIONS * sizeof *fds);
    for (int i = 0; i < LIMIT_HTTP_CONNECTIONS; i++) {
        fds[i] = loop_connect(served->port);
        for (int turn = 0; turn < 3; turn++)
            uv_run(&served->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(local_status(served, "GET /health", ""), 200);
    int local[LIMIT_HTTP_LOCAL];
    for (int i = 0; i < LIMIT_HTTP_LOCAL; i++) {
        local[i] = local_connect();
        for (int turn = 0; turn < 3; turn++)
            uv_run(&served->loop, UV_RUN_NOWAIT);
    }
    /* At the very end, the idlest of all makes room. */
    assert_int_equal(local_status(served, "GET /health", ""), 200);
    for (int i = 0; i < LIMIT_HTTP_LOCAL; i++)
        close(local[i]);
    for (int i = 0; i < LIMIT_HTTP_CONNECTIONS; i++)
        close(fds[i]);
    free(fds);
}

#define SOCKET(test) cmocka_unit_test_setup_teardown(test, socket_setup, socket_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SOCKET(its_owner_needs_no_token),
        SOCKET(bodies_come_through),
        SOCKET(only_its_owner_may_open_it),
        SOCKET(it_goes_with_the_server),
        SOCKET(what_a_dead_one_left_is_replaced),
        SOCKET(a_living_one_is_left_alone),
        SOCKET(what_is_no_socket_is_left_alone),
        SOCKET(bad_places),
        SOCKET(it_is_never_shut_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
