/* caddy_config.h: what of ours a Caddy has in its configuration, and what it should have. Pure.
 *
 * Ours are the handlers whose "@id" is a service's name for load balancers (core/proxy_name.h), and in them
 * the upstreams alone. */
#ifndef QUAYWATCH_EXPORTER_BALANCERS_CADDY_CONFIG_H
#define QUAYWATCH_EXPORTER_BALANCERS_CADDY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <uthash.h>

struct buf;
struct error;
struct proxied;

/* One handler. */
struct caddy_handler {
    UT_hash_handle hh;
    char *id;        /* own */
    char *upstreams; /* own: what it dials, a line each, in its order */
    bool known;      /* while planning: a service has it */
    bool wrong;      /* it is to be written */
};

/* Reads Caddy's whole configuration (the answer to GET /config/, "null" when it has none): adds a handler for
 * each that is ours to the hash. -EBADMSG with a sentence when it is no JSON. */
int caddy_config_read(const char *text, size_t length, struct caddy_handler **handlers, struct error *err);

/* Forgets them all. */
void caddy_handlers_clear(struct caddy_handler **handlers);

/* What a service's upstreams should be: as lines, to compare; and as JSON, to be sent. NULL: none. */
void caddy_lines_write(const struct proxied *proxied, struct buf *out);
void caddy_body_write(const struct proxied *proxied, struct buf *out);

#endif
