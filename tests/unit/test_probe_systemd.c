/* SPDX-License-Identifier: MIT */
/* Tests health/probe_systemd and unit_bus: a real systemd on a D-Bus of its own, and everything that can be
 * wrong with a bus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

#include "controller/core/limits.h"
#include "health/probe_kind.h"
#include "health/unit_bus.h"

struct world {
    uv_loop_t loop;
    struct unit_bus *bus;
    char folder[64], silent[128];
    int silent_fd;
    struct outcome outcome;
    unsigned done;
    struct probe *other;
};

static int systemd(struct world *world, const char *what)
{
    char command[256];
    snprintf(command, sizeof command, "tests/support/systemd.sh %s %s/systemd", what, world->folder);
    return system(command);
}

static void choose_bus(const struct world *world, const char *name)
{
    char address[192];
    snprintf(address, sizeof address, "unix:path=%s/%s", world->folder, name);
    setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1);
}

static int group_set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    strcpy(world->folder, "/tmp/quaywatch-units.XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    *state = world;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/silent", world->folder);
    world->silent_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(world->silent_fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(world->silent_fd, 8) < 0)
        return -1;
    return systemd(world, "up");
}

static int group_tear_down(void **state)
{
    struct world *world = *state;
    systemd(world, "down");
    close(world->silent_fd);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", world->folder);
    int status = system(command);
    free(world);
    return status;
}

static int set_up(void **state)
{
    struct world *world = *state;
    uv_loop_init(&world->loop);
    world->bus = unit_bus_new(&world->loop);
    world->done = 0;
    choose_bus(world, "systemd/bus");
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    unit_bus_free(world->bus);
    unit_bus_free(NULL);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    return uv_loop_close(&world->loop);
}

static void on_outcome(void *user, struct outcome *outcome)
{
    struct world *world = user;
    world->outcome = *outcome;
    world->done++;
    uv_stop(&world->loop);
}

static struct probe *start(struct world *world, const char *unit, int64_t timeout_ms)
{
    struct probe_spec spec = {.kind = CHECK_SYSTEMD, .unit = unit, .timeout_ms = timeout_ms};
    return probe_start(&(struct probe_tools){.units = world->bus}, &spec, on_outcome, world);
}

static void wait_for(struct world *world, unsigned count)
{
    while (world->done < count)
        uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->done, count);
}

static void check(struct world *world, const char *unit, enum outcome_kind kind, const char *message)
{
    unsigned before = world->done;
    start(world, unit, 20000);
    assert_int_equal(world->done, before); /* never before it returns */
    wait_for(world, before + 1);
    assert_string_equal(world->outcome.message, message);
    assert_int_equal(world->outcome.kind, kind);
    assert_true(world->outcome.response_ms > 0);
}

static void units_of_a_real_systemd(void **state)
{
    struct world *world = *state;
    check(world, "good.service", OUTCOME_PASS, "The host's unit good.service is active (running)");
    check(world, "bad.service", OUTCOME_VERDICT, "The host's unit bad.service is failed (failed)");
    check(world, "loop.service", OUTCOME_VERDICT,
          "The host's unit loop.service is activating (auto-restart)");
    check(world, "slow.service", OUTCOME_DEGRADED, "The host's unit slow.service is activating (start)");
    check(world, "idle.service", OUTCOME_VERDICT, "The host's unit idle.service is inactive (dead)");
    check(world, "nope.service", OUTCOME_MISSING,
          "There is no unit nope.service on the host; service.health.unit names it");
    check(world, "no unit", OUTCOME_MISSING,
          "There is no unit no unit on the host; service.health.unit names it");
}

static void many_at_once_share_the_connection(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < LIMIT_UNITS_IN_FLIGHT; i++)
        start(world, "good.service", 20000);
    wait_for(world, LIMIT_UNITS_IN_FLIGHT);
    assert_int_equal(world->outcome.kind, OUTCOME_PASS);
}

static void a_bus_that_is_not_there(void **state)
{
    struct world *world = *state;
    choose_bus(world, "nowhere");
    check(world, "good.service", OUTCOME_NOT_MADE,
          "Not checked: the host's D-Bus is not there; mount /run/dbus/system_bus_socket into quaywatch's "
          "container");
    choose_bus(world, "systemd/bus"); /* and then it is */
    check(world, "good.service", OUTCOME_PASS, "The host's unit good.service is active (running)");
}

