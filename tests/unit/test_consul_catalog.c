/* SPDX-License-Identifier: MIT */
/* test_consul_catalog.c: the registry in Consul's words: to the byte, and what passes, warns and is critical.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_writer.h"
#include "exporter/consul/changes.h"
#include "exporter/consul/filter.h"
#include "exporter/render/render.h"
#include "tests/support/sample_registry.h"

struct fixture {
    struct registry *registry;
    struct consul_catalog catalog;
    struct report_view report[REPORTS_MAX];
    size_t report_count;
};

static size_t reports(void *user, const struct instance *instance, struct report_view ret[static REPORTS_MAX])
{
    const struct fixture *fixture = user;
    (void)instance;
    memcpy(ret, fixture->report, sizeof fixture->report);
    return fixture->report_count;
}

static int setup(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    fixture->registry = sample_registry();
    fixture->catalog = (struct consul_catalog){
        .registry = fixture->registry, .reports = reports, .user = fixture, .version = "0.1.0"};
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    registry_free(fixture->registry);
    free(fixture);
    return 0;
}

static const struct instance *first(const struct fixture *fixture, const char *service)
{
    return registry_service(fixture->registry, service)->first;
}

typedef void put(struct json_writer *w, const struct consul_catalog *catalog,
                 const struct instance *instance);

static void assert_put(const struct fixture *fixture, put *one, const struct instance *instance,
                       const char *expected)
{
    struct json_writer writer;
    struct buf out;
    buf_init(&out, 1 << 20);
    json_start(&writer, &out);
    one(&writer, &fixture->catalog, instance);
    assert_string_equal(buf_string(&out), expected);
    buf_free(&out);
}

#define NODE_ID "aa3bc9eb-71e5-4237-a61e-5af16676ba8e"
#define NODE                                                                                                 \
    "\"ID\":\"" NODE_ID "\",\"Node\":\"node-1\",\"Address\":\"127.0.0.1\",\"Datacenter\":\"dc1\","           \
    "\"TaggedAddresses\":{\"lan\":\"127.0.0.1\",\"lan_ipv4\":\"127.0.0.1\",\"wan\":\"127.0.0.1\","           \
    "\"wan_ipv4\":\"127.0.0.1\"},"
#define FIRST "1795257000000001"
#define SECOND "1795257000000002"
#define INDEX "\"CreateIndex\":" FIRST ",\"ModifyIndex\":" SECOND
#define PROXY "{\"Mode\":\"\",\"MeshGateway\":{},\"Expose\":{}}"
#define ADDRESSES(address, port)                                                                             \
    "{\"lan_ipv4\":{\"Address\":\"" address "\",\"Port\":" port "},\"wan_ipv4\":{\"Address\":\"" address     \
    "\",\"Port\":" port "}}"

/* One of each list, as Consul's documentation shows them. */
static void elements_have_their_form(void **state)
{
    struct fixture *fixture = *state;
    const struct instance *db = first(fixture, "db");
    assert_put(
        fixture, consul_put_catalog_service, db,
        "{" NODE "\"NodeMeta\":{\"consul-network-segment\":\"\"},\"ServiceKind\":\"\",\"ServiceID\":"
        "\"bot-db-1\",\"ServiceName\":\"db\",\"ServiceTags\":[],\"ServiceAddress\":\"172.20.0.3\","
        "\"ServiceTaggedAddresses\":" ADDRESSES(
            "172.20.0.3",
            "5432") ","
                    "\"ServiceWeights\":{\"Passing\":1,\"Warning\":1},\"ServiceMeta\":{\"protocol\":\"tcp\"},"
                    "\"ServicePort\":5432,\"ServiceSocketPath\":\"\",\"ServiceEnableTagOverride\":false,"
                    "\"ServiceProxy\":" PROXY ",\"ServiceConnect\":{}," INDEX "}");
    assert_put(
        fixture, consul_put_health_service, db,
        "{\"Node\":{" NODE "\"Meta\":{\"consul-network-segment\":\"\"},\"CreateIndex\":" FIRST
        ",\"ModifyIndex\":" FIRST "},\"Service\":{\"Kind\":\"\",\"ID\":\"bot-db-1\",\"Service\":\"db\","
        "\"Tags\":[],\"Meta\":{\"protocol\":\"tcp\"},\"Port\":5432,\"Address\":\"172.20.0.3\","
        "\"TaggedAddresses\":" ADDRESSES(
            "172.20.0.3",
            "5432") ","
                    "\"Weights\":{\"Passing\":1,\"Warning\":1},\"EnableTagOverride\":false,\"SocketPath\":"
                    "\"\","
                    "\"Proxy\":" PROXY ",\"Connect\":{},\"PeerName\":\"\"," INDEX "},\"Checks\":[{\"Node\":"
                    "\"node-1\",\"CheckID\":\"serfHealth\",\"Name\":\"Serf Health "
                    "Status\",\"Status\":\"passing\","
                    "\"Notes\":\"\",\"Output\":\"Agent alive and "
                    "reachable\",\"ServiceID\":\"\",\"ServiceName\":"
                    "\"\",\"ServiceTags\":[],\"Type\":\"\",\"Interval\":\"\",\"Timeout\":\"\","
                    "\"ExposedPort\":0,"
                    "\"Definition\":{},\"CreateIndex\":" FIRST ",\"ModifyIndex\":" FIRST
                    "},{\"Node\":\"node-1\","
                    "\"CheckID\":\"service:bot-db-1\",\"Name\":\"Service 'db' check\",\"Status\":\"passing\","
                    "\"Notes\":\"\",\"Output\":\"healthy: 200 "
                    "OK\",\"ServiceID\":\"bot-db-1\",\"ServiceName\":"
                    "\"db\",\"ServiceTags\":[],\"Type\":\"http\",\"Interval\":\"10s\",\"Timeout\":\"0s\","
                    "\"ExposedPort\":0,\"Definition\":{}," INDEX "}]}");
    assert_put(fixture, consul_put_agent_service, db,
               "{\"Kind\":\"\",\"ID\":\"bot-db-1\",\"Service\":\"db\",\"Tags\":[],\"Meta\":{\"protocol\":"
               "\"tcp\"},\"Port\":5432,\"Address\":\"172.20.0.3\",\"TaggedAddresses\":" ADDRESSES(
                   "172.20.0.3", "5432") ",\"Weights\":{\"Passing\":1,\"Warning\":1},\"EnableTagOverride\":"
                                         "false,\"SocketPath\":\"\",\"ContentHash\":\"000660c6d7c3fa02\","
                                         "\"Datacenter\":\"dc1\"}");
}

