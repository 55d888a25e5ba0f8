/* SPDX-License-Identifier: MIT */
/* HAProxy's runtime socket: its answers, as HAProxy 2.6 wrote them, and what is said to it. */
#include "tests/support/sample.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "controller/core/socket_place.h"
#include "exporter/balancers/runtime_plan.h"

#define BACKENDS "# name\nweb\nquaywatch-web\nquaywatch-bare\n\n"
#define HEAD                                                                                                 \
    "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "      \
    "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state "         \
    "srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port " \
    "srv_check_addr srv_agent_addr srv_agent_port\n"
#define ROW(server, address, admin, weight, port)                                                            \
    "3 quaywatch-web 1 " server " " address " 2 " admin " " weight " 1 1 1 0 2 0 0 0 0 - " port              \
    " - 0 0 - - 0\n"

/* ---- answers ---- */

static void test_the_process_is_known_by_its_info(void **state)
{
    (void)state;
    char text[] = "Name: HAProxy\nVersion: 2.6.12-1+deb12u4\nPid: 20877\nUptime: 0d 0h00m01s\n"
                  "Start_time_sec: 1795808081\nTainted: 0\n\n1\nrest",
         none[] = "Unknown command: 'show', but maybe\n  help\n\n";
    char *rest = text;
    const char *trouble;
    struct runtime_process process;
    assert_int_equal(runtime_read_info(&rest, &process, &trouble), 0);
    assert_int_equal(process.pid, 20877);
    assert_int_equal(process.started_s, 1795808081);
    assert_string_equal(rest, "1\nrest");
    rest = none;
    assert_int_equal(runtime_read_info(&rest, &process, &trouble), -EBADMSG);
    assert_string_equal(trouble, "Unknown command");
}

static void test_servers_are_read_by_the_names_of_columns(void **state)
{
    (void)state;
    char text[] = HEAD ROW("quay-web-1", "127.0.0.1", "0", "2", "18101") "broken line\n" ROW(
        "quayslot1", "fd00::2", "5", "1", "1") ROW("quay-web-2", "10.0.0.2", "8", "256", "80") "\n";
    struct runtime_rows rows;
    struct runtime_row row;
    const char *trouble;
    assert_int_equal(runtime_rows_begin(text, &rows, &trouble), 0);
    assert_true(runtime_rows_next(&rows, &row));
    assert_string_equal(row.backend, "quaywatch-web");
    assert_string_equal(row.server, "quay-web-1");
    assert_string_equal(row.address, "127.0.0.1");
    assert_int_equal(row.port, 18101);
    assert_int_equal(row.weight, 2);
    assert_int_equal(row.state, RUNTIME_READY);
    assert_true(runtime_rows_next(&rows, &row));
    assert_string_equal(row.address, "fd00::2");
    assert_int_equal(row.state, RUNTIME_MAINT);
    assert_true(runtime_rows_next(&rows, &row));
    assert_int_equal(row.state, RUNTIME_DRAIN);
    assert_int_equal(row.weight, 256);
    assert_false(runtime_rows_next(&rows, &row));
}

static void test_other_lists_are_refused_with_their_first_line(void **state)
{
    (void)state;
    char newer[] = BACKENDS "2\n# be_id\n", short_head[] = BACKENDS "1\n# be_name srv_name\n",
         denied[] = BACKENDS "Permission denied\n\n", nothing[] = "";
    struct {
        char *text;
        const char *trouble;
    } all[] = {{newer, "2"}, {short_head, "1"}, {denied, "Permission denied"}, {nothing, ""}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct runtime_table table = {0};
        const char *trouble;
        assert_int_equal(runtime_table_read(&table, all[i].text, &trouble), -EBADMSG);
        assert_string_equal(trouble, all[i].trouble);
        runtime_table_clear(&table);
    }
}

