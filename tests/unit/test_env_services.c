/* SPDX-License-Identifier: MIT */
/* test_env_services.c: which services variables name, and as what each is registered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "controller/core/error.h"
#include "controller/external/env_services.h"
#include "controller/external/registration.h"

/* key, value, …, NULL */
static struct env_services read_of(struct arena *arena, const char *prefix, const char *const *words)
{
    struct pairs variables = {0};
    struct env_services services;
    for (size_t i = 0; words[i]; i += 2)
        pairs_set(arena, &variables, words[i], words[i + 1]);
    env_services_read(&variables, prefix, arena, &services);
    return services;
}

#define READ(arena, prefix, ...) read_of(arena, prefix, (const char *const[]){__VA_ARGS__, NULL})

static void test_a_url_says_all(void **state)
{
    (void)state;
    static const struct {
        const char *url, *host;
        int port;
        enum protocol protocol;
    } cases[] = {
        {"http://rag:5000", "rag", 5000, PROTOCOL_HTTP},
        {"HTTPS://u:p@rag/x?y", "rag", 443, PROTOCOL_HTTPS},
        {"http://10.0.0.1/a:b@c", "10.0.0.1", 80, PROTOCOL_HTTP},
        {"grpc://[fd00::5]:50051", "fd00::5", 50051, PROTOCOL_GRPC},
        {"postgres://user:p@ss:w@db:5432/app", "db", 5432, PROTOCOL_TCP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct error err = {0};
        struct registration *registration = NULL;
        struct env_services services = READ(&arena, "", "RAG_SERVICE_URL", cases[i].url);
        assert_int_equal(services.count, 1);
        if (!services.item[0].json || registration_parse(services.item[0].json, strlen(services.item[0].json),
                                                         &registration, &err) != 0)
            fail_msg("%s: %s%s", cases[i].url, err.text, services.item[0].trouble);
        if (!registration)
            return;
        assert_string_equal(registration->name, "rag-service");
        assert_string_equal(registration->id, "env-rag-service");
        assert_string_equal(registration->host, cases[i].host);
        assert_int_equal(registration->port, cases[i].port);
        assert_int_equal(registration->protocol, cases[i].protocol);
        registration_free(registration);
        arena_free(&arena);
    }
}

static void test_host_and_port(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct error err = {0};
    struct registration *registration = NULL;
    struct env_services services = READ(&arena, "MY_", "MY_DB_HOST", "db.lan", "MY_DB_PORT", "5432",
                                        "MY_DB_PROTOCOL", "tcp", "MY_DB_FALLBACK_URLS",
                                        "tcp://a:1, tcp://b:2,", "MY_DB_HEALTH_ENDPOINT", "", "DB_URL",
                                        "http://other:1", "MY_EMPTY_URL", "");
    assert_int_equal(services.count, 1);
    assert_string_equal(services.item[0].variables, "DB");
    assert_int_equal(
        registration_parse(services.item[0].json, strlen(services.item[0].json), &registration, &err), 0);
    assert_string_equal(registration->host, "db.lan");
    assert_int_equal(registration->port, 5432);
    assert_int_equal(registration->protocol, PROTOCOL_TCP);
    assert_int_equal(registration->fallback_urls.count, 2);
    assert_string_equal(registration->fallback_urls.item[1], "tcp://b:2");
    assert_string_equal(registration->endpoint, "/health");
    registration_free(registration);
    arena_free(&arena);
}

/* No sentence holds the value: a URL may hold a password. */
static void test_what_is_wrong(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"A_URL", "secret", "A_URL is no URL such as http://host:5000"},
        {"A_URL", "redis://:secret@cache", "A_URL names no port"},
        {"A_URL", "http://secret@", "A_URL names no host"},
        {"A_HOST", "x", "A_HOST is set, and A_PORT is not"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct env_services services = READ(&arena, "", cases[i][0], cases[i][1]);
        assert_int_equal(services.count, 1);
        assert_null(services.item[0].json);
        assert_string_equal(services.item[0].trouble, cases[i][2]);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_url_says_all),
        cmocka_unit_test(test_host_and_port),
        cmocka_unit_test(test_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
