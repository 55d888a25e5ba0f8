/* listing.h: one service as the formats tell of it: plain values, safe to be shown, whatever labels hold.
 * Pure.
 *
 * All text is valid UTF-8 and holds no secret of a URL; how it is written is each format's own. */
#ifndef QUAYWATCH_EXPORTER_FORMATS_LISTING_H
#define QUAYWATCH_EXPORTER_FORMATS_LISTING_H

#include "controller/core/endpoint.h"

struct format_wish;

struct listing {
    const char *name, *project, *version, *environment; /* but for the name NULL when unsaid */
    const char *status, *protocol;
    bool serving;             /* there is an endpoint; without one there is no url and no host */
    const char *url, *host;   /* by name, where it has one that others can use, else by its first address */
    int port;                 /* 0: none is known */
    struct strings endpoints; /* URLs of the instances' addresses */
    struct strings fallback_urls; /* that labels name */
    const char *health_endpoint;  /* path of its HTTP check; NULL: it has none */
    int64_t timeout_ms, retry_delay_ms;
    unsigned retry_max;
    struct strings tags;      /* sorted */
    struct pairs metadata;    /* sorted, without keys that are not UTF-8 */
    struct named_port *ports; /* port_count entries, sorted by name */
    size_t port_count;
    struct endpoint *instances; /* instance_count entries: those that serve at a port */
    size_t instance_count;
};

enum { LISTING_ID = 13 };

/* What is told of a service, in the arena. */
void listing_make(const struct service *service, struct arena *arena, struct listing *ret);

/* A copy in the arena in which what is not UTF-8 became U+FFFD; NULL for NULL. */
const char *listing_text(struct arena *arena, const char *text);

/* The first 12 digits of an instance's id. */
void listing_id(const struct instance *instance, char ret[static LISTING_ID]);

/* Whether a service is told of: the wish selects it, and its name is UTF-8 (one that comes from a label or a
 * container always is). */
bool listing_wants(const struct format_wish *wish, const struct service *service);

/* Calls tell for each service that is told of, in order of name: how many of its endpoints it told. */
void listing_each(const struct format_wish *wish, size_t (*tell)(void *user, const struct listing *listing),
                  void *user);

#endif
