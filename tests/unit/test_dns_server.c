/* SPDX-License-Identifier: MIT */
/* dns: its sockets: UDP, and TCP with many questions at once, broken ones, slow readers and those that never
 * ask. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "exporter/dns/dns.h"
#include "tests/support/dns_query.h"
#include "tests/support/sample_registry.h"

enum { IDLE_MS = 400, LONG_MS = 30000, PATIENCE_TURNS = 5000, LENGTH = 2 };

struct server {
    uv_loop_t loop;
    struct registry *registry;
    struct exit exit;
    bool warm;
    uint64_t idle_ms;
    unsigned told;
    int port;
};

static void on_changed(void *user, const struct exit_report *report)
{
    struct server *server = user;
    assert_int_equal(report->state, EXIT_FINE);
    server->told++;
}

static bool is_warm(void *user)
{
    const struct server *server = user;
    return server->warm;
}

static int open_at(struct server *server, const char *listen, struct exit *ret, struct error *err)
{
    const struct dns_options options = {
        .listen = listen, .answers = {.zone = "quay", .ttl_s = 5}, .idle_ms = server->idle_ms};
    const struct exit_surroundings around = {.loop = &server->loop,
                                             .registry = server->registry,
                                             .warm = is_warm,
                                             .changed = on_changed,
                                             .user = server};
    return dns_open(&options, &around, ret, err);
}

static int setup_with(void **state, uint64_t idle_ms)
{
    struct server *server = calloc(1, sizeof *server);
    struct error err = {0};
    uv_loop_init(&server->loop);
    server->registry = sample_registry();
    server->warm = true;
    server->idle_ms = idle_ms;
    if (open_at(server, "127.0.0.1:0", &server->exit, &err) != 0)
        return -1;
    server->port = dns_port(&server->exit, 0);
    *state = server;
    return 0;
}

static int setup(void **state)
{
    return setup_with(state, LONG_MS);
}

static int setup_impatient(void **state)
{
    return setup_with(state, IDLE_MS);
}

static int teardown(void **state)
{
    struct server *server = *state;
    server->exit.kind->close(server->exit.self);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&server->loop), 0);
    registry_free(server->registry);
    free(server);
    return 0;
}

static int connect_to(const struct server *server, int type)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)server->port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* Turns the loop until something can be read: what read gives, 0 at the end of the stream. */
static ssize_t receive(struct server *server, int fd, void *ret, size_t size)
{
    for (int turns = 0; turns < PATIENCE_TURNS; turns++) {
        uv_run(&server->loop, UV_RUN_NOWAIT);
        ssize_t got = read(fd, ret, size);
        if (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
            return got < 0 ? 0 : got;
        poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 1);
    }
    fail_msg("nothing came");
    return 0;
}

/* The next whole answer of a stream; its number of records. */
static unsigned receive_answer(struct server *server, int fd)
{
    uint8_t bytes[LENGTH + 4096];
    size_t have = 0, wanted = LENGTH;
    while (have < wanted) {
        ssize_t got = receive(server, fd, bytes + have, wanted - have);
        assert_true(got > 0);
        have += (size_t)got;
        if (have == LENGTH)
            wanted += (size_t)bytes[0] << 8 | bytes[1];
        assert_true(wanted <= sizeof bytes);
    }
    ldns_pkt *reply = dns_reply(bytes + LENGTH, have - LENGTH);
    unsigned count = ldns_pkt_ancount(reply);
    ldns_pkt_free(reply);
    return count;
}

static size_t framed(const char *name, ldns_rr_type type, uint8_t *ret)
{
    size_t size = dns_query(name, type, 0, ret + LENGTH);
    ret[0] = (uint8_t)(size >> 8);
    ret[1] = (uint8_t)size;
    return LENGTH + size;
}

