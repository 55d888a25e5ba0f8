/* SPDX-License-Identifier: MIT */
/* dns: foreign text as names, addresses as labels, messages in a stream. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "controller/core/error.h"
#include "exporter/dns/dns_address.h"
#include "exporter/dns/framing.h"
#include "exporter/dns/label.h"

static void names_as_they_are_written(void **state)
{
    (void)state;
    char name[NAME_TEXT];
    bool folded;
    assert_true(name_as_written("Web_App.Bot", name, &folded));
    assert_string_equal(name, "web_app.bot");
    assert_true(folded);
    assert_true(name_as_written("web-1", name, &folded));
    assert_false(folded);
    static const char *const none[] = {"", ".", "a..b", ".a", "a.", "_a", "a._b", "a b", "\xc3\xbc", "a\nb"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(name_as_written(none[i], name, &folded));
}

static void names_as_hosts(void **state)
{
    (void)state;
    char name[NAME_TEXT];
    static const struct {
        const char *text, *name;
    } cases[] = {{"Web_App.Bot", "web-app.bot"},
                 {"_x_", "x"},
                 {"a b!c", "a-b-c"},
                 {"--a--b--", "a-b"},
                 {"B\xc3\xbc"
                  "cher",
                  "b-cher"},
                 {"a\n\x01.b", "a.b"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(name_as_host(cases[i].text, name));
        assert_string_equal(name, cases[i].name);
    }
    assert_false(name_as_host("", name));
    assert_false(name_as_host("a..b", name));
    assert_false(name_as_host("!!!", name));
    char label[LABEL_TEXT];
    assert_true(label_as_host("v1.2", label));
    assert_string_equal(label, "v1-2");
}

static void what_is_too_long_is_no_name(void **state)
{
    (void)state;
    char text[400], name[NAME_TEXT], label[LABEL_TEXT];
    bool folded;
    memset(text, 'a', 63);
    text[63] = '\0';
    assert_true(name_as_written(text, name, &folded) && name_as_host(text, name));
    assert_true(label_as_host(text, label));
    text[63] = 'a';
    text[64] = '\0';
    assert_false(name_as_written(text, name, &folded) || name_as_host(text, name));
    assert_false(label_as_host(text, label));
    for (size_t i = 0; i < 253; i++)
        text[i] = i % 50 == 49 ? '.' : 'a';
    text[253] = '\0';
    assert_true(name_as_written(text, name, &folded));
    assert_int_equal(strlen(name), 253);
    assert_true(name_as_host(text, name));
    assert_false(name_join("a", text, name));
    text[253] = 'a';
    text[254] = '\0';
    assert_false(name_as_written(text, name, &folded) || name_as_host(text, name));
}

static void addresses_as_labels(void **state)
{
    (void)state;
    const uint8_t v4[16] = {172, 20, 0, 2}, v6[16] = {0xfd, [15] = 0x1f};
    uint8_t bytes[16] = {0};
    char label[LABEL_ADDRESS];
    bool ipv6;
    label_of_address(v4, false, label);
    assert_string_equal(label, "172-20-0-2");
    assert_true(label_to_address(label, strlen(label), bytes, &ipv6));
    assert_false(ipv6);
    assert_memory_equal(bytes, v4, 4);
    label_of_address(v6, true, label);
    assert_string_equal(label, "fd00000000000000000000000000001f");
    assert_true(label_to_address(label, strlen(label), bytes, &ipv6));
    assert_true(ipv6);
    assert_memory_equal(bytes, v6, 16);
    static const char *const none[] = {"",       "1-2-3",  "1-2-3-4-5", "1-2-3-256",
                                       "1-2-3-", "1--2-3", "a-b-c-d",   "fd0000000000000000000000000000g0"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(label_to_address(none[i], strlen(none[i]), bytes, &ipv6));
}

static void places_to_listen_at(void **state)
{
    (void)state;
    struct error err = {0};
    struct sockaddr_storage address;
    char text[DNS_ADDRESS_TEXT];
    static const struct {
        const char *text, *same;
    } cases[] = {{"127.0.0.1:53", "127.0.0.1:53"},
                 {"[::1]:5353", "[::1]:5353"},
                 {"localhost:1", "127.0.0.1:1"},
                 {":53", "[::]:53"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(dns_address_parse(cases[i].text, &address, &err), 0);
        dns_address_text(&address, text);
        assert_string_equal(text, cases[i].same);
    }
    static const char *const none[] = {"",     "127.0.0.1",      "::1:53", "[127.0.0.1]:53",
                                       "a:53", "127.0.0.1:70000"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_true(dns_address_parse(none[i], &address, &err) < 0);
        assert_non_null(strstr(err.text, "an address and a port"));
    }
    struct sockaddr_in6 mapped = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
    mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xff;
    mapped.sin6_addr.s6_addr[12] = 10;
    memcpy(&address, &mapped, sizeof mapped);
    dns_address_unmap(&address);
    dns_address_text(&address, text);
    assert_string_equal(text, "10.0.0.0:9");
}

static void messages_in_a_stream(void **state)
{
    (void)state;
    uint8_t stream[9000];
    const size_t sizes[] = {1, 0, 5000, 12, 3000};
    size_t all = 0, taken = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        framing_length(sizes[i], stream + all);
        memset(stream + all + FRAMING_LENGTH, (int)('a' + i), sizes[i]);
        all += FRAMING_LENGTH + sizes[i];
    }
    /* However it is cut, the same messages come out. */
    for (size_t step = 1; step < all; step = step * 2 + 1) {
        struct framing framing = {0};
        taken = 0;
        for (size_t at = 0; at < all;) {
            size_t room, len;
            const uint8_t *message;
            uint8_t *into = framing_room(&framing, &room);
            size_t piece = step < all - at ? step : all - at;
            piece = piece < room ? piece : room;
            memcpy(into, stream + at, piece);
            framing_came(&framing, piece);
            at += piece;
            while (framing_next(&framing, &message, &len)) {
                assert_int_equal(len, sizes[taken]);
                for (size_t i = 0; i < len; i++)
                    assert_int_equal(message[i], 'a' + taken);
                taken++;
            }
        }
        assert_int_equal(taken, sizeof sizes / sizeof *sizes);
        framing_free(&framing);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_as_they_are_written),   cmocka_unit_test(names_as_hosts),
        cmocka_unit_test(what_is_too_long_is_no_name), cmocka_unit_test(addresses_as_labels),
        cmocka_unit_test(places_to_listen_at),         cmocka_unit_test(messages_in_a_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
