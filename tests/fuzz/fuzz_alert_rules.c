/* SPDX-License-Identifier: MIT */
/* Fuzzes the file of alert rules and the memory of alerts: each is refused with a sentence, or what it gives
 * can be used. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/alerting/rule.h"
#include "controller/alerting/troubles.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "exporter/alerts/channels.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_rules(const char *text, size_t size)
{
    struct error err = {0};
    struct rules *rules = rules_parse(text, size, &err);
    if (!rules) {
        assert(err.code < 0 && err.text[0]);
        return;
    }
    for (size_t i = 0; i < rules_count(rules); i++) {
        const struct rule *rule = rules_at(rules, i);
        assert(rule->name[0] && rule->text && rule->condition.metric < RULE_METRIC_COUNT);
        assert(isfinite(rule->condition.threshold) && rule->severity < SEVERITY_COUNT);
        assert(rule->channels < 1U << CHANNEL_COUNT);
    }
    rules_free(rules);
}

static void on_tell(void *user, unsigned channels, const struct alert *alert)
{
    (void)user, (void)channels;
    assert(alert->id && alert->title && alert->sentence && alert->severity < SEVERITY_COUNT);
}

static void on_suppressed(void *user, const char *reason)
{
    (void)user;
    assert(reason);
}

static void fuzz_memory(const char *text, size_t size)
{
    struct trouble_door door = {.tell = on_tell, .suppressed = on_suppressed};
    struct troubles *troubles = troubles_new(&door);
    struct moment now = {.mono_ms = 1000, .wall_ms = INT64_C(1800000000000)};
    troubles_configure(troubles, &(struct trouble_settings){.remind_ms = 3600000, .channels = 3});
    struct error err = {0};
    if (troubles_read(troubles, text, size, now, &err) != 0)
        assert(err.text[0]);
    for (unsigned i = 0; i < 3; i++) {
        troubles_settle(troubles, now);
        now.mono_ms += 1200000;
        now.wall_ms += 1200000;
    }
    troubles_free(troubles);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LIMIT_LABEL_BYTES)
        return 0;
    char *text = mem_new(size + 1);
    if (size)
        memcpy(text, data, size);
    fuzz_rules(text, size);
    fuzz_memory(text, size);
    free(text);
    return 0;
}
