/* SPDX-License-Identifier: MIT */
/* sample_registry.c: small registries for tests. */
#include "tests/support/sample_registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/render/render.h"

const struct moment sample_moment = {.mono_ms = 1000, .wall_ms = INT64_C(1795257000123)};

struct spec *sample_spec(const char *key, const char *name, int port)
{
    struct spec *spec = mem_new(sizeof *spec);
    spec->key = arena_copy(&spec->arena, key);
    spec->name = arena_copy(&spec->arena, name);
    spec->port = port;
    spec->weight = 1;
    spec->restart = RESTART_ON_UNHEALTHY;
    spec->restart_max = 5;
    spec->stop_timeout_ms = -1;
    spec->interval_ms = 10000;
    spec->call_timeout_ms = 30000;
    spec->retry_max = 3;
    pairs_set(&spec->arena, &spec->sources, "name", "service.name");
    return spec;
}

struct observed *sample_observed(const char *id, const char *container, const char *address,
                                 const char *alias)
{
    struct observed *observed = mem_new(sizeof *observed);
    struct arena *arena = &observed->arena;
    observed->id = arena_format(arena, "%s%052d", id, 0);
    observed->container = arena_copy(arena, container);
    observed->image = "busybox";
    observed->state = CONTAINER_RUNNING;
    observed->docker_health = STATUS_UNKNOWN;
    observed->engine_restart_policy = "no";
    observed->engine_stop_timeout_ms = -1;
    observed->address = arena_copy(arena, address);
    observed->probe_address = observed->address;
    observed->network_count = 1;
    observed->networks = arena_new(arena, sizeof *observed->networks);
    observed->networks[0].name = "bot_default";
    observed->networks[0].address = observed->address;
    if (alias)
        strings_add(arena, &observed->networks[0].aliases, alias);
    observed->port_count = 2;
    observed->ports = arena_new(arena, 2 * sizeof *observed->ports);
    observed->ports[0] = (struct port_view){.container = "5000/tcp", .host = "0.0.0.0", .host_port = 15000};
    observed->ports[1] = (struct port_view){.container = "9000/tcp"};
    return observed;
}

void sample_status(struct registry *registry, struct ref ref, enum status status)
{
    struct health_view health = {.status = status,
                                 .check = CHECK_HTTP,
                                 .http_status = status == STATUS_HEALTHY ? 200 : 500,
                                 .error_class = status == STATUS_HEALTHY ? ERROR_CLASS_NONE
                                                                         : ERROR_CLASS_SERVER,
                                 .consecutive_failures = status == STATUS_HEALTHY ? 0 : 3,
                                 .latest_passed = status == STATUS_HEALTHY};
    health.has_layer[LAYER_CONTAINER] = health.has_layer[LAYER_SERVICE] = true;
    health.layer[LAYER_CONTAINER] = STATUS_HEALTHY;
    health.layer[LAYER_SERVICE] = status;
    snprintf(health.target, sizeof health.target, "http://172.20.0.2:5000/health?token=target-secret");
    snprintf(health.message, sizeof health.message, "%s", status == STATUS_HEALTHY ? "200 OK" : "500 Oops");
    struct decision decision = {.action = status == STATUS_HEALTHY ? ACTION_NONE : ACTION_ACT,
                                .reason = status_name[status]};
    snprintf(decision.sentence, sizeof decision.sentence, "It is %s.", status_name[status]);
    registry_apply(registry, &(struct change){.kind = CHANGE_HEALTH, .ref = ref, .health = &health},
                   sample_moment);
    registry_apply(registry, &(struct change){.kind = CHANGE_DECISION, .ref = ref, .decision = &decision},
                   sample_moment);
}

struct ref sample_add(struct registry *registry, struct spec *spec, struct observed *observed,
                      enum status status)
{
    const struct change change = {.kind = CHANGE_INSTANCE, .spec = spec, .observed = observed};
    struct ref ref = registry_apply(registry, &change, sample_moment)->ref;
    sample_status(registry, ref, status);
    return ref;
}

struct ref sample_add_dual(struct registry *registry, struct spec *spec, struct observed *observed,
                           const char *address6, bool told)
{
    observed->address6 = observed->networks[0].address6 = arena_copy(&observed->arena, address6);
    struct ref ref = sample_add(registry, spec, observed, STATUS_HEALTHY);
    registry_apply(registry, &(struct change){.kind = CHANGE_ADDRESS6, .ref = ref, .told = told},
                   sample_moment);
    return ref;
}

