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
#include "controller/healing/history.h"
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

static void render(const struct memory *memory, struct buf *ret)
{
    buf_init(ret, LIMIT_STATE_FILE);
    memory_render(memory, ret);
}

/* What a memory would be that was read from a whole and its changes. */
static void assert_read_as(const struct buf *whole, const struct buf *changes, const struct memory *expected)
{
    struct memory *read = memory_new();
    struct error err = {0};
    struct buf is, should;
    assert_int_equal(memory_read(read, buf_string(whole), whole->len, &err), 0);
    assert_int_equal(memory_read_changes(read, buf_string(changes), changes->len, &err), 0);
    render(read, &is);
    render(expected, &should);
    assert_string_equal(buf_string(&is), buf_string(&should));
    buf_free(&is);
    buf_free(&should);
    memory_free(read);
}

enum { ENTRIES = 200 };

/* A hundred fields, texts and lists of some entries, one after another. */
static void change_something(struct memory *memory, unsigned step)
{
    struct healing *healing = memory_get(memory, "service", step * 7 % ENTRIES);
    const struct decision_shown decision = {.action = step % 2 ? ACTION_HOLD : ACTION_ACT,
                                            .reason = step % 3 ? "backoff" : "storm",
                                            .sentence = "So it is."};
    switch (step % 10) {
    case 0:
        healing->last_at = step;
        return;
    case 1:
        healing->total++;
        return;
    case 2:
        memcpy(healing->passed_check, "http /health", 13);
        return;
    case 3:
        healing->intent = INTENT_MANUAL;
        return;
    case 4:
        healing->stop_intent = step % 20 == 4 ? INTENT_CRASH : INTENT_NONE;
        return;
    case 5:
        memory_set_name(memory, "service", step % 20 == 5 ? "one" : "another");
        return;
    case 6:
        memory_set_maintenance(memory, "service", step % 20 == 6 ? 9000 : 0);
        return;
    case 7:
        memory_get(memory, "newcomer", step)->run_at = 5;
        return;
    case 8:
        healing->healthy_since = healing->healthy_since ? 0 : step;
        return;
    default:
        for (unsigned i = 0; i < step % 50; i++)
            history_note(&healing->history, &decision, "c", 1000 + step + i);
        /* Of every second that got it in case 2. */
        if (step % 20 == 9)
            memory_get(memory, "service", (step - 7) * 7 % ENTRIES)->passed_check[0] = '\0';
        return;
    }
}

static void changes_bring_a_whole_up_to_date(void **state)
{
    (void)state;
    struct memory *memory = memory_new();
    struct buf whole, changes;
    for (unsigned i = 0; i < ENTRIES; i++)
        memory_get(memory, "service", i)->used_at = 1;
    buf_init(&changes, LIMIT_STATE_FILE);
    memory_begin(memory, 5000);
    render(memory, &whole);
    memory_began(memory);
    memory_render_changes(memory, &changes);
    memory_get(memory, "service", 3)->used_at = 2; /* alone, that is not worth a word */
    memory_render_changes(memory, &changes);
    assert_int_equal(changes.len, 0);
    memory_get(memory, "service", 3)->used_at = 1;
    for (unsigned step = 1; step <= 400; step++) {
        size_t before = changes.len;
        change_something(memory, step);
        memory_render_changes(memory, &changes);
        if (step < 5) /* one of two hundred is written, not all */
            assert_in_range(changes.len - before, 20, 300);
        if (step % 20 == 19)
            assert_read_as(&whole, &changes, memory);
    }
    /* Torn by a crash: what is whole before it counts. */
    buf_text(&changes, "{\"schema\":1,\"series\":5000,\"healing\":[{\"key\":\"service#3\",\"total\":77");
    assert_read_as(&whole, &changes, memory);
    buf_free(&whole);
    buf_free(&changes);
    memory_free(memory);
}

static void changes_of_another_whole_are_left_out(void **state)
{
    (void)state;
    struct memory *memory = memory_new();
    struct buf whole, later, changes;
    struct error err = {0};
    buf_init(&changes, LIMIT_STATE_FILE);
    memory_begin(memory, 5000);
    render(memory, &whole);
    memory_began(memory);
    memory_get(memory, "k", 1)->total = 1;
    memory_render_changes(memory, &changes);
    assert_read_as(&whole, &changes, memory);
    memory_get(memory, "k", 1)->total = 2;
    memory_begin(memory, 5000); /* the clock was set back: it is another one all the same */
    render(memory, &later);
    assert_read_as(&later, &changes, memory);

    struct memory *read = memory_new();
    buf_text(&changes, "{\"series\":5000,\n");
    buf_text(&changes, "{\"series\":5000,\"healing\":[{\"key\":\"k#1\",\"total\":9}]}\n");
    assert_int_equal(memory_read(read, buf_string(&whole), whole.len, &err), 0);
    assert_int_equal(memory_read_changes(read, buf_string(&changes), changes.len, &err), -EBADMSG);
    assert_non_null(strstr(err.text, "damaged"));
    assert_int_equal(memory_get(read, "k", 1)->total, 1); /* what stood before the damage */
    memory_free(read);
    buf_free(&whole);
    buf_free(&later);
    buf_free(&changes);
    memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maintenance_is_kept_by_key),
        cmocka_unit_test(a_tripped_breaker_is_kept),
        cmocka_unit_test(wrong_maintenance_is_none),
        cmocka_unit_test(damage_is_told),
        cmocka_unit_test(changes_bring_a_whole_up_to_date),
        cmocka_unit_test(changes_of_another_whole_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
