/* SPDX-License-Identifier: MIT */
/* Tests controller/network: which address is published, which one can be checked from here, and why none can.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "controller/watch/network.h"
#include "tests/support/container_builder.h"

static struct own_address own(const char *text, int prefix)
{
    struct own_address address = {.prefix = prefix};
    address.length = inet_pton(AF_INET, text, address.bytes) == 1 ? 4 : 16;
    if (address.length == 16)
        assert_int_equal(inet_pton(AF_INET6, text, address.bytes), 1);
    return address;
}

/* The controller in a container of its own: on 10.0.5.0/24 and fd00:5::/64. */
static struct own_address inside[2];
static struct network_place place = {.own = inside, .own_count = 2, .gateway = "10.0.5.1"};

static int set_up(void **state)
{
    (void)state;
    inside[0] = own("10.0.5.9", 24);
    inside[1] = own("fd00:5::9", 64);
    return 0;
}

static void test_shared(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        int prefix;
        bool shared;
    } rows[] = {
        {"10.0.5.200", 24, true},  {"10.0.6.1", 24, false},
        {"10.0.6.1", 22, true},    {"10.0.5.9", 32, true},
        {"10.0.5.8", 32, false},   {"10.0.5.8", 31, true},
        {"10.0.5.1", 0, false},    {"10.0.5.1", -1, false},
        {"10.0.5.1", 33, false},   {"", 24, false},
        {NULL, 24, false},         {"fd00:5::1", 64, true},
        {"fd00:6::1", 64, false},  {"fd00:5::1", 128, false},
        {"fd00:5::1", 129, false}, {"not an address", 24, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(network_shared(&place, rows[i].address, rows[i].prefix), rows[i].shared);
}

static void test_on_host(void **state)
{
    (void)state;
    struct container *container = built_new("app", NULL);
    built_network(container, "a", "10.0.6.2", 24)->gateway = "10.0.6.1";
    assert_false(network_on_host(&place, container));
    built_network(container, "b", "10.0.5.2", 24)->gateway = "10.0.5.9";
    assert_true(network_on_host(&place, container));
    built_free(container);
}

static struct observed *observe(struct container *container, const char *wanted, struct container *owner,
                                bool on_host)
{
    struct spec spec = {.network = wanted};
    struct observed *observed = network_observe(container, &spec, &place, owner, on_host);
    built_free(container); /* nothing observed may point into the containers */
    if (owner)
        built_free(owner);
    return observed;
}

static void assert_addresses(const struct observed *observed, const char *published, const char *probe)
{
    assert_string_equal(observed->address, published);
    if (probe) {
        assert_string_equal(observed->probe_address, probe);
        assert_null(observed->unreachable);
    } else {
        assert_null(observed->probe_address);
    }
}

/* Two networks, the second one is ours. */
static struct container *two_networks(void)
{
    struct container *container = built_new("app", NULL);
    built_network(container, "backend", "10.0.1.2", 24);
    built_network(container, "shared", "10.0.5.2", 24);
    return container;
}

static void test_choice_of_network(void **state)
{
    (void)state;
    struct observed *observed = observe(two_networks(), NULL, NULL, false); /* the first shared one */
    assert_addresses(observed, "10.0.5.2", "10.0.5.2");
    observed_free(observed);
    observed = observe(two_networks(), "backend", NULL,
                       false); /* published as wanted, checked where we can */
    assert_addresses(observed, "10.0.1.2", "10.0.5.2");
    observed_free(observed);
    observed = observe(two_networks(), "gone", NULL, false);
    assert_addresses(observed, "10.0.5.2", "10.0.5.2");
    observed_free(observed);

    struct container *container = built_new("app", NULL); /* none shared: by name */
    built_network(container, "a", "", 0);
    built_network(container, "b", "10.0.1.2", 24);
    built_network(container, "c", "10.0.2.2", 24);
    observed = observe(container, NULL, NULL, false);
    assert_addresses(observed, "10.0.1.2", NULL);
    assert_string_equal(
        observed->unreachable,
        "quaywatch is on none of its networks (a, b, c): give both one, by docker network connect, or set "
        "JOIN_NETWORKS=labelled");
    observed_free(observed);
}

static void test_ipv6(void **state)
{
    (void)state;
    struct container *container = built_new("app", NULL);
    struct container_network *network = built_network(container, "both", "10.0.5.2", 24);
    network->address6 = "fd00:5::2";
    network->prefix6 = 64;
    struct observed *observed = observe(container, NULL, NULL, false);
    assert_addresses(observed, "10.0.5.2", "10.0.5.2"); /* IPv4 first */
    assert_string_equal(observed->address6, "fd00:5::2");
    assert_string_equal(observed->networks[0].address6, "fd00:5::2");
    observed_free(observed);

    container = built_new("app", NULL);
    network = built_network(container, "six", "", 0);
    network->address6 = "fd00:5::2";
    network->prefix6 = 64;
    observed = observe(container, NULL, NULL, false);
    assert_addresses(observed, "fd00:5::2", "fd00:5::2");
    assert_string_equal(observed->networks[0].address, "fd00:5::2");
    assert_null(observed->address6); /* it is the first, and there is no other */
    assert_null(observed->networks[0].address6);
    observed_free(observed);

    container = built_new("app", NULL); /* only its IPv6 subnet is ours */
    network = built_network(container, "half", "10.9.9.2", 24);
    network->address6 = "fd00:5::2";
    network->prefix6 = 64;
    observed = observe(container, NULL, NULL, false);
    assert_string_equal(observed->probe_address, "fd00:5::2");
    assert_null(observed->address6);
    observed_free(observed);
}

/* The second address is one of the network that is published, never another's. */
static void test_second_address_is_of_the_same_network(void **state)
{
    (void)state;
    static const struct {
        const char *wanted, *address, *address6;
    } rows[] = {{NULL, "10.0.5.2", NULL},
                {"backend", "10.0.1.2", "fd00:1::2"},
                {"six", "fd00:6::2", NULL},
                {"shared", "10.0.5.2", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct container *container = two_networks();
        container->networks[0].address6 = "fd00:1::2";
        built_network(container, "six", "", 0)->address6 = "fd00:6::2";
        struct observed *observed = observe(container, rows[i].wanted, NULL, false);
        assert_string_equal(observed->address, rows[i].address);
        if (rows[i].address6)
            assert_string_equal(observed->address6, rows[i].address6);
        else
            assert_null(observed->address6);
        observed_free(observed);
    }
    /* Who shares another's network has the owner's. */
    struct container *owner = built_new("db", NULL), *container = built_new("app", NULL);
    built_network(owner, "both", "10.0.5.2", 24)->address6 = "fd00:5::2";
    container->network_mode = "container:dbdbdb";
    struct observed *observed = observe(container, NULL, owner, false);
    assert_string_equal(observed->address6, "fd00:5::2");
    observed_free(observed);
    container = built_new("app", NULL); /* the host's address is loopback: nothing stands beside it */
    container->network_mode = "host";
    built_network(container, "host", "", 0);
    observed = observe(container, NULL, NULL, true);
    assert_null(observed->address6);
    observed_free(observed);
}

static void test_host_network(void **state)
{
    (void)state;
    for (int on_host = 0; on_host < 2; on_host++) {
        struct container *container = built_new("app", NULL);
        container->network_mode = "host";
        built_network(container, "host", "", 0);
        struct observed *observed = observe(container, NULL, NULL, on_host);
        const char *address = on_host ? "127.0.0.1" : "10.0.5.1";
        assert_addresses(observed, address, address);
        observed_free(observed);
    }
    struct network_place nowhere = {0};
    struct container *container = built_new("app", NULL);
    container->network_mode = "host";
    struct observed *observed = network_observe(container, NULL, &nowhere, NULL, false);
    assert_addresses(observed, "", NULL);
    assert_non_null(strstr(observed->unreachable, "no default gateway"));
    observed_free(observed);
    built_free(container);
}

static void test_container_network(void **state)
{
    (void)state;
    struct container *container = built_new("sidecar", NULL), *owner = two_networks();
    strings_add(&owner->arena, &owner->networks[1].aliases, "vpn");
    container->network_mode = "container:b4a9d423ab50ffff";
    struct observed *observed = observe(container, NULL, owner, false);
    assert_addresses(observed, "10.0.5.2", "10.0.5.2");
    assert_int_equal(observed->network_count, 2);
    assert_int_equal(observed->networks[1].aliases.count, 0); /* the names there mean the owner */
    observed_free(observed);

    container = built_new("sidecar", NULL);
    container->network_mode = "container:b4a9d423ab50ffff";
    observed = observe(container, NULL, NULL, false);
    assert_string_equal(observed->unreachable,
                        "It uses the network of container b4a9d423ab50, of which nothing is known yet");
    assert_false(observed->network_owner_gone);
    observed_free(observed);

    container = built_new("sidecar", NULL);
    container->network_mode = "container:b4a9d423ab50ffff";
    container->network_owner_gone = true;
    observed = observe(container, NULL, NULL, false);
    assert_addresses(observed, "", NULL);
    assert_true(observed->network_owner_gone);
    assert_string_equal(observed->network_owner, "b4a9d423ab50ffff");
    assert_string_equal(observed->unreachable,
                        "It uses the network of container b4a9d423ab50, which does not exist: recreate it");
    observed_free(observed);

    container = built_new("sidecar", NULL); /* whose owner is on the host's network */
    container->network_mode = "container:b4a9d423ab50ffff";
    owner = built_new("vpn", NULL);
    owner->network_mode = "host";
    observed = observe(container, NULL, owner, true);
    assert_addresses(observed, "127.0.0.1", "127.0.0.1");
    observed_free(observed);
}

static void test_unreachable_sentences(void **state)
{
    (void)state;
    struct container *container = built_new("app", NULL);
    container->network_mode = "none";
    built_network(container, "none", "", 0);
    struct observed *observed = observe(container, NULL, NULL, false);
    assert_string_equal(observed->unreachable, "It has no network: give it one that quaywatch is on too");
    observed_free(observed);

    container = built_new("app", NULL);
    built_network(container, "bridge", "172.17.0.2", 16);
    observed = observe(container, NULL, NULL, false);
    assert_non_null(strstr(observed->unreachable, "default bridge"));
    observed_free(observed);

    container = built_new("app", NULL);
    for (int i = 0; i < 9; i++)
        built_network(container, "a-network-with-a-name-that-goes-on-and-on-and-on-and-on", "10.0.1.2", 24);
    observed = observe(container, NULL, NULL, false);
    assert_non_null(strstr(observed->unreachable, "and 6 more"));
    assert_true(strlen(observed->unreachable) < 230);
    observed_free(observed);

    container = built_new("app", NULL); /* one that does not run has no address, and no network to blame */
    container->state = CONTAINER_EXITED;
    built_network(container, "backend", "", 0);
    observed = observe(container, NULL, NULL, false);
    assert_addresses(observed, "", NULL);
    assert_null(observed->unreachable);
    observed_free(observed);
}

static void test_facts(void **state)
{
    (void)state;
    static const char *const labels[] = {"com.docker.compose.config-hash", "1151", NULL};
    struct container *container = built_new("app", labels);
    struct container_network *network = built_network(container, "shared", "10.0.5.2", 24);
    strings_add(&container->arena, &network->aliases, "rag");
    strings_add(&container->arena, &network->aliases, "search");
    built_publish(container, "5000/tcp", "0.0.0.0", 15000);
    built_publish(container, "7070/tcp", NULL, 0);
    container->has_health = true;
    container->health = STATUS_UNHEALTHY;
    container->exit_code = 3;
    container->health_start_period_ms = 7;
    struct observed *observed = observe(container, NULL, NULL, false);
    assert_string_equal(observed->container, "app");
    assert_int_equal(strlen(observed->id), 64);
    assert_int_equal(observed->docker_health, STATUS_UNHEALTHY);
    assert_int_equal(observed->exit_code, 3);
    assert_int_equal(observed->engine_start_period_ms, 7);
    assert_int_equal(observed->engine_stop_timeout_ms, -1);
    assert_string_equal(observed->config_hash, "1151");
    assert_int_equal(observed->networks[0].aliases.count, 2);
    assert_string_equal(observed->networks[0].aliases.item[1], "search");
    assert_int_equal(observed->port_count, 2);
    assert_string_equal(observed->ports[0].host, "0.0.0.0");
    assert_int_equal(observed->ports[0].host_port, 15000);
    assert_null(observed->ports[1].host);
    observed_free(observed);

    container = built_new("app",
                          NULL); /* the engine calls a paused container unhealthy: its check stands still */
    container->state = CONTAINER_PAUSED;
    container->has_health = true;
    container->health = STATUS_UNHEALTHY;
    observed = observe(container, NULL, NULL, false);
    assert_int_equal(observed->docker_health, STATUS_UNKNOWN);
    observed_free(observed);
}

static void test_url(void **state)
{
    (void)state;
    char url[64];
    network_url(url, sizeof url, PROTOCOL_HTTP, "172.20.0.2", 5000, "/health");
    assert_string_equal(url, "http://172.20.0.2:5000/health");
    network_url(url, sizeof url, PROTOCOL_HTTPS, "fd00::2", 443, NULL);
    assert_string_equal(url, "https://[fd00::2]:443");
    network_url(url, sizeof url, PROTOCOL_TCP, "[fd00::2]", 1, "");
    assert_string_equal(url, "tcp://[fd00::2]:1");
    network_url(url, sizeof url, PROTOCOL_GRPC, "rag", 0, NULL);
    assert_string_equal(url, "grpc://rag");
    network_url(url, 12, PROTOCOL_HTTP, "172.20.0.2", 5000, "/health");
    assert_string_equal(url, "http://172.");
}

static void test_place(void **state)
{
    (void)state;
    struct network_place here;
    network_place_read(&here);
    uint8_t gateway[16];
    if (here.gateway[0])
        assert_true(inet_pton(AF_INET, here.gateway, gateway) == 1 ||
                    inet_pton(AF_INET6, here.gateway, gateway) == 1);
    for (size_t i = 0; i < here.own_count; i++) {
        assert_true(here.own[i].length == 4 || here.own[i].length == 16);
        assert_in_range(here.own[i].prefix, 0, here.own[i].length * 8);
        assert_false(here.own[i].length == 4 && here.own[i].bytes[0] == 127);
    }
    network_place_free(&here);
    assert_int_equal(here.own_count, 0);
    network_place_free(&here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_on_host),
        cmocka_unit_test(test_choice_of_network),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_second_address_is_of_the_same_network),
        cmocka_unit_test(test_host_network),
        cmocka_unit_test(test_container_network),
        cmocka_unit_test(test_unreachable_sentences),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_url),
        cmocka_unit_test(test_place),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
