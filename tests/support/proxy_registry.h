/* proxy_registry.h: registries for tests of the formats for proxies, made of labels as containers have them.
 */
#ifndef QUAYWATCH_TESTS_PROXY_REGISTRY_H
#define QUAYWATCH_TESTS_PROXY_REGISTRY_H

#include "controller/core/registry.h"

/* Adds a container with these labels ("key", "value", …, NULL) in the state that is given. */
void proxy_add(struct registry *registry, const char *container, const char *address, enum status status,
               const char *const *labels);

/* One of each: weights, hosts and paths, https, IPv6, gRPC, TCP, routers of labels, a guarded one, one that
 * serves nothing, one that no proxy may tell of. */
struct registry *proxy_registry(void);

/* Containers whose every name and label tries to be more than a value. */
struct registry *proxy_registry_hostile(void);

#endif