static void by_udp_several_at_once(void **state)
{
    struct server *server = *state;
    uint8_t query[DNS_QUERY_MOST], reply[1500];
    size_t size = dns_query("web.quay", LDNS_RR_TYPE_A, 0, query);
    int fd = connect_to(server, SOCK_DGRAM);
    for (int i = 0; i < 100; i++) {
        query[1] = (uint8_t)i;
        assert_int_equal(write(fd, query, size), size);
        assert_int_equal(write(fd, "x", 1), 1); /* no message at all, and no answer */
    }
    for (int i = 0; i < 100; i++) {
        ssize_t got = receive(server, fd, reply, sizeof reply);
        assert_int_equal(got, size + 16);
        assert_int_equal(reply[1], i);
    }
    close(fd);
}

static void a_longer_message_than_any_question_is_dropped(void **state)
{
    struct server *server = *state;
    uint8_t query[3000] = {0}, reply[1500];
    int fd = connect_to(server, SOCK_DGRAM);
    dns_query("web.quay", LDNS_RR_TYPE_A, 0, query);
    assert_int_equal(write(fd, query, sizeof query), sizeof query);
    size_t size = dns_query("cache.quay", LDNS_RR_TYPE_AAAA, 0, query);
    assert_int_equal(write(fd, query, size), size);
    assert_int_equal(receive(server, fd, reply, sizeof reply), size + 28);
    close(fd);
}

