/* SPDX-License-Identifier: MIT */
/* epoll_prober.c: the smallest thing that checks endpoints over HTTP at a steady rate, to measure quaywatch
 * against: a connection per check on bare epoll, checks that are due started together on a 100 ms tick,
 * nothing judged but the first line of the answer.
 *
 *   epoll_prober ENDPOINTS PORT INTERVAL_MS SECONDS [SUBNET]
 *
 * Endpoints are 10.SUBNET.x.y as fake_engine gives them. Prints "CHECKS FAILED CPU_US_PER_CHECK". */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/fake_engine/shapes.h"

enum { TICK_MS = 100, EVENTS = 256, ANSWER = 4096, DRAIN_MS = 500 };

struct check {
    int fd;
    unsigned number;
    size_t used;
    char answer[ANSWER];
};

struct prober {
    int epoll;
    struct fake_world world;
    unsigned endpoints, next;
    uint64_t done, failed, in_flight;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static double cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void check_end(struct prober *prober, struct check *check, bool passed)
{
    close(check->fd); /* takes it out of epoll too */
    free(check);
    prober->in_flight--;
    prober->done++;
    prober->failed += !passed;
}

static void check_start(struct prober *prober, unsigned number)
{
    char text[FAKE_NAME];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)prober->world.port)};
    struct check *check = calloc(1, sizeof *check);
    if (!check)
        abort();
    fake_address(&prober->world, number, text);
    inet_pton(AF_INET, text, &address.sin_addr);
    check->number = number;
    check->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    prober->in_flight++;
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = check};
    int rc = connect(check->fd, (const struct sockaddr *)&address, sizeof address);
    if ((rc < 0 && errno != EINPROGRESS) || epoll_ctl(prober->epoll, EPOLL_CTL_ADD, check->fd, &event) < 0)
        check_end(prober, check, false);
}

static void check_send(struct prober *prober, struct check *check)
{
    char host[FAKE_NAME], request[256];
    fake_address(&prober->world, check->number, host);
    int length = snprintf(request, sizeof request,
                          "GET /health HTTP/1.1\r\nHost: %s:%d\r\nUser-Agent: epoll\r\nAccept: */*\r\n\r\n",
                          host, prober->world.port);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = check};
    if (send(check->fd, request, (size_t)length, MSG_NOSIGNAL) != length ||
        epoll_ctl(prober->epoll, EPOLL_CTL_MOD, check->fd, &event) < 0)
        check_end(prober, check, false);
}

/* Whether the answer is whole: its head, and as many bytes as that announces. */
static bool answer_whole(const struct check *check)
{
    const char *end = memmem(check->answer, check->used, "\r\n\r\n", 4);
    const char *length = end ? strcasestr(check->answer, "content-length:") : NULL;
    return length && (size_t)(end + 4 - check->answer) + strtoul(length + 15, NULL, 10) <= check->used;
}

static void check_read(struct prober *prober, struct check *check)
{
    ssize_t length = recv(check->fd, check->answer + check->used, ANSWER - 1 - check->used, 0);
    if (length < 0 && errno == EAGAIN)
        return;
    if (length > 0)
        check->used += (size_t)length;
    check->answer[check->used] = '\0';
    if (length > 0 && check->used < ANSWER - 1 && !answer_whole(check))
        return;
    check_end(prober, check, strncmp(check->answer, "HTTP/1.1 2", 10) == 0);
}

static void wait_for_events(struct prober *prober, int64_t until_ms)
{
    struct epoll_event events[EVENTS];
    for (int64_t left; (left = until_ms - now_ms()) > 0;) {
        int count = epoll_wait(prober->epoll, events, EVENTS, (int)left);
        for (int i = 0; i < count; i++) {
            struct check *check = events[i].data.ptr;
            if (events[i].events & EPOLLOUT)
                check_send(prober, check);
            else
                check_read(prober, check);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fputs("usage: epoll_prober ENDPOINTS PORT INTERVAL_MS SECONDS [SUBNET]\n", stderr);
        return 2;
    }
    struct prober prober = {.epoll = epoll_create1(EPOLL_CLOEXEC),
                            .world = {.port = atoi(argv[2]), .subnet = argc > 5 ? atoi(argv[5]) : 200},
                            .endpoints = (unsigned)atoi(argv[1])};
    int64_t interval_ms = atoi(argv[3]), began = now_ms(), ends = began + (int64_t)atoi(argv[4]) * 1000;
    double due = 0, cpu_began = cpu_us();
    for (int64_t tick = began; tick < ends; tick += TICK_MS) {
        due += (double)prober.endpoints * TICK_MS / (double)interval_ms;
        unsigned starts = (unsigned)due;
        due -= starts;
        while (starts--)
            check_start(&prober, prober.next++ % prober.endpoints);
        wait_for_events(&prober, tick + TICK_MS);
    }
    wait_for_events(&prober, now_ms() + DRAIN_MS);
    uint64_t failed = prober.failed + prober.in_flight;
    double spent = cpu_us() - cpu_began;
    printf("%" PRIu64 " %" PRIu64 " %.1f\n", prober.done, failed,
           prober.done ? spent / (double)prober.done : 0.0);
    return 0;
}
