/* SPDX-License-Identifier: MIT */
/* load.c: one thread a connection, plain sockets: nothing between a lost request and its count. */
#include "tests/support/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "controller/core/mem.h"

enum {
    MOST = 32,
    ANSWER = 64 * 1024,
    PATIENCE_S = 10,
    PAUSE_US = 2000, /* between two requests of a connection: the machine is shared */
    BEGUN = 30,      /* requests after which loads are under way */
    SEEN = 60        /* requests that see how it ended */
};

struct load {
    int port;
    bool kept;
    char request[512];
    unsigned count;
    pthread_t thread[MOST];
    atomic_bool stop;
    atomic_ulong requests, lost, unheard, resent;
    pthread_mutex_t lock; /* of: */
    char first[128];
};

static int open_connection(const struct load *load)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)load->port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

/* How long the whole answer is, as its head says; 0: the head is not whole yet, -1: up to the end. */
static long whole_length(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");
    if (!end)
        return 0;
    const char *length = strcasestr(answer, "\r\nContent-Length:");
    return length && length < end ? end + 4 - answer + strtol(length + 17, NULL, 10) : -1;
}

enum ended { WHOLE, NOTHING_CAME, BROKEN };

/* One request on a connection. *ret_close: the other side will close it. */
static enum ended ask(const struct load *load, int fd, char *answer, bool *ret_close)
{
    size_t length = strlen(load->request), got = 0;
    *ret_close = true;
    answer[0] = '\0';
    if (send(fd, load->request, length, MSG_NOSIGNAL) != (ssize_t)length)
        return NOTHING_CAME;
    for (;;) {
        ssize_t count = got < ANSWER - 1 ? recv(fd, answer + got, ANSWER - 1 - got, 0) : -1;
        if (count < 0 || (count == 0 && got == 0))
            return got || (count < 0 && errno == EAGAIN) ? BROKEN : NOTHING_CAME;
        got += (size_t)count;
        answer[got] = '\0';
        long whole = whole_length(answer);
        if (whole > 0 && got >= (size_t)whole) {
            *ret_close = !load->kept || strcasestr(answer, "\r\nConnection: close") != NULL;
            return WHOLE;
        }
        if (count == 0)
            return whole == -1 ? WHOLE : BROKEN;
    }
}

static void note(struct load *load, bool good, enum ended ended, const char *answer)
{
    atomic_fetch_add(&load->requests, 1);
    if (good)
        return;
    atomic_fetch_add(&load->unheard, ended == NOTHING_CAME);
    pthread_mutex_lock(&load->lock);
    if (atomic_fetch_add(&load->lost, 1) == 0)
        snprintf(load->first, sizeof load->first, "%s: %.90s",
                 ended == WHOLE          ? "answered"
                 : ended == NOTHING_CAME ? "no answer"
                                         : "broken answer",
                 answer);
    pthread_mutex_unlock(&load->lock);
}

static void *run(void *data)
{
    struct load *load = data;
    char *answer = mem_new(ANSWER);
    int fd = -1;
    for (; !atomic_load(&load->stop); usleep(PAUSE_US)) {
        bool fresh = fd < 0, closes;
        if (fresh)
            fd = open_connection(load);
        enum ended ended = fd < 0 ? NOTHING_CAME : ask(load, fd, answer, &closes);
        if (fd >= 0 && closes) {
            close(fd);
            fd = -1;
        }
        if (ended == NOTHING_CAME && !fresh) {
            atomic_fetch_add(&load->resent, 1);
            continue;
        }
        note(load,
             ended == WHOLE && strncmp(answer, "HTTP/1.", 7) == 0 && strncmp(answer + 8, " 200", 4) == 0,
             ended, answer);
    }
    if (fd >= 0)
        close(fd);
    free(answer);
    return NULL;
}

struct load *load_start(int port, const char *path, unsigned connections, bool kept)
{
    struct load *load = mem_new(sizeof *load);
    load->port = port;
    load->kept = kept;
    load->count = connections < MOST ? connections : MOST;
    pthread_mutex_init(&load->lock, NULL);
    snprintf(load->request, sizeof load->request, "GET %.200s HTTP/1.1\r\nHost: web.test\r\n%s\r\n", path,
             kept ? "" : "Connection: close\r\n");
    for (unsigned i = 0; i < load->count; i++)
        if (pthread_create(&load->thread[i], NULL, run, load) != 0)
            abort();
    return load;
}

unsigned long load_count(const struct load *load)
{
    return atomic_load(&load->requests);
}

struct load_figures load_stop(struct load *load)
{
    atomic_store(&load->stop, true);
    for (unsigned i = 0; i < load->count; i++)
        pthread_join(load->thread[i], NULL);
    struct load_figures figures = {.requests = atomic_load(&load->requests),
                                   .lost = atomic_load(&load->lost),
                                   .unheard = atomic_load(&load->unheard),
                                   .resent = atomic_load(&load->resent)};
    snprintf(figures.first, sizeof figures.first, "%s", load->first);
    for (char *at = figures.first; *at; at++)
        if (*at == '\r' || *at == '\n')
            *at = ' ';
    pthread_mutex_destroy(&load->lock);
    free(load);
    return figures;
}

static void more_wait(const struct loads *loads, unsigned long more)
{
    unsigned long kept = load_count(loads->kept) + more, fresh = load_count(loads->fresh) + more;
    while (load_count(loads->kept) < kept || load_count(loads->fresh) < fresh)
        usleep(PAUSE_US);
}

struct loads loads_start(int port, const char *path, unsigned connections)
{
    struct loads loads = {load_start(port, path, connections / 2, true),
                          load_start(port, path, connections / 2, false)};
    more_wait(&loads, BEGUN);
    return loads;
}

struct loads_figures loads_stop(const struct loads *loads)
{
    more_wait(loads, SEEN);
    struct load_figures kept = load_stop(loads->kept);
    return (struct loads_figures){kept, load_stop(loads->fresh)};
}
