/* SPDX-License-Identifier: MIT */
/* test_cidr.c: networks and the addresses in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "controller/core/cidr.h"
#include "controller/core/error.h"

static const struct sockaddr *address_of(const char *text)
{
    static union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    memset(&address, 0, sizeof address);
    if (strchr(text, ':')) {
        address.v6.sin6_family = AF_INET6;
        assert_int_equal(inet_pton(AF_INET6, text, &address.v6.sin6_addr), 1);
    } else {
        address.v4.sin_family = AF_INET;
        assert_int_equal(inet_pton(AF_INET, text, &address.v4.sin_addr), 1);
    }
    return &address.any;
}

static void test_match(void **state)
{
    (void)state;
    static const struct {
        const char *list, *address;
        bool in;
    } row[] = {
        {"10.0.0.0/8", "10.255.1.2", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"10.1.2.3/8", "10.9.9.9", true},
        {"192.168.1.0/25", "192.168.1.127", true},
        {"192.168.1.0/25", "192.168.1.128", false},
        {"192.168.1.5", "192.168.1.5", true},
        {"192.168.1.5", "192.168.1.4", false},
        {"0.0.0.0/0", "8.8.8.8", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"::/0", "8.8.8.8", true},
        {"10.0.0.0/8, fd00::/8", "fd12::1", true},
        {"10.0.0.0/8 ,fd00::/8", "fe00::1", false},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"10.0.0.0/8", "::ffff:10.1.1.1", true},
        {"::ffff:10.0.0.0/104", "10.1.1.1", true},
        {"", "10.1.1.1", false},
        {" , ", "10.1.1.1", false},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct cidr_list *list = NULL;
        assert_int_equal(cidr_list_parse(row[i].list, &list, NULL), 0);
        if (cidr_list_has(list, address_of(row[i].address)) != row[i].in)
            fail_msg("%s in %s", row[i].address, row[i].list);
        cidr_list_free(list);
    }
}

static void test_wrong(void **state)
{
    (void)state;
    static const char *const wrong[] = {"10.0.0.0/33",  "10.0.0.0/-1", "10.0.0.0/",   "10.0.0/8",
                                        "::/129",       "*",           "example.org", "10.0.0.0/8 fd00::/8",
                                        "10.0.0.0/8/8", "10.0.0.0/x",  "/8",          "10.0.0.1-10.0.0.9"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct cidr_list *list = NULL;
        if (cidr_list_parse(wrong[i], &list, NULL) != -EINVAL || list)
            fail_msg("%s is taken for a network", wrong[i]);
    }
    struct error err;
    struct cidr_list *list = NULL;
    assert_int_equal(cidr_list_parse("10.0.0.0/8, nonsense", &list, &err), -EINVAL);
    assert_non_null(strstr(err.text, "\"nonsense\""));
}

static void test_private(void **state)
{
    (void)state;
    static const char *const private[] = {
        "127.0.0.1",   "127.9.9.9",   "10.0.0.1",          "172.16.0.1", "172.31.255.255",
        "192.168.0.1", "169.254.1.1", "100.64.0.1",        "::1",        "fc00::1",
        "fdff::1",     "fe80::1",     "::ffff:192.168.0.1"};
    static const char *const public[] = {"8.8.8.8",     "172.32.0.1",    "172.15.0.1",  "192.169.0.1",
                                         "100.128.0.1", "0.0.0.0",       "2001:db8::1", "::2",
                                         "fe00::1",     "::ffff:8.8.8.8"};
    for (size_t i = 0; i < sizeof private / sizeof *private; i++)
        if (!cidr_is_private(address_of(private[i])))
            fail_msg("%s", private[i]);
    for (size_t i = 0; i < sizeof public / sizeof *public; i++)
        if (cidr_is_private(address_of(public[i])))
            fail_msg("%s", public[i]);
}

static void test_other(void **state)
{
    (void)state;
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct cidr_list *list = NULL;
    assert_true(cidr_list_empty(NULL));
    assert_int_equal(cidr_list_parse("", &list, NULL), 0);
    assert_true(cidr_list_empty(list));
    cidr_list_free(list);
    assert_int_equal(cidr_list_parse("::/0", &list, NULL), 0);
    assert_false(cidr_list_empty(list));
    assert_false(cidr_list_has(list, (struct sockaddr *)&local));
    assert_false(cidr_is_private((struct sockaddr *)&local));
    assert_false(cidr_list_has(NULL, address_of("10.0.0.1")));
    assert_false(cidr_list_has(list, NULL));
    cidr_list_free(list);
    cidr_list_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_private),
        cmocka_unit_test(test_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
