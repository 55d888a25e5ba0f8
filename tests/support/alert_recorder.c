/* SPDX-License-Identifier: MIT */
/* alert_recorder.c: troubles with a door that writes down what comes out of it. */
#include "tests/support/alert_recorder.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"

static void on_tell(void *user, unsigned channels, const struct alert *alert)
{
    struct recorder *recorder = user;
    assert(recorder->count < RECORDED_MESSAGES);
    struct recorded_message *to = &recorder->message[recorder->count++];
    *to = (struct recorded_message){.state = alert->state,
                                    .severity = alert->severity,
                                    .channels = channels,
                                    .victim_count = alert->victim_count,
                                    .since_wall_ms = alert->since_wall_ms,
                                    .at_wall_ms = alert->at_wall_ms};
    snprintf(to->id, sizeof to->id, "%.23s", alert->id);
    snprintf(to->name, sizeof to->name, "%.63s", alert->name);
    snprintf(to->title, sizeof to->title, "%.255s", alert->title);
    snprintf(to->sentence, sizeof to->sentence, "%.1023s", alert->sentence);
    size_t used = 0;
    for (size_t i = 0; i < alert->victim_count && used < sizeof to->victims; i++)
        used += (size_t)snprintf(to->victims + used, sizeof to->victims - used, "%s%s", i ? "," : "",
                                 alert->victim[i]);
}

static void on_suppressed(void *user, const char *reason)
{
    struct recorder *recorder = user;
    for (size_t i = 0; i < RECORDED_REASONS; i++) {
        struct recorded_reason *at = &recorder->reason[i];
        if (!at->reason)
            at->reason = reason;
        if (strcmp(at->reason, reason) == 0) {
            at->count++;
            return;
        }
    }
}

static void make(struct recorder *recorder)
{
    struct trouble_door door = {.user = recorder, .tell = on_tell, .suppressed = on_suppressed};
    recorder->troubles = troubles_new(&door);
    recorder_configure(recorder);
}

void recorder_open(struct recorder *recorder, int64_t wall_ms)
{
    *recorder = (struct recorder){.now = {.mono_ms = 1000000, .wall_ms = wall_ms}};
    recorder->message = mem_new(RECORDED_MESSAGES * sizeof *recorder->message);
    recorder->settings = (struct trouble_settings){.delay_ms = 60000,
                                                   .group_wait_ms = 10000,
                                                   .resolve_delay_ms = 30000,
                                                   .remind_ms = INT64_C(4) * 3600 * 1000,
                                                   .least = SEVERITY_WARNING,
                                                   .channels = 7,
                                                   .quiet = &recorder->quiet};
    make(recorder);
}

void recorder_close(struct recorder *recorder)
{
    troubles_free(recorder->troubles);
    free(recorder->message);
}

void recorder_configure(struct recorder *recorder)
{
    troubles_configure(recorder->troubles, &recorder->settings);
}

struct trouble_fact recorder_fact(const char *key, enum severity severity, const char *root)
{
    return (struct trouble_fact){.key = key,
                                 .name = "rule",
                                 .service = key,
                                 .container = "",
                                 .project = "",
                                 .title = key,
                                 .sentence = "It is so.",
                                 .severity = severity,
                                 .delay_ms = -1,
                                 .channels = 1,
                                 .root = root};
}

void recorder_sick(struct recorder *recorder, const char *key, enum severity severity, const char *root)
{
    struct trouble_fact fact = recorder_fact(key, severity, root);
    troubles_set(recorder->troubles, &fact, recorder->now);
    troubles_settle(recorder->troubles, recorder->now);
}

void recorder_well(struct recorder *recorder, const char *key)
{
    char title[128];
    snprintf(title, sizeof title, "%s is healthy", key);
    troubles_clear(recorder->troubles, key, title, recorder->now);
    troubles_settle(recorder->troubles, recorder->now);
}

void recorder_wait(struct recorder *recorder, int64_t seconds)
{
    int64_t until = recorder->now.mono_ms + seconds * 1000;
    for (;;) {
        troubles_settle(recorder->troubles, recorder->now);
        int64_t due = troubles_due(recorder->troubles), step = until - recorder->now.mono_ms;
        if (step <= 0)
            return;
        /* Nothing is due and nothing changes: then nothing may happen, and the time is left out. */
        if (due && due - recorder->now.mono_ms < step)
            step = due > recorder->now.mono_ms ? due - recorder->now.mono_ms : 1;
        recorder->now.mono_ms += step;
        recorder->now.wall_ms += step;
    }
}

void recorder_restart(struct recorder *recorder, int64_t seconds)
{
    struct buf text;
    struct error err = {0};
    buf_init(&text, LIMIT_STATE_FILE);
    troubles_render(recorder->troubles, &text);
    troubles_free(recorder->troubles);
    recorder->now = (struct moment){.mono_ms = 5000, .wall_ms = recorder->now.wall_ms + seconds * 1000};
    make(recorder);
    if (troubles_read(recorder->troubles, buf_string(&text), text.len, recorder->now, &err) != 0)
        abort();
    buf_free(&text);
    troubles_settle(recorder->troubles, recorder->now);
}

size_t recorder_count(const struct recorder *recorder, enum alert_state state, const char *id)
{
    size_t count = 0;
    for (size_t i = 0; i < recorder->count; i++)
        count += recorder->message[i].state == state && (!id || strcmp(recorder->message[i].id, id) == 0);
    return count;
}

const struct recorded_message *recorder_last(const struct recorder *recorder)
{
    assert(recorder->count);
    return &recorder->message[recorder->count - 1];
}

unsigned recorder_suppressed(const struct recorder *recorder, const char *reason)
{
    for (size_t i = 0; i < RECORDED_REASONS && recorder->reason[i].reason; i++)
        if (strcmp(recorder->reason[i].reason, reason) == 0)
            return recorder->reason[i].count;
    return 0;
}
