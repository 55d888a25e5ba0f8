/* SPDX-License-Identifier: MIT */
/* rhythm.c: when a file is written. */
#include "exporter/files/rhythm.h"

enum { SLOW_MS = 300000 };

void rhythm_note(struct rhythm *rhythm, bool urgent, int64_t now_ms)
{
    if (!rhythm->wanted)
        rhythm->first_ms = now_ms;
    rhythm->last_ms = now_ms;
    rhythm->urgent = rhythm->urgent || urgent;
    rhythm->wanted = true;
}

int64_t rhythm_due(const struct rhythm *rhythm)
{
    if (!rhythm->wanted)
        return 0;
    int64_t calm = rhythm->last_ms + rhythm->debounce_ms, latest = rhythm->first_ms + rhythm->max_wait_ms;
    int64_t due = rhythm->urgent ? rhythm->first_ms : calm < latest ? calm : latest;
    if (due < rhythm->not_before_ms)
        due = rhythm->not_before_ms;
    return due > 0 ? due : 1;
}

void rhythm_take(struct rhythm *rhythm, int64_t now_ms)
{
    rhythm->wanted = rhythm->urgent = false;
    if (rhythm->spent_ms < now_ms)
        rhythm->spent_ms = now_ms;
    rhythm->spent_ms += RHYTHM_CALM_MS;
    int64_t given_back_ms = rhythm->spent_ms - (int64_t)(RHYTHM_BURST - 1) * RHYTHM_CALM_MS;
    rhythm->not_before_ms = now_ms + RHYTHM_GAP_MS;
    if (rhythm->not_before_ms < given_back_ms)
        rhythm->not_before_ms = given_back_ms;
}

int64_t rhythm_retry(int64_t base_ms, int64_t max_ms, unsigned attempts, unsigned failures)
{
    int64_t wait_ms = base_ms;
    if (failures >= attempts)
        return max_ms > SLOW_MS ? max_ms : SLOW_MS;
    for (unsigned i = 1; i < failures && wait_ms < max_ms; i++)
        wait_ms *= 2;
    return wait_ms < max_ms ? wait_ms : max_ms;
}
