/* SPDX-License-Identifier: MIT */
/* test_forwarded.c: who asked, by what proxies wrote; and the names that a server is called by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/cidr.h"
#include "exporter/admission.h"
#include "exporter/http/authority.h"
#include "exporter/http/forwarded.h"

static const char *text_of(const struct sockaddr_storage *address, char ret[static INET6_ADDRSTRLEN])
{
    if (address->ss_family == AF_INET)
        return inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, ret, INET6_ADDRSTRLEN);
    if (address->ss_family == AF_INET6)
        return inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, ret, INET6_ADDRSTRLEN);
    return "";
}

static const struct {
    const char *list, *client;
} plain[] = {
    {"203.0.113.9", "203.0.113.9"},
    {" 203.0.113.9 ", "203.0.113.9"},
    {"1.1.1.1, 203.0.113.9", "203.0.113.9"}, /* the left one is the client's own word */
    {"1.1.1.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"},
    {"1.1.1.1, 203.0.113.9, 10.0.0.1, 10.9.9.9", "203.0.113.9"},
    {"10.0.0.7, 10.0.0.1", "10.0.0.7"}, /* all of them trusted: where it began */
    {"10.0.0.7", "10.0.0.7"},
    {"203.0.113.9:5123", "203.0.113.9"},
    {"2001:db8::1", "2001:db8::1"},
    {"[2001:db8::1]", "2001:db8::1"},
    {"[2001:db8::1]:443", "2001:db8::1"},
    {"::ffff:10.0.0.5, 203.0.113.9", "203.0.113.9"},
    {"203.0.113.9, ::ffff:10.0.0.5", "203.0.113.9"}, /* mapped, and trusted */
    {"203.0.113.9,,10.0.0.1,", "203.0.113.9"},
    {"unknown", ""},
    {"203.0.113.9, unknown", ""}, /* a proxy of ours that does not tell */
    {"unknown, 203.0.113.9", "203.0.113.9"},
    {"\", 203.0.113.9", "203.0.113.9"}, /* quotes mean nothing here, and hide nobody */
    {"[2001:db8::1]:\"x, 203.0.113.9", "203.0.113.9"},
    {"203.0.113.9:80x", ""},
    {"[2001:db8::1]:", ""},
    {"203.0.113.9, \"10.0.0.1\"", ""},
    {"[2001:db8::1", ""},
    {"[2001:db8::1]x", ""},
    {"1.2.3.4.5", ""},
    {"", ""},
    {",", ""},
};

static const struct {
    const char *list, *client, *host;
    enum scheme scheme;
} rfc[] = {
    {"for=203.0.113.9", "203.0.113.9", "", SCHEME_UNKNOWN},
    {"for=203.0.113.9;proto=https;host=quay.example", "203.0.113.9", "quay.example", SCHEME_HTTPS},
    {"For=\"[2001:db8::1]:4711\" ; Proto=HTTP", "2001:db8::1", "", SCHEME_HTTP},
    {"for=1.1.1.1;host=evil.example, for=203.0.113.9;host=\"quay.example:8443\"", "203.0.113.9",
     "quay.example:8443", SCHEME_UNKNOWN},
    {"for=203.0.113.9, for=10.0.0.1;proto=https", "203.0.113.9", "", SCHEME_HTTPS},
    {"for=_hidden", "", "", SCHEME_UNKNOWN},
    {"by=10.0.0.1", "", "", SCHEME_UNKNOWN},
    /* An open quote would swallow what the proxy has added. */
    {"for=\"x, for=203.0.113.9", "", "", SCHEME_UNKNOWN},
    {"for=10.1.1.1;x=\", for=203.0.113.9;proto=https;host=a.example", "", "", SCHEME_UNKNOWN},
    {"for=1.2.3.4;x=\"\\, for=203.0.113.9", "", "", SCHEME_UNKNOWN},
    {"for=1.2.3.4;x=\", for=\"[2001:db8::9]\"", "", "", SCHEME_UNKNOWN},
    {"for=1.2.3.4;x=\"a, b\", for=203.0.113.9", "203.0.113.9", "", SCHEME_UNKNOWN},
    {"for", "", "", SCHEME_UNKNOWN},
    {"=;=;;", "", "", SCHEME_UNKNOWN},
    {"proto=gopher;for=203.0.113.9", "203.0.113.9", "", SCHEME_UNKNOWN},
};

