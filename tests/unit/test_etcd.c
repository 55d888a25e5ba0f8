/* SPDX-License-Identifier: MIT */
/* etcd: keys and values, answers, and what the exit does when a gateway behaves in ways that a real one is
 * hard to bring to. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/base64.h"
#include "controller/core/buf.h"
#include "controller/core/endpoint.h"
#include "controller/core/url.h"
#include "exporter/etcd/answer.h"
#include "exporter/etcd/ask.h"
#include "exporter/etcd/entry.h"
#include "exporter/etcd/etcd.h"
#include "tests/support/exit_bench.h"
#include "tests/support/fake_http.h"
#include "tests/support/sample_registry.h"

/* ---- texts ---- */

static const char *part(const char *text)
{
    static struct buf out = {.max = 4096};
    buf_clear(&out);
    url_put_part(text, &out);
    return buf_string(&out);
}

static void no_name_leads_out_of_its_place(void **state)
{
    (void)state;
    assert_string_equal(part("web-1.b_c~d"), "web-1.b_c~d");
    assert_string_equal(part("../x"), "..%2Fx");
    assert_string_equal(part(".."), "%2E%2E");
    assert_string_equal(part("."), "%2E");
    assert_string_equal(part(""), "-");
    assert_string_equal(part("a b\n\"%\xc3\xa9"), "a%20b%0A%22%25%C3%A9");
}

static void values_hold_no_secrets(void **state)
{
    (void)state;
    struct registry *registry = sample_registry();
    struct endpoint endpoint;
    struct buf out;
    buf_init(&out, 65536);
    assert_true(endpoint_of(registry_service(registry, "web")->first, &endpoint));
    etcd_entry_value("node-1", &endpoint, &out);
    assert_null(strstr(buf_string(&out), "secret"));
    assert_non_null(strstr(buf_string(&out), "\"controller\":\"node-1\",\"service\":\"web\""));
    assert_non_null(strstr(buf_string(&out), "\"tags\":[\"b<i>\""));
    assert_true(etcd_entry_is_of(out.data, out.len, "node-1"));
    assert_false(etcd_entry_is_of(out.data, out.len, "node-2"));
    assert_false(etcd_entry_is_of("{\"controller\":7}", 16, "7"));
    assert_false(etcd_entry_is_of("node-1", 6, "node-1"));
    assert_false(etcd_entry_is_of("", 0, "node-1"));
    buf_free(&out);
    registry_free(registry);
}

