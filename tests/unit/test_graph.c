/* SPDX-License-Identifier: MIT */
/* test_graph.c: circles, order and roots over registries made of declared dependencies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "controller/core/graph.h"
#include "tests/support/sample.h"

static void render(const struct service *service, struct buf *out)
{
    buf_text(out, service->name);
    for (size_t i = 0; i < service->dependency_count; i++)
        buf_format(out, " %s%s", service->dependencies[i].name,
                   graph_is_circular(service, &service->dependencies[i]) ? "*" : "");
}

/* Adds a service that depends on the words of needs: "db", "cache?" (optional), "mail~" (soft), "peer@"
 * (circular), "job!" (must complete). */
static const struct instance *add(struct registry *registry, const char *name, const char *needs)
{
    struct spec *spec = sample_spec(name, name);
    char words[256], id[80];
    snprintf(words, sizeof words, "%s", needs);
    spec->dependencies = arena_new(&spec->arena, 16 * sizeof *spec->dependencies);
    char *save = NULL;
    for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        struct dependency *one = &spec->dependencies[spec->dependency_count++];
        char *last = word + strlen(word) - 1;
        one->type = *last == '?'   ? DEPENDENCY_OPTIONAL
                    : *last == '~' ? DEPENDENCY_SOFT
                    : *last == '@' ? DEPENDENCY_CIRCULAR
                                   : DEPENDENCY_REQUIRED;
        one->needs_completion = *last == '!';
        if (strchr("?~@!", *last))
            *last = '\0';
        one->name = arena_copy(&spec->arena, word);
        one->source = "service.depends_on";
    }
    snprintf(id, sizeof id, "%s-1", name);
    struct observed *observed = sample_observed('a', id);
    observed->id = arena_format(&observed->arena, "%s%060d", name, 0);
    return sample_add(registry, spec, observed);
}

static void settle(struct registry *registry)
{
    registry_settle(registry, (struct moment){.mono_ms = 3, .wall_ms = 1000003});
}

static void put(struct registry *registry, const char *name, enum status status)
{
    sample_health(registry, registry_service(registry, name)->first->ref, status);
    settle(registry);
}

static unsigned depth(const struct registry *registry, const char *name)
{
    return registry_service(registry, name)->graph.depth;
}

static const char *root(const struct registry *registry, const char *name)
{
    const struct service *found = graph_root(registry_service(registry, name));
    return found ? found->name : "";
}

static void expect_circle(const struct registry *registry, const char *name, const char *circle)
{
    char text[480];
    graph_circle(registry_service(registry, name), text, sizeof text);
    assert_string_equal(text, circle);
}

static void chain_and_diamond(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    add(registry, "web", "left right");
    add(registry, "left", "db");
    add(registry, "right", "db cache?");
    add(registry, "cache", "");
    add(registry, "db", "vpn");
    add(registry, "vpn", "");
    settle(registry);
    assert_int_equal(depth(registry, "vpn"), 0);
    assert_int_equal(depth(registry, "cache"), 0);
    assert_int_equal(depth(registry, "db"), 1);
    assert_int_equal(depth(registry, "left"), 2);
    assert_int_equal(depth(registry, "right"), 2);
    assert_int_equal(depth(registry, "web"), 3);
    expect_circle(registry, "web", "");
    const char *names[] = {"web", "left", "right", "cache", "db", "vpn"};
    for (size_t i = 0; i < 6; i++)
        put(registry, names[i], STATUS_HEALTHY);
    assert_string_equal(root(registry, "web"), "");
    put(registry, "right", STATUS_UNHEALTHY);
    assert_string_equal(root(registry, "web"), "right");
    put(registry, "cache", STATUS_FAILED);
    assert_string_equal(root(registry, "web"), "right"); /* what is optional is nobody's root */
    put(registry, "db", STATUS_STARTING);
    assert_string_equal(root(registry, "web"), "db");
    put(registry, "left", STATUS_UNHEALTHY);
    put(registry, "vpn", STATUS_STOPPED);
    assert_string_equal(root(registry, "web"), "vpn");
    assert_string_equal(root(registry, "vpn"), "");
    put(registry, "vpn", STATUS_UNKNOWN); /* which is no sickness */
    assert_string_equal(root(registry, "web"), "db");
    registry_free(registry);
}

