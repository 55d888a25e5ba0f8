/* SPDX-License-Identifier: MIT */
/* endpoint: what is told of an instance to others. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "controller/core/endpoint.h"
#include "tests/support/sample_registry.h"

static void test_only_what_serves_is_told(void **state)
{
    (void)state;
    struct registry *registry = sample_registry();
    const struct service *db = registry_service(registry, "db");
    size_t told = 0, instances = 0;
    struct endpoint endpoint;
    for (const struct instance *at = db->first; at; at = at->next, instances++) {
        bool is_told = endpoint_of(at, &endpoint);
        assert_int_equal(is_told, at->serving);
        told += is_told;
        if (is_told)
            assert_ptr_equal(endpoint.instance, at);
    }
    assert_int_equal(instances, 2);
    assert_int_equal(told, 1);
    assert_int_equal(endpoint_count(db), 1);
    registry_free(registry);
}

static void test_a_degraded_instance_gets_half_the_weight_and_never_none(void **state)
{
    (void)state;
    struct spec spec = {.weight = 5, .port = 80};
    struct observed observed = {.address = "fd00::2"};
    struct instance instance = {.spec = &spec, .observed = &observed, .serving = true};
    struct endpoint endpoint;
    instance.health.status = STATUS_HEALTHY;
    assert_true(endpoint_of(&instance, &endpoint));
    assert_true(endpoint.ipv6);
    assert_int_equal(endpoint.weight, 5);
    instance.health.status = STATUS_DEGRADED;
    assert_true(endpoint_of(&instance, &endpoint));
    assert_int_equal(endpoint.weight, 3);
    spec.weight = 1;
    assert_true(endpoint_of(&instance, &endpoint));
    assert_int_equal(endpoint.weight, 1);
    observed.address = "";
    assert_false(endpoint_of(&instance, &endpoint));
}

static void test_a_second_address_is_told_when_it_is_as_good(void **state)
{
    (void)state;
    struct spec spec = {.port = 80};
    struct observed observed = {.address = "172.20.0.2", .address6 = "fd00::2"};
    struct instance instance = {.spec = &spec, .observed = &observed, .serving = true};
    struct endpoint endpoint;
    instance.health.status = STATUS_HEALTHY;
    assert_true(endpoint_of(&instance, &endpoint));
    assert_string_equal(endpoint.address, "172.20.0.2");
    assert_false(endpoint.ipv6);
    assert_null(endpoint.address6);
    instance.tells_address6 = true;
    assert_true(endpoint_of(&instance, &endpoint));
    assert_string_equal(endpoint.address, "172.20.0.2");
    assert_string_equal(endpoint.address6, "fd00::2");
    assert_int_equal(endpoint_count(&(struct service){.first = &instance}), 1);
    instance.serving = false;
    assert_false(endpoint_of(&instance, &endpoint));
}

/* Its name in the network is found by whichever address is published. */
static void test_name_of_one_that_is_published_by_ipv6(void **state)
{
    (void)state;
    char name_a[] = "other", name_b[] = "six", *other[] = {name_a}, *six[] = {name_b};
    struct network_view networks[] = {
        {.name = "a", .address = "10.0.0.2", .aliases = {other, 1}},
        {.name = "b", .address = "10.0.1.2", .address6 = "fd00::2", .aliases = {six, 1}},
    };
    struct spec spec = {.port = 80};
    struct observed observed = {.address = "fd00::2", .networks = networks, .network_count = 2};
    struct instance instance = {.spec = &spec, .observed = &observed};
    assert_string_equal(endpoint_name(&instance), "six");
}

static void test_urls(void **state)
{
    (void)state;
    char url[ENDPOINT_URL];
    endpoint_url(PROTOCOL_HTTP, "10.0.0.1", 80, url);
    assert_string_equal(url, "http://10.0.0.1:80");
    endpoint_url(PROTOCOL_TCP, "fd00::2", 5432, url);
    assert_string_equal(url, "tcp://[fd00::2]:5432");
    endpoint_url(PROTOCOL_TCP, "db", 0, url);
    assert_string_equal(url, "");
    endpoint_url(PROTOCOL_TCP, "", 1, url);
    assert_string_equal(url, "");
}

static void test_weights_share_a_divisor(void **state)
{
    (void)state;
    assert_int_equal(common_divisor(12, 18), 6);
    assert_int_equal(common_divisor(5, 256), 1);
    assert_int_equal(common_divisor(7, 0), 7); /* the first of a list */
    assert_int_equal(common_divisor(0, 7), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_serves_is_told),
        cmocka_unit_test(test_a_degraded_instance_gets_half_the_weight_and_never_none),
        cmocka_unit_test(test_a_second_address_is_told_when_it_is_as_good),
        cmocka_unit_test(test_name_of_one_that_is_published_by_ipv6),
        cmocka_unit_test(test_weights_share_a_divisor),
        cmocka_unit_test(test_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
