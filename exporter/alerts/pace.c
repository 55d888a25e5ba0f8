/* SPDX-License-Identifier: MIT */
/* pace.c: the token bucket and the waits of one channel. */
#include "exporter/alerts/pace.h"

enum { FAILING_MS = 60 * 1000 /* between two attempts of a channel that counts as failing */ };

void pace_init(struct pace *pace, const struct channel_row *row, int64_t now_mono_ms)
{
    *pace = (struct pace){.empty_at_mono_ms = now_mono_ms - row->refill_ms * row->burst};
}

unsigned pace_tokens(const struct pace *pace, const struct channel_row *row, int64_t now_mono_ms)
{
    int64_t tokens = (now_mono_ms - pace->empty_at_mono_ms) / row->refill_ms;
    if (tokens < 0)
        return 0;
    return tokens < row->burst ? (unsigned)tokens : row->burst;
}

int64_t pace_due(const struct pace *pace, const struct channel_row *row)
{
    int64_t due = pace->empty_at_mono_ms + row->refill_ms;
    if (pace->spaced_mono_ms > due)
        due = pace->spaced_mono_ms;
    return pace->held_mono_ms > due ? pace->held_mono_ms : due;
}

void pace_take(struct pace *pace, const struct channel_row *row, int64_t now_mono_ms)
{
    int64_t full = now_mono_ms - row->refill_ms * row->burst;
    if (pace->empty_at_mono_ms < full)
        pace->empty_at_mono_ms = full;
    pace->empty_at_mono_ms += row->refill_ms;
    pace->spaced_mono_ms = now_mono_ms + row->spacing_ms;
}

void pace_worked(struct pace *pace)
{
    pace->failures = 0;
    pace->held_mono_ms = 0;
}

bool pace_failed(struct pace *pace, const struct channels_config *config, int64_t now_mono_ms)
{
    int64_t wait_ms = config->retry_base_ms;
    for (unsigned i = 0; i < pace->failures && wait_ms < config->retry_max_ms; i++)
        wait_ms *= 2;
    if (wait_ms > config->retry_max_ms)
        wait_ms = config->retry_max_ms;
    pace->failures++;
    if (pace->failures >= config->attempts && wait_ms < FAILING_MS)
        wait_ms = FAILING_MS;
    pace_hold(pace, wait_ms, now_mono_ms);
    return pace->failures == config->attempts;
}

void pace_hold(struct pace *pace, int64_t wait_ms, int64_t now_mono_ms)
{
    if (now_mono_ms + wait_ms > pace->held_mono_ms)
        pace->held_mono_ms = now_mono_ms + wait_ms;
}