static void by_tcp_many_on_one_connection(void **state)
{
    struct server *server = *state;
    uint8_t query[LENGTH + DNS_QUERY_MOST], all[20000];
    size_t size = framed("web.quay", LDNS_RR_TYPE_A, query), len = 0;
    for (; len + size < sizeof all; len += size)
        memcpy(all + len, query, size);
    int fd = connect_to(server, SOCK_STREAM);
    assert_int_equal(write(fd, all, len), len);
    for (size_t i = 0; i < len / size; i++)
        assert_int_equal(receive_answer(server, fd), 1);
    /* And byte for byte. */
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(write(fd, query + i, 1), 1);
        uv_run(&server->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(receive_answer(server, fd), 1);
    close(fd);
}

static void whoever_speaks_no_dns_is_not_kept(void **state)
{
    struct server *server = *state;
    uint8_t byte;
    int fd = connect_to(server, SOCK_STREAM);
    assert_int_equal(write(fd, "\0\003abc", 5), 5);
    assert_int_equal(receive(server, fd, &byte, 1), 0);
    close(fd);
}

static void whoever_asks_nothing_is_not_kept(void **state)
{
    struct server *server = *state;
    uint8_t query[LENGTH + DNS_QUERY_MOST], byte;
    size_t size = framed("web.quay", LDNS_RR_TYPE_A, query);
    int idle = connect_to(server, SOCK_STREAM), drip = connect_to(server, SOCK_STREAM);
    uint64_t begun = uv_hrtime();
    assert_int_equal(write(drip, query, size - 1), size - 1);
    uv_run(&server->loop, UV_RUN_NOWAIT);
    assert_int_equal(receive(server, idle, &byte, 1), 0);
    assert_int_equal(receive(server, drip, &byte, 1), 0);
    assert_true(uv_hrtime() - begun >= (uint64_t)(IDLE_MS - 50) * 1000000);
    close(idle);
    close(drip);
}

static void beyond_the_bound_the_idlest_makes_room(void **state)
{
    struct server *server = *state;
    uint8_t query[LENGTH + DNS_QUERY_MOST], byte;
    size_t size = framed("web.quay", LDNS_RR_TYPE_A, query);
    static int fd[LIMIT_DNS_CONNECTIONS + 1];
    for (size_t i = 0; i < LIMIT_DNS_CONNECTIONS; i++) {
        fd[i] = connect_to(server, SOCK_STREAM);
        uv_run(&server->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(write(fd[0], query, size), size);
    assert_int_equal(receive_answer(server, fd[0]), 1);
    fd[LIMIT_DNS_CONNECTIONS] = connect_to(server, SOCK_STREAM);
    assert_int_equal(receive(server, fd[1], &byte, 1), 0);
    for (size_t i = 0; i <= LIMIT_DNS_CONNECTIONS; i += LIMIT_DNS_CONNECTIONS) {
        assert_int_equal(write(fd[i], query, size), size);
        assert_int_equal(receive_answer(server, fd[i]), 1);
    }
    for (size_t i = 0; i <= LIMIT_DNS_CONNECTIONS; i++)
        close(fd[i]);
}

/* Who does not read is not answered without bound; once it reads, it gets all. */
static void a_slow_reader_costs_no_memory(void **state)
{
    struct server *server = *state;
    uint8_t query[LENGTH + DNS_QUERY_MOST];
    size_t size = framed("_http._tcp.web.quay", LDNS_RR_TYPE_SRV, query), sent = 0, answered = 0;
    int fd = connect_to(server, SOCK_STREAM), quiet = 0;
    /* Until neither side takes more. */
    for (size_t at = 0; quiet < 50;) {
        ssize_t got = write(fd, query + at, size - at);
        quiet = got > 0 ? 0 : quiet + 1;
        at += got > 0 ? (size_t)got : 0;
        if (at == size) {
            at = 0;
            sent++;
        }
        uv_run(&server->loop, UV_RUN_NOWAIT);
        assert_true(sent < 1000000);
    }
    assert_true(sent > 1000);
    for (; answered < sent; answered++)
        assert_int_equal(receive_answer(server, fd), 1);
    close(fd);
}

static void it_follows_the_registry_and_is_told_of(void **state)
{
    struct server *server = *state;
    const struct moment now = {.mono_ms = 1, .wall_ms = 2};
    uint8_t query[DNS_QUERY_MOST], reply[1500];
    size_t size = dns_query("late.quay", LDNS_RR_TYPE_A, 0, query);
    int fd = connect_to(server, SOCK_DGRAM);
    server->warm = false;
    server->exit.kind->settle(server->exit.self, now);
    assert_int_equal(server->told, 0);
    assert_int_equal(write(fd, query, size), size);
    receive(server, fd, reply, sizeof reply);
    assert_int_equal(reply[3] & 15, LDNS_RCODE_SERVFAIL);
    server->warm = true;
    server->exit.kind->settle(server->exit.self, now);
    server->exit.kind->settle(server->exit.self, now);
    assert_int_equal(server->told, 1);
    assert_int_equal(write(fd, query, size), size);
    receive(server, fd, reply, sizeof reply);
    assert_int_equal(reply[3] & 15, LDNS_RCODE_NXDOMAIN);
    sample_add(server->registry, sample_spec("name:x:late", "late", 80),
               sample_observed("abcdefabcdef", "late", "10.0.0.9", NULL), STATUS_HEALTHY);
    sample_settle(server->registry);
    server->exit.kind->settle(server->exit.self, now);
    assert_int_equal(write(fd, query, size), size);
    assert_int_equal(receive(server, fd, reply, sizeof reply), size + 16);
    assert_int_equal(server->exit.kind->due(server->exit.self), 0);
    close(fd);
}

static void what_cannot_be_opened_is_said(void **state)
{
    struct server *server = *state;
    struct exit other = {0};
    struct error err = {0};
    char listen[64];
    snprintf(listen, sizeof listen, "127.0.0.1:0, 127.0.0.1:%d", server->port);
    assert_int_equal(open_at(server, listen, &other, &err), -EADDRINUSE);
    assert_non_null(strstr(err.text, "another program uses this port"));
    assert_null(other.self);
    assert_int_equal(dns_may_open(listen, &err), 0); /* it is ours */
    assert_int_equal(open_at(server, "192.0.2.1:53", &other, &err), -EADDRNOTAVAIL);
    assert_non_null(strstr(err.text, "does not have that address"));
    assert_int_equal(dns_may_open("192.0.2.1:53", &err), -EADDRNOTAVAIL);
    assert_int_equal(dns_may_open("somewhere", &err), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(by_udp_several_at_once),
        TEST(a_longer_message_than_any_question_is_dropped),
        TEST(by_tcp_many_on_one_connection),
        TEST(whoever_speaks_no_dns_is_not_kept),
        cmocka_unit_test_setup_teardown(whoever_asks_nothing_is_not_kept, setup_impatient, teardown),
        TEST(beyond_the_bound_the_idlest_makes_room),
        TEST(a_slow_reader_costs_no_memory),
        TEST(it_follows_the_registry_and_is_told_of),
        TEST(what_cannot_be_opened_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
