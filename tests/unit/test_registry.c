/* SPDX-License-Identifier: MIT */
/* test_registry.c: the one table: names, aggregation, serving, dependencies, and the revision that moves with
 * bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/support/sample.h"

static const struct moment now = {.mono_ms = 5, .wall_ms = 2000000};

/* A renderer that shows what the tests are about. */
static void render(const struct service *service, struct buf *out)
{
    buf_format(out, "%s %s %d", service->name, status_name[service->status], service->serving);
    for (size_t i = 0; i < service->dependency_count; i++)
        buf_format(out, " needs %s=%s", service->dependencies[i].name,
                   service->dependencies[i].target ? status_name[service->dependencies[i].target->status]
                                                   : "-");
    for (const struct instance *at = service->first; at; at = at->next)
        buf_format(out, " [%s %s %s]", at->observed->container, status_name[at->health.status],
                   at->decision.sentence);
}

static void revision_moves_only_with_bytes(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    struct ref ref =
        sample_add(registry, sample_spec("name:-:web", "web"), sample_observed('a', "web-1"))->ref;
    assert_true(registry_settle(registry, now));
    assert_int_equal(registry_revision(registry), 1);
    assert_false(registry_settle(registry, now));

    sample_health(registry, ref, STATUS_HEALTHY);
    assert_true(registry_settle(registry, now));
    sample_health(registry, ref, STATUS_HEALTHY);
    assert_false(registry_settle(registry, now));

    /* There and back within one turn: the bytes are the same, so is the revision. */
    sample_health(registry, ref, STATUS_UNHEALTHY);
    sample_health(registry, ref, STATUS_HEALTHY);
    assert_false(registry_settle(registry, now));
    assert_int_equal(registry_revision(registry), 2);

    /* The same container again, with equal facts: nothing to tell. */
    sample_add(registry, sample_spec("name:-:web", "web"), sample_observed('a', "web-1"));
    assert_false(registry_settle(registry, now));
    struct engine_view engine = {.connected = true};
    registry_apply(registry, &(struct change){.kind = CHANGE_ENGINE, .engine = &engine}, now);
    assert_true(registry_settle(registry, now));
    registry_apply(registry, &(struct change){.kind = CHANGE_ENGINE, .engine = &engine}, now);
    assert_false(registry_settle(registry, now));
    registry_free(registry);
}

static void names_are_unique_and_stay(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    struct spec *second = sample_spec("name:b:web", "web");
    second->compose_project = arena_copy(&second->arena, "shop");
    sample_add(registry, second, sample_observed('b', "b"));
    sample_add(registry, sample_spec("name:a:web", "web"), sample_observed('a', "a"));
    registry_settle(registry, now);
    /* Among newcomers the key decides, not the order of arrival. */
    assert_string_equal(registry_key(registry, "name:a:web")->name, "web");
    assert_string_equal(registry_key(registry, "name:b:web")->name, "web.shop");

    /* The holder leaves: the other keeps the name it has. */
    struct ref gone = registry_container(registry, "a")->ref;
    registry_apply(registry, &(struct change){.kind = CHANGE_GONE, .ref = gone}, now);
    registry_settle(registry, now);
    assert_int_equal(registry_count(registry), 1);
    assert_string_equal(registry_at(registry, 0)->name, "web.shop");
    assert_null(registry_instance(registry, gone));
    registry_free(registry);
}

static void names_are_remembered(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    registry_remember_name(registry, "name:a:web", "web.shop");
    registry_remember_name(registry, "name:c:api", "something-else");
    sample_add(registry, sample_spec("name:a:web", "web"), sample_observed('a', "a"));
    sample_add(registry, sample_spec("name:b:web", "web"), sample_observed('b', "b"));
    sample_add(registry, sample_spec("name:c:api", "api"), sample_observed('c', "c"));
    registry_settle(registry, now);
    assert_string_equal(registry_key(registry, "name:a:web")->name, "web.shop");
    assert_string_equal(registry_key(registry, "name:b:web")->name, "web");
    assert_string_equal(registry_key(registry, "name:c:api")->name, "api"); /* it wants another name now */
    registry_free(registry);
}

