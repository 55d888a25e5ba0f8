/* SPDX-License-Identifier: MIT */
/* lookup.c: a queue before libuv's resolver, and the choice among what it finds. */
#include "controller/external/lookup.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <uv.h>

#include "controller/core/cidr.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"

struct lookup {
    uv_getaddrinfo_t request;
    TAILQ_ENTRY(lookup) link;
    struct lookups *lookups; /* NULL: nobody wants it any more */
    char *host;
    lookup_done *done;
    void *user;
    bool running;
};
TAILQ_HEAD(lookup_list, lookup);

struct lookups {
    uv_loop_t *loop;
    struct lookup_list waiting, running;
    unsigned in_flight;
};

struct lookups *lookups_new(uv_loop_t *loop)
{
    struct lookups *lookups = mem_new(sizeof *lookups);
    lookups->loop = loop;
    TAILQ_INIT(&lookups->waiting);
    TAILQ_INIT(&lookups->running);
    return lookups;
}

static void lookup_free(struct lookup *lookup)
{
    free(lookup->host);
    free(lookup);
}

static void start_next(struct lookups *lookups);

/* Takes it out of what runs, and gives its place to the next. */
static void leave(struct lookup *lookup)
{
    struct lookups *lookups = lookup->lookups;
    if (!lookups)
        return;
    TAILQ_REMOVE(&lookups->running, lookup, link);
    lookups->in_flight--;
    start_next(lookups);
}

static void on_found(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
    struct lookup *lookup = request->data;
    lookup_done *done = lookup->done;
    void *user = lookup->user;
    leave(lookup);
    if (done)
        done(user, status == 0 ? found : NULL, status == 0 ? NULL : uv_strerror(status));
    uv_freeaddrinfo(found);
    lookup_free(lookup);
}

static void start_next(struct lookups *lookups)
{
    static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    while (lookups->in_flight < LIMIT_LOOKUPS_IN_FLIGHT && !TAILQ_EMPTY(&lookups->waiting)) {
        struct lookup *lookup = TAILQ_FIRST(&lookups->waiting);
        TAILQ_REMOVE(&lookups->waiting, lookup, link);
        TAILQ_INSERT_TAIL(&lookups->running, lookup, link);
        lookups->in_flight++;
        lookup->running = true;
        lookup->request.data = lookup;
        /* Fails only for want of memory, and for names of more than 255 bytes: ours are hosts (text.h). */
        if (uv_getaddrinfo(lookups->loop, &lookup->request, on_found, lookup->host, NULL, &hints) != 0)
            abort();
    }
}

struct lookup *lookup_start(struct lookups *lookups, const char *host, lookup_done *done, void *user)
{
    struct lookup *lookup = mem_new(sizeof *lookup);
    lookup->lookups = lookups;
    lookup->host = mem_copy(host);
    lookup->done = done;
    lookup->user = user;
    TAILQ_INSERT_TAIL(&lookups->waiting, lookup, link);
    start_next(lookups);
    return lookup;
}

void lookup_cancel(struct lookup *lookup)
{
    if (!lookup)
        return;
    lookup->done = NULL;
    if (lookup->running) {
        uv_cancel((uv_req_t *)&lookup->request); /* or its thread has it already: then it ends unheard */
        return;
    }
    TAILQ_REMOVE(&lookup->lookups->waiting, lookup, link);
    lookup_free(lookup);
}

void lookups_free(struct lookups *lookups)
{
    if (!lookups)
        return;
    while (!TAILQ_EMPTY(&lookups->waiting))
        lookup_cancel(TAILQ_FIRST(&lookups->waiting));
    struct lookup *lookup;
    TAILQ_FOREACH(lookup, &lookups->running, link)
    {
        lookup->lookups = NULL;
        lookup_cancel(lookup);
    }
    free(lookups);
}

/* ---- the choice ---- */

static bool address_text(const struct sockaddr *address, char ret[static LOOKUP_ADDRESS])
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, address, sizeof four);
        return inet_ntop(AF_INET, &four.sin_addr, ret, LOOKUP_ADDRESS) != NULL;
    }
    if (address->sa_family != AF_INET6)
        return false;
    struct sockaddr_in6 six;
    memcpy(&six, address, sizeof six);
    /* One of a single link needs the name of an interface, which no check can have. */
    return six.sin6_scope_id == 0 && inet_ntop(AF_INET6, &six.sin6_addr, ret, LOOKUP_ADDRESS) != NULL;
}

/* Smaller is better. */
struct rank {
    int outside, other, six;
};

static bool better(const struct rank *a, const char *one, const struct rank *b, const char *two)
{
    if (a->outside != b->outside)
        return a->outside < b->outside;
    if (a->other != b->other)
        return a->other < b->other;
    if (a->six != b->six)
        return a->six < b->six;
    return strcmp(one, two) < 0;
}

void lookup_choose(const struct addrinfo *found, const struct cidr_list *networks, const char *present,
                   char ret[static LOOKUP_ADDRESS])
{
    char text[LOOKUP_ADDRESS], best_text[LOOKUP_ADDRESS] = "";
    struct rank best = {0};
    unsigned count = 0;
    for (; found && count < LIMIT_LOOKUP_ADDRESSES; found = found->ai_next, count++) {
        if (!found->ai_addr || !address_text(found->ai_addr, text))
            continue;
        const struct rank rank = {.outside = !cidr_list_has(networks, found->ai_addr),
                                  .other = strcmp(text, present) != 0,
                                  .six = found->ai_addr->sa_family == AF_INET6};
        if (best_text[0] && !better(&rank, text, &best, best_text))
            continue;
        best = rank;
        memcpy(best_text, text, sizeof best_text);
    }
    memcpy(ret, best_text, sizeof best_text);
}

bool lookup_inside(const char *address, const struct cidr_list *networks)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, address, &four.sin_addr) == 1)
        return cidr_list_has(networks, (const struct sockaddr *)&four);
    return inet_pton(AF_INET6, address, &six.sin6_addr) == 1 &&
           cidr_list_has(networks, (const struct sockaddr *)&six);
}
