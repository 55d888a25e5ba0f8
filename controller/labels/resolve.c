/* SPDX-License-Identifier: MIT */
/* From a container to its spec: tiers of labels, identity, defaults, then field by field. */
#include "controller/labels/resolve.h"

#include <string.h>

#include "controller/core/text.h"
#include "controller/labels/compose.h"
#include "controller/labels/coolify.h"
#include "controller/labels/database.h"
#include "controller/labels/fields.h"
#include "controller/labels/identity.h"
#include "controller/labels/overrides.h"
#include "controller/labels/policy.h"
#include "controller/labels/proxy.h"
#include "controller/labels/routing.h"
#include "controller/labels/service.h"

/* The overrides for a container with these labels; ret is empty when there are none. Selectors know the
 * identity key as the container's own labels give it: overrides cannot select each other. */
static void overrides_find(const struct overrides *overrides, struct arena *arena, const struct pairs *labels,
                           const char *name, struct pairs *ret)
{
    *ret = (struct pairs){0};
    if (overrides)
        overrides_for(overrides, arena, identity_plain_name(name), identity_key(arena, labels, name),
                      pairs_get(labels, "com.docker.compose.project"),
                      pairs_get(labels, "com.docker.compose.service"), ret);
}

/* The label by which this tier asks to be registered, the one that says its name before others, or NULL. */
static const char *registering_label(const struct pairs *labels)
{
    const char *asked = NULL, *autoheal = NULL;
    for (size_t i = 0; i < labels->count; i++) {
        const struct pair *label = &labels->item[i];
        bool on;
        if (strcmp(label->key, "service.name") == 0)
            return label->key;
        if (strcmp(label->key, "service.ignore") == 0 && text_bool(label->value, &on) == 0 && on)
            continue;
        if (!asked && (strncmp(label->key, "service.", 8) == 0 || strncmp(label->key, "coolify.", 8) == 0))
            asked = label->key;
        if (strcmp(label->key, "autoheal") == 0 && text_bool(label->value, &on) == 0 && on)
            autoheal = "autoheal";
    }
    return asked ? asked : autoheal;
}

bool labels_registered(const struct pairs *labels, const struct overrides *overrides, const char *name,
                       enum watch_mode watch, const char **why)
{
    struct arena scratch = {0};
    struct pairs over;
    overrides_find(overrides, &scratch, labels, name, &over);
    const char *ignore = pairs_get(&over, "service.ignore");
    if (!ignore)
        ignore = pairs_get(labels, "service.ignore");
    bool ignored = false;
    if (ignore && text_bool(ignore, &ignored) < 0)
        ignored = false;
    const char *asked = registering_label(labels);
    if (registering_label(&over))
        asked = "overrides";
    arena_free(&scratch);

    if (ignored) {
        *why = "service.ignore";
        return false;
    }
    *why = asked ? asked : watch == WATCH_ALL ? "WATCH=all" : "no label asks for it";
    return asked || watch == WATCH_ALL;
}

/* The container's labels with the overrides over them. Without overrides they are the container's own,
 * uncopied. */
static void tiers_merge(struct resolution *r, struct arena *scratch, const struct overrides *overrides)
{
    const struct container *container = r->container;
    overrides_find(overrides, scratch, &container->labels, container->name, &r->overrides);
    r->merged = container->labels;
    if (r->overrides.count == 0)
        return;
    r->merged = (struct pairs){0};
    for (size_t i = 0; i < container->labels.count; i++)
        if (!pairs_get(&r->overrides, container->labels.item[i].key))
            pairs_set(scratch, &r->merged, container->labels.item[i].key, container->labels.item[i].value);
    for (size_t i = 0; i < r->overrides.count; i++)
        pairs_set(scratch, &r->merged, r->overrides.item[i].key, r->overrides.item[i].value);
    pairs_sort(&r->merged);
}

/* Whether a name comes from this tier's labels; the facts around it (project, preview) come from both. */
static const char *name_overridden(struct resolution *r, struct arena *scratch, const char **source)
{
    static const char *const facts[] = {"com.docker.compose.project", "com.docker.compose.service",
                                        "coolify.pullRequestId", "coolify.applicationId", "coolify.name"};
    struct pairs labels = {0};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        const char *value = pairs_get(&r->merged, facts[i]);
        if (value)
            pairs_set(scratch, &labels, facts[i], value);
    }
    for (size_t i = 0; i < r->overrides.count; i++)
        pairs_set(scratch, &labels, r->overrides.item[i].key, r->overrides.item[i].value);
    const char *name = identity_name(&r->spec->arena, &labels, r->container->name, source);
    return pairs_get(&r->overrides, *source) ? name : NULL;
}

static void names_lint(struct resolution *r)
{
    static const char *const chosen[] = {"service.name", "coolify.service", "coolify.app"};
    for (size_t i = 0; i < sizeof chosen / sizeof *chosen; i++) {
        const char *value = pairs_get(&r->merged, chosen[i]);
        if (value && !text_is_name(value))
            resolution_invalid(r, chosen[i], pairs_get(&r->overrides, chosen[i]) != NULL, value,
                               "1 to 63 characters of a-z A-Z 0-9 . _ -");
    }
    const char *id = pairs_get(&r->merged, "service.id"), *key = r->spec->key;
    if (id && *id && strncmp(key, "id:", 3) != 0)
        resolution_invalid(r, "service.id", pairs_get(&r->overrides, "service.id") != NULL, id,
                           "at most 256 printable characters");
}