static void base64_there_and_back(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
                                           {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xff\xfe\xfd", "//79"}};
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct buf out;
        size_t len;
        buf_init(&out, 64);
        base64_put(&out, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(buf_string(&out), pairs[i][1]);
        assert_string_equal(base64_read(&arena, pairs[i][1], &len), pairs[i][0]);
        assert_int_equal(len, strlen(pairs[i][0]));
        buf_free(&out);
    }
    size_t len;
    static const char *const broken[] = {"Z", "Zg=", "Z===", "Zm9v!!!!", "=", "Zg==Zg=="};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_null(base64_read(&arena, broken[i], &len));
    arena_free(&arena);
}

static void answers(void **state)
{
    (void)state;
    struct etcd_answer answer;
#define READ(text) etcd_answer_read(text, strlen(text), &answer)
    assert_int_equal(READ("{\"header\":{\"revision\":\"7\"},\"kvs\":[{\"key\":\"L2E=\",\"value\":\"eA==\","
                          "\"mod_revision\":\"5\",\"lease\":\"9041998779287366152\"},{\"key\":\"!!\"},{}],"
                          "\"more\":true}"),
                     0);
    assert_int_equal(answer.revision, 7);
    assert_int_equal(answer.count, 1);
    assert_string_equal(answer.pair[0].key, "/a");
    assert_string_equal(answer.pair[0].value, "x");
    assert_int_equal(answer.pair[0].lease, INT64_C(9041998779287366152));
    assert_true(answer.more);
    etcd_answer_free(&answer);
    assert_int_equal(READ("{\"result\":{\"events\":[{\"type\":\"DELETE\",\"kv\":{\"key\":\"L2E=\","
                          "\"mod_revision\":\"9\"}},{\"kv\":{\"key\":\"L2I=\"}}]}}"),
                     0);
    assert_int_equal(answer.count, 2);
    assert_true(answer.pair[0].removed);
    assert_false(answer.pair[1].removed);
    etcd_answer_free(&answer);
    assert_int_equal(READ("{\"error\":\"etcdserver: requested lease not\\nfound\",\"code\":5}"), 0);
    assert_int_equal(answer.code, GRPC_NOT_FOUND);
    assert_string_equal(answer.error, "etcdserver: requested lease not found");
    etcd_answer_free(&answer);
    assert_int_equal(READ("{\"error\":{\"grpc_code\":16,\"message\":\"no\"}}"), 0);
    assert_int_equal(answer.code, GRPC_UNAUTHENTICATED);
    etcd_answer_free(&answer);
    static const char *const broken[] = {"", "[]", "7", "{\"a\"", "<html>"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        assert_int_equal(READ(broken[i]), -EBADMSG);
        etcd_answer_free(&answer);
    }
}

static void transactions_keep_to_etcds_limits(void **state)
{
    (void)state;
    struct ask_txn txn;
    struct buf out;
    static char large[300000];
    buf_init(&out, 1 << 24);
    etcd_ask_txn_begin(&txn);
    memset(large, 'x', sizeof large - 1);
    while (etcd_ask_txn_has_room(&txn, 10))
        etcd_ask_txn_add(&txn, "/k", "0123456789", 7, 0);
    assert_int_equal(txn.count, 128);
    etcd_ask_txn_end(&txn, &out);
    assert_non_null(
        strstr(buf_string(&out), "{\"target\":\"CREATE\",\"key\":\"L2s=\",\"create_revision\":\"0\"}"));
    buf_clear(&out);
    etcd_ask_txn_begin(&txn);
    while (etcd_ask_txn_has_room(&txn, sizeof large))
        etcd_ask_txn_add(&txn, "/k", large, 7, 3);
    assert_int_equal(txn.count, 2);
    etcd_ask_txn_end(&txn, &out);
    assert_true(out.len < 1024 * 1024);
    buf_free(&out);
}

/* ---- a gateway of our own: one table of keys, and faults on demand ---- */

enum fault { FAULT_NONE, FAULT_DROP_AFTER_TXN, FAULT_HTML, FAULT_EMPTY, FAULT_REFUSE_TXN, FAULT_SILENT };

struct gateway {
    struct exit_bench bench;
    struct fake fake;
    struct registry *registry;
    struct ref web;
    char url[128], password[16];
    enum fault fault;
    uint64_t revision, key_revision; /* of the one key; 0: it is not there */
    char *value;                     /* base64, as it came */
    bool foreign;                    /* it is somebody else's */
    bool stray;                      /* a list tells of a key outside what was asked for, too */
    int64_t lease, leases;           /* the one that lives; how many there were */
    int tokens, lists, txns, removals, watches, requests;
    struct fake_conn *watcher;
};

#define KEY_BASE64                                                                                           \
    "L3F1YXl3YXRjaC9zZXJ2aWNlcy93ZWIvbm9kZS0xOndlYi0x" /* /quaywatch/services/web/node-1:web-1 */

static const char *text_in(const char *request, const char *key, char *ret, size_t size)
{
    const char *at = strstr(request, key);
    assert_non_null(at);
    at += strlen(key);
    size_t len = strcspn(at, "\"");
    assert_true(len < size);
    memcpy(ret, at, len);
    ret[len] = '\0';
    return ret;
}

/* One txn of one key: its condition is honoured. */
static void on_txn(struct gateway *gateway, struct fake_conn *conn, const char *request)
{
    char answer[200], text[4096];
    gateway->txns++;
    gateway->removals += strstr(request, "request_delete_range") != NULL;
    if (gateway->fault == FAULT_REFUSE_TXN) {
        fake_answer(conn, "403 Forbidden", "{\"error\":\"etcdserver: permission denied\",\"code\":7}");
        return;
    }
    bool creates = strstr(request, "create_revision") != NULL;
    if (!creates)
        text_in(request, "\"mod_revision\":\"", text, sizeof text);
    bool holds = creates ? !gateway->key_revision : strtoull(text, NULL, 10) == gateway->key_revision;
    if (holds) {
        bool puts = strstr(request, "request_put") != NULL;
        gateway->key_revision = ++gateway->revision;
        free(gateway->value);
        gateway->value = NULL;
        if (puts)
            gateway->value = mem_copy(text_in(request, "\"value\":\"", text, sizeof text));
        else
            gateway->key_revision = 0;
    }
    if (gateway->fault == FAULT_DROP_AFTER_TXN) {
        gateway->fault = FAULT_NONE;
        fake_send(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
        fake_end(conn);
        return;
    }
    snprintf(answer, sizeof answer, "{\"header\":{\"revision\":\"%llu\"}%s}",
             (unsigned long long)gateway->revision, holds ? ",\"succeeded\":true" : "");
    fake_answer(conn, "200 OK", answer);
}

static void on_range(struct gateway *gateway, struct fake_conn *conn)
{
    char answer[8192];
    int len = snprintf(answer, sizeof answer, "{\"header\":{\"revision\":\"%llu\"}",
                       (unsigned long long)gateway->revision);
    gateway->lists++;
    if (gateway->stray) /* /x → {"controller":"node-1"} */
        len += snprintf(answer + len, sizeof answer - (size_t)len,
                        ",\"kvs\":[{\"key\":\"L3g=\",\"mod_revision\":\"2\",\"value\":"
                        "\"eyJjb250cm9sbGVyIjoibm9kZS0xIn0=\"}]");
    if (gateway->key_revision && !gateway->stray)
        len += snprintf(answer + len, sizeof answer - (size_t)len,
                        ",\"kvs\":[{\"key\":\"" KEY_BASE64 "\",\"mod_revision\":\"%llu\",\"value\":\"%s\","
                        "\"lease\":\"%lld\"}]",
                        (unsigned long long)gateway->key_revision, gateway->foreign ? "eA==" : gateway->value,
                        gateway->foreign ? 0 : (long long)gateway->lease);
    snprintf(answer + len, sizeof answer - (size_t)len, "}");
    fake_answer(conn, "200 OK", answer);
}

static void on_lease(struct gateway *gateway, struct fake_conn *conn, const char *request)
{
    char answer[200];
    if (strstr(request, "/lease/grant")) {
        gateway->lease = ++gateway->leases;
        snprintf(answer, sizeof answer, "{\"ID\":\"%lld\",\"TTL\":\"30\"}", (long long)gateway->lease);
    } else {
        snprintf(answer, sizeof answer, "{\"result\":{\"ID\":\"%lld\"%s}}", (long long)gateway->lease,
                 gateway->lease ? ",\"TTL\":\"30\"" : "");
    }
    fake_answer(conn, "200 OK", answer);
}

static void tell_watcher(struct gateway *gateway, const char *line)
{
    char text[1024];
    assert_non_null(gateway->watcher);
    snprintf(text, sizeof text, "%zx\r\n%s\n\r\n", strlen(line) + 1, line);
    fake_send(gateway->watcher, text);
}

static void on_request(struct fake_conn *conn, const char *request, void *user)
{
    struct gateway *gateway = user;
    gateway->requests++;
    if (gateway->fault == FAULT_SILENT)
        return;
    if (gateway->fault == FAULT_HTML || gateway->fault == FAULT_EMPTY) {
        fake_answer(conn, "200 OK", gateway->fault == FAULT_HTML ? "<html>hello</html>" : "{}");
        return;
    }
    if (strstr(request, "/v3/auth/authenticate")) {
        char token[64];
        snprintf(token, sizeof token, "{\"token\":\"t%d\"}", ++gateway->tokens);
        fake_answer(conn, "200 OK", token);
        return;
    }
    char wanted[64];
    snprintf(wanted, sizeof wanted, "Authorization: t%d\r\n", gateway->tokens);
    if (gateway->password[0] && !strstr(request, wanted)) {
        fake_answer(conn, "401 Unauthorized", "{\"error\":\"etcdserver: invalid auth token\",\"code\":16}");
        return;
    }
    if (strstr(request, "/v3/kv/txn"))
        on_txn(gateway, conn, request);
    else if (strstr(request, "/v3/kv/range"))
        on_range(gateway, conn);
    else if (strstr(request, "/v3/lease/"))
        on_lease(gateway, conn, request);
    else if (strstr(request, "/v3/watch")) {
        gateway->watches++;
        gateway->watcher = conn;
        fake_send(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        tell_watcher(gateway, "{\"result\":{\"created\":true}}");
    }
}

static int setup(void **state)
{
    struct gateway *gateway = mem_new(sizeof *gateway);
    gateway->registry = sample_many(0);
    gateway->revision = 3;
    gateway->web = sample_add(gateway->registry, sample_spec("name:-:web", "web", 80),
                              sample_observed("aaaaaaaaaaaa", "web-1", "10.0.0.1", NULL), STATUS_HEALTHY);
    sample_settle(gateway->registry);
    exit_bench_open(&gateway->bench, gateway->registry);
    int port = fake_listen_tcp(&gateway->fake, &gateway->bench.loop, on_request, gateway);
    snprintf(gateway->url, sizeof gateway->url, "http://127.0.0.1:%d", port);
    *state = gateway;
    return 0;
}

static int teardown(void **state)
{
    struct gateway *gateway = *state;
    fake_close(&gateway->fake);
    exit_bench_close(&gateway->bench);
    registry_free(gateway->registry);
    free(gateway->value);
    free(gateway);
    return 0;
}

static void open_exit(struct gateway *gateway)
{
    const struct etcd_settings settings = {.endpoints = gateway->url,
                                           .prefix = "/quaywatch",
                                           .node = "node-1",
                                           .user = gateway->password[0] ? "user" : "",
                                           .password = gateway->password,
                                           .ca_file = "",
                                           .cert_file = "",
                                           .key_file = "",
                                           .ttl_ms = 30000,
                                           .retry_base_ms = 20,
                                           .retry_max_ms = 100};
    etcd_open(&settings, &gateway->bench.around, &gateway->bench.exit);
}

static bool is_in_step(void *user)
{
    const struct gateway *gateway = user;
    return gateway->bench.state == EXIT_FINE && gateway->key_revision && gateway->watches;
}
static bool is_gone(void *user)
{
    return !((const struct gateway *)user)->key_revision;
}
static bool is_failing(void *user)
{
    return ((const struct gateway *)user)->bench.state == EXIT_FAILING;
}
static bool has_two_watches(void *user)
{
    const struct gateway *gateway = user;
    return gateway->watches == 2 && gateway->bench.state == EXIT_FINE;
}
static bool never(void *user)
{
    (void)user;
    return false;
}

#define UNTIL(condition) assert_true(exit_bench_until(&gateway->bench, condition, gateway, 5000))

static void web_becomes(struct gateway *gateway, enum status status)
{
    sample_status(gateway->registry, gateway->web, status);
    sample_settle(gateway->registry);
}

static void idle_costs_nothing(void **state)
{
    struct gateway *gateway = *state;
    open_exit(gateway);
    UNTIL(is_in_step);
    int requests = gateway->requests;
    assert_int_equal(gateway->txns, 1);
    assert_int_equal(gateway->lists, 1);
    web_becomes(gateway, STATUS_HEALTHY);
    exit_bench_until(&gateway->bench, never, NULL, 100);
    assert_int_equal(gateway->requests, requests);
    assert_int_equal(gateway->bench.told, 1);
}

static void a_lost_answer_is_looked_up(void **state)
{
    struct gateway *gateway = *state;
    gateway->fault = FAULT_DROP_AFTER_TXN;
    open_exit(gateway);
    UNTIL(is_in_step);
    assert_int_equal(gateway->txns, 1); /* it had happened */
    assert_int_equal(gateway->lists, 2);
    gateway->fault = FAULT_DROP_AFTER_TXN;
    web_becomes(gateway, STATUS_FAILED);
    UNTIL(is_gone);
    exit_bench_until(&gateway->bench, never, NULL, 100);
    assert_true(is_gone(gateway));
    assert_int_equal(gateway->txns, 2);
}

static void compaction_lists_anew(void **state)
{
    struct gateway *gateway = *state;
    open_exit(gateway);
    UNTIL(is_in_step);
    tell_watcher(gateway, "{\"result\":{\"canceled\":true,\"compact_revision\":\"8\"}}");
    UNTIL(has_two_watches);
    assert_int_equal(gateway->lists, 2);
    assert_int_equal(gateway->txns, 1);
    /* A stream that ends, or makes no sense, is the same. */
    gateway->watches = 1;
    tell_watcher(gateway, "nonsense");
    UNTIL(has_two_watches);
    gateway->watches = 1;
    fake_drop(gateway->watcher);
    UNTIL(has_two_watches);
    assert_int_equal(gateway->txns, 1);
}

static void somebody_elses_key_is_left_alone(void **state)
{
    struct gateway *gateway = *state;
    gateway->foreign = true;
    gateway->key_revision = 2;
    open_exit(gateway);
    UNTIL(is_failing);
    assert_non_null(strstr(gateway->bench.sentence,
                           "/quaywatch/services/web/node-1:web-1 is somebody else's and is left alone"));
    assert_int_equal(gateway->txns, 0);
}

static bool watches_once(void *user)
{
    return ((const struct gateway *)user)->watches == 1;
}

static void what_somebody_takes_meanwhile_is_seen(void **state)
{
    struct gateway *gateway = *state;
    open_exit(gateway);
    UNTIL(is_in_step);
    web_becomes(gateway, STATUS_FAILED);
    UNTIL(is_gone);
    gateway->key_revision = ++gateway->revision; /* and no news of it arrives */
    gateway->foreign = true;
    web_becomes(gateway, STATUS_HEALTHY);
    UNTIL(is_failing);
    assert_int_equal(gateway->key_revision, gateway->revision);
    assert_non_null(strstr(gateway->bench.sentence, "is left alone"));
}

static void an_old_token_is_replaced(void **state)
{
    struct gateway *gateway = *state;
    snprintf(gateway->password, sizeof gateway->password, "pw");
    open_exit(gateway);
    UNTIL(is_in_step);
    assert_int_equal(gateway->tokens, 1);
    gateway->tokens = 7; /* only the newest is taken */
    web_becomes(gateway, STATUS_FAILED);
    UNTIL(is_gone);
    assert_int_equal(gateway->tokens, 8);
    assert_int_equal(gateway->bench.state, EXIT_FINE);
}

static void a_lease_that_is_gone_is_replaced(void **state)
{
    struct gateway *gateway = *state;
    gateway->key_revision = 2; /* of an earlier life, on a lease that has just ended */
    gateway->value = mem_copy("eyJjb250cm9sbGVyIjoibm9kZS0xIn0="); /* {"controller":"node-1"} */
    open_exit(gateway);
    UNTIL(is_in_step);
    assert_int_equal(gateway->leases, 1);
    assert_int_equal(gateway->txns, 1);
    assert_true(strlen(gateway->value) > 100);
}

/* Its revisions begin again at an earlier number. */
static void restore_a_backup(struct gateway *gateway)
{
    gateway->revision = 5;
    gateway->key_revision = 0;
    free(gateway->value);
    gateway->value = NULL;
}

static void an_etcd_restored_from_a_backup_is_filled_again(void **state)
{
    struct gateway *gateway = *state;
    gateway->revision = 100;
    open_exit(gateway);
    UNTIL(is_in_step);
    restore_a_backup(gateway);
    fake_drop(gateway->watcher);
    UNTIL(has_two_watches);
    exit_bench_until(&gateway->bench, never, NULL, 200);
    assert_int_equal(gateway->key_revision, 6);
    assert_int_equal(gateway->txns, 2);
    assert_int_equal(gateway->lists, 2);
    assert_int_equal(gateway->bench.told, 1);
}

static void a_restore_behind_our_back_is_seen_by_the_next_write(void **state)
{
    struct gateway *gateway = *state;
    gateway->revision = 100;
    open_exit(gateway);
    UNTIL(is_in_step);
    web_becomes(gateway, STATUS_FAILED);
    UNTIL(is_gone);
    exit_bench_until(&gateway->bench, never, NULL, 50); /* the answer is taken */
    restore_a_backup(gateway); /* and the watch goes on, from a revision that is to come */
    web_becomes(gateway, STATUS_HEALTHY);
    UNTIL(has_two_watches);
    assert_int_equal(gateway->key_revision, 6);
    assert_int_equal(gateway->lists, 2);
}

static void keys_that_nobody_asked_for_are_left_alone(void **state)
{
    struct gateway *gateway = *state;
    gateway->stray = true;
    open_exit(gateway);
    UNTIL(is_in_step);
    exit_bench_until(&gateway->bench, never, NULL, 100);
    assert_int_equal(gateway->removals, 0); /* though it says that it is ours */
}

static void what_is_no_etcd_is_asked_seldom(void **state)
{
    struct gateway *gateway = *state;
    static const struct {
        enum fault fault;
        const char *words;
    } faults[] = {{FAULT_HTML, "its answer is not etcd's"}, {FAULT_EMPTY, "is it an etcd?"}};
    for (size_t i = 0; i < 2; i++) {
        gateway->fault = faults[i].fault;
        gateway->requests = 0;
        gateway->bench.state = EXIT_WAITING;
        open_exit(gateway);
        UNTIL(is_failing);
        exit_bench_until(&gateway->bench, never, NULL, 400);
        assert_non_null(strstr(gateway->bench.sentence, faults[i].words));
        assert_in_range(gateway->requests, 3, 10);
        gateway->bench.exit.kind->close(gateway->bench.exit.self);
    }
    gateway->bench.exit.self = NULL;
}

static void a_refusal_stays_until_it_is_taken_back(void **state)
{
    struct gateway *gateway = *state;
    gateway->fault = FAULT_REFUSE_TXN;
    open_exit(gateway);
    UNTIL(is_failing);
    exit_bench_until(&gateway->bench, never, NULL, 400);
    assert_true(is_failing(gateway));
    assert_int_equal(gateway->bench.told, 1); /* said once */
    assert_int_equal(gateway->lists, 1);
    assert_in_range(gateway->txns, 3, 10);
    gateway->fault = FAULT_NONE;
    UNTIL(is_in_step);
}

static void the_next_endpoint_is_tried(void **state)
{
    struct gateway *gateway = *state;
    char url[sizeof gateway->url - 32];
    assert_true(strlen(gateway->url) < sizeof url);
    memcpy(url, gateway->url, strlen(gateway->url) + 1);
    snprintf(gateway->url, sizeof gateway->url, "http://127.0.0.1:1, %s/", url);
    open_exit(gateway);
    UNTIL(is_in_step);
    assert_int_equal(gateway->bench.told, 1); /* no trouble was told */
}

static void before_it_is_warm_nothing_is_emptied(void **state)
{
    struct gateway *gateway = *state;
    gateway->bench.warm = false;
    gateway->lease = gateway->leases = 1;
    gateway->key_revision = 2;
    gateway->value = mem_copy("eyJjb250cm9sbGVyIjoibm9kZS0xIn0=");
    web_becomes(gateway, STATUS_FAILED);
    open_exit(gateway);
    UNTIL(watches_once);
    exit_bench_until(&gateway->bench, never, NULL, 100);
    assert_int_equal(gateway->txns, 0);
    assert_int_equal(gateway->leases, 1); /* its lease is kept alive meanwhile */
    gateway->bench.warm = true;
    UNTIL(is_gone);
}

/* Another that takes our keys away all the time is not raced. */
static void a_quarrel_is_ended(void **state)
{
    struct gateway *gateway = *state;
    char line[300];
    open_exit(gateway);
    UNTIL(is_in_step);
    for (int i = 0; i < 30 && gateway->bench.state == EXIT_FINE; i++) {
        gateway->key_revision = 0;
        snprintf(line, sizeof line,
                 "{\"result\":{\"events\":[{\"type\":\"DELETE\",\"kv\":{\"key\":\"" KEY_BASE64
                 "\",\"mod_revision\":\"%llu\"}}]}}",
                 (unsigned long long)++gateway->revision);
        tell_watcher(gateway, line);
        exit_bench_until(&gateway->bench, never, NULL, 30);
    }
    assert_true(is_failing(gateway));
    assert_non_null(strstr(gateway->bench.sentence, "NODE_NAME \"node-1\""));
    assert_in_range(gateway->txns, 8, 13);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_name_leads_out_of_its_place),
        cmocka_unit_test(values_hold_no_secrets),
        cmocka_unit_test(base64_there_and_back),
        cmocka_unit_test(answers),
        cmocka_unit_test(transactions_keep_to_etcds_limits),
        TEST(idle_costs_nothing),
        TEST(a_lost_answer_is_looked_up),
        TEST(compaction_lists_anew),
        TEST(somebody_elses_key_is_left_alone),
        TEST(what_somebody_takes_meanwhile_is_seen),
        TEST(an_old_token_is_replaced),
        TEST(a_lease_that_is_gone_is_replaced),
        TEST(an_etcd_restored_from_a_backup_is_filled_again),
        TEST(a_restore_behind_our_back_is_seen_by_the_next_write),
        TEST(keys_that_nobody_asked_for_are_left_alone),
        TEST(what_is_no_etcd_is_asked_seldom),
        TEST(a_refusal_stays_until_it_is_taken_back),
        TEST(the_next_endpoint_is_tried),
        TEST(before_it_is_warm_nothing_is_emptied),
        TEST(a_quarrel_is_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
