/* sources.h: who is answered at all, by address: ALLOWED_NETWORKS, BLOCKED_NETWORKS, INTERNAL_NETWORK_ONLY.
 */
#ifndef QUAYWATCH_CORE_SOURCES_H
#define QUAYWATCH_CORE_SOURCES_H

#include <stdbool.h>

struct error;
struct sockaddr;
struct sources;

/* From comma lists of networks ("" or NULL: no limit); internal_only: only loopback and private addresses.
 * NULL with a sentence when a list is wrong. */
struct sources *sources_new(const char *allowed, const char *blocked, bool internal_only, struct error *err);

/* Whether whoever has this address is answered. An address that is not known (NULL, another family) is, only
 * when there is no limit at all. */
bool sources_allow(const struct sources *sources, const struct sockaddr *address);

/* Frees it. NULL is fine. */
void sources_free(struct sources *sources);

#endif
