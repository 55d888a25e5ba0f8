/* SPDX-License-Identifier: MIT */
/* latency.c: how long after a container's start or death quaywatch tells it, on a real engine. A plain
 * listener on the engine's event stream notes when the engine says the event happened and when it came in
 * here; then quaywatch is asked until it shows it.
 *
 *   latency DOCKER_SOCKET QUAYWATCH_PORT CONTAINER SERVICE ROUNDS
 *
 * Prints four lines "start|die engine|event P50_MS P99_MS": since the engine's time, and since the raw event
 * came. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 256 * 1024, ROUNDS_MAX = 1000, PATIENCE_MS = 15000, LOOK_US = 100, REST_MS = 50 };

/* A connection and what has come in on it. */
struct wire {
    int fd;
    size_t used;
    char text[ROOM];
};

struct bench {
    struct wire events, engine, quaywatch;
    const char *container, *service;
    double samples[4][ROUNDS_MAX]; /* ms: start since engine, start since event, die, die */
    int count;
};

static int64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void give_up(const char *why)
{
    fprintf(stderr, "latency: %s\n", why);
    exit(1);
}

static void wire_open_unix(struct wire *wire, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    wire->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(wire->fd, (const struct sockaddr *)&address, sizeof address) != 0)
        give_up("the engine's socket does not answer");
}

static void wire_open_tcp(struct wire *wire, int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    wire->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(wire->fd, (const struct sockaddr *)&address, sizeof address) != 0)
        give_up("quaywatch does not answer");
}

static void wire_send(struct wire *wire, const char *method, const char *path)
{
    char request[512];
    int length = snprintf(request, sizeof request,
                          "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", method, path);
    if (send(wire->fd, request, (size_t)length, MSG_NOSIGNAL) != length)
        give_up("a request could not be sent");
}

/* Reads what is there or comes within a while. */
static void wire_read(struct wire *wire)
{
    struct pollfd poll_fd = {.fd = wire->fd, .events = POLLIN};
    if (poll(&poll_fd, 1, PATIENCE_MS) != 1)
        give_up("nothing came in time");
    if (wire->used >= ROOM - 1)
        give_up("more came than there is room for");
    ssize_t length = recv(wire->fd, wire->text + wire->used, ROOM - 1 - wire->used, 0);
    if (length <= 0)
        give_up("a connection ended");
    wire->used += (size_t)length;
    wire->text[wire->used] = '\0';
}

/* The whole answer to one request: with its length, or without a body. Leaves it in wire->text; returns the
 * status. */
static int wire_answer(struct wire *wire)
{
    wire->used = 0;
    for (;;) {
        wire_read(wire);
        const char *end = strstr(wire->text, "\r\n\r\n");
        if (!end)
            continue;
        int status = atoi(wire->text + strlen("HTTP/1.1 "));
        const char *length = strcasestr(wire->text, "content-length:");
        size_t body = length && length < end ? strtoul(length + strlen("content-length:"), NULL, 10) : 0;
        if ((size_t)(end + 4 - wire->text) + body <= wire->used)
            return status;
    }
}

/* Waits for the container's event; gives the engine's time of it. Returns when it came in. */
static int64_t await_event(struct bench *bench, const char *action, int64_t *ret_engine_ns)
{
    char wanted[64], named[128];
    snprintf(wanted, sizeof wanted, "\"Action\":\"%s\"", action);
    snprintf(named, sizeof named, "\"name\":\"%s\"", bench->container);
    for (;;) {
        wire_read(&bench->events);
        int64_t came = wall_ns();
        char *line = bench->events.text;
        for (char *end; (end = strchr(line, '\n')); line = end + 1) {
            *end = '\0';
            const char *time = strstr(line, "\"timeNano\":");
            if (!time || !strstr(line, wanted) || !strstr(line, named))
                continue;
            *ret_engine_ns = strtoll(time + strlen("\"timeNano\":"), NULL, 10);
            bench->events.used = 0;
            return came;
        }
        bench->events.used -= (size_t)(line - bench->events.text);
        memmove(bench->events.text, line, bench->events.used + 1);
    }
}

/* Asks quaywatch until its answer has (or has not) these words. Returns when it did. */
static int64_t await_words(struct bench *bench, const char *words, const char *more)
{
    char path[128];
    snprintf(path, sizeof path, "/api/v1/services/%s/status", bench->service);
    for (int64_t ends = wall_ns() + (int64_t)PATIENCE_MS * 1000000; wall_ns() < ends; usleep(LOOK_US)) {
        wire_send(&bench->quaywatch, "GET", path);
        int status = wire_answer(&bench->quaywatch);
        if (status == 200 && strstr(bench->quaywatch.text, words) && strstr(bench->quaywatch.text, more))
            return wall_ns();
    }
    give_up("quaywatch does not show it");
    return 0;
}

/* One step: the request to the engine, its event, and quaywatch's word for it. */
static void step(struct bench *bench, const char *request, const char *action, const char *words,
                 const char *more, int row)
{
    char path[256];
    int64_t engine_ns;
    snprintf(path, sizeof path, "/containers/%s/%s", bench->container, request);
    wire_send(&bench->engine, "POST", path);
    int64_t came = await_event(bench, action, &engine_ns), shown = await_words(bench, words, more);
    bench->samples[row][bench->count] = (double)(shown - engine_ns) / 1e6;
    bench->samples[row + 1][bench->count] = (double)(shown - came) / 1e6;
    if (wire_answer(&bench->engine) >= 300)
        give_up("the engine refuses to start or kill the container");
}

static int number_order(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void print_row(struct bench *bench, const char *what, int row)
{
    double *samples = bench->samples[row];
    qsort(samples, (size_t)bench->count, sizeof *samples, number_order);
    int last = (bench->count * 99 + 99) / 100 - 1;
    printf("%s %.2f %.2f\n", what, samples[bench->count / 2], samples[last]);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    if (argc != 6) {
        fputs("usage: latency DOCKER_SOCKET QUAYWATCH_PORT CONTAINER SERVICE ROUNDS\n", stderr);
        return 2;
    }
    int rounds = atoi(argv[5]) < ROUNDS_MAX ? atoi(argv[5]) : ROUNDS_MAX;
    bench.container = argv[3];
    bench.service = argv[4];
    wire_open_unix(&bench.events, argv[1]);
    wire_open_unix(&bench.engine, argv[1]);
    wire_open_tcp(&bench.quaywatch, atoi(argv[2]));
    wire_send(&bench.events, "GET", "/events?filters=%7B%22type%22%3A%5B%22container%22%5D%7D");
    for (; bench.count < rounds; bench.count++) {
        await_words(&bench, "\"serving\":true", "");
        usleep(REST_MS * 1000);
        step(&bench, "kill?signal=KILL", "die", "\"serving\":false", "", 2);
        usleep(REST_MS * 1000);
        step(&bench, "start", "start", "\"container_state\":\"running\"", "\"address\":\"1", 0);
    }
    print_row(&bench, "start engine", 0);
    print_row(&bench, "start event", 1);
    print_row(&bench, "die engine", 2);
    print_row(&bench, "die event", 3);
    return 0;
}
