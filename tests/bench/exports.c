/* SPDX-License-Identifier: MIT */
/* exports.c: how soon others see a change, by every exit at once.
 *
 *   exports PORT TOKEN SERVICE MARK ROUNDS [NAME KIND WHERE REQUEST]…
 *
 * In each round the breaker of SERVICE's one instance is tripped, and reset again; each place is asked again
 * and again whether it tells MARK. KIND: file (WHERE is its path), http (WHERE is a port of this machine,
 * REQUEST what is sent, with "\n" for line ends), unix (WHERE a socket's path, REQUEST a line), dns (WHERE a
 * port, REQUEST a name whose A records are asked for; MARK is then looked for as an address). One place is
 * measured in one turn of all rounds, so that none waits for another. Prints a line a place: "NAME OUT_P50_MS
 * OUT_P99_MS IN_P50_MS IN_P99_MS", the times until MARK is gone, and is there again. */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <ctype.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    ROOM = 1 << 21,
    ROUNDS_MAX = 1000,
    PATIENCE_MS = 20000,
    LINE = 1024,
    PAUSE_NS = 100000,
    REST_MS = 700
};

struct place {
    const char *name, *kind, *where, *request;
};

static char room[ROOM + 1];

static void give_up(const char *what, const char *name)
{
    fprintf(stderr, "exports: %s (%s)\n", what, name);
    exit(1);
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int dial(int kind, const char *where)
{
    struct sockaddr_in port = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)strtol(where, NULL, 10)),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, kind | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&port, sizeof port) != 0)
        give_up("a connection was refused", where);
    return fd;
}

static int dial_unix(const char *where)
{
    struct sockaddr_un path = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(path.sun_path, sizeof path.sun_path, "%s", where);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&path, sizeof path) != 0)
        give_up("a connection was refused", where);
    return fd;
}

/* Sends text and reads until the other side closes: into room. */
static void converse(int fd, const char *text)
{
    size_t used = 0;
    ssize_t got;
    const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
        give_up("a request could not be sent", text);
    while (used < ROOM && (got = recv(fd, room + used, ROOM - used, 0)) > 0)
        used += (size_t)got;
    room[used] = '\0';
    close(fd);
}

static void read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    size_t used = file ? fread(room, 1, ROOM, file) : 0;
    room[used] = '\0';
    if (file)
        fclose(file);
}

/* The A records of a name, an address a line. */
static void ask_dns(const char *where, const char *name)
{
    unsigned char query[512], answer[4096];
    ns_msg message;
    ns_rr record;
    size_t used = 0;
    int length = res_mkquery(ns_o_query, name, ns_c_in, ns_t_a, NULL, 0, NULL, query, sizeof query);
    int fd = dial(SOCK_DGRAM, where);
    if (length < 0 || send(fd, query, (size_t)length, 0) != length)
        give_up("a query could not be sent", name);
    ssize_t got = recv(fd, answer, sizeof answer, 0);
    close(fd);
    room[0] = '\0';
    if (got < 0 || ns_initparse(answer, (int)got, &message) != 0)
        give_up("no DNS answer", name);
    for (int i = 0; i < ns_msg_count(message, ns_s_an); i++)
        if (ns_parserr(&message, ns_s_an, i, &record) == 0 && ns_rr_type(record) == ns_t_a) {
            inet_ntop(AF_INET, ns_rr_rdata(record), room + used, INET_ADDRSTRLEN);
            used += strlen(room + used);
            used += (size_t)snprintf(room + used, 2, "\n");
        }
}

static bool place_tells(const struct place *place, const char *mark)
{
    if (strcmp(place->kind, "file") == 0)
        read_file(place->where);
    else if (strcmp(place->kind, "dns") == 0)
        ask_dns(place->where, place->request);
    else if (strcmp(place->kind, "unix") == 0)
        converse(dial_unix(place->where), place->request);
    else
        converse(dial(SOCK_STREAM, place->where), place->request);
    /* (Not the beginning of a longer address.) */
    for (const char *at = room; (at = strstr(at, mark)); at++)
        if (!isdigit((unsigned char)at[strlen(mark)]))
            return true;
    return false;
}

static void change(const char *port, const char *token, const char *service, bool out)
{
    char text[LINE];
    snprintf(text, sizeof text,
             "POST /api/v1/services/%s/breaker/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
             "Connection: close\r\nContent-Length: 0\r\n\r\n",
             service, out ? "trip" : "reset", token);
    converse(dial(SOCK_STREAM, port), text);
    if (strncmp(room + 9, "200", 3) != 0)
        give_up("a breaker was not changed", room);
}

/* Milliseconds from the order until the place tells, or tells no more. */
static double measure(char **argv, const struct place *place, bool out)
{
    /* Exits put distance between their writes: each change finds them at rest. */
    nanosleep(&(struct timespec){.tv_nsec = REST_MS * 1000000L}, NULL);
    double began = now_ms();
    change(argv[1], argv[2], argv[3], out);
    while (place_tells(place, argv[4]) == out) {
        if (now_ms() - began > PATIENCE_MS)
            give_up("a change was not seen", place->name);
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
    return now_ms() - began;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* "\n" as it is written becomes the end of a line as HTTP has it, which HAProxy takes, too. */
static const char *line_ends(char *text)
{
    char *to = calloc(2, strlen(text) + 1), *start = to;
    for (; *text; text++) {
        if (text[0] == '\\' && text[1] == 'n') {
            *to++ = '\r';
            *to++ = '\n';
            text++;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
    return start;
}

int main(int argc, char **argv)
{
    static double out[ROUNDS_MAX], in[ROUNDS_MAX];
    int rounds = argc > 5 ? (int)strtol(argv[5], NULL, 10) : 0;
    if (rounds < 1 || rounds > ROUNDS_MAX || (argc - 6) % 4 != 0) {
        fputs("usage: exports PORT TOKEN SERVICE MARK ROUNDS [NAME KIND WHERE REQUEST]…\n", stderr);
        return 2;
    }
    for (int at = 6; at < argc; at += 4) {
        struct place place = {argv[at], argv[at + 1], argv[at + 2], line_ends(argv[at + 3])};
        for (int i = 0; i < rounds; i++) {
            out[i] = measure(argv, &place, true);
            in[i] = measure(argv, &place, false);
        }
        qsort(out, (size_t)rounds, sizeof *out, by_size);
        qsort(in, (size_t)rounds, sizeof *in, by_size);
        int last = (rounds * 99 - 1) / 100;
        printf("%s %.2f %.2f %.2f %.2f\n", place.name, out[rounds / 2], out[last], in[rounds / 2], in[last]);
    }
    return 0;
}