static void a_bus_that_says_nothing(void **state)
{
    struct world *world = *state;
    choose_bus(world, "silent");
    uint64_t begun = uv_hrtime();
    start(world, "good.service", 200);
    wait_for(world, 1);
    assert_int_equal(world->outcome.kind, OUTCOME_NOT_MADE);
    assert_string_equal(world->outcome.message, "Not checked: the host's systemd did not answer in time");
    assert_true(uv_hrtime() - begun >= 200ULL * 1000000);
    close(accept(world->silent_fd, NULL, NULL));
}

static void a_bus_that_hangs_up(void **state)
{
    struct world *world = *state;
    choose_bus(world, "silent");
    start(world, "good.service", 20000);
    start(world, "bad.service", 20000);
    int fd = accept(world->silent_fd, NULL, NULL);
    while (uv_run(&world->loop, UV_RUN_NOWAIT) && world->done == 0 && fd >= 0) {
        close(fd);
        fd = -1;
        usleep(1000);
    }
    wait_for(world, 2);
    assert_int_equal(world->outcome.kind, OUTCOME_NOT_MADE);
    assert_non_null(strstr(world->outcome.message, "lets in only users that the host knows: run useradd"));
}

static void a_systemd_that_comes_back(void **state)
{
    struct world *world = *state;
    check(world, "good.service", OUTCOME_PASS, "The host's unit good.service is active (running)");
    assert_int_equal(systemd(world, "down"), 0);
    start(world, "good.service", 20000);
    wait_for(world, 2);
    assert_int_equal(world->outcome.kind, OUTCOME_NOT_MADE);
    assert_int_equal(systemd(world, "up"), 0);
    check(world, "good.service", OUTCOME_PASS, "The host's unit good.service is active (running)");
}

static void on_freeing(void *user, struct outcome *outcome)
{
    struct world *world = user;
    on_outcome(user, outcome);
    probe_cancel(world->other);
    unit_bus_free(world->bus);
    world->bus = NULL;
}

static void cancelled_and_freed_under_way(void **state)
{
    struct world *world = *state;
    probe_cancel(start(world, "good.service", 20000)); /* during the greeting */
    start(world, "good.service", 20000);
    wait_for(world, 1);
    probe_cancel(start(world, "good.service", 20000)); /* its answer comes all the same */
    start(world, "good.service", 20000);
    wait_for(world, 2);
    struct probe_spec spec = {.kind = CHECK_SYSTEMD, .unit = "good.service", .timeout_ms = 20000};
    probe_start(&(struct probe_tools){.units = world->bus}, &spec, on_freeing, world);
    world->other = start(world, "bad.service", 19000);
    wait_for(world, 3);
    assert_null(world->bus);
}

static void states_as_systemd_names_them(void **state)
{
    (void)state;
    static const struct {
        const char *load, *active, *sub;
        enum outcome_kind kind;
        const char *message;
    } rows[] = {
        {"loaded", "active", "exited", OUTCOME_PASS, "The host's unit a.service is active (exited)"},
        {"loaded", "reloading", "reload", OUTCOME_PASS, "The host's unit a.service is reloading (reload)"},
        {"loaded", "refreshing", "refresh", OUTCOME_PASS,
         "The host's unit a.service is refreshing (refresh)"},
        {"loaded", "activating", "start-pre", OUTCOME_DEGRADED,
         "The host's unit a.service is activating (start-pre)"},
        {"loaded", "deactivating", "stop-sigterm", OUTCOME_VERDICT,
         "The host's unit a.service is deactivating (stop-sigterm)"},
        {"loaded", "maintenance", "dead", OUTCOME_VERDICT, "The host's unit a.service is maintenance (dead)"},
        {"masked", "inactive", "dead", OUTCOME_VERDICT,
         "The host's unit a.service is inactive (dead) and masked, so that it cannot be started"},
        {"loaded", "of-the-future", "x", OUTCOME_VERDICT, "The host's unit a.service is of-the-future (x)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct unit_state unit = {UNIT_KNOWN, rows[i].load, rows[i].active, rows[i].sub, "", 5};
        struct probe_spec spec = {.kind = CHECK_SYSTEMD, .unit = "a.service", .timeout_ms = 1000};
        struct outcome outcome;
        probe_judge_unit(&spec, &unit, &outcome);
        assert_string_equal(outcome.message, rows[i].message);
        assert_int_equal(outcome.kind, rows[i].kind);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_as_systemd_names_them),
        TEST(units_of_a_real_systemd),
        TEST(many_at_once_share_the_connection),
        TEST(a_bus_that_is_not_there),
        TEST(a_bus_that_says_nothing),
        TEST(a_bus_that_hangs_up),
        TEST(a_systemd_that_comes_back),
        TEST(cancelled_and_freed_under_way),
    };
    return cmocka_run_group_tests(tests, group_set_up, group_tear_down);
}