/* Hostile text cannot leave its place, and secrets are not there. */
static void secrets_stay_out(void **state)
{
    struct fixture *fixture = *state;
    struct json_writer writer;
    struct buf out;
    buf_init(&out, 1 << 20);
    json_start(&writer, &out);
    consul_put_health_service(&writer, &fixture->catalog, first(fixture, "web"));
    assert_non_null(strstr(buf_string(&out), "\"Tags\":[\"b<i>\",\"api\"]"));
    assert_non_null(strstr(buf_string(&out), "\"zone\":\"http://host/x and more\""));
    assert_non_null(strstr(buf_string(&out), "\"version\":\"1.0 \\\"</script>\\n\xef\xbf\xbd\""));
    assert_null(strstr(buf_string(&out), "secret"));
    buf_free(&out);
}

static enum consul_status status_of(const struct fixture *fixture, const struct instance *instance)
{
    return consul_status_of(&fixture->catalog, instance);
}

static void what_serves_passes(void **state)
{
    struct fixture *fixture = *state;
    struct consul_check check[CONSUL_CHECKS];
    const struct instance *cache = first(fixture, "cache");
    static const struct {
        enum status status;
        enum consul_status expected;
    } cases[] = {{STATUS_HEALTHY, CONSUL_PASSING},    {STATUS_DEGRADED, CONSUL_PASSING},
                 {STATUS_UNHEALTHY, CONSUL_CRITICAL}, {STATUS_STARTING, CONSUL_CRITICAL},
                 {STATUS_FAILED, CONSUL_CRITICAL},    {STATUS_STOPPED, CONSUL_CRITICAL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample_status(fixture->registry, cache->ref, cases[i].status);
        sample_settle(fixture->registry);
        assert_int_equal(status_of(fixture, cache), cases[i].expected);
    }
    sample_status(fixture->registry, cache->ref, STATUS_DEGRADED);
    sample_settle(fixture->registry);
    assert_int_equal(consul_checks(&fixture->catalog, cache, check), 1);
    assert_string_equal(check[0].output, "degraded: 500 Oops");

    /* A breaker that is open says why it is critical all the same. */
    sample_status(fixture->registry, cache->ref, STATUS_HEALTHY);
    const struct breaker_view open = {.state = BREAKER_OPEN, .tripped = true};
    registry_apply(fixture->registry,
                   &(struct change){.kind = CHANGE_BREAKER, .ref = cache->ref, .breaker = &open},
                   sample_moment);
    sample_settle(fixture->registry);
    assert_int_equal(consul_checks(&fixture->catalog, cache, check), 1);
    assert_int_equal(check[0].status, CONSUL_CRITICAL);
    assert_string_equal(check[0].output, "circuit breaker open, healthy: 200 OK");
}

/* What the owner of a service says counts, but makes nothing pass that does not serve. */
static void owners_have_their_say(void **state)
{
    struct fixture *fixture = *state;
    struct consul_check check[CONSUL_CHECKS];
    struct spec *spec = sample_spec("external:job", "job", 80);
    spec->external = true;
    spec->external_id = "job/1";
    struct ref ref = sample_add(fixture->registry, spec,
                                sample_observed("e0e0e0e0e0e0", "job_1-0a0b", "10.0.0.7", NULL),
                                STATUS_HEALTHY);
    sample_settle(fixture->registry);
    const struct instance *job = registry_instance(fixture->registry, ref);
    assert_string_equal(consul_service_id(job), "job/1");
    fixture->report_count = 2;
    fixture->report[0] = (struct report_view){.id = "service:job/1",
                                              .name = "ttl",
                                              .notes = "n",
                                              .output = "busy",
                                              .status = STATUS_DEGRADED,
                                              .ttl_ms = 10000};
    fixture->report[1] = (struct report_view){.id = "web",
                                              .name = "http",
                                              .notes = "",
                                              .output = "200 OK",
                                              .status = STATUS_HEALTHY,
                                              .probed = true};
    assert_int_equal(consul_checks(&fixture->catalog, job, check), 2);
    assert_int_equal(check[0].status, CONSUL_WARNING);
    assert_string_equal(check[0].output, "busy");
    assert_string_equal(check[0].type, "ttl");
    assert_int_equal(check[1].status, CONSUL_PASSING);
    assert_int_equal(status_of(fixture, job), CONSUL_WARNING);
    fixture->report[0].status = STATUS_STARTING;
    assert_int_equal(status_of(fixture, job), CONSUL_CRITICAL);
    fixture->report[0].status = STATUS_HEALTHY;
    assert_int_equal(status_of(fixture, job), CONSUL_PASSING);

    sample_status(fixture->registry, ref, STATUS_UNHEALTHY);
    sample_settle(fixture->registry);
    assert_int_equal(consul_checks(&fixture->catalog, job, check), 3);
    assert_string_equal(check[2].id, "quaywatch:job/1");
    assert_int_equal(check[2].status, CONSUL_CRITICAL);
}

/* An instance without an address is not told: Consul's clients would take the node's. */
static void who_has_no_address_is_not_told(void **state)
{
    struct fixture *fixture = *state;
    sample_add(fixture->registry, sample_spec("name:bot:gone", "gone", 80),
               sample_observed("f0f0f0f0f0f0", "gone-1", "", NULL), STATUS_STOPPED);
    sample_settle(fixture->registry);
    assert_false(consul_tells_service(registry_service(fixture->registry, "gone")));
    assert_true(consul_tells_service(registry_service(fixture->registry, "db")));
}

/* ---- the index ---- */

static void a_later_life_has_a_later_index(void **state)
{
    struct fixture *fixture = *state;
    uint64_t before = consul_index(&fixture->catalog, 900000);
    const struct controller_view later = {.host = "node-1",
                                          .mode = "act",
                                          .started_at_wall_ms = sample_moment.wall_ms + 2000,
                                          .start_id = "5f3b"};
    registry_apply(fixture->registry, &(struct change){.kind = CHANGE_CONTROLLER, .controller = &later},
                   sample_moment);
    assert_true(consul_index(&fixture->catalog, 0) > before);
    assert_true(consul_index(&fixture->catalog, 0) < UINT64_C(1) << 53);
}

static void a_change_is_told_to_those_it_concerns(void **state)
{
    struct fixture *fixture = *state;
    struct registry *registry = fixture->registry;
    struct consul_changes *changes = consul_changes_new();
    uint64_t all = consul_changes_services(changes, registry);
    uint64_t db = consul_changes_service(changes, registry, "db");
    uint64_t cache = consul_changes_service(changes, registry, "cache");
    uint64_t none = consul_changes_service(changes, registry, "none");
    assert_true(all && db && cache && none);

    /* Health concerns the service alone. */
    sample_status(registry, first(fixture, "cache")->ref, STATUS_UNHEALTHY);
    sample_settle(registry);
    assert_int_equal(consul_changes_services(changes, registry), all);
    assert_int_equal(consul_changes_service(changes, registry, "db"), db);
    assert_int_equal(consul_changes_service(changes, registry, "none"), none);
    assert_int_equal(consul_changes_service(changes, registry, "cache"), registry_revision(registry));
    assert_true(registry_revision(registry) > cache);

    /* One that comes concerns the list, and whoever waits for one that is not there. */
    struct ref ref = sample_add(registry, sample_spec("name:bot:none", "none", 80),
                                sample_observed("f0f0f0f0f0f0", "none-1", "172.20.0.9", NULL),
                                STATUS_HEALTHY);
    sample_settle(registry);
    uint64_t came = registry_revision(registry);
    assert_int_equal(consul_changes_services(changes, registry), came);
    assert_int_equal(consul_changes_service(changes, registry, "none"), came);
    assert_int_equal(consul_changes_service(changes, registry, "db"), db);

    /* Other tags concern the list. */
    struct spec *tagged = sample_spec("name:bot:none", "none", 80);
    strings_add(&tagged->arena, &tagged->tags, "new");
    sample_add(registry, tagged, sample_observed("f0f0f0f0f0f0", "none-1", "172.20.0.9", NULL),
               STATUS_HEALTHY);
    sample_settle(registry);
    assert_true(consul_changes_services(changes, registry) > came);

    /* And so does one that goes. */
    uint64_t before = registry_revision(registry);
    registry_apply(registry, &(struct change){.kind = CHANGE_GONE, .ref = ref}, sample_moment);
    sample_settle(registry);
    assert_true(consul_changes_services(changes, registry) > before);
    assert_true(consul_changes_service(changes, registry, "none") > before);
    assert_int_equal(consul_changes_service(changes, registry, "db"), db);
    consul_changes_free(changes);
}

/* More that leaves than is remembered: the list is worked out anew, and is right. */
static void nothing_is_missed(void **state)
{
    struct fixture *fixture = *state;
    struct registry *registry = fixture->registry;
    struct consul_changes *changes = consul_changes_new();
    enum { MANY = 1500 };
    static struct ref ref[MANY];
    for (size_t i = 0; i < MANY; i++) {
        char name[32], id[32];
        snprintf(name, sizeof name, "many-%zu", i);
        snprintf(id, sizeof id, "%012zu", i);
        ref[i] = sample_add(registry, sample_spec(name, name, 80),
                            sample_observed(id, name, "172.20.1.1", NULL), STATUS_HEALTHY);
    }
    sample_settle(registry);
    uint64_t full = consul_changes_services(changes, registry);
    for (size_t i = 0; i < MANY; i++)
        registry_apply(registry, &(struct change){.kind = CHANGE_GONE, .ref = ref[i]}, sample_moment);
    sample_settle(registry);
    uint64_t empty = consul_changes_services(changes, registry);
    assert_true(empty > full);
    sample_status(registry, first(fixture, "cache")->ref, STATUS_UNHEALTHY);
    sample_settle(registry);
    assert_int_equal(consul_changes_services(changes, registry), empty);
    consul_changes_free(changes);
}

/* ---- filters ---- */

static bool passes(const struct fixture *fixture, const char *service, enum consul_shape shape,
                   const char *text)
{
    struct consul_filter *filter = NULL;
    struct error err = {0};
    if (consul_filter_parse(text, shape, &filter, &err))
        fail_msg("%s: %s", text, err.text);
    bool ret = consul_filter_passes(filter, &fixture->catalog, first(fixture, service), NULL);
    consul_filter_free(filter);
    return ret;
}

static void filters_compare_and_join(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        enum consul_shape shape;
        const char *text;
        bool expected; /* of web: tags "b<i>" and "api", 172.20.0.2:5000, project bot */
    } cases[] = {
        {CONSUL_SHAPE_HEALTH, "Service.Service == web", true},
        {CONSUL_SHAPE_HEALTH, "Service.Service != \"web\"", false},
        {CONSUL_SHAPE_HEALTH, "\"api\" in Service.Tags", true},
        {CONSUL_SHAPE_HEALTH, "api not in Service.Tags", false},
        {CONSUL_SHAPE_HEALTH, "Service.Tags contains `b<i>`", true},
        {CONSUL_SHAPE_HEALTH, "Service.Tags not contains \"x\"", true},
        {CONSUL_SHAPE_HEALTH, "Service.Tags is empty", false},
        {CONSUL_SHAPE_HEALTH, "Service.Tags is not empty", true},
        {CONSUL_SHAPE_HEALTH, "Service.Meta.project == \"bot\"", true},
        {CONSUL_SHAPE_HEALTH, "Service.Meta.nothing == \"bot\"", false},
        {CONSUL_SHAPE_HEALTH, "Service.Meta.nothing is empty", true},
        {CONSUL_SHAPE_HEALTH, "zone in Service.Meta", true},
        {CONSUL_SHAPE_HEALTH, "Service.Meta.zone contains \"secret\"", false},
        {CONSUL_SHAPE_HEALTH, "Service.Port == 5000 and Service.Address == 172.20.0.2", true},
        {CONSUL_SHAPE_HEALTH, "Service.Port == 1 or Node.Node == \"node-1\"", true},
        {CONSUL_SHAPE_HEALTH, "Service.Port == 5000 or Service.Port == 1 and Service.Port == 2", true},
        {CONSUL_SHAPE_HEALTH, "(Service.Port == 5000 or Service.Port == 1) and Service.Port == 2", false},
        {CONSUL_SHAPE_HEALTH, "not (Service.Port == 1)", true},
        {CONSUL_SHAPE_HEALTH, "not not Service.Port == 1", false},
        {CONSUL_SHAPE_HEALTH, "Checks.Status == passing", true},
        {CONSUL_SHAPE_HEALTH, "Checks.Status != \"passing\"", false},
        {CONSUL_SHAPE_HEALTH, "Checks.CheckID == \"serfHealth\"", true},
        {CONSUL_SHAPE_CATALOG, "ServiceName == web and Datacenter == dc1", true},
        {CONSUL_SHAPE_CATALOG, "\"api\" in ServiceTags and ServiceMeta.environment == production", true},
        {CONSUL_SHAPE_AGENT, "Service==web and ID==\"bot-web-1\"", true},
        {CONSUL_SHAPE_AGENT, "Tags contains \"none\"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (passes(fixture, "web", cases[i].shape, cases[i].text) != cases[i].expected)
            fail_msg("%s is not %d", cases[i].text, cases[i].expected);
}

static void what_is_no_filter_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"", "a field or a value is expected"},
        {"Service.Prot == 1", "\"Service.Prot\" is not known"},
        {"ServiceName == web", "\"ServiceName\" is not known"},
        {"Service.Service", "an operator is expected"},
        {"Service.Service ==", "a field or a value is expected"},
        {"Service.Service == \"web", "a quote is not closed"},
        {"(Service.Service == web", "a bracket is not closed"},
        {"Service.Service == web)", "the end is expected"},
        {"Service.Service == web Service.Port == 1", "the end is expected"},
        {"Service.Tags == web", "a list is asked by"},
        {"Service.Service matches \"w.*\"", "an operator is expected"},
        {"Service.Tags is", "empty"},
        {"\"web\" == Service.Service", "is followed by in"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct consul_filter *filter = NULL;
        struct error err = {0};
        assert_int_equal(consul_filter_parse(cases[i].text, CONSUL_SHAPE_HEALTH, &filter, &err), -EINVAL);
        assert_null(filter);
        if (!strstr(err.text, cases[i].said))
            fail_msg("%s: %s", cases[i].text, err.text);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(elements_have_their_form),
        TEST(secrets_stay_out),
        TEST(what_serves_passes),
        TEST(owners_have_their_say),
        TEST(who_has_no_address_is_not_told),
        TEST(a_later_life_has_a_later_index),
        TEST(a_change_is_told_to_those_it_concerns),
        TEST(nothing_is_missed),
        TEST(filters_compare_and_join),
        TEST(what_is_no_filter_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
