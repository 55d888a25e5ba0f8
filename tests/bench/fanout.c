/* SPDX-License-Identifier: MIT */
/* fanout.c: how long one event takes to the last of many who listen, beside a bare loop of write() to as many
 * sockets in the same run.
 *
 *   fanout PORT PID TOKEN SERVICE events|status CLIENTS ROUNDS
 *
 * In each round quaywatch is asked for maintenance of a service, or its end, which is an event and changes
 * the status document; and a second process writes as many bytes to as many sockets. Prints two lines
 * "events|status|floor P50_MS P99_MS CPU_MS": from the request, or the sign to write, until the last client
 * has its message, and the processor time of the thread (quaywatch's PID) that sends, for one round. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CLIENTS_MAX = 512,
    ROUNDS_MAX = 1000,
    ROOM = 65536,
    PATIENCE_MS = 10000,
    REST_MS = 130,
    QUIET_MS = 1000,
    MESSAGE = 300
};

/* Those who listen to one thing. */
struct crowd {
    int epoll_fd, count;
    int fd[CLIENTS_MAX];
    bool told[CLIENTS_MAX];
    const char *mark; /* what the message begins with */
    double samples[ROUNDS_MAX];
    pid_t sender;
    double cpu_ms; /* that the sender took in all rounds */
};

static void give_up(const char *why)
{
    fprintf(stderr, "fanout: %s\n", why);
    exit(1);
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void rest(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static int dial(int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        give_up("a connection was refused");
    return fd;
}

static void crowd_open(struct crowd *crowd, int port, int count, const char *mark, const char *request)
{
    crowd->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    crowd->count = count;
    crowd->mark = mark;
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        crowd->fd[i] = dial(port);
        if (send(crowd->fd[i], request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
            give_up("a request could not be sent");
        epoll_ctl(crowd->epoll_fd, EPOLL_CTL_ADD, crowd->fd[i], &event);
    }
}

/* Reads what comes for ms, or until all were told; how many were. */
static int crowd_read(struct crowd *crowd, int ms)
{
    static char text[ROOM + 1];
    struct epoll_event events[64];
    double end = now_ms() + ms;
    int told = 0;
    memset(crowd->told, 0, sizeof crowd->told);
    while (told < crowd->count && now_ms() < end) {
        int ready = epoll_wait(crowd->epoll_fd, events, 64, 20);
        for (int i = 0; i < ready; i++) {
            uint32_t which = events[i].data.u32;
            ssize_t got = recv(crowd->fd[which], text, ROOM, 0);
            if (got <= 0)
                give_up("a stream ended");
            text[got] = '\0';
            if (crowd->told[which] || !strstr(text, crowd->mark))
                continue;
            crowd->told[which] = true;
            told++;
        }
    }
    return told;
}

/* Reads until nothing comes any more. */
static void crowd_rest(struct crowd *crowd)
{
    static char text[ROOM];
    struct epoll_event event;
    while (epoll_wait(crowd->epoll_fd, &event, 1, QUIET_MS) == 1)
        if (recv(crowd->fd[event.data.u32], text, sizeof text, 0) <= 0)
            give_up("a stream ended");
}

static void ask_maintenance(int fd, int port, const char *token, const char *service, bool begin)
{
    char text[1024];
    int length = snprintf(
        text, sizeof text,
        "POST /api/v1/services/%s/maintenance?duration=%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
        "Authorization: Bearer %s\r\nContent-Length: 0\r\n\r\n",
        service, begin ? "1h" : "off", port, token);
    if (send(fd, text, (size_t)length, MSG_NOSIGNAL) != length)
        give_up("maintenance could not be asked for");
}

static void expect_ok(int fd)
{
    char text[4096];
    ssize_t got = recv(fd, text, sizeof text - 1, 0);
    if (got < 12 || strncmp(text + 9, "200", 3) != 0)
        give_up("maintenance was refused");
}

/* The other side of the floor: at every sign writes to all its sockets. Never returns. */
static void write_on_sign(int listener, int sign, int count)
{
    static int fd[CLIENTS_MAX];
    char text[MESSAGE], byte;
    memset(text, 'x', sizeof text);
    memcpy(text, "event: ", sizeof "event: ");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < count; i++)
        fd[i] = accept(listener, NULL, NULL);
    while (read(sign, &byte, 1) == 1)
        for (int i = 0; i < count; i++)
            if (write(fd[i], text, sizeof text) != (ssize_t)sizeof text)
                _exit(1);
    _exit(0);
}

/* Gives the end that signs go into. */
static int floor_open(struct crowd *crowd, int count)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), sign[2];
    if (bind(listener, (const struct sockaddr *)&address, length) != 0 || listen(listener, count) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0 || pipe(sign) != 0)
        give_up("no socket for the floor");
    crowd->sender = fork();
    if (crowd->sender == 0) {
        close(sign[1]);
        write_on_sign(listener, sign[0], count);
    }
    close(sign[0]);
    crowd_open(crowd, ntohs(address.sin_port), count, "event: ", "hello");
    return sign[1];
}

static double cpu_ms(pid_t thread)
{
    char path[64];
    double ns = 0;
    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)thread);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%lf", &ns) != 1)
        give_up("a sender has ended");
    fclose(file);
    return ns / 1e6;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void print_crowd(const char *name, struct crowd *crowd, int rounds)
{
    qsort(crowd->samples, (size_t)rounds, sizeof *crowd->samples, by_size);
    printf("%s %.2f %.2f %.2f\n", name, crowd->samples[rounds / 2], crowd->samples[(rounds * 99 - 1) / 100],
           crowd->cpu_ms / rounds);
}

static void measure(struct crowd *crowd, int round, double began)
{
    if (crowd_read(crowd, PATIENCE_MS) != crowd->count)
        give_up("not all were told");
    crowd->samples[round] = now_ms() - began;
}

int main(int argc, char **argv)
{
    static struct crowd crowd, floor;
    if (argc < 8) {
        fputs("usage: fanout PORT PID TOKEN SERVICE events|status CLIENTS ROUNDS\n", stderr);
        return 2;
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int port = atoi(argv[1]), count = atoi(argv[6]), rounds = atoi(argv[7]);
    bool status = strcmp(argv[5], "status") == 0;
    char request[300];
    snprintf(request, sizeof request, "GET /api/v1/events?stream=1%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n",
             status ? "&include=status" : "", port);
    int asker = dial(port);
    crowd_open(&crowd, port, count, status ? "event: status" : "event: event", request);
    int sign = floor_open(&floor, count);
    crowd.sender = atoi(argv[2]);
    crowd_rest(&crowd); /* what streams begin with */
    for (int round = 0; round < rounds; round++) {
        double began = now_ms(), cpu = cpu_ms(crowd.sender);
        ask_maintenance(asker, port, argv[3], argv[4], round % 2 == 0);
        measure(&crowd, round, began);
        crowd.cpu_ms += cpu_ms(crowd.sender) - cpu;
        expect_ok(asker);
        rest(REST_MS);
        crowd_read(&crowd, 30); /* what else came of it */
        began = now_ms();
        cpu = cpu_ms(floor.sender);
        if (write(sign, "!", 1) != 1)
            give_up("the floor has ended");
        measure(&floor, round, began);
        floor.cpu_ms += cpu_ms(floor.sender) - cpu;
    }
    print_crowd(argv[5], &crowd, rounds);
    print_crowd("floor", &floor, rounds);
    return 0;
}