static void services_are_found_by_alias(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    struct observed *one = sample_observed('a', "a"), *two = sample_observed('b', "b");
    one->networks = arena_new(&one->arena, sizeof *one->networks);
    two->networks = arena_new(&two->arena, sizeof *two->networks);
    one->network_count = two->network_count = 1;
    one->networks[0].name = two->networks[0].name = "net";
    strings_add(&one->arena, &one->networks[0].aliases, "db");
    strings_add(&one->arena, &one->networks[0].aliases, "main-db");
    strings_add(&two->arena, &two->networks[0].aliases, "db");
    sample_add(registry, sample_spec("k1", "postgres"), one);
    sample_add(registry, sample_spec("k2", "mysql"), two);
    registry_settle(registry, now);
    assert_string_equal(registry_service(registry, "main-db")->name, "postgres");
    assert_string_equal(registry_service(registry, "mysql")->name, "mysql");
    assert_null(registry_service(registry, "db")); /* two have it */
    assert_null(registry_service(registry, "nothing"));
    assert_string_equal(registry_service(registry, "k1")->name, "postgres");
    assert_non_null(registry_container(registry, "aaaaaaaaaaaa"));
    assert_null(registry_container(registry, "aaaa")); /* too short to be sure */
    registry_free(registry);
}

static void status_aggregates(void **state)
{
    (void)state;
    static const struct {
        enum status a, b, expected;
    } rows[] = {
        {STATUS_STOPPED, STATUS_STOPPED, STATUS_STOPPED},
        {STATUS_FAILED, STATUS_FAILED, STATUS_FAILED},
        {STATUS_UNKNOWN, STATUS_UNKNOWN, STATUS_UNKNOWN},
        {STATUS_STARTING, STATUS_UNHEALTHY, STATUS_STARTING},
        {STATUS_UNHEALTHY, STATUS_FAILED, STATUS_UNHEALTHY},
        {STATUS_HEALTHY, STATUS_HEALTHY, STATUS_HEALTHY},
        {STATUS_HEALTHY, STATUS_STOPPED, STATUS_HEALTHY},
        {STATUS_HEALTHY, STATUS_UNHEALTHY, STATUS_DEGRADED},
        {STATUS_DEGRADED, STATUS_HEALTHY, STATUS_DEGRADED},
        {STATUS_STOPPED, STATUS_UNHEALTHY, STATUS_UNHEALTHY},
        {STATUS_STOPPED, STATUS_UNKNOWN, STATUS_UNKNOWN}, /* a one-shot is done; nothing tells of the other */
        {STATUS_STOPPED, STATUS_FAILED, STATUS_FAILED},
        {STATUS_STOPPED, STATUS_STARTING, STATUS_STARTING},
        {STATUS_STOPPED, STATUS_DEGRADED, STATUS_DEGRADED},
        {STATUS_HEALTHY, STATUS_STARTING, STATUS_DEGRADED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct registry *registry = registry_new(render);
        struct spec *second = sample_spec("k", "web");
        second->replica = 2;
        struct ref a = sample_add(registry, sample_spec("k", "web"), sample_observed('a', "a"))->ref;
        struct ref b = sample_add(registry, second, sample_observed('b', "b"))->ref;
        sample_health(registry, a, rows[i].a);
        sample_health(registry, b, rows[i].b);
        registry_settle(registry, now);
        assert_int_equal(registry_at(registry, 0)->status, rows[i].expected);
        registry_free(registry);
    }
}

static void open_breaker_leaves_but_the_last_that_answers_stays(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    struct spec *second = sample_spec("k", "web");
    second->replica = 2;
    struct ref a = sample_add(registry, sample_spec("k", "web"), sample_observed('a', "a"))->ref;
    struct ref b = sample_add(registry, second, sample_observed('b', "b"))->ref;
    sample_health(registry, a, STATUS_HEALTHY);
    sample_health(registry, b, STATUS_HEALTHY);
    struct breaker_view open = {.state = BREAKER_OPEN};
    registry_apply(registry, &(struct change){.kind = CHANGE_BREAKER, .ref = a, .breaker = &open}, now);
    registry_settle(registry, now);
    assert_false(registry_instance(registry, a)->serving);
    assert_true(registry_instance(registry, b)->serving);

    sample_health(registry, b, STATUS_UNHEALTHY);
    registry_settle(registry, now);
    assert_true(registry_instance(registry, a)->serving); /* its latest check passed, and it is the last */
    open.tripped = true;                                  /* a person wants it out, whatever it answers */
    registry_apply(registry, &(struct change){.kind = CHANGE_BREAKER, .ref = a, .breaker = &open}, now);
    registry_settle(registry, now);
    assert_false(registry_instance(registry, a)->serving);
    open.tripped = false;
    registry_apply(registry, &(struct change){.kind = CHANGE_BREAKER, .ref = a, .breaker = &open}, now);
    registry_settle(registry, now);
    assert_true(registry_instance(registry, a)->serving);
    sample_health(registry, a, STATUS_UNHEALTHY);
    registry_settle(registry, now);
    assert_false(registry_at(registry, 0)->serving);
    registry_free(registry);
}

static struct spec *with_dependency(struct spec *spec, const char *name, enum dependency_type type)
{
    spec->dependencies = arena_new(&spec->arena, sizeof *spec->dependencies);
    spec->dependencies[0] = (struct dependency){.name = name, .type = type, .source = "service.depends_on"};
    spec->dependency_count = 1;
    return spec;
}

static void leave(struct registry *registry, struct ref ref, enum instance_leaving leaving)
{
    registry_apply(registry, &(struct change){.kind = CHANGE_LEAVING, .ref = ref, .leaving = leaving}, now);
    registry_settle(registry, now);
}

static void who_leaves_is_told_to_nobody_and_is_not_sick(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    struct spec *second = sample_spec("k", "web");
    second->replica = 2;
    struct ref a = sample_add(registry, sample_spec("k", "web"), sample_observed('a', "a"))->ref;
    struct ref b = sample_add(registry, second, sample_observed('b', "b"))->ref;
    sample_health(registry, a, STATUS_HEALTHY);
    sample_health(registry, b, STATUS_HEALTHY);
    leave(registry, a, LEAVING_DRAINED);
    assert_false(registry_instance(registry, a)->serving);
    assert_true(registry_instance(registry, b)->serving);
    assert_int_equal(registry_at(registry, 0)->status, STATUS_HEALTHY);

    leave(registry, b, LEAVING_STOPPED); /* the drained one still answers, and is the last that will */
    assert_true(registry_instance(registry, a)->serving);
    assert_false(registry_instance(registry, b)->serving);
    leave(registry, a, LEAVING_STOPPED);
    assert_false(registry_at(registry, 0)->serving);
    assert_int_equal(registry_at(registry, 0)->status, STATUS_HEALTHY);
    sample_health(registry, a, STATUS_UNHEALTHY);
    sample_health(registry, b, STATUS_UNHEALTHY);
    registry_settle(registry, now);
    assert_int_equal(registry_at(registry, 0)->status, STATUS_UNHEALTHY);
    sample_health(registry, a, STATUS_HEALTHY);
    leave(registry, a, LEAVING_NOT);
    assert_true(registry_instance(registry, a)->serving);
    registry_free(registry);
}

static void dependents_show_the_status_of_what_they_need(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    sample_add(registry, with_dependency(sample_spec("k1", "web"), "db", DEPENDENCY_REQUIRED),
               sample_observed('a', "web"));
    registry_settle(registry, now);
    assert_null(registry_service(registry, "web")->dependencies[0].target);

    struct ref db = sample_add(registry, sample_spec("k2", "db"), sample_observed('b', "db"))->ref;
    sample_health(registry, db, STATUS_HEALTHY);
    registry_settle(registry, now);
    assert_non_null(strstr(registry_service(registry, "web")->json, "needs db=healthy"));
    size_t count;
    assert_string_equal(registry_dependents(registry_service(registry, "db"), &count)[0]->name, "web");
    assert_int_equal(count, 1);

    sample_health(registry, db, STATUS_UNHEALTHY);
    assert_true(registry_settle(registry, now));
    assert_non_null(strstr(registry_service(registry, "web")->json, "needs db=unhealthy"));
    size_t moved;
    registry_moved(registry, &moved);
    assert_int_equal(moved, 1);

    registry_apply(registry, &(struct change){.kind = CHANGE_GONE, .ref = db}, now);
    registry_settle(registry, now);
    assert_null(registry_service(registry, "web")->dependencies[0].target);
    registry_free(registry);
}

/* An unknown dependency's name is text of the instance that declares it, and that may be replaced in the
 * middle of a turn. */
static void links_hold_before_the_turn_is_settled(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    for (int round = 0; round < 2; round++) {
        char name[] = "shpo"; /* gone after this round, as a replaced spec's text is */
        struct spec *spec = sample_spec("k1", "web");
        sample_add(registry, with_dependency(spec, arena_copy(&spec->arena, name), DEPENDENCY_REQUIRED),
                   sample_observed('a', "web"));
        registry_link(registry);
        const struct service *service = registry_at(registry, 0);
        assert_string_equal(service->name, "web");
        assert_int_equal(service->dependency_count, 1);
        assert_ptr_equal(service->dependencies[0].name, service->first->spec->dependencies[0].name);
        assert_int_equal(registry_settle(registry, now), round == 0);
    }
    registry_free(registry);
}

static void network_owner_is_found_by_id(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    char name[80];
    snprintf(name, sizeof name, "container:%s",
             "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
    sample_add(registry, with_dependency(sample_spec("k1", "web"), name, DEPENDENCY_REQUIRED),
               sample_observed('a', "web"));
    sample_add(registry, sample_spec("k2", "vpn"), sample_observed('b', "vpn"));
    registry_settle(registry, now);
    assert_string_equal(registry_service(registry, "web")->dependencies[0].name, "vpn");
    registry_free(registry);
}

static void findings_come_and_go(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    struct ref ref = sample_add(registry, sample_spec("k", "web"), sample_observed('a', "a"))->ref;
    struct change change = {.kind = CHANGE_FINDING, .ref = ref, .code = "x", .text = "one"};
    assert_int_equal(registry_apply(registry, &change, now)->findings.count, 1);
    change.text = "two";
    const struct instance *instance = registry_apply(registry, &change, now);
    assert_int_equal(instance->findings.count, 1);
    assert_string_equal(instance->findings.item[0].sentence, "two");
    change.text = NULL;
    assert_int_equal(registry_apply(registry, &change, now)->findings.count, 0);
    registry_free(registry);
}

/* Many random changes: services, names and lookups stay consistent. */
static void random_changes_keep_it_whole(void **state)
{
    (void)state;
    struct registry *registry = registry_new(render);
    unsigned seed = 7;
    for (int step = 0; step < 3000; step++) {
        seed = seed * 1103515245u + 12345u;
        char digit = "0123456789abcdef"[(seed >> 16) % 16];
        char key[8], container[8];
        snprintf(key, sizeof key, "k%u", (seed >> 8) % 5);
        snprintf(container, sizeof container, "c%c", digit);
        const struct instance *known = registry_container(registry, container);
        if (known && (seed >> 20) % 3 == 0)
            registry_apply(registry, &(struct change){.kind = CHANGE_GONE, .ref = known->ref}, now);
        else
            sample_add(registry, with_dependency(sample_spec(key, "n"), "n", DEPENDENCY_SOFT),
                       sample_observed(digit, container));
        if ((seed >> 24) % 4)
            continue;
        registry_settle(registry, now);
        size_t instances = 0;
        for (size_t i = 0; i < registry_count(registry); i++) {
            const struct service *service = registry_at(registry, i);
            assert_ptr_equal(registry_service(registry, service->name), service);
            assert_true(i == 0 || strcmp(registry_at(registry, i - 1)->name, service->name) < 0);
            instances += service->instance_count;
        }
        assert_int_equal(instances, registry_summary(registry)->instances);
    }
    registry_free(registry);
}

/* What a random container looks like: names, aliases, projects and dependencies from a few words, so that
 * they meet. */
struct random_container {
    bool there;
    unsigned shape;
};

static const char *const words[] = {"web", "db", "cache", "mail"};

static void add_random(struct registry *registry, char digit, unsigned shape)
{
    char key[8], name[8];
    snprintf(key, sizeof key, "k%u", shape % 7);
    snprintf(name, sizeof name, "%s%u", words[shape % 2],
             shape % 7); /* one name a key: history gives no names */
    struct spec *spec = sample_spec(key, shape % 7 < 2 ? words[shape % 7] : name);
    struct observed *observed = sample_observed(digit, (char[]){digit, '\0'});
    observed->networks = arena_new(&observed->arena, sizeof *observed->networks);
    observed->network_count = 1;
    observed->networks[0] = (struct network_view){.name = "net", .address = ""};
    for (unsigned i = 0; i < 2; i++)
        if (shape >> (4 + i) & 1)
            strings_add(&observed->arena, &observed->networks[0].aliases, words[(shape >> (8 + 2 * i)) % 4]);
    if (shape >> 12 & 1) {
        spec->compose_project = "shop";
        spec->compose_service = words[(shape >> 14) % 4];
    }
    char owner[80] = "container:";
    memset(owner + 10, digit == 'f' ? '0' : digit + 1, 64);
    if (shape >> 16 & 1)
        with_dependency(spec, arena_copy(&spec->arena, shape >> 17 & 1 ? owner : words[(shape >> 18) % 4]),
                        DEPENDENCY_SOFT);
    sample_add(registry, spec, observed);
}

/* Linking step by step gives what linking all anew gives. */
static void links_are_those_of_a_fresh_registry(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdef";
    struct random_container container[16] = {0};
    struct registry *registry = registry_new(render);
    unsigned seed = 11;
    for (int step = 0; step < 4000; step++) {
        seed = seed * 1103515245u + 12345u;
        unsigned which = (seed >> 16) % 16;
        struct random_container *one = &container[which];
        const struct instance *known = registry_container(registry, (char[]){digits[which], '\0'});
        if (one->there && (seed >> 20) % 3 == 0) {
            one->there = false;
            registry_apply(registry, &(struct change){.kind = CHANGE_GONE, .ref = known->ref}, now);
        } else {
            one->there = true;
            one->shape = seed * 2654435761u >> 8;
            add_random(registry, digits[which], one->shape);
        }
        if ((seed >> 26) % 4 == 0)
            registry_link(registry);
        if ((seed >> 24) % 3)
            continue;
        registry_settle(registry, now);
        struct registry *fresh = registry_new(render);
        for (size_t i = 0; i < 16; i++)
            if (container[i].there)
                add_random(fresh, digits[i], container[i].shape);
        registry_settle(fresh, now);
        assert_int_equal(registry_count(registry), registry_count(fresh));
        for (size_t i = 0; i < registry_count(fresh); i++)
            assert_string_equal(registry_at(registry, i)->json, registry_at(fresh, i)->json);
        assert_memory_equal(registry_summary(registry), registry_summary(fresh), sizeof(struct summary));
        registry_free(fresh);
    }
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(revision_moves_only_with_bytes),
        cmocka_unit_test(names_are_unique_and_stay),
        cmocka_unit_test(names_are_remembered),
        cmocka_unit_test(services_are_found_by_alias),
        cmocka_unit_test(status_aggregates),
        cmocka_unit_test(open_breaker_leaves_but_the_last_that_answers_stays),
        cmocka_unit_test(who_leaves_is_told_to_nobody_and_is_not_sick),
        cmocka_unit_test(dependents_show_the_status_of_what_they_need),
        cmocka_unit_test(links_hold_before_the_turn_is_settled),
        cmocka_unit_test(network_owner_is_found_by_id),
        cmocka_unit_test(findings_come_and_go),
        cmocka_unit_test(random_changes_keep_it_whole),
        cmocka_unit_test(links_are_those_of_a_fresh_registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
