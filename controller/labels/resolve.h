/* resolve.h: labels + inspect data → spec, by the precedence of CONTRACT section 3. Pure. One file a dialect:
 * service, coolify, proxy (Traefik and Caddy), compose; identity.c gives the key. */
#ifndef QUAYWATCH_CONTROLLER_LABELS_RESOLVE_H
#define QUAYWATCH_CONTROLLER_LABELS_RESOLVE_H

#include "controller/settings/options.h"
#include "docker/container.h"

struct overrides;

/* Whether quaywatch registers this container; *why (static text or a label's name inside container) says by
 * what, or why not. The quick form for list elements takes the bare labels. */
bool labels_registered(const struct pairs *labels, const struct overrides *overrides, const char *name,
                       enum watch_mode watch, const char **why);

/* The spec of a registered container; freed with spec_free. Never fails: what is invalid is passed over with
 * a finding and the next source is used. options give the defaults; overrides may be NULL. */
struct spec *labels_resolve(const struct container *container, const struct options *options,
                            const struct overrides *overrides);

/* The labels' names that quaywatch understands, for lint ("service.*" keys only); count in *ret_count. */
const char *const *labels_known(size_t *ret_count);

#endif
