/* sample.h: small specs, observed values and registries for unit tests, with the contract's defaults. */
#ifndef QUAYWATCH_TESTS_SAMPLE_H
#define QUAYWATCH_TESTS_SAMPLE_H

#include <stdio.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/registry.h"

static inline struct spec *sample_spec(const char *key, const char *name)
{
    struct spec *spec = mem_new(sizeof *spec);
    spec->key = arena_copy(&spec->arena, key);
    spec->name = arena_copy(&spec->arena, name);
    spec->replica = 1;
    spec->weight = 1;
    spec->port = 80;
    spec->check = CHECK_HTTP;
    spec->check_explicit = true;
    spec->implicit = CHECK_HTTP;
    spec->health_path = "/health";
    spec->interval_ms = 10000;
    spec->timeout_ms = 5000;
    spec->start_period_ms = 30000;
    spec->retries = 3;
    spec->successes = 2;
    spec->breaker_enabled = true;
    spec->breaker_failures = 5;
    spec->breaker_successes = 3;
    spec->breaker_recovery_ms = 60000;
    spec->breaker_window_ms = 300000;
    spec->restart = RESTART_ON_UNHEALTHY;
    spec->restart_max = 5;
    spec->restart_window_ms = 600000;
    spec->backoff_ms = 10000;
    spec->backoff_max_ms = 300000;
    spec->stop_timeout_ms = -1;
    spec->on_failed = "none";
    return spec;
}

/* digit makes the id: 64 times that digit. */
static inline struct observed *sample_observed(char digit, const char *container)
{
    struct observed *observed = mem_new(sizeof *observed);
    char id[65];
    memset(id, digit, 64);
    id[64] = '\0';
    observed->id = arena_copy(&observed->arena, id);
    observed->container = arena_copy(&observed->arena, container);
    observed->image = "image:1";
    observed->state = CONTAINER_RUNNING;
    observed->docker_health = STATUS_UNKNOWN;
    observed->engine_restart_policy = "no";
    observed->started_at_wall_ms = 1000000;
    observed->engine_stop_timeout_ms = -1;
    observed->address = observed->probe_address = "172.20.0.2";
    return observed;
}

static inline const struct instance *sample_add(struct registry *registry, struct spec *spec,
                                                struct observed *observed)
{
    struct moment now = {.mono_ms = 1, .wall_ms = 1000000};
    return registry_apply(registry,
                          &(struct change){.kind = CHANGE_INSTANCE, .spec = spec, .observed = observed}, now);
}

static inline void sample_health(struct registry *registry, struct ref ref, enum status status)
{
    struct health_view view = {.status = status, .latest_passed = status == STATUS_HEALTHY};
    registry_apply(registry, &(struct change){.kind = CHANGE_HEALTH, .ref = ref, .health = &view},
                   (struct moment){.mono_ms = 2, .wall_ms = 1000001});
}

#endif
