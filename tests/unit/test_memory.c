/* SPDX-License-Identifier: MIT */
/* test_memory.c: what is written is read again; damage never comes through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/healing/memory.h"

/* Writes memory and reads it into a new one; the old one is freed. */
static struct memory *again(struct memory *memory)
{
    struct buf text;
    struct error err = {0};
    buf_init(&text, LIMIT_STATE_FILE);
    memory_render(memory, &text);
    memory_free(memory);
    struct memory *other = memory_new();
    assert_int_equal(memory_read(other, buf_string(&text), text.len, &err), 0);
    buf_free(&text);
    return other;
}

static void maintenance_is_kept_by_key(void **state)
{
    (void)state;
    struct memory *memory = memory_new();
    assert_int_equal(memory_maintenance(memory, "k"), 0);
    memory_set_maintenance(memory, "k", 5000);
    memory_set_maintenance(memory, "other \"quoted\"", 6000);
    memory_set_maintenance(memory, "k", 7000);
    memory = again(memory);
    assert_int_equal(memory_maintenance(memory, "k"), 7000);
    assert_int_equal(memory_maintenance(memory, "other \"quoted\""), 6000);
    assert_int_equal(memory_maintenance(memory, "nobody"), 0);
    memory_set_maintenance(memory, "k", 0);
    memory_set_maintenance(memory, "nobody", 0);
    memory = again(memory);
    assert_int_equal(memory_maintenance(memory, "k"), 0);
    assert_int_equal(memory_maintenance(memory, "other \"quoted\""), 6000);
    memory_free(memory);
}

static void a_tripped_breaker_is_kept(void **state)
{
    (void)state;
    struct memory *memory = memory_new();
    struct healing *healing = memory_get(memory, "k", 1);
    healing->breaker_opened_at = 5000;
    healing->breaker_tripped = true;
    memory = again(memory);
    assert_int_equal(memory_get(memory, "k", 1)->breaker_opened_at, 5000);
    assert_int_equal(memory_get(memory, "k", 1)->breaker_tripped, 1);
    assert_int_equal(memory_get(memory, "k", 2)->breaker_tripped, 0);
    memory_free(memory);
}

static void wrong_maintenance_is_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"maintenance\": []}",
        "{\"maintenance\": {\"k\": \"soon\"}}",
        "{\"maintenance\": {\"k\": -5}}",
        "{\"maintenance\": {\"k\": 9223372036854775807}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct memory *memory = memory_new();
        struct error err = {0};
        assert_int_equal(memory_read(memory, texts[i], strlen(texts[i]), &err), 0);
        assert_int_equal(memory_maintenance(memory, "k"), 0);
        memory_free(memory);
    }
}

static void damage_is_told(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "[]", "{\"healing\": [", "null", "\x01\x02"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct memory *memory = memory_new();
        struct error err = {0};
        assert_int_equal(memory_read(memory, texts[i], strlen(texts[i]), &err), -EBADMSG);
        assert_non_null(strstr(err.text, "damaged"));
        memory_free(memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maintenance_is_kept_by_key),
        cmocka_unit_test(a_tripped_breaker_is_kept),
        cmocka_unit_test(wrong_maintenance_is_none),
        cmocka_unit_test(damage_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
