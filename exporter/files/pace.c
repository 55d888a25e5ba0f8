/* SPDX-License-Identifier: MIT */
/* pace.c: when a file is written. */
#include "exporter/files/pace.h"

enum { SLOW_MS = 300000 };

void pace_note(struct pace *pace, bool urgent, int64_t now_ms)
{
    if (!pace->wanted)
        pace->first_ms = now_ms;
    pace->last_ms = now_ms;
    pace->urgent = pace->urgent || urgent;
    pace->wanted = true;
}

int64_t pace_due(const struct pace *pace)
{
    if (!pace->wanted)
        return 0;
    int64_t calm = pace->last_ms + pace->debounce_ms, latest = pace->first_ms + pace->max_wait_ms;
    int64_t due = pace->urgent ? pace->first_ms : calm < latest ? calm : latest;
    if (due < pace->not_before_ms)
        due = pace->not_before_ms;
    return due > 0 ? due : 1;
}

void pace_take(struct pace *pace, int64_t now_ms)
{
    pace->wanted = pace->urgent = false;
    pace->not_before_ms = now_ms + PACE_GAP_MS;
}

int64_t pace_retry(int64_t base_ms, int64_t max_ms, unsigned attempts, unsigned failures)
{
    int64_t wait_ms = base_ms;
    if (failures >= attempts)
        return max_ms > SLOW_MS ? max_ms : SLOW_MS;
    for (unsigned i = 1; i < failures && wait_ms < max_ms; i++)
        wait_ms *= 2;
    return wait_ms < max_ms ? wait_ms : max_ms;
}
