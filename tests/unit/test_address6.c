/* SPDX-License-Identifier: MIT */
/* What the second address of an instance adds to each exit that has a place for it, and that nothing is added
 * where there is none, or where its port has not answered there. (DNS: test_dns_answers.c.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/endpoint.h"
#include "controller/core/error.h"
#include "controller/core/json_writer.h"
#include "exporter/consul/catalog.h"
#include "exporter/consul/enrol.h"
#include "exporter/etcd/entry.h"
#include "exporter/formats/format.h"
#include "exporter/render/render.h"
#include "tests/support/sample_registry.h"

/* "web" with an address of each family, of which the second is told or not. */
static struct registry *dual_registry(bool told)
{
    struct registry *registry = registry_new(render_service);
    sample_head(registry, true);
    sample_add_dual(registry, sample_spec("name:x:web", "web", 80),
                    sample_observed("aaaaaaaaaaaa", "web-1", "10.0.0.1", NULL), "fd00::1", told);
    sample_settle(registry);
    return registry;
}

/* A format's text, or the status document for "status"; freed by the caller. */
static char *made(const struct registry *registry, const char *format)
{
    struct buf out;
    struct error err = {0};
    buf_init(&out, 1 << 20);
    if (strcmp(format, "status") == 0)
        render_status(registry, "0", &out);
    else
        assert_int_equal(format_find(format)->render(&(struct format_wish){.registry = registry}, &out, &err),
                         0);
    return buf_take(&out, NULL);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

static void each_format_has_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *format, *part;
    } rows[] = {
        {"status", "\"address\":\"10.0.0.1\",\"address6\":\"fd00::1\",\"port\":80"},
        {"json", "\"address\":\"10.0.0.1\",\"address6\":\"fd00::1\",\"port\":80"},
        {"yaml", "\"address\": \"10.0.0.1\"\n      \"address6\": \"fd00::1\"\n"},
        {"toml", "address = \"10.0.0.1\"\naddress6 = \"fd00::1\"\n"},
        {"ini", "address = 10.0.0.1\naddress6 = fd00::1\n"},
        {"hosts", "10.0.0.1\tweb web-1\nfd00::1\tweb web-1\n"},
        {"prometheus", "\"__meta_quaywatch_address\":\"10.0.0.1\",\"__meta_quaywatch_address6\":\"fd00::1\""},
    };
    struct registry *both = dual_registry(true), *one = dual_registry(false);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = made(both, rows[i].format), *plain = made(one, rows[i].format);
        if (!strstr(text, rows[i].part))
            fail_msg("%s lacks\n%s\nin\n%s", rows[i].format, rows[i].part, text);
        /* (The status shows what the engine says of each network all the same.) */
        assert_int_equal(count_of(plain, "fd00::1"), strcmp(rows[i].format, "status") == 0);
        free(text);
        free(plain);
    }
    registry_free(both);
    registry_free(one);
}

/* Two entries for one instance would be twice its weight. */
static void proxies_and_callers_get_one(void **state)
{
    (void)state;
    static const char *const formats_of_one[] = {"env", "haproxy", "nginx", "caddy", "traefik"};
    struct registry *both = dual_registry(true), *one = dual_registry(false);
    for (size_t i = 0; i < sizeof formats_of_one / sizeof *formats_of_one; i++) {
        char *text = made(both, formats_of_one[i]), *plain = made(one, formats_of_one[i]);
        assert_string_equal(text, plain);
        free(text);
        free(plain);
    }
    registry_free(both);
    registry_free(one);
}

static void etcd_entries_have_both(void **state)
{
    (void)state;
    for (int told = 0; told < 2; told++) {
        struct registry *registry = dual_registry(told);
        struct endpoint endpoint;
        struct buf out;
        buf_init(&out, 65536);
        assert_true(endpoint_of(registry_service(registry, "web")->first, &endpoint));
        etcd_entry_value("node-1", &endpoint, &out);
        const char *part = told ? "\"addr\":\"10.0.0.1\",\"addr6\":\"fd00::1\",\"port\":80"
                                : "\"addr\":\"10.0.0.1\",\"port\":80";
        assert_non_null(strstr(buf_string(&out), part));
        buf_free(&out);
        registry_free(registry);
    }
}

#define PLACE(name, address) "\"" name "\":{\"Address\":\"" address "\",\"Port\":80}"
#define LAN_V6 PLACE("lan_ipv6", "fd00::1")

