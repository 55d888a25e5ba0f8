/* SPDX-License-Identifier: MIT */
/* external_spec.c: a registration as spec and observed, so that everything that judges containers judges it,
 * too. A part of external.h. */
#include "controller/external_internal.h"

#include <string.h>

static void won(struct spec *spec, const char *field, bool said)
{
    pairs_set(&spec->arena, &spec->sources, field, said ? "registration" : "default");
}

static void identity_fill(struct spec *spec, const struct external *external)
{
    const struct registration *registration = external->registration;
    struct arena *arena = &spec->arena;
    /* A kind of key of its own: no container can have it, and none shares its memory. */
    spec->key = arena_format(arena, "external:%s", registration->name);
    spec->name = arena_copy(arena, registration->name);
    spec->replica = external->replica;
    spec->external = true;
    spec->external_id = arena_copy(arena, registration->owner_id);
    spec->external_host = registration->by_address ? NULL : arena_copy(arena, registration->host);
    const char *file = registration->file;
    spec->registered_by = file ? arena_copy(arena, file) : "POST /services";
    spec->never_heal = file ? "it is no container, but was registered by a file"
                            : "it is no container, but was registered through the API";
    spec->restart = RESTART_NO;
    spec->on_failed = "none";
    won(spec, "name", true);
}

static void description_fill(struct spec *spec, const struct registration *registration)
{
    struct arena *arena = &spec->arena;
    const struct pairs *metadata = &registration->metadata;
    spec->version = arena_copy(arena, registration->version);
    spec->environment = arena_copy(arena, pairs_get(metadata, "environment"));
    spec->project = arena_copy(arena, pairs_get(metadata, "project"));
    for (size_t i = 0; i < registration->tags.count; i++)
        strings_add(arena, &spec->tags, registration->tags.item[i]);
    for (size_t i = 0; i < registration->fallback_urls.count; i++)
        strings_add(arena, &spec->fallback_urls, registration->fallback_urls.item[i]);
    for (size_t i = 0; i < metadata->count; i++)
        pairs_set(arena, &spec->metadata, metadata->item[i].key, metadata->item[i].value);
    pairs_sort(&spec->metadata);
    spec->weight = registration->weight;
    spec->protocol = registration->protocol;
    spec->port = registration->port;
    won(spec, "port", true);
    spec->call_timeout_ms = 30000; /* as for containers without labels about it */
    spec->retry_max = 3;
    spec->retry_delay_ms = 1000;
    spec->dependency_count = registration->dependency_count;
    if (!spec->dependency_count)
        return;
    spec->dependencies = arena_new(arena, spec->dependency_count * sizeof *spec->dependencies);
    for (size_t i = 0; i < spec->dependency_count; i++) {
        spec->dependencies[i] = registration->dependencies[i];
        spec->dependencies[i].name = arena_copy(arena, registration->dependencies[i].name);
    }
}

/* A server of many names tells them apart by what it is asked for. */
static void host_fill(struct spec *spec, const struct registration *registration)
{
    bool web = spec->check == CHECK_HTTP || spec->check == CHECK_GRPC;
    if (registration->by_address || !web)
        return;
    int port = spec->health_port ? spec->health_port : spec->port;
    bool standard = port == (spec->protocol == PROTOCOL_HTTPS ? 443 : 80);
    spec->tls_name = spec->external_host;
    if (spec->check == CHECK_HTTP)
        pairs_set(&spec->arena, &spec->health_headers, "Host",
                  standard ? registration->host
                           : arena_format(&spec->arena, "%s:%d", registration->host, port));
}

static void check_fill(struct spec *spec, const struct registration *registration,
                       const struct options *options)
{
    spec->check = registration->check;
    spec->check_explicit = true;
    spec->check_disabled = !options->check_enabled;
    spec->health_path = arena_copy(&spec->arena, registration->endpoint);
    spec->health_method = "GET";
    spec->health_status = "200-299";
    spec->health_port = registration->check_port;
    spec->tls_verify = registration->check_tls_verify;
    spec->interval_ms = registration->check_interval_ms ? registration->check_interval_ms
                                                        : options->check_interval_ms;
    spec->timeout_ms = registration->check_timeout_ms ? registration->check_timeout_ms
                                                      : options->check_timeout_ms;
    spec->retries = registration->check_retries ? registration->check_retries : options->check_retries;
    spec->successes = registration->check_successes ? registration->check_successes : 2;
    spec->start_period_ms = 0; /* who is registered says that it has started */
    spec->breaker_enabled = options->breaker_enabled;
    spec->breaker_failures = options->breaker_failures;
    spec->breaker_successes = options->breaker_successes;
    spec->breaker_recovery_ms = options->breaker_recovery_ms;
    spec->breaker_window_ms = options->breaker_window_ms;
    won(spec, "health.check", registration->check_said);
    won(spec, "health.interval", registration->check_interval_ms != 0);
    won(spec, "health.timeout", registration->check_timeout_ms != 0);
    won(spec, "health.retries", registration->check_retries != 0);
    host_fill(spec, registration);
}

struct spec *external_spec(const struct external *external, const struct options *options)
{
    struct spec *spec = mem_new(sizeof *spec);
    identity_fill(spec, external);
    description_fill(spec, external->registration);
    check_fill(spec, external->registration, options);
    /* Nothing of this is ever used, but figures that are shown should not look odd. */
    spec->restart_window_ms = 600000;
    spec->backoff_ms = 10000;
    spec->backoff_max_ms = 300000;
    spec->stop_timeout_ms = -1;
    pairs_sort(&spec->sources);
    return spec;
}

struct observed *external_observe(const struct external *external)
{
    const struct registration *registration = external->registration;
    const struct externals *externals = external->externals;
    struct observed *observed = mem_new(sizeof *observed);
    struct arena *arena = &observed->arena;
    observed->id = arena_copy(arena, external->instance_id);
    observed->container = arena_copy(arena, registration->id);
    observed->image = "";
    observed->state = CONTAINER_RUNNING; /* as far as anybody here can say */
    observed->docker_health = STATUS_UNKNOWN;
    observed->engine_restart_policy = "no";
    observed->created_at_wall_ms = observed->started_at_wall_ms = external->registered_at_wall_ms;
    observed->engine_stop_timeout_ms = -1;
    observed->address = arena_copy(arena, external->address);
    /* The very address that a check will connect to is judged: no name is looked up in between. */
    if (external->address[0] && lookup_inside(external->address, externals->networks))
        observed->probe_address = observed->address;
    else if (external->address[0] && cidr_list_empty(externals->networks))
        observed->unreachable = "EXTERNAL_NETWORKS is not set, so no service outside Docker is checked";
    else if (external->address[0])
        observed->unreachable = arena_format(arena, "its address %s lies outside EXTERNAL_NETWORKS",
                                             external->address);
    else
        observed->unreachable = arena_format(arena, "its host name %.100s %s", registration->host,
                                             external->lookup_failed ? "has no address"
                                                                     : "is being looked up");
    return observed;
}
