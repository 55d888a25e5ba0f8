/* proxy.h: what Traefik and Caddy labels reveal: port, protocol, public hosts. (traefik.docker.network and
 * caddy_ingress_network are plain labels of the table.) Inside labels/ only. */
#ifndef QUAYWATCH_CONTROLLER_LABELS_PROXY_H
#define QUAYWATCH_CONTROLLER_LABELS_PROXY_H

#include "controller/labels/fields.h"

/* The first valid traefik.http|tcp.services.<name>.loadbalancer.server.port, else an invalid one. A
 * source_find. */
const char *proxy_traefik_port(const struct resolution *r, const struct pairs *labels, bool override,
                               const char **name);

/* The port of the first caddy*.reverse_proxy={{upstreams 3000}}. A source_find. */
const char *proxy_caddy_port(const struct resolution *r, const struct pairs *labels, bool override,
                             const char **name);

/* "http", "https" or "tcp" as the proxy speaks it to the container. Each a source_find. */
const char *proxy_traefik_protocol(const struct resolution *r, const struct pairs *labels, bool override,
                                   const char **name);
const char *proxy_caddy_protocol(const struct resolution *r, const struct pairs *labels, bool override,
                                 const char **name);

/* The Traefik labels as tags "key=value", sorted, without what may be a secret; "traefik.enable=false" alone
 * when they are too many. */
void proxy_tags(struct arena *arena, const struct pairs *labels, struct strings *ret);

/* Adds the public host names of Traefik's Host() rules and Caddy's site addresses, each once, sorted. */
void proxy_hosts(struct arena *arena, const struct pairs *labels, struct strings *ret);

#endif
