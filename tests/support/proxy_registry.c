/* SPDX-License-Identifier: MIT */
/* proxy_registry.c: registries for tests of the formats for proxies. */
#include "tests/support/proxy_registry.h"

#include <stdio.h>
#include <string.h>

#include "exporter/render/render.h"
#include "tests/support/container_builder.h"
#include "tests/support/sample_registry.h"

void proxy_add(struct registry *registry, const char *container, const char *address, enum status status,
               const char *const *labels)
{
    struct options options = built_options();
    struct container *built = built_new(container, labels);
    struct spec *spec = labels_resolve(built, &options, NULL);
    built_free(built);
    char id[16];
    static unsigned number;
    snprintf(id, sizeof id, "%012x", ++number);
    sample_add(registry, spec, sample_observed(id, container, address, NULL), status);
}

#define ROUTER "traefik.http.routers."
#define MIDDLEWARE "traefik.http.middlewares."

static void add_balanced(struct registry *registry)
{
    for (int i = 1; i <= 2; i++) {
        char name[24], address[24], weight[12];
        snprintf(name, sizeof name, "web-%d", i);
        snprintf(address, sizeof address, "10.0.0.%d", i);
        snprintf(weight, sizeof weight, "%d", i == 1 ? 1 : 3);
        proxy_add(registry, name, address, STATUS_HEALTHY,
                  LABELS("service.name", "web", "service.port", "8080", "service.hosts",
                         "App.example.com, *.shop.example.com,big.shop.example.com/x", "service.weight",
                         weight, "service.health.path", "/health", "service.health.status", "200-299",
                         "service.breaker.failure_threshold", "4", "service.retry.max", "2",
                         "service.retry.base_delay", "250ms", "service.timeout", "15s",
                         "service.rate_limit.average", "50", "service.rate_limit.burst", "100"));
    }
    proxy_add(registry, "api-1", "10.0.0.3", STATUS_HEALTHY,
              LABELS("service.name", "api", "service.port", "3000", "service.hosts",
                     "app.example.com/api,big.shop.example.com", "service.health.path", "/ready?deep=1",
                     "service.health.status", "204", "service.health.port", "9090"));
    proxy_add(registry, "MyApp", "10.0.0.4", STATUS_HEALTHY, LABELS("service.port", "80"));
    proxy_add(registry, "down-1", "10.0.0.5", STATUS_UNHEALTHY,
              LABELS("service.name", "down", "service.port", "80", "service.hosts",
                     "a-name-that-is-longer-than-a-bucket-of-nginx.example.com/only"));
}

static void add_secure(struct registry *registry)
{
    proxy_add(registry, "vault-1", "fd00::5", STATUS_HEALTHY,
              LABELS("service.name", "vault", "service.port", "8200", "service.protocol", "https",
                     "service.health.tls_verify", "true", "service.health.tls_name", "vault.internal",
                     "service.hosts", "vault.example.com"));
    proxy_add(registry, "old-1", "10.0.0.6", STATUS_DEGRADED,
              LABELS("service.name", "old", "service.port", "443", "service.protocol", "https",
                     "service.hosts", "old.example.com"));
    proxy_add(registry, "rpc-1", "10.0.0.7", STATUS_HEALTHY,
              LABELS("service.name", "rpc", "service.port", "50051", "service.protocol", "grpc",
                     "service.hosts", "rpc.example.com"));
    for (int i = 1; i <= 2; i++) {
        char name[24], address[24], weight[12];
        snprintf(name, sizeof name, "db-%d", i);
        snprintf(address, sizeof address, "10.0.1.%d", i);
        snprintf(weight, sizeof weight, "%d", i);
        proxy_add(registry, name, address, STATUS_HEALTHY,
                  LABELS("service.name", "db", "service.port", "5432", "service.protocol", "tcp",
                         "service.weight", weight, "traefik.tcp.routers.db.rule", "HostSNI(`*`)",
                         "traefik.tcp.routers.db.entrypoints", "postgres"));
    }
    proxy_add(registry, "cache-1", "10.0.1.9", STATUS_UNHEALTHY,
              LABELS("service.name", "cache", "service.port", "6379", "service.protocol", "tcp"));
}

