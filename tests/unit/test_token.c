/* SPDX-License-Identifier: MIT */
/* test_token.c: tokens are the same or not, and the time it takes to see that does not tell how nearly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/core/mem.h"
#include "exporter/http/token.h"

static void test_same(void **state)
{
    (void)state;
    char longest[TOKEN_MAX + 2];
    struct token token, none, full;
    memset(longest, 'x', sizeof longest);
    longest[TOKEN_MAX + 1] = '\0';
    assert_false(token_set(&full, longest));
    assert_int_equal(full.length, 0);
    assert_false(token_same(&full, longest));
    longest[TOKEN_MAX] = '\0';
    assert_true(token_set(&full, longest));
    assert_true(token_same(&full, longest));
    assert_true(token_set(&none, NULL) && token_set(&none, "") && token_set(&token, "change-me"));
    static const struct {
        const char *given;
        bool same;
    } cases[] = {
        {"change-me", true},           {NULL, false},          {"", false},          {"change-m", false},
        {"change-me ", false},         {" change-me", false},  {"change-mE", false}, {"Change-me", false},
        {"change-mechange-me", false}, {"change-me\n", false}, {"x", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(token_same(&token, cases[i].given), cases[i].same);
        assert_false(token_same(&none, cases[i].given));
        assert_false(token_same(&full, cases[i].given));
    }
    longest[TOKEN_MAX] = 'x'; /* one more than the longest */
    assert_false(token_same(&full, longest));
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The least time of many rounds: what the machine does besides only adds to the others. */
static int64_t time_ns(const struct token *token, const char *given)
{
    enum { ROUNDS = 60, CALLS = 200 };
    int64_t least = INT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t began = now_ns();
        volatile bool same = false;
        for (int i = 0; i < CALLS; i++)
            same = token_same(token, given);
        (void)same;
        int64_t took = now_ns() - began;
        least = took < least ? took : least;
    }
    return least;
}

/* Of equally long guesses none takes longer, be it wrong from its first character or in its last; nor does it
 * matter how long the token is. A comparison that stopped early would be many times as quick. */
static void test_constant_time(void **state)
{
    (void)state;
    char text[257], early[257], late[257];
    memset(text, 'a', sizeof text);
    text[256] = '\0';
    memcpy(early, text, sizeof text);
    memcpy(late, text, sizeof text);
    early[0] = 'b';
    late[255] = 'b';
    struct token token, brief;
    assert_true(token_set(&token, text) && token_set(&brief, "a"));
    int64_t right = time_ns(&token, text);
    const int64_t others[] = {time_ns(&token, early), time_ns(&token, late), time_ns(&brief, text)};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i] * 3 < right * 2 || right * 3 < others[i] * 2)
            fail_msg("case %zu: %lld ns beside %lld ns", i, (long long)others[i], (long long)right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_constant_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
