/* lookup.h: addresses of host names, found by libuv's resolver on its threads, a few at a time. */
#ifndef QUAYWATCH_CONTROLLER_EXTERNAL_LOOKUP_H
#define QUAYWATCH_CONTROLLER_EXTERNAL_LOOKUP_H

#include <stdbool.h>

typedef struct uv_loop_s uv_loop_t;
struct addrinfo;
struct cidr_list;
struct lookup;
struct lookups;

enum { LOOKUP_ADDRESS = 46 }; /* room for an address as text */

/* Called once, on the loop: what was found, or NULL with the resolver's words. Both live until it returns. */
typedef void lookup_done(void *user, const struct addrinfo *found, const char *trouble);

/* A resolver; the loop is used only once something is looked up. */
struct lookups *lookups_new(uv_loop_t *loop);

/* Looks host (copied) up, as soon as fewer than LIMIT_LOOKUPS_IN_FLIGHT are under way. done is never called
 * before this returns, and not at all once it is cancelled. */
struct lookup *lookup_start(struct lookups *lookups, const char *host, lookup_done *done, void *user);

/* Ends it without callback. Not once done was called. NULL is fine. */
void lookup_cancel(struct lookup *lookup);

/* Cancels all; no thread is waited for. The loop must run once more. NULL is fine. */
void lookups_free(struct lookups *lookups);

/* The address to use out of what was found, as text: one that lies in networks where there is one, of these
 * the present one (may be "") before others, IPv4 before IPv6, then by the text: equal answers in another
 * order give the same. "" when there is none. Pure. */
void lookup_choose(const struct addrinfo *found, const struct cidr_list *networks, const char *present,
                   char ret[static LOOKUP_ADDRESS]);

/* Whether an address as text lies in networks. Pure. */
bool lookup_inside(const char *address, const struct cidr_list *networks);

#endif
