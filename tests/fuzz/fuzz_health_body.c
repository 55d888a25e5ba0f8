/* SPDX-License-Identifier: MIT */
/* Fuzzes the reader of JSON health bodies: whatever comes in, what comes out is sorted, bounded and made of
 * known words, and the same each time. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/limits.h"
#include "health/probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_word(const char *word)
{
    static const char *const known[] = {"healthy", "degraded", "unhealthy", "unknown"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(word, known[i]) == 0)
            return;
    }
    abort();
}

static void assert_reading(const struct outcome *outcome)
{
    assert(outcome->kind == OUTCOME_PASS && outcome->http_status == 200);
    assert(!outcome->has_body_status || outcome->body_status == STATUS_HEALTHY ||
           outcome->body_status == STATUS_DEGRADED || outcome->body_status == STATUS_UNHEALTHY);
    assert(outcome->check_count <= LIMIT_HEALTH_CHECKS);
    assert((outcome->check == NULL) == (outcome->check_count == 0));
    for (size_t i = 0; i < outcome->check_count; i++) {
        const struct outcome_check *check = &outcome->check[i];
        assert(memchr(check->name, '\0', sizeof check->name) &&
               memchr(check->word, '\0', sizeof check->word));
        assert_word(check->word);
        assert(i == 0 || strcmp(outcome->check[i - 1].name, check->name) < 0);
        for (const char *at = check->name; *at; at++)
            assert((unsigned char)*at >= 0x20 && *at != 0x7f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of exactly this size: reading beyond it is found. */
    char *body = malloc(size ? size : 1);
    if (size)
        memcpy(body, data, size);
    struct outcome first = {.kind = OUTCOME_PASS, .http_status = 200}, second = first;
    health_body_read(body, size, &first);
    health_body_read(body, size, &second);
    assert_reading(&first);
    assert(first.has_body_status == second.has_body_status && first.check_count == second.check_count);
    for (size_t i = 0; i < first.check_count; i++) {
        assert(strcmp(first.check[i].name, second.check[i].name) == 0);
        assert(strcmp(first.check[i].word, second.check[i].word) == 0);
    }
    free(first.check);
    free(second.check);
    free(body);
    return 0;
}