static void test_each_command_has_its_answer(void **state)
{
    (void)state;
    char text[] =
        "\nNo such server.\n\nno need to change the addr, port changed from '1' to '18104' by 'stats "
        "socket command'\n\nNew server registered.\n\nAlready exists a server with the same name in "
        "backend.\n\nServer deleted.\nOnly servers in maintenance mode can be deleted.\n";
    static const struct {
        enum runtime_verb verb;
        const char *trouble;
    } said[] = {{RUNTIME_SET, NULL},
                {RUNTIME_SET, "No such server."},
                {RUNTIME_MOVE, NULL},
                {RUNTIME_ADD, NULL},
                {RUNTIME_ADD, "Already exists a server with the same name in backend."},
                {RUNTIME_DELETE, NULL},
                {RUNTIME_DELETE, "Only servers in maintenance mode can be deleted."},
                {RUNTIME_DELETE, "it did not answer"},
                {RUNTIME_MOVE, "it did not answer"}};
    char *rest = text;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        const char *trouble = runtime_trouble(&rest, said[i].verb);
        if (said[i].trouble)
            assert_string_equal(trouble, said[i].trouble);
        else
            assert_null(trouble);
    }
}

static void test_places(void **state)
{
    (void)state;
    struct socket_place place;
    assert_true(socket_place_read("unix:///run/h.sock", &place));
    assert_string_equal(place.path, "/run/h.sock");
    assert_true(socket_place_read("haproxy:9999", &place));
    assert_string_equal(place.host, "haproxy");
    assert_int_equal(place.port, 9999);
    assert_true(socket_place_read("[::1]:9999", &place));
    assert_string_equal(place.host, "::1");
    static const char *const wrong[] = {"",      "unix://h", "unix:///", "haproxy", "haproxy:0",
                                        ":9999", "a b:1",    "[x]:1",    "h:70000"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(socket_place_read(wrong[i], &place));
    assert_true(socket_place_is_list("unix:///run/h.sock, haproxy:9999"));
    assert_false(socket_place_is_list("unix:///run/h.sock,,haproxy:9999"));
}

/* ---- plans ---- */

struct fixture {
    struct registry *registry;
    struct runtime_table table;
    struct runtime_commands commands;
    struct ref ref[3]; /* web-1, web-2, web-3 at 10.0.0.1, .2, .3 */
};

static void render(const struct service *service, struct buf *out)
{
    for (const struct instance *at = service->first; at; at = at->next)
        buf_format(out, "%s %d %s;", at->observed->container, at->serving, at->observed->address);
}

static struct spec *spec_of(unsigned replica)
{
    struct spec *spec = sample_spec("compose:shop:web", "web");
    spec->replica = replica;
    spec->port = 8080;
    spec->weight = replica;
    return spec;
}

static struct observed *observed_of(unsigned replica, const char *address)
{
    static const char *const names[] = {"", "shop-web-1", "shop-web-2", "shop-web-3"};
    struct observed *observed = sample_observed((char)('0' + replica), names[replica]);
    observed->address = observed->probe_address = address;
    return observed;
}

static void settle(struct fixture *fixture)
{
    registry_settle(fixture->registry, (struct moment){.mono_ms = 3, .wall_ms = 1000002});
}

static void health(struct fixture *fixture, unsigned at, enum status status)
{
    sample_health(fixture->registry, fixture->ref[at], status);
    settle(fixture);
}

static int setup(void **state)
{
    static const char *const addresses[] = {"10.0.0.1", "10.0.0.2", "10.0.0.3"};
    struct fixture *fixture = mem_new(sizeof *fixture);
    fixture->registry = registry_new(render);
    for (unsigned i = 0; i < 3; i++) {
        fixture->ref[i] =
            sample_add(fixture->registry, spec_of(i + 1), observed_of(i + 1, addresses[i]))->ref;
        sample_health(fixture->registry, fixture->ref[i], STATUS_HEALTHY);
    }
    settle(fixture);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    runtime_commands_free(&fixture->commands);
    runtime_table_clear(&fixture->table);
    registry_free(fixture->registry);
    free(fixture);
    return 0;
}

static void has(struct fixture *fixture, const char *rows)
{
    char *text = mem_format("%s%s%s\n", BACKENDS, HEAD, rows);
    const char *trouble;
    runtime_table_clear(&fixture->table);
    assert_int_equal(runtime_table_read(&fixture->table, text, &trouble), 0);
    free(text);
}

/* The commands since the last look are these, joined by "; "; and once said they leave nothing more to say.
 */
static void says(struct fixture *fixture, bool warm, const char *expected)
{
    struct buf all;
    buf_init(&all, 16384);
    runtime_plan_all(&fixture->table, fixture->registry, warm, &fixture->commands);
    for (size_t i = 0; i < fixture->commands.count; i++)
        buf_format(&all, "%s%s", i ? "; " : "", fixture->commands.item[i].text);
    assert_string_equal(buf_string(&all), expected);
    buf_free(&all);
    runtime_commands_drop(&fixture->commands, fixture->commands.count);
    runtime_plan_all(&fixture->table, fixture->registry, warm, &fixture->commands);
    assert_int_equal(fixture->commands.count, 0);
}

#define SET "set server quaywatch-web/"
#define ALL                                                                                                  \
    ROW("quay-shop-web-1", "10.0.0.1", "0", "1", "8080")                                                     \
    ROW("quay-shop-web-2", "10.0.0.2", "0", "2", "8080")                                                     \
    ROW("quay-shop-web-3", "10.0.0.3", "0", "3", "8080")

static void test_what_is_right_already_is_left_alone(void **state)
{
    has(*state, ALL ROW("by-hand", "10.9.9.9", "0", "1", "80"));
    says(*state, true, "");
}

static void test_only_differences_are_said(void **state)
{
    has(*state, ROW("quay-shop-web-1", "10.0.0.9", "1", "1", "8080") /* elsewhere, and out */
        ROW("quay-shop-web-2", "10.0.0.2", "0", "7", "8080")         /* another weight */
        ROW("quay-shop-web-3", "10.0.0.3", "8", "3", "8080"));       /* drained */
    says(*state, true,
         SET "quay-shop-web-1 addr 10.0.0.1 port 8080; " SET "quay-shop-web-1 state ready; " SET
             "quay-shop-web-2 weight 2; " SET "quay-shop-web-3 state ready");
}

static void test_sick_is_drained_stopped_is_out_gone_is_deleted(void **state)
{
    struct fixture *fixture = *state;
    has(fixture, ALL ROW("by-hand", "10.9.9.9", "0", "1", "80"));
    health(fixture, 1, STATUS_UNHEALTHY);
    says(fixture, true, SET "quay-shop-web-2 state drain");
    registry_apply(fixture->registry,
                   &(struct change){.kind = CHANGE_STATE, .ref = fixture->ref[1], .state = CONTAINER_EXITED},
                   (struct moment){.mono_ms = 3, .wall_ms = 1000002});
    settle(fixture);
    says(fixture, true, SET "quay-shop-web-2 state maint");
    registry_apply(fixture->registry, &(struct change){.kind = CHANGE_GONE, .ref = fixture->ref[1]},
                   (struct moment){.mono_ms = 3, .wall_ms = 1000002});
    settle(fixture);
    says(fixture, true, "del server quaywatch-web/quay-shop-web-2");
}

static void test_nothing_is_taken_out_before_all_is_known(void **state)
{
    struct fixture *fixture = *state;
    has(fixture, ROW("quay-shop-web-1", "10.0.0.9", "1", "1", "8080")
                     ROW("quay-shop-web-2", "10.0.0.2", "0", "2", "8080")
                         ROW("quay-shop-web-3", "10.0.0.3", "0", "3", "8080")
                             ROW("quay-old", "10.0.0.4", "0", "3", "8080"));
    health(fixture, 1, STATUS_STARTING);
    says(fixture, false, SET "quay-shop-web-1 addr 10.0.0.1 port 8080; " SET "quay-shop-web-1 state ready");
    says(fixture, true,
         SET "quay-shop-web-2 state drain; " SET "quay-old state maint; del server quaywatch-web/quay-old");
}

static void test_who_has_no_server_gets_one(void **state)
{
    struct fixture *fixture = *state;
    has(fixture,
        ROW("quay-shop-web-1", "10.0.0.1", "0", "1", "8080") ROW("quayslot1", "127.0.0.1", "5", "1", "1"));
    says(fixture, true,
         SET "quayslot1 addr 10.0.0.2 port 8080; " SET "quayslot1 weight 2; " SET
             "quayslot1 state ready; add server quaywatch-web/quay-shop-web-3 10.0.0.3:8080 weight 3 check "
             "inter 2s fall 2 rise 1; enable health quaywatch-web/quay-shop-web-3; " SET
             "quay-shop-web-3 state ready");
    /* The slot is its own from now on, also while it does not serve, and free when it is gone. */
    health(fixture, 1, STATUS_UNHEALTHY);
    says(fixture, true, SET "quayslot1 state drain");
    health(fixture, 1, STATUS_HEALTHY);
    says(fixture, true, SET "quayslot1 state ready");
    registry_apply(fixture->registry, &(struct change){.kind = CHANGE_GONE, .ref = fixture->ref[1]},
                   (struct moment){.mono_ms = 3, .wall_ms = 1000002});
    settle(fixture);
    says(fixture, true, SET "quayslot1 state maint");
}

static void test_a_backend_without_servers_is_filled(void **state)
{
    struct fixture *fixture = *state;
    has(fixture, "");
    health(fixture, 1, STATUS_UNHEALTHY);
    health(fixture, 2, STATUS_UNHEALTHY);
    says(fixture, true,
         "add server quaywatch-web/quay-shop-web-1 10.0.0.1:8080 weight 1 check inter 2s fall 2 rise 1; "
         "enable "
         "health quaywatch-web/quay-shop-web-1; " SET "quay-shop-web-1 state ready");
    assert_non_null(runtime_backend_find(&fixture->table, "quaywatch-bare"));
    assert_null(runtime_backend_find(&fixture->table, "web"));
}

static void test_servers_made_at_run_time_speak_as_the_service_does(void **state)
{
    struct fixture *fixture = *state;
    struct spec *spec = spec_of(1);
    spec->protocol = PROTOCOL_HTTPS;
    spec->tls_verify = true;
    has(fixture, ""); /* (the others speak otherwise, so that no proxy could take turns among them) */
    sample_add(fixture->registry, spec, observed_of(1, "fd00::1"));
    settle(fixture);
    says(fixture, true,
         "add server quaywatch-web/quay-shop-web-1 [fd00::1]:8080 weight 1 check inter 2s fall 2 rise 1 ssl "
         "verify required ca-file @system-ca sni str(web) verifyhost web check-sni web; enable health "
         "quaywatch-web/quay-shop-web-1; " SET "quay-shop-web-1 state ready");
}

static void test_backends_of_nobody_are_emptied_and_foreign_ones_untouched(void **state)
{
    struct fixture *fixture = *state;
    has(fixture, ALL "4 quaywatch-old 1 quay-old-1 10.0.0.8 2 0 1 1 1 1 0 2 0 0 0 0 - 80 - 0 0 - - 0\n"
                     "5 web 1 quay-old-1 10.0.0.8 2 0 1 1 1 1 0 2 0 0 0 0 - 80 - 0 0 - - 0\n");
    says(fixture, true,
         "set server quaywatch-old/quay-old-1 state maint; del server quaywatch-old/quay-old-1");
    has(fixture, ALL "4 quaywatch-old 1 quay-old-1 10.0.0.8 2 0 1 1 1 1 0 2 0 0 0 0 - 80 - 0 0 - - 0\n");
    runtime_plan_gone(&fixture->table, "old", &fixture->commands);
    runtime_plan_gone(&fixture->table, "never", &fixture->commands);
    assert_int_equal(fixture->commands.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_process_is_known_by_its_info),
        cmocka_unit_test(test_servers_are_read_by_the_names_of_columns),
        cmocka_unit_test(test_other_lists_are_refused_with_their_first_line),
        cmocka_unit_test(test_each_command_has_its_answer),
        cmocka_unit_test(test_places),
        cmocka_unit_test_setup_teardown(test_what_is_right_already_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_only_differences_are_said, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sick_is_drained_stopped_is_out_gone_is_deleted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_taken_out_before_all_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(test_who_has_no_server_gets_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_backend_without_servers_is_filled, setup, teardown),
        cmocka_unit_test_setup_teardown(test_servers_made_at_run_time_speak_as_the_service_does, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_backends_of_nobody_are_emptied_and_foreign_ones_untouched, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