static void consul_has_tagged_addresses(void **state)
{
    (void)state;
    for (int told = 0; told < 2; told++) {
        struct registry *registry = dual_registry(told);
        const struct instance *web = registry_service(registry, "web")->first;
        struct consul_catalog catalog = {.registry = registry, .version = "0"};
        struct json_writer writer;
        struct buf out;
        buf_init(&out, 65536);
        json_start(&writer, &out);
        consul_put_node_service(&writer, &catalog, web);
        const char *part = told ? "\"TaggedAddresses\":{" PLACE("lan_ipv4", "10.0.0.1") "," LAN_V6 "," PLACE(
                                      "wan_ipv4", "10.0.0.1") "," PLACE("wan_ipv6", "fd00::1") "}"
                                : "\"TaggedAddresses\":{" PLACE("lan_ipv4", "10.0.0.1") "," PLACE(
                                      "wan_ipv4", "10.0.0.1") "}";
        assert_non_null(strstr(buf_string(&out), part));
        buf_clear(&out);
        consul_enrol_body("node-1", web, 30000, 600000, &out);
        part = "\"TaggedAddresses\":{" LAN_V6 "," PLACE("wan_ipv6", "fd00::1") "}";
        assert_int_equal(strstr(buf_string(&out), part) != NULL, told);
        assert_int_equal(strstr(buf_string(&out), "TaggedAddresses") != NULL, told);
        buf_free(&out);
        registry_free(registry);
    }
}

static const char *on_find(void *user, const char *id)
{
    (void)id;
    return user;
}
static int sames;
static void on_service(void *user, const struct consul_enrolled *service)
{
    (void)user;
    sames = service->same;
}

/* An agent adds the addresses of the first family of itself; of the second it has what we told, or did. */
static void what_an_agent_has_is_compared(void **state)
{
    (void)state;
#define FIRST PLACE("lan_ipv4", "10.0.0.1")
    static const struct {
        const char *wanted, *given;
        int same;
    } rows[] = {
        {"", "\"TaggedAddresses\":{" FIRST "},", 1},
        {"", "\"TaggedAddresses\":{" FIRST "," LAN_V6 "},", 0},
        {"\"TaggedAddresses\":{" LAN_V6 "},", "\"TaggedAddresses\":{" FIRST "," LAN_V6 "},", 1},
        {"\"TaggedAddresses\":{" LAN_V6 "},", "\"TaggedAddresses\":{" FIRST "},", 0},
        {"\"TaggedAddresses\":{" LAN_V6 "},",
         "\"TaggedAddresses\":{" FIRST "," PLACE("lan_ipv6", "fd00::2") "},", 0},
        {"\"TaggedAddresses\":{" LAN_V6 "},", "", 1}, /* too old to know of them */
        {"\"TaggedAddresses\":{" LAN_V6 "},", "\"TaggedAddresses\":7,", 1},
    };
#define REST "\"Address\":\"10.0.0.1\",\"Port\":80,\"Tags\":[],\"Meta\":{},\"Weights\":{}}"
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena = {0};
        char *wanted = arena_format(&arena, "{\"Name\":\"web\",%s" REST, rows[i].wanted);
        char *given = arena_format(&arena, "{\"id\":{\"Service\":\"web\",%s" REST "}", rows[i].given);
        sames = -1;
        assert_int_equal(consul_enrolled_read(given, strlen(given), "n", on_find, on_service, wanted), 0);
        if (sames != rows[i].same)
            fail_msg("row %zu: %d", i, sames);
        arena_free(&arena);
    }
}

/* Of one that has IPv6 alone, the agent adds that. */
static void one_of_ipv6_is_no_second(void **state)
{
    (void)state;
    sames = -1;
    const char *given =
        "{\"id\":{\"Service\":\"web\",\"Address\":\"fd00::1\",\"Port\":80,\"Tags\":[],\"Meta\":{},"
        "\"Weights\":{},\"TaggedAddresses\":{" LAN_V6 "}}}";
    char whole[] =
        "{\"Name\":\"web\",\"Address\":\"fd00::1\",\"Port\":80,\"Tags\":[],\"Meta\":{},\"Weights\":{}}";
    assert_int_equal(consul_enrolled_read(given, strlen(given), "n", on_find, on_service, whole), 0);
    assert_int_equal(sames, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_has_its_place),     cmocka_unit_test(proxies_and_callers_get_one),
        cmocka_unit_test(etcd_entries_have_both),        cmocka_unit_test(consul_has_tagged_addresses),
        cmocka_unit_test(what_an_agent_has_is_compared), cmocka_unit_test(one_of_ipv6_is_no_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
