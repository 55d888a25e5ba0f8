/* SPDX-License-Identifier: MIT */
/* lookup.c: a queue before the resolver, and the choice among what it finds. */
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
#include "controller/core/name_query.h"

struct lookup {
    struct name_query *query; /* while it runs */
    TAILQ_ENTRY(lookup) link;
    struct lookups *lookups;
    char *host;
    lookup_done *done;
    void *user;
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
    TAILQ_REMOVE(&lookups->running, lookup, link);
    lookups->in_flight--;
    start_next(lookups);
}

static void on_found(void *user, int code, struct addrinfo *found)
{
    struct lookup *lookup = user;
    lookup_done *done = lookup->done;
    void *asker = lookup->user;
    leave(lookup);
    if (done)
        done(asker, found, code == 0 ? NULL : uv_strerror(code));
    uv_freeaddrinfo(found);
    lookup_free(lookup);
}

static void start_next(struct lookups *lookups)
{
    while (lookups->in_flight < LIMIT_LOOKUPS_IN_FLIGHT && !TAILQ_EMPTY(&lookups->waiting)) {
        struct lookup *lookup = TAILQ_FIRST(&lookups->waiting);
        TAILQ_REMOVE(&lookups->waiting, lookup, link);
        TAILQ_INSERT_TAIL(&lookups->running, lookup, link);
        lookups->in_flight++;
        lookup->query = name_query_start(lookups->loop, lookup->host, NULL, on_found, lookup);
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
    if (lookup->query) /* it keeps its place until its thread has ended, unheard */
        return;
    TAILQ_REMOVE(&lookup->lookups->waiting, lookup, link);
    lookup_free(lookup);
}

void lookups_free(struct lookups *lookups)
{
    if (!lookups)
        return;
    while (!TAILQ_EMPTY(&lookups->waiting))
        lookup_cancel(TAILQ_FIRST(&lookups->waiting));
    for (struct lookup *lookup; (lookup = TAILQ_FIRST(&lookups->running));) {
        TAILQ_REMOVE(&lookups->running, lookup, link);
        name_query_cancel(lookup->query);
        lookup_free(lookup);
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
