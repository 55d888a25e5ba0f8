/* SPDX-License-Identifier: MIT */
/* test_profile.c: named sets of settings: what they set, who wins over them, and files of one's own. Runs in
 * a folder of its own, because ./.env is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/settings/options.h"
#include "controller/settings/profile.h"
#include "tests/support/environment.h"

static int read_with(struct options *options, const char *const *env, struct error *err)
{
    char name[] = "quaywatch", *argv[] = {name, NULL};
    int argc = 1;
    environment = env;
    return options_read(options, &argc, argv, environment_get, err);
}

static void test_what_a_profile_sets(void **state)
{
    (void)state;
    struct options options;
    struct error err = {0};
    assert_int_equal(read_with(&options, (const char *const[]){"QUAYWATCH_PROFILE", "dev", NULL}, &err), 0);
    assert_false(options.breaker_enabled);
    assert_int_equal(options.check_interval_ms, 10000);
    assert_int_equal(options.log_level, LOG_LEVEL_DEBUG);
    options_free(&options);
    assert_int_equal(
        read_with(&options, (const char *const[]){"QUAYWATCH_PROFILE", "prod-cluster", NULL}, &err), 0);
    assert_true(options.breaker_enabled);
    assert_int_equal(options.check_interval_ms, 30000);
    assert_int_equal(options.check_timeout_ms, 10000);
    assert_int_equal(options.log_level, LOG_LEVEL_INFO);
    options_free(&options);
}

static void test_all_profiles_hold_settings_that_are_allowed(void **state)
{
    (void)state;
    for (size_t i = 0; i < profile_count; i++) {
        struct options options;
        struct error err = {0};
        const char *const env[] = {"QUAYWATCH_PROFILE", profiles[i].name, NULL};
        assert_int_equal(read_with(&options, env, &err), 0);
        for (size_t j = 0; j < PROFILE_SETTINGS && profiles[i].setting[j].key; j++) {
            assert_string_equal(pairs_get(&options.values, profiles[i].setting[j].key),
                                profiles[i].setting[j].value);
            assert_non_null(
                strstr(pairs_get(&options.origins, profiles[i].setting[j].key), profiles[i].name));
        }
        options_free(&options);
    }
}

static void test_whoever_says_otherwise_wins(void **state)
{
    (void)state;
    struct options options;
    struct error err = {0};
    write_file("settings", "LOG_LEVEL=warn\nQUAYWATCH_PROFILE=dev\n");
    const char *const env[] = {"QUAYWATCH_CONFIG", "settings", "HEALTH_CHECK_INTERVAL", "45s", NULL};
    assert_int_equal(read_with(&options, env, &err), 0);
    assert_int_equal(options.check_interval_ms, 45000);
    assert_int_equal(options.log_level, LOG_LEVEL_WARN);
    assert_false(options.breaker_enabled); /* nobody else speaks of it */
    assert_string_equal(pairs_get(&options.origins, "HEALTH_CHECK_INTERVAL"),
                        "HEALTH_CHECK_INTERVAL in the environment");
    options_free(&options);
}

static void test_a_profile_of_ones_own_is_built_on_another(void **state)
{
    (void)state;
    struct options options;
    struct error err = {0};
    write_file("night.env",
               "# at night\nPROFILE=production\nHEALTH_CHECK_INTERVAL=2m\nQUAYWATCH_LOG_FORMAT=text\n");
    const char *const env[] = {"QUAYWATCH_PROFILE", "./night.env", NULL};
    assert_int_equal(read_with(&options, env, &err), 0);
    assert_int_equal(options.check_interval_ms, 120000);
    assert_string_equal(options.log_format, "text");
    assert_true(options.internal_network_only);
    assert_int_equal(options.check_timeout_ms, 10000);
    options_free(&options);
}

static void expect_refusal(const char *profile, const char *sentence)
{
    struct options options;
    struct error err = {0};
    assert_int_equal(read_with(&options, (const char *const[]){"QUAYWATCH_PROFILE", profile, NULL}, &err),
                     -EINVAL);
    assert_string_equal(err.text, sentence);
}

static void test_what_is_wrong_is_said(void **state)
{
    (void)state;
    expect_refusal(
        "prod", "QUAYWATCH_PROFILE in the environment is \"prod\"; allowed is simple, dev, production, full, "
                "custom, or the path (with a /) of a file with settings");
    expect_refusal("./none", "PROFILE: cannot read ./none: No such file or directory");
    write_file("odd", "HEALTH_CHECK_INTERVALL=1s\n");
    expect_refusal("./odd", "PROFILE ./odd: HEALTH_CHECK_INTERVALL is no setting");
    write_file("odd", "HEALTH_CHECK_INTERVAL=soon\n");
    struct options options;
    struct error err = {0};
    assert_int_equal(read_with(&options, (const char *const[]){"QUAYWATCH_PROFILE", "./odd", NULL}, &err),
                     -EINVAL);
    assert_non_null(strstr(err.text, "HEALTH_CHECK_INTERVAL in profile ./odd is \"soon\""));
    write_file("odd", "PROFILE=mine\n");
    expect_refusal("./odd", "PROFILE ./odd is built on \"mine\"; allowed is the name of a profile");
    write_file("odd", "what is this\n");
    assert_int_equal(read_with(&options, (const char *const[]){"QUAYWATCH_PROFILE", "./odd", NULL}, &err),
                     -EINVAL);
    assert_non_null(strstr(err.text, "PROFILE ./odd: line 1"));
}

static void test_what_is_in_force_is_explained_without_secrets(void **state)
{
    (void)state;
    struct options options;
    struct error err = {0};
    const char *const env[] = {
        "QUAYWATCH_PROFILE", "dev", "QUAYWATCH_AUTH_TOKEN", "s3cret", "LOG_LEVEL", "warn", NULL};
    char *text = NULL;
    size_t length = 0;
    assert_int_equal(read_with(&options, env, &err), 0);
    FILE *out = open_memstream(&text, &length);
    options_explain(out, &options);
    fclose(out);
    assert_null(strstr(text, "s3cret"));
    assert_non_null(strstr(text, "(secret)      QUAYWATCH_AUTH_TOKEN in the environment\n"));
    assert_non_null(strstr(text, "warn          LOG_LEVEL in the environment\n"));
    assert_non_null(strstr(text, "false         QUAYWATCH_CIRCUIT_BREAKER_ENABLED in profile dev\n"));
    assert_non_null(strstr(text, "  production (prod-cluster): "));
    free(text);
    options_free(&options);
}

static char folder[] = "/tmp/quaywatch-profile-XXXXXX";

static int setup(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        unlink((const char *const[]){"settings", "night.env", "odd"}[i]);
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_profile_sets),
        cmocka_unit_test(test_all_profiles_hold_settings_that_are_allowed),
        cmocka_unit_test(test_whoever_says_otherwise_wins),
        cmocka_unit_test(test_a_profile_of_ones_own_is_built_on_another),
        cmocka_unit_test(test_what_is_wrong_is_said),
        cmocka_unit_test(test_what_is_in_force_is_explained_without_secrets),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
