/* proxied.h: what the formats for proxies tell, in the terms of a proxy: services, the instances that serve
 * them, and which host and path leads where. For the formats, and for what keeps proxies in step. Pure.
 *
 * Nothing that comes from here needs quoting in any of the formats but where it says so: names, hosts and
 * paths hold none but a-z A-Z 0-9 . _ - / (and "*." at the beginning of a host), addresses are IP literals.
 */
#ifndef QUAYWATCH_EXPORTER_FORMATS_PROXIED_H
#define QUAYWATCH_EXPORTER_FORMATS_PROXIED_H

#include "controller/core/endpoint.h"
#include "controller/core/proxy_name.h"
#include "exporter/formats/format.h"

struct buf;

/* A service that is told. */
struct proxied {
    const struct service *service;
    const struct spec *spec; /* of its first instance that proxies may tell of: how it is spoken to */
    char name[PROXY_NAME];   /* of controller/core/proxy_name.h */
};

/* A host, and the beginning of a path there, that lead to a service. */
struct route {
    const char *host; /* lower case; "*.example.com" stands for one label and example.com */
    const char *path; /* "/" or "/api" */
    size_t parent;    /* offset in host of what follows its first dot; its length without one */
    bool any;         /* begins with "*." */
    size_t proxied;   /* index of the service */
};

struct proxied_list {
    struct arena arena;
    struct proxied *item; /* in order of name */
    size_t count;
    /* Each host and path once: the first service by name that wants it has it. Those of one parent domain
     * stand together, the one with "*" last; of one host those whose path begins with another's stand
     * right before that. */
    struct route *route;
    size_t route_count;
    struct format_told *told; /* the wish's */
};

/* Everything that is wished for. A service whose name in a configuration is already another's is left out;
 * fold: for a proxy to which upper and lower case are one, names are told apart in lower case. */
void proxied_collect(const struct format_wish *wish, bool fold, struct proxied_list *ret);
void proxied_free(struct proxied_list *list);

/* One service; false when proxies are not to be told of it. */
bool proxied_of(const struct service *service, struct proxied *ret);

/* An instance's endpoint when proxies are to be told of it: it serves, has an address and a port, and speaks
 * the protocol of the service. */
bool proxied_endpoint(const struct proxied *proxied, const struct instance *instance, struct endpoint *ret);

/* How many there are. */
size_t proxied_count(const struct proxied *proxied);

/* It was told of with all of them: counted, where somebody asks. */
void proxied_note(const struct proxied_list *list, const struct proxied *proxied);

/* Whether two routes are for one host. */
bool route_same_host(const struct route *a, const struct route *b);

/* "10.0.0.1:80", "[fd00::1]:80". */
void proxied_address(const struct endpoint *endpoint, struct buf *out);

/* The path of a check that a proxy can make as quaywatch does: an explicit http check without headers, whose
 * path holds nothing that any format could take for its own; else NULL. */
const char *proxied_check_path(const struct spec *spec);

/* What labels wish of calls: whether a breaker is to stand before the service, how often a call may be tried
 * anew, how long an answer may take. Without such a label: no, and what is given. */
bool proxied_breaks(const struct spec *spec);
unsigned proxied_retries(const struct spec *spec, unsigned otherwise);
int64_t proxied_timeout(const struct spec *spec, int64_t otherwise_ms);

/* Whom to ask for, and whose certificate to expect, where HTTPS is spoken to it; NULL: no such name is known.
 */
const char *proxied_tls_name(const struct proxied *proxied);

/* A "*.example.com" as a regular expression: "^[^.]+\.example\.com$". Any other host: "^app\.example\.com$".
 */
void route_pattern(const struct route *route, struct buf *out);

/* The comment at the beginning of text formats, whose lines begin with "#". */
void proxied_preface(const char *format, struct buf *out);

#endif
