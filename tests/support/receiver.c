/* SPDX-License-Identifier: MIT */
/* receiver.c: a process that takes HTTP requests and writes them down. */
#include "tests/support/receiver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/http.h"

enum { REQUEST_MAX = 256 * 1024 };

static const char mark[] = "\n==\n";

/* Whether a request is there whole. */
static bool is_whole(const char *request, size_t size)
{
    const char *end = strstr(request, "\r\n\r\n"), *length = strcasestr(request, "\r\ncontent-length:");
    if (!end)
        return false;
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    return size >= (size_t)(end - request) + 4 + body;
}

static void receive(int listener, const char *path, unsigned refused)
{
    static const char no[] = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    static const char yes[] = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    char *request = mem_new(REQUEST_MAX);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (unsigned count = 0;; count++) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            _exit(1);
        size_t size = 0;
        ssize_t got = 1;
        request[0] = '\0';
        while (got > 0 && size < REQUEST_MAX - 1 && !is_whole(request, size)) {
            got = recv(fd, request + size, REQUEST_MAX - 1 - size, 0);
            size += got > 0 ? (size_t)got : 0;
            request[size] = '\0';
        }
        FILE *file = fopen(path, "a");
        fwrite(request, 1, size, file);
        fputs(mark, file);
        fclose(file);
        const char *answer = count < refused ? no : yes;
        (void)!write(fd, answer, strlen(answer));
        close(fd);
    }
}

pid_t receiver_start(struct world *world, unsigned refused, int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    *ret_port = ntohs(address.sin_port);
    char *path = arena_format(&world->arena, "%s/hooks", world->folder);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        receive(listener, path, refused);
    close(listener);
    return child;
}

void receiver_stop(pid_t receiver)
{
    kill(receiver, SIGKILL);
    waitpid(receiver, NULL, 0);
}

/* The n-th request with word, cut at its end; NULL: there is none. *ret_count: how many there are. */
static char *find(struct world *world, const char *word, size_t n, size_t *ret_count)
{
    char *text = file_text(world, "hooks"), *found = NULL;
    *ret_count = 0;
    for (char *at = text, *end; at && (end = strstr(at, mark)); at = end + sizeof mark - 1) {
        *end = '\0';
        if (!strstr(at, word))
            continue;
        if (*ret_count == n)
            found = at;
        ++*ret_count;
    }
    return found;
}

size_t receiver_count(struct world *world, const char *word)
{
    size_t count;
    find(world, word, 0, &count);
    return count;
}

char *receiver_body(struct world *world, const char *word, size_t n)
{
    size_t count;
    char *request = find(world, word, n, &count);
    char *end = request ? strstr(request, "\r\n\r\n") : NULL;
    return end ? end + 4 : NULL;
}

void receiver_wait(struct world *world, const char *word, size_t count)
{
    int64_t end = clock_now_ms() + PATIENCE_MS;
    for (; receiver_count(world, word) < count; clock_pause())
        if (clock_now_ms() > end)
            world_fail(world, "%zu requests with \"%s\" came, not %zu", receiver_count(world, word), word,
                       count);
}