static void test_clients(void **state)
{
    (void)state;
    struct cidr_list *trusted = NULL;
    struct sockaddr_storage found;
    char text[INET6_ADDRSTRLEN], host[32];
    assert_int_equal(cidr_list_parse("10.0.0.0/8", &trusted, NULL), 0);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        forwarded_client(plain[i].list, trusted, &found);
        if (strcmp(text_of(&found, text), plain[i].client) != 0)
            fail_msg("%s: %s", plain[i].list, text_of(&found, text));
    }
    for (size_t i = 0; i < sizeof rfc / sizeof *rfc; i++) {
        forwarded_client_rfc(rfc[i].list, trusted, &found);
        forwarded_host_rfc(rfc[i].list, host, sizeof host);
        if (strcmp(text_of(&found, text), rfc[i].client) != 0 || strcmp(host, rfc[i].host) != 0 ||
            forwarded_scheme_rfc(rfc[i].list) != rfc[i].scheme)
            fail_msg("%s: %s, %s", rfc[i].list, text_of(&found, text), host);
    }
    cidr_list_free(trusted);
}

static void test_words(void **state)
{
    (void)state;
    char host[12];
    assert_int_equal(forwarded_scheme("https"), SCHEME_HTTPS);
    assert_int_equal(forwarded_scheme("https, http"), SCHEME_HTTP);
    assert_int_equal(forwarded_scheme("HTTPS "), SCHEME_HTTPS);
    assert_int_equal(forwarded_scheme("wss"), SCHEME_UNKNOWN);
    assert_int_equal(forwarded_scheme(""), SCHEME_UNKNOWN);
    forwarded_host("evil.example, quay.test", host, sizeof host);
    assert_string_equal(host, "quay.test");
    forwarded_host("much.too.long.a.name", host, sizeof host);
    assert_string_equal(host, "");
}

static void test_hosts(void **state)
{
    (void)state;
    static const char list[] = "quay.example, *.lan ,quaywatch";
    static const struct {
        const char *host;
        bool allowed;
    } cases[] = {
        {"quay.example", true},
        {"QUAY.example:8080", true},
        {"quay.example.", true},
        {"quaywatch:8080", true},
        {"a.b.lan", true},
        {"lan", false},
        {".lan", false},
        {"xlan", false},
        {"evil.example", false},
        {"quay.example.evil", false},
        {"", false},
        {NULL, false},
        {"127.0.0.1:8080", true},
        {"[::1]:8080", true},
        {"192.168.1.5", true},
        {"localhost", true},
        {"localhost.evil", false},
        {"127.0.0.1.evil", false},
        {"[evil]", false},
        {"[::1", false},
        {":8080", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (authority_allowed(list, cases[i].host) != cases[i].allowed)
            fail_msg("%s", cases[i].host);
    assert_false(authority_allowed("", "quay.example"));
}

static void test_origins(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        enum scheme scheme;
        const char *origin;
        bool same;
    } cases[] = {
        {"quay.example", SCHEME_UNKNOWN, "https://quay.example", true},
        {"quay.example", SCHEME_HTTP, "https://quay.example", false},
        {"quay.example", SCHEME_HTTPS, "https://quay.example", true},
        {"quay.example:443", SCHEME_HTTPS, "https://quay.example", true},
        {"quay.example:80", SCHEME_HTTP, "http://quay.example", true},
        {"quay.example:443", SCHEME_HTTP, "http://quay.example", false},
        {"Quay.Example:8080", SCHEME_HTTP, "http://quay.example:8080", true},
        {"quay.example:8080", SCHEME_HTTP, "http://quay.example", false},
        {"quay.example", SCHEME_UNKNOWN, "http://quay.example.evil", false},
        {"quay.example", SCHEME_UNKNOWN, "http://evil", false},
        {"quay.example", SCHEME_UNKNOWN, "null", false},
        {"quay.example", SCHEME_UNKNOWN, "", false},
        {"quay.example", SCHEME_UNKNOWN, "ftp://quay.example", false},
        {"[::1]:8080", SCHEME_HTTP, "http://[::1]:8080", true},
        {"[::1]:8080", SCHEME_HTTP, "http://[::2]:8080", false},
        {"", SCHEME_UNKNOWN, "http://", false},
        {NULL, SCHEME_UNKNOWN, "http://quay.example", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (authority_is_origin(cases[i].host, cases[i].scheme, cases[i].origin) != cases[i].same)
            fail_msg("%s and %s", cases[i].host, cases[i].origin);
    assert_true(authority_listed("https://a.example, https://b.example", "https://b.example"));
    assert_false(authority_listed("https://a.example", "https://a.example.evil"));
    assert_false(authority_listed("*", "*"));
    assert_true(authority_any("https://a.example, *"));
    assert_false(authority_any("https://a.example"));
}

static void test_targets(void **state)
{
    (void)state;
    assert_true(admission_target("/services/web?tag=a%20b&x=%C3%A4"));
    assert_false(admission_target("/health%00"));
    assert_false(admission_target("/hea lth"));
    assert_false(admission_target("/hea\rlth"));
    assert_true(admission_arguments("/a?b&c=d&&&"));
    assert_true(
        admission_arguments("/a&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&"));
    assert_false(
        admission_arguments("/?&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clients), cmocka_unit_test(test_words),   cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_origins), cmocka_unit_test(test_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