void sample_settle(struct registry *registry)
{
    registry_settle(registry, sample_moment);
}

void sample_head(struct registry *registry, bool connected)
{
    struct engine_view engine = {.connected = connected,
                                 .version = "20.10.24",
                                 .api_version = "1.41",
                                 .since_wall_ms = sample_moment.wall_ms};
    if (!connected)
        snprintf(engine.error, sizeof engine.error, "The engine is away");
    const struct controller_view controller = {
        .host = "node-1", .mode = "act", .started_at_wall_ms = sample_moment.wall_ms, .start_id = "5f3a"};
    registry_apply(registry, &(struct change){.kind = CHANGE_ENGINE, .engine = &engine}, sample_moment);
    registry_apply(registry, &(struct change){.kind = CHANGE_CONTROLLER, .controller = &controller},
                   sample_moment);
}

static struct spec *hostile_spec(void)
{
    struct spec *spec = sample_spec("name:bot:web", "web", 5000);
    struct arena *arena = &spec->arena;
    spec->version = "1.0 \"</script>\n\xff";
    spec->project = "bot";
    spec->environment = "production";
    strings_add(arena, &spec->tags, "b<i>");
    strings_add(arena, &spec->tags, "api");
    pairs_set(arena, &spec->metadata, "zone", "http://user:meta-secret@host/x?query-secret=1 and more");
    pairs_set(arena, &spec->metadata, "traefik.http.middlewares.a.BasicAuth.users", "basicauth-secret");
    pairs_set(arena, &spec->health_headers, "Authorization", "header-secret");
    strings_add(arena, &spec->fallback_urls, "https://user:fallback-secret@other:8443/api?key=key-secret");
    findings_add(arena, &spec->findings, "unknown-key", "The label \"service.prot\" is not known");
    spec->dependency_count = 3;
    spec->dependencies = arena_new(arena, 3 * sizeof *spec->dependencies);
    spec->dependencies[0] = (struct dependency){"cache", DEPENDENCY_OPTIONAL, "service.depends_on", false};
    spec->dependencies[1] = (struct dependency){"db", DEPENDENCY_REQUIRED, "service.depends_on", false};
    spec->dependencies[2] = (struct dependency){"evil\"];\n--", DEPENDENCY_SOFT, "compose", false};
    return spec;
}

struct registry *sample_registry(void)
{
    struct registry *registry = registry_new(render_service);
    sample_head(registry, true);
    sample_add(registry, hostile_spec(), sample_observed("b4a9d423ab50", "bot-web-1", "172.20.0.2", "web"),
               STATUS_HEALTHY);
    struct spec *db1 = sample_spec("name:bot:db", "db", 5432), *db2 = sample_spec("name:bot:db", "db", 5432);
    db1->protocol = db2->protocol = PROTOCOL_TCP;
    db1->replica = 1;
    db2->replica = 2;
    sample_add(registry, db2, sample_observed("d2d2d2d2d2d2", "bot-db-2", "172.20.0.4", "db"),
               STATUS_UNHEALTHY);
    sample_add(registry, db1, sample_observed("d1d1d1d1d1d1", "bot-db-1", "172.20.0.3", "db"),
               STATUS_HEALTHY);
    struct spec *cache = sample_spec("name:bot:cache", "cache", 6379);
    cache->protocol = PROTOCOL_TCP;
    sample_add(registry, cache, sample_observed("cccccccccccc", "bot-cache-1", "fd00::5", NULL),
               STATUS_HEALTHY);
    sample_settle(registry);
    return registry;
}

struct registry *sample_many(size_t count)
{
    struct registry *registry = registry_new(render_service);
    sample_head(registry, true);
    for (size_t i = 0; i < count; i++) {
        char id[24], name[40], key[56], address[32];
        snprintf(id, sizeof id, "%012zx", (i + 1) & 0xffffffff);
        snprintf(name, sizeof name, "service-%05zu", i);
        snprintf(key, sizeof key, "name:load:%s", name);
        snprintf(address, sizeof address, "10.%zu.%zu.%zu", i >> 16 & 255, i >> 8 & 255, i & 255);
        sample_add(registry, sample_spec(key, name, 5000), sample_observed(id, name, address, name),
                   STATUS_HEALTHY);
    }
    sample_settle(registry);
    return registry;
}