static void circles_neither_hold_nor_order(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    add(registry, "b", "c");
    add(registry, "c", "a");
    add(registry, "a", "b db");
    add(registry, "db", "");
    add(registry, "x", "y");
    add(registry, "y", "x");
    add(registry, "self", "self");
    add(registry, "top", "a");
    settle(registry);
    expect_circle(registry, "a", "a → b → c → a");
    expect_circle(registry, "b", "a → b → c → a");
    expect_circle(registry, "y", "x → y → x");
    expect_circle(registry, "self", "self → self");
    expect_circle(registry, "top", "");
    assert_int_equal(registry_service(registry, "a")->graph.circle, 1);
    assert_int_equal(registry_service(registry, "self")->graph.circle, 2);
    assert_int_equal(registry_service(registry, "x")->graph.circle, 3);
    assert_int_equal(depth(registry, "b"), 0);
    assert_int_equal(depth(registry, "a"), 1);
    assert_int_equal(depth(registry, "top"), 2);
    put(registry, "a", STATUS_UNHEALTHY);
    put(registry, "b", STATUS_UNHEALTHY);
    put(registry, "self", STATUS_UNHEALTHY);
    assert_string_equal(root(registry, "a"), "");
    assert_string_equal(root(registry, "self"), "");
    assert_string_equal(root(registry, "top"), "a");
    put(registry, "db", STATUS_FAILED); /* outside of the circle */
    assert_string_equal(root(registry, "top"), "db");
    assert_string_equal(registry_service(registry, "a")->json, "a b* db");
    registry_free(registry);
}

static void two_circles_in_one_component(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    add(registry, "a", "b");
    add(registry, "b", "a c");
    add(registry, "c", "b");
    settle(registry);
    expect_circle(registry, "a", "a → b → a");
    expect_circle(registry, "b", "a → b → a");
    expect_circle(registry, "c", "b → c → b");
    registry_free(registry);
}

static void only_required_ones_make_circles(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    add(registry, "a", "b");
    add(registry, "b", "a?");
    add(registry, "c", "d~");
    add(registry, "d", "c@");
    settle(registry);
    expect_circle(registry, "a", "");
    expect_circle(registry, "c", "");
    assert_int_equal(depth(registry, "a"), 1); /* what is optional gives way */
    assert_int_equal(depth(registry, "b"), 0);
    assert_int_equal(depth(registry, "c"), 1);
    put(registry, "b", STATUS_UNHEALTHY);
    put(registry, "d", STATUS_UNHEALTHY);
    assert_string_equal(root(registry, "a"), "b");
    assert_string_equal(root(registry, "c"), "");
    registry_free(registry);
}

static void a_circle_comes_and_goes(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    add(registry, "a", "b");
    const struct instance *b = add(registry, "b", "");
    settle(registry);
    uint64_t topology = registry_topology(registry);
    put(registry, "a", STATUS_UNHEALTHY);
    assert_true(registry_topology(registry) == topology); /* health is none of its business */
    add(registry, "b", "a");
    settle(registry);
    assert_true(registry_topology(registry) > topology);
    expect_circle(registry, "a", "a → b → a");
    assert_string_equal(registry_service(registry, "a")->json, "a b*"); /* though only b was touched */
    registry_apply(registry, &(struct change){.kind = CHANGE_GONE, .ref = b->ref},
                   (struct moment){.wall_ms = 4});
    settle(registry);
    expect_circle(registry, "a", "");
    assert_string_equal(registry_service(registry, "a")->json, "a b");
    registry_free(registry);
}

