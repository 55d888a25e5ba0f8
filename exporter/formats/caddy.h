/* caddy.h: what Caddy's two forms of configuration have in common, and the exit that keeps Caddy in step. */
#ifndef QUAYWATCH_EXPORTER_FORMATS_CADDY_H
#define QUAYWATCH_EXPORTER_FORMATS_CADDY_H

#include "exporter/formats/proxied.h"

struct json_writer;

enum { CADDY_RETRIES = 3, CADDY_CONNECT_MS = 5000 };

/* How often an endpoint is named: Caddy takes turns among the names and knows no weights, so that weights are
 * told by repetition, in at most CADDY_NAMES_MOST names a service. Always at least 1. */
enum { CADDY_NAMES_MOST = 64 };
struct caddy_shares {
    unsigned divisor;
    size_t total; /* of all weights */
    size_t count;
};
struct caddy_shares caddy_shares(const struct proxied *proxied);
unsigned caddy_repeat(const struct caddy_shares *shares, unsigned weight);

/* The list of upstreams of a service's handler, as a value. */
void caddy_upstreams_write(struct json_writer *w, const struct proxied *proxied);

/* What a check of Caddy's own expects: one status (204), a class (2 for 200-299), or 0 when it cannot expect
 * what the service's check does: then none is told. */
int caddy_expects(const struct spec *spec);

/* The Caddyfile, for importing into one's own. */
void caddyfile_write(const struct proxied_list *list, struct buf *out);

#endif
