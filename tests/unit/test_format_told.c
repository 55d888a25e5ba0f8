/* SPDX-License-Identifier: MIT */
/* test_format_told.c: how many services and endpoints each format says it tells: those that are in its text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "exporter/formats/format.h"
#include "tests/support/sample_registry.h"

static void add(struct registry *registry, struct spec *spec, const char *id, const char *address,
                enum status status)
{
    sample_add(registry, spec, sample_observed(id, id, address, NULL), status);
}

static void render_nothing(const struct service *service, struct buf *out)
{
    (void)service;
    (void)out;
}

/* api: two that serve; pg: TCP; plain: no known port; dark: not for proxies, nor for Prometheus; sick. */
static struct registry *made(void)
{
    struct registry *ret = registry_new(render_nothing);
    struct spec *pg = sample_spec("name:x:pg", "pg", 5432), *dark = sample_spec("name:x:dark", "dark", 81);
    pg->protocol = PROTOCOL_TCP;
    dark->unproxied = true;
    pairs_set(&dark->arena, &dark->metadata, "prometheus.io/scrape", "false");
    add(ret, sample_spec("name:x:api", "api", 80), "aaaaaaaaaaaa", "10.0.0.1", STATUS_HEALTHY);
    add(ret, sample_spec("name:x:api", "api", 80), "bbbbbbbbbbbb", "10.0.0.2", STATUS_DEGRADED);
    add(ret, sample_spec("name:x:plain", "plain", 0), "cccccccccccc", "10.0.0.3", STATUS_HEALTHY);
    add(ret, pg, "dddddddddddd", "10.0.0.4", STATUS_HEALTHY);
    add(ret, dark, "eeeeeeeeeeee", "10.0.0.5", STATUS_HEALTHY);
    add(ret, sample_spec("name:x:sick", "sick", 82), "ffffffffffff", "10.0.0.6", STATUS_UNHEALTHY);
    sample_settle(ret);
    return ret;
}

/* How many of our addresses a text holds. */
static size_t addresses_in(const char *text)
{
    size_t count = 0;
    for (char address[] = "10.0.0.1"; address[7] <= '6'; address[7]++)
        count += strstr(text, address) != NULL;
    return count;
}

static void test_what_is_counted_is_there(void **state)
{
    static const struct {
        const char *format, *version;
        size_t services, endpoints;
    } rows[] = {
        {"json", NULL, 3, 4},       {"yaml", NULL, 3, 4},         {"toml", NULL, 3, 4},
        {"ini", NULL, 3, 4},        {"env", NULL, 3, 4},          {"hosts", NULL, 4, 5},
        {"prometheus", NULL, 2, 3}, {"traefik", NULL, 2, 3},      {"haproxy", NULL, 2, 3},
        {"haproxy", "map", 0, 0},   {"nginx", NULL, 1, 2},        {"nginx", "stream", 1, 1},
        {"caddy", NULL, 0, 0},      {"caddy", "caddyfile", 1, 2},
    };
    struct registry *registry = made();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct format_told told = {0};
        const struct format_wish wish = {.registry = registry, .version = rows[i].version, .told = &told};
        struct error err = {0};
        struct buf out;
        buf_init(&out, 1 << 20);
        assert_int_equal(format_find(rows[i].format)->render(&wish, &out, &err), 0);
        /* env names what it can by name. */
        size_t there = strcmp(rows[i].format, "env") == 0 ? 4 : addresses_in(buf_string(&out));
        if (told.services != rows[i].services || told.endpoints != rows[i].endpoints ||
            there != rows[i].endpoints)
            fail_msg("%s %s: %zu %zu, there are %zu\n%s", rows[i].format,
                     rows[i].version ? rows[i].version : "", told.services, told.endpoints, there,
                     buf_string(&out));
        buf_free(&out);
    }
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_counted_is_there)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