static void identity_fill(struct resolution *r, struct arena *scratch)
{
    struct spec *spec = r->spec;
    const struct container *container = r->container;
    const char *source;
    spec->key = identity_key(&spec->arena, &r->merged, container->name);
    spec->name = r->overrides.count ? name_overridden(r, scratch, &source) : NULL;
    bool override = spec->name != NULL;
    if (!override)
        spec->name = identity_name(&spec->arena, &r->merged, container->name, &source);
    resolution_won(r, "name", source, override);
    /* Only what the engine says counts here: an override can make nothing of Coolify's ours to heal. */
    spec->never_heal = identity_never_heal(&container->labels, container->name, container->image,
                                           &spec->orchestrated);
    spec->coolify = coolify_has_id(&container->labels);
    const char *type = pairs_get(&container->labels, "coolify.type");
    spec->coolify_application = type && strcmp(type, "application") == 0;
    compose_facts(r);
    names_lint(r);
}

static void defaults_fill(struct resolution *r)
{
    struct spec *spec = r->spec;
    const struct options *options = r->options;
    spec->weight = 1;
    spec->protocol = PROTOCOL_HTTP;
    spec->has_healthcheck = r->container->has_healthcheck;
    spec->health_path = options->check_path && *options->check_path
                            ? arena_copy(&spec->arena, options->check_path)
                            : "/health";
    spec->health_method = "GET";
    spec->health_status = "200-299";
    spec->interval_ms = options->check_interval_ms;
    spec->timeout_ms = options->check_timeout_ms;
    spec->start_period_ms = 30000;
    spec->retries = options->check_retries;
    spec->successes = 2;
    spec->breaker_enabled = options->breaker_enabled;
    spec->breaker_failures = options->breaker_failures;
    spec->breaker_successes = options->breaker_successes;
    spec->breaker_recovery_ms = options->breaker_recovery_ms;
    spec->breaker_window_ms = options->breaker_window_ms;
    spec->restart_max = 5;
    spec->restart_window_ms = 600000;
    spec->backoff_ms = 10000;
    spec->backoff_max_ms = 300000;
    spec->stop_timeout_ms = -1;
    spec->cascade = strncmp(r->container->network_mode, "container:", 10) == 0;
    spec->slo_uptime_ppm = 999000;
    spec->slo_error_rate_ppm = 1000;
    spec->slo_p95_ms = 2000;
    spec->slo_mttr_ms = 300000;
    spec->on_failed = "none";
    spec->call_timeout_ms = 30000;
    spec->retry_max = 3;
    spec->retry_delay_ms = 1000;
}

/* What follows from several fields, once they are filled. */
static void fields_settle(struct resolution *r)
{
    struct spec *spec = r->spec;
    const struct container *container = r->container;
    spec->database = database_is(r);
    /* The longer start period counts: Docker does not judge earlier, so neither can we. */
    if (container->has_healthcheck && container->health_start_period_ms > spec->start_period_ms) {
        spec->start_period_ms = container->health_start_period_ms;
        resolution_won(r, "health.start_period", "inspect", false);
    }
    const char *network = r->options->network;
    for (size_t i = 0; !spec->network && network && i < container->network_count; i++)
        if (strcmp(container->networks[i].name, network) == 0)
            spec->network = arena_copy(&spec->arena, network);
}

static void hosts_fill(struct resolution *r)
{
    struct arena scratch = {0};
    struct strings hosts = {0};
    if (pairs_get(&r->merged, "service.hosts"))
        hosts = r->spec->hosts;
    else
        proxy_hosts(&scratch, &r->merged, &hosts);
    char *joined = NULL;
    for (size_t i = 0; i < hosts.count; i++)
        joined = joined ? arena_format(&scratch, "%s, %s", joined, hosts.item[i]) : hosts.item[i];
    if (joined)
        service_meta(r, "hosts", joined);
    arena_free(&scratch);
}

static void dependencies_fill(struct resolution *r)
{
    struct spec *spec = r->spec;
    service_dependencies(r);
    compose_dependencies(r);
    if (r->dependency_count == 0)
        return;
    size_t size = r->dependency_count * sizeof *spec->dependencies;
    spec->dependencies = arena_new(&spec->arena, size);
    memcpy(spec->dependencies, r->dependencies, size);
    spec->dependency_count = r->dependency_count;
}

struct spec *labels_resolve(const struct container *container, const struct options *options,
                            const struct overrides *overrides)
{
    struct arena scratch = {0};
    struct spec *spec = mem_new(sizeof *spec);
    struct resolution r = {.spec = spec, .scratch = &scratch, .container = container, .options = options};
    tiers_merge(&r, &scratch, overrides);
    const char *by;
    labels_registered(&container->labels, overrides, container->name, options->watch, &by);
    spec->registered_by = arena_copy(&spec->arena, by);
    identity_fill(&r, &scratch);
    defaults_fill(&r);
    fields_apply(&r);
    fields_settle(&r);
    service_lists(&r);
    routing_fill(&r);
    coolify_metadata(&r);
    hosts_fill(&r);
    proxy_tags(&spec->arena, &r.merged, &spec->proxy_tags);
    dependencies_fill(&r);
    policy_check(&r);
    policy_healing(&r);
    policy_weaknesses(&r);
    service_lint(&r);
    if (container->labels_cut)
        resolution_finding(&r, "labels-cut",
                           "The container has more than %d KiB of labels; the rest is not read.",
                           LIMIT_LABEL_BYTES / 1024);
    pairs_sort(&spec->metadata);
    pairs_sort(&spec->health_headers);
    resolution_end(&r);
    arena_free(&scratch);
    return spec;
}