static void completion_is_met_by_exit_0(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    add(registry, "web", "job!");
    const struct instance *job = add(registry, "job", "");
    settle(registry);
    struct change ended = {.kind = CHANGE_STATE, .ref = job->ref, .state = CONTAINER_EXITED, .exit_code = 1};
    registry_apply(registry, &ended, (struct moment){.wall_ms = 5});
    put(registry, "job", STATUS_STOPPED);
    const struct service *web = registry_service(registry, "web");
    assert_int_equal(graph_unmet(web, &web->dependencies[0]), STATUS_STOPPED);
    ended.exit_code = 0;
    registry_apply(registry, &ended, (struct moment){.wall_ms = 6});
    settle(registry);
    assert_int_equal(graph_unmet(web, &web->dependencies[0]), STATUS_COUNT);
    registry_free(registry);
}

/* What is known in this very turn counts, before the service is settled. */
static void a_fresh_sickness_counts_at_once(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    add(registry, "web", "db");
    add(registry, "db", "");
    settle(registry);
    put(registry, "db", STATUS_HEALTHY);
    const struct service *web = registry_service(registry, "web"), *db = registry_service(registry, "db");
    sample_health(registry, db->first->ref, STATUS_UNHEALTHY);
    assert_int_equal(db->status, STATUS_HEALTHY);
    assert_int_equal(graph_unmet(web, &web->dependencies[0]), STATUS_UNHEALTHY);
    registry_free(registry);
}

static void ten_thousand_are_quick(void **state)
{
    (void)state;
    enum { MANY = 10000 };
    struct registry *registry = registry_new(render);
    for (unsigned i = 0; i < MANY; i++) {
        char name[16], needs[64];
        snprintf(name, sizeof name, "s%05u", i);
        /* Long chains of a hundred, and one large circle at the end. */
        if (i >= 9000)
            snprintf(needs, sizeof needs, "s%05u", i == 9999 ? 9000 : i + 1);
        else
            snprintf(needs, sizeof needs, i % 100 ? "s%05u" : "", i - 1);
        add(registry, name, needs);
    }
    settle(registry);
    size_t count = registry_count(registry);
    struct service **services = mem_new(count * sizeof *services);
    for (size_t i = 0; i < count; i++) {
        const struct service *service = registry_at(registry, i);
        memcpy(&services[i], &service, sizeof service);
    }
    int64_t begin = clock_now().mono_ms;
    for (int i = 0; i < 10; i++)
        graph_measure(services, count);
    assert_true(clock_now().mono_ms - begin < 2000); /* under 100 ms each, also with sanitizers */
    assert_int_equal(depth(registry, "s00099"), 99);
    assert_int_equal(depth(registry, "s09500"), 0);
    char text[480];
    graph_circle(registry_service(registry, "s09123"), text, sizeof text);
    assert_string_equal(text, "s09123 → … → s09123");
    free(services);
    registry_free(registry);
}

static void long_circles_are_cut(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    for (unsigned i = 0; i < 40; i++) {
        char name[16], needs[16];
        snprintf(name, sizeof name, "s%02u", i);
        snprintf(needs, sizeof needs, "s%02u", (i + 1) % 40);
        add(registry, name, needs);
    }
    settle(registry);
    expect_circle(registry, "s17",
                  "s00 → s01 → s02 → s03 → s04 → s05 → … (40 services) → s34 → s35 → s36 → s37 → s38 → s39 "
                  "→ s00");
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chain_and_diamond),
        cmocka_unit_test(circles_neither_hold_nor_order),
        cmocka_unit_test(two_circles_in_one_component),
        cmocka_unit_test(only_required_ones_make_circles),
        cmocka_unit_test(a_circle_comes_and_goes),
        cmocka_unit_test(completion_is_met_by_exit_0),
        cmocka_unit_test(a_fresh_sickness_counts_at_once),
        cmocka_unit_test(ten_thousand_are_quick),
        cmocka_unit_test(long_circles_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
