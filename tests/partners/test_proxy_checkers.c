/* SPDX-License-Identifier: MIT */
/* What is told to HAProxy, nginx and Caddy, judged by their own checkers: a registry of each kind, one whose
 * every name and label tries to be more than a value, an empty one, and one of 1,000 services. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "exporter/formats/format.h"
#include "exporter/render/render.h"
#include "tests/support/proxy_registry.h"
#include "tests/support/sample_registry.h"

enum { SERVICES = 1000, DOCUMENT_MAX = 64 * 1024 * 1024 };

static struct registry *registry_empty(void)
{
    return registry_new(render_service);
}

static struct registry *registry_many(void)
{
    struct registry *registry = registry_new(render_service);
    for (unsigned i = 0; i < SERVICES; i++) {
        char name[32], address[32], hosts[96];
        snprintf(name, sizeof name, "service-%u", i);
        snprintf(address, sizeof address, "10.1.%u.%u", i / 250, i % 250 + 1);
        snprintf(hosts, sizeof hosts, "s%u.example.com,example.com/s%u,*.s%u.example.com", i, i, i);
        proxy_add(registry, name, address, STATUS_HEALTHY,
                  (const char *const[]){"service.port", "80", "service.hosts", hosts, "service.health.path",
                                        "/health", NULL});
    }
    sample_settle(registry);
    return registry;
}

static const struct {
    const char *name;
    struct registry *(*make)(void);
} registries[] = {{"of each kind", proxy_registry},
                  {"hostile", proxy_registry_hostile},
                  {"empty", registry_empty},
                  {"of 1,000 services", registry_many}};

static char folder[] = "/tmp/quaywatch-proxies.XXXXXX";

static int setup(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command); /* NOLINT(cert-env33-c) */
}

static void file_write(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void export_write(const struct registry *registry, const char *format, const char *version,
                         const char *name)
{
    struct buf out;
    struct error err = {0};
    buf_init(&out, DOCUMENT_MAX);
    const struct format_wish wish = {.registry = registry, .version = version};
    if (format_find(format)->render(&wish, &out, &err) != 0 || out.full)
        fail_msg("%s %s: %s", format, version, err.text);
    file_write(name, buf_string(&out));
    buf_free(&out);
}

/* Runs a command in the folder; with what it wrote when it does not end with 0. */
static void check(const char *registry, const char *command)
{
    char line[512], output[4096] = "";
    snprintf(line, sizeof line, "cd %s && { %s ; } >log 2>&1 </dev/null", folder, command);
    if (system(line) == 0) /* NOLINT(cert-env33-c) */
        return;
    snprintf(line, sizeof line, "%s/log", folder);
    FILE *file = fopen(line, "r");
    output[file ? fread(output, 1, sizeof output - 1, file) : 0] = '\0';
    if (file)
        fclose(file);
    fail_msg("the registry %s: %s: %s", registry, command, output);
}

static void test_haproxy(void **state)
{
    (void)state;
    file_write("base.cfg", "global\n  maxconn 100\ndefaults\n  timeout client 5s\n  timeout connect 5s\n"
                           "  timeout server 5s\nfrontend own\n  bind 127.0.0.1:8081\n  mode http\n");
    for (size_t i = 0; i < sizeof registries / sizeof *registries; i++) {
        struct registry *registry = registries[i].make();
        export_write(registry, "haproxy", NULL, "all.cfg");
        export_write(registry, "haproxy", "backends", "backends.cfg");
        registry_free(registry);
        /* -dW: a warning is a failure. */
        check(registries[i].name, "haproxy -c -dW -f base.cfg -f all.cfg");
        check(registries[i].name, "haproxy -c -dW -f base.cfg -f backends.cfg");
    }
}

static void test_nginx(void **state)
{
    (void)state;
    char text[1024];
    snprintf(text, sizeof text,
             "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\nuser root;\npid %s/pid;\n"
             "error_log stderr;\nevents {}\nhttp {\n  access_log off;\n  include all.conf;\n}\n"
             "stream {\n  include stream.conf;\n}\n",
             folder);
    file_write("nginx.conf", text);
    file_write("upstreams.conf", "error_log stderr;\nevents {}\nhttp {\n  include only.conf;\n}\n");
    for (size_t i = 0; i < sizeof registries / sizeof *registries; i++) {
        struct registry *registry = registries[i].make();
        export_write(registry, "nginx", NULL, "all.conf");
        export_write(registry, "nginx", "stream", "stream.conf");
        export_write(registry, "nginx", "upstreams", "only.conf");
        registry_free(registry);
        /* It says nothing at all: no warning, either. */
        check(registries[i].name, "nginx -t -q -p . -c $PWD/nginx.conf && ! grep . log");
        check(registries[i].name,
              "nginx -t -q -g \"pid $PWD/pid;\" -p . -c $PWD/upstreams.conf && ! grep . log");
    }
}

static void test_caddy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof registries / sizeof *registries; i++) {
        struct registry *registry = registries[i].make();
        export_write(registry, "caddy", NULL, "caddy.json");
        export_write(registry, "caddy", "caddyfile", "quaywatch.caddy");
        registry_free(registry);
        file_write("Caddyfile", "import quaywatch.caddy\n");
        check(registries[i].name,
              "XDG_DATA_HOME=$PWD XDG_CONFIG_HOME=$PWD HOME=$PWD caddy validate --config caddy.json");
        /* A thousand sites want a thousand certificates: these are not asked for here. */
        check(registries[i].name, "XDG_DATA_HOME=$PWD XDG_CONFIG_HOME=$PWD HOME=$PWD caddy adapt --adapter "
                                  "caddyfile --config Caddyfile");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_haproxy),
        cmocka_unit_test(test_nginx),
        cmocka_unit_test(test_caddy),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
