/* SPDX-License-Identifier: MIT */
/* test_service.c: the name tables are whole, findings, and freeing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/service.h"

#define TABLE(names) names, sizeof(names) / sizeof *(names)

/* Every place of a table holds a name of small letters, and no name twice. */
static void assert_names(const char *const *name, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_non_null(name[i]);
        assert_true(*name[i] >= 'a' && *name[i] <= 'z');
        assert_int_equal(strspn(name[i], "abcdefghijklmnopqrstuvwxyz-_"), strlen(name[i]));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(name[i], name[j]);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_names(TABLE(status_name));
    assert_names(TABLE(container_state_name));
    assert_names(TABLE(check_name));
    assert_names(TABLE(protocol_name));
    assert_names(TABLE(restart_policy_name));
    assert_names(TABLE(dependency_type_name));
    assert_names(TABLE(breaker_state_name));
    assert_names(TABLE(hold_name));
    assert_names(TABLE(action_name));
    assert_names(TABLE(layer_name));
    assert_string_equal(breaker_state_name[BREAKER_HALF_OPEN], "half_open");
    assert_string_equal(hold_name[HOLD_ENGINE_RESTARTING], "engine-restarting");
    assert_string_equal(restart_policy_name[RESTART_ON_UNHEALTHY], "on-unhealthy");
}

static void test_findings(void **state)
{
    (void)state;
    struct spec *spec = mem_new(sizeof *spec);
    for (int i = 0; i < 50; i++)
        findings_add(&spec->arena, &spec->findings, "invalid-value", "service.port is %d", 70000 + i);
    assert_int_equal(spec->findings.count, 50);
    for (int i = 0; i < 50; i++) {
        char sentence[64];
        snprintf(sentence, sizeof sentence, "service.port is %d", 70000 + i);
        assert_string_equal(spec->findings.item[i].sentence, sentence);
        assert_string_equal(spec->findings.item[i].code, "invalid-value");
    }
    spec_free(spec);
    spec_free(NULL);
    struct observed *observed = mem_new(sizeof *observed);
    observed->id = arena_copy(&observed->arena, "b4a9d423ab50");
    observed_free(observed);
    observed_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_findings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