/* As Coolify writes them; and with what must not be left out of them. */
static void add_labelled(struct registry *registry)
{
    proxy_add(registry, "shop-1", "10.0.2.1", STATUS_HEALTHY,
              LABELS("service.name", "coolified", "service.port", "3000", ROUTER "http-0.rule",
                     "Host(`coolified.example.com`) && PathPrefix(`/`)", ROUTER "http-0.entryPoints", "http",
                     ROUTER "http-0.middlewares", "redirect-to-https", ROUTER "https-0.rule",
                     "Host(`coolified.example.com`) && PathPrefix(`/`)", ROUTER "https-0.entryPoints",
                     "https", ROUTER "https-0.middlewares", "gzip", ROUTER "https-0.tls", "true",
                     ROUTER "https-0.tls.certresolver", "letsencrypt", MIDDLEWARE "gzip.compress", "true",
                     MIDDLEWARE "redirect-to-https.redirectscheme.scheme", "https"));
    proxy_add(registry, "admin-1", "10.0.2.2", STATUS_HEALTHY,
              LABELS("service.name", "admin", "service.port", "80", ROUTER "admin.rule",
                     "Host(`admin.example.com`)", ROUTER "admin.middlewares", "auth,limit@file",
                     MIDDLEWARE "auth.basicauth.users", "me:secret-hash", ROUTER "admin.tls.options",
                     "mtls"));
    proxy_add(registry, "internal-1", "10.0.2.3", STATUS_HEALTHY,
              LABELS("service.name", "internal", "service.port", "80", "service.hosts",
                     "internal.example.com", "traefik.enable", "false"));
    proxy_add(registry, "blog-1", "10.0.2.4", STATUS_HEALTHY,
              LABELS("service.name", "blog", "service.port", "80", "caddy_0", "https://blog.example.com",
                     "caddy_0.handle_path", "/*", "caddy_0.handle_path.0_reverse_proxy", "{{upstreams 80}}",
                     "caddy_0.encode", "zstd gzip"));
}

struct registry *proxy_registry(void)
{
    struct registry *registry = registry_new(render_service);
    sample_head(registry, true);
    add_balanced(registry);
    add_secure(registry);
    add_labelled(registry);
    sample_settle(registry);
    return registry;
}

static const char rule_key[] = ROUTER "r.rule", entries_key[] = ROUTER "r.entrypoints";

static const char *const evil[] = {
    "a\" b",
    "a'b",
    "a;b{",
    "}\nserver { listen 1; }\n#",
    "${HOME}",
    "$host",
    "{env.HOME}",
    "{$HOME}",
    "`a`) || Host(`b",
    "x\\",
    "\xff\xfe\x80",
    "a\r\n\tb",
    "",
    "#comment",
    "a\"}}}],\"x\":1,",
    "%[src]",
    "%HOME%",
    "../../etc/passwd",
    "quaywatch~any-certificate",
    "A",
    "a",
};

struct registry *proxy_registry_hostile(void)
{
    struct registry *registry = registry_new(render_service);
    sample_head(registry, true);
    char address[32], rule[512];
    for (size_t i = 0; i < sizeof evil / sizeof *evil; i++) {
        snprintf(address, sizeof address, "10.9.%zu.1", i);
        snprintf(rule, sizeof rule, "Host(`%s`) || Host(`x%zu.example.com`)", evil[i], i);
        proxy_add(registry, evil[i], address, i % 3 ? STATUS_HEALTHY : STATUS_UNHEALTHY,
                  LABELS("service.port", "80", "service.protocol",
                         i % 4   ? "http"
                         : i % 8 ? "tcp"
                                 : "https",
                         "service.health.path", i % 2 ? "/a'\"{}$`;\\" : "/%[env(HOME)]",
                         "service.health.tls_name", evil[i], rule_key, rule, entries_key,
                         i % 5 ? "web" : evil[i], "service.version", evil[i], "service.tags", evil[i],
                         "service.meta.x", evil[i]));
        snprintf(rule, sizeof rule, "%s,h%zu.example.com,%s.example.com/%s", evil[i], i, evil[i], evil[i]);
        char second[64];
        snprintf(second, sizeof second, "%s2", evil[i]);
        proxy_add(registry, second, address, STATUS_HEALTHY,
                  LABELS("service.id", evil[i], "service.port", "81", "service.hosts", rule,
                         "service.rate_limit.average", "1", "service.health.path", "/x"));
    }
    proxy_add(registry, "no-address", "not an address; }", STATUS_HEALTHY, LABELS("service.port", "80"));
    sample_settle(registry);
    return registry;
}
