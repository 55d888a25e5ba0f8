/* SPDX-License-Identifier: MIT */
/* test_lookup.c: which of a host's addresses is used, and what the resolver's queue does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <uv.h>

#include "controller/core/cidr.h"
#include "controller/core/error.h"
#include "controller/external/lookup.h"

static struct cidr_list *networks(const char *text)
{
    struct cidr_list *list = NULL;
    struct error err = {0};
    assert_int_equal(cidr_list_parse(text, &list, &err), 0);
    return list;
}

enum { MOST = 4 };

/* What a resolver would have found. */
struct answer {
    struct addrinfo info[MOST];
    struct sockaddr_in6 address[MOST];
};

static const struct addrinfo *answered(struct answer *answer, const char *const *texts)
{
    *answer = (struct answer){0};
    size_t count = 0;
    for (; count < MOST && texts[count]; count++) {
        struct sockaddr_in four = {.sin_family = AF_INET};
        struct sockaddr_in6 six = {.sin6_family = AF_INET6};
        if (inet_pton(AF_INET, texts[count], &four.sin_addr) == 1)
            memcpy(&answer->address[count], &four, sizeof four);
        else if (inet_pton(AF_INET6, texts[count], &six.sin6_addr) == 1)
            answer->address[count] = six;
        else
            fail_msg("%s", texts[count]);
        answer->info[count].ai_addr = (struct sockaddr *)&answer->address[count];
        if (count)
            answer->info[count - 1].ai_next = &answer->info[count];
    }
    return count ? answer->info : NULL;
}

static void the_choice(void **state)
{
    (void)state;
    static const struct {
        const char *found[MOST], *networks, *present, *expected;
    } rows[] = {
        {{"10.0.0.2", "10.0.0.1"}, "", "", "10.0.0.1"},
        {{"10.0.0.1", "10.0.0.2"}, "", "", "10.0.0.1"},
        {{"10.0.0.1", "10.0.0.2"}, "", "10.0.0.2", "10.0.0.2"}, /* a resolver that turns them round */
        {{"fd00::1", "10.0.0.9"}, "", "", "10.0.0.9"},
        {{"203.0.113.1", "192.168.1.5"}, "192.168.0.0/16", "", "192.168.1.5"},
        {{"203.0.113.1", "192.168.1.5"}, "192.168.0.0/16", "203.0.113.1", "192.168.1.5"},
        {{"10.0.0.9", "fd00::1"}, "fd00::/8", "", "fd00::1"},
        {{"fe80::1"}, "", "", "fe80::1"},
        {{NULL}, "10.0.0.0/8", "10.0.0.1", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer;
        struct cidr_list *list = networks(rows[i].networks);
        char chosen[LOOKUP_ADDRESS];
        lookup_choose(answered(&answer, rows[i].found), list, rows[i].present, chosen);
        assert_string_equal(chosen, rows[i].expected);
        cidr_list_free(list);
    }
    /* One of a single link cannot be told without its interface. */
    struct answer answer;
    char chosen[LOOKUP_ADDRESS];
    const struct addrinfo *found = answered(&answer, (const char *const[]){"fe80::1", NULL});
    answer.address[0].sin6_scope_id = 2;
    lookup_choose(found, NULL, "", chosen);
    assert_string_equal(chosen, "");
}

static void inside(void **state)
{
    (void)state;
    struct cidr_list *list = networks("10.0.0.0/8, fd00::/8");
    assert_true(lookup_inside("10.255.0.1", list));
    assert_true(lookup_inside("fd00::1", list));
    assert_true(lookup_inside("::ffff:10.0.0.1", list));
    assert_false(lookup_inside("11.0.0.1", list));
    assert_false(lookup_inside("::ffff:11.0.0.1", list));
    assert_false(lookup_inside("", list));
    assert_false(lookup_inside("localhost", list));
    assert_false(lookup_inside("10.0.0.1", NULL));
    cidr_list_free(list);
}

struct heard {
    unsigned calls;
    char address[LOOKUP_ADDRESS];
};

static void on_found(void *user, const struct addrinfo *found, const char *trouble)
{
    struct heard *heard = user;
    heard->calls++;
    assert_true(!found == !!trouble);
    lookup_choose(found, NULL, "127.0.0.1", heard->address);
}

static void names_are_found(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct heard first = {0}, second = {0}, cancelled = {0}, waiting = {0};
    uv_loop_init(&loop);
    struct lookups *lookups = lookups_new(&loop);
    lookup_start(lookups, "localhost", on_found, &first);
    struct lookup *running = lookup_start(lookups, "127.0.0.1", on_found, &cancelled);
    struct lookup *queued = lookup_start(lookups, "127.0.0.1", on_found, &waiting);
    lookup_start(lookups, "127.1", on_found,
                 &second); /* odd, but an address: it is judged by what it means */
    assert_int_equal(first.calls, 0);
    lookup_cancel(running);
    lookup_cancel(queued);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(first.calls, 1);
    assert_string_equal(first.address, "127.0.0.1");
    assert_int_equal(second.calls, 1);
    assert_string_equal(second.address, "127.0.0.1");
    assert_int_equal(cancelled.calls + waiting.calls, 0);
    /* An end in the middle is heard by nobody. */
    for (int i = 0; i < 6; i++)
        lookup_start(lookups, "localhost", on_found, &waiting);
    lookups_free(lookups);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(waiting.calls, 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_choice),
        cmocka_unit_test(inside),
        cmocka_unit_test(names_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
