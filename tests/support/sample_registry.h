/* sample_registry.h: small registries for tests, made through the registry's own API. */
#ifndef QUAYWATCH_TESTS_SAMPLE_REGISTRY_H
#define QUAYWATCH_TESTS_SAMPLE_REGISTRY_H

#include "controller/core/registry.h"

/* The moment at which everything in the samples happens: 2026-11-21T10:30:00.123Z. */
extern const struct moment sample_moment;

/* A spec and an observed container of a service; fields may be changed before sample_add. Text set by tests
 * must live as long or come from the arenas. */
struct spec *sample_spec(const char *key, const char *name, int port);
struct observed *sample_observed(const char *id, const char *container, const char *address,
                                 const char *alias);

/* Adds the instance, taken over, with this status; settle follows with sample_settle. */
struct ref sample_add(struct registry *registry, struct spec *spec, struct observed *observed,
                      enum status status);

/* The same for one with an IPv6 address beside its own, told or not. */
struct ref sample_add_dual(struct registry *registry, struct spec *spec, struct observed *observed,
                           const char *address6, bool told);

/* Sets an instance's status. */
void sample_status(struct registry *registry, struct ref ref, enum status status);

/* Settles at sample_moment. */
void sample_settle(struct registry *registry);

/* An engine and a controller in the head. */
void sample_head(struct registry *registry, bool connected);

/* Three services: "cache" (tcp, healthy), "db" (two instances, one unhealthy), and "web" (healthy, depends on
 * both and on something unknown) whose every text is hostile or secret. */
struct registry *sample_registry(void);

/* count services of one instance, of the full shape. */
struct registry *sample_many(size_t count);

#endif
