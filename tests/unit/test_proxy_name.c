/* SPDX-License-Identifier: MIT */
/* proxy_name: what load balancers call services and containers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "controller/core/proxy_name.h"

static void test_plain_names_stay_readable(void **state)
{
    (void)state;
    char name[PROXY_NAME];
    proxy_service_name("rag-service.Shop_2", name);
    assert_string_equal(name, "quaywatch-rag-service.Shop_2");
    proxy_server_name("shop-web-1", name);
    assert_string_equal(name, "quay-shop-web-1");
}

static void test_no_name_breaks_out_and_no_two_become_one(void **state)
{
    (void)state;
    static const char *const odd[] = {"a b", "a;b", "a/b", "a\nb", "a_b", "", "ä", "\"", "{", "quayslot1"};
    enum { ODD = sizeof odd / sizeof *odd };
    char name[ODD][PROXY_NAME];
    for (size_t i = 0; i < ODD; i++) {
        proxy_server_name(odd[i], name[i]);
        assert_int_equal(strspn(name[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"),
                         strlen(name[i]));
        assert_memory_equal(name[i], PROXY_SERVER_PREFIX, strlen(PROXY_SERVER_PREFIX));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(name[i], name[k]);
    }
}

/* The name of another, as it is made, can be written in a label. */
static void test_no_name_can_be_chosen_to_be_anothers(void **state)
{
    (void)state;
    char made[PROXY_NAME], chosen[PROXY_NAME];
    proxy_service_name("my app", made);
    proxy_service_name(made + strlen(PROXY_SERVICE_PREFIX), chosen);
    assert_string_not_equal(made, chosen);
}

static void test_long_names_are_cut_and_still_differ(void **state)
{
    (void)state;
    char one[300], other[300], first[PROXY_NAME], second[PROXY_NAME];
    memset(one, 'x', sizeof one);
    one[299] = '\0';
    memcpy(other, one, sizeof other);
    other[298] = 'y';
    proxy_service_name(one, first);
    proxy_service_name(other, second);
    assert_true(strlen(first) < PROXY_NAME - 1);
    assert_string_not_equal(first, second);
}

static void test_what_is_ours_is_known_by_its_name(void **state)
{
    (void)state;
    assert_true(proxy_is_service_name("quaywatch-web"));
    assert_false(proxy_is_service_name("web"));
    assert_false(proxy_is_service_name("quaywatch-we;b"));
    assert_true(proxy_is_server_name("quay-shop-web-1"));
    assert_false(proxy_is_server_name("quayslot1"));
    assert_false(proxy_is_server_name("quay-shop web"));
    assert_true(proxy_is_slot_name("quayslot1"));
    assert_false(proxy_is_slot_name("slot1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_names_stay_readable),
        cmocka_unit_test(test_no_name_breaks_out_and_no_two_become_one),
        cmocka_unit_test(test_no_name_can_be_chosen_to_be_anothers),
        cmocka_unit_test(test_long_names_are_cut_and_still_differ),
        cmocka_unit_test(test_what_is_ours_is_known_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
