/* rhythm.h: when a file is written after changes: soon, not at each of them, and never later than promised;
 * what takes something away at once. Pure: time is an argument (mono ms). */
#ifndef QUAYWATCH_EXPORTER_FILES_RHYTHM_H
#define QUAYWATCH_EXPORTER_FILES_RHYTHM_H

#include <stdbool.h>
#include <stdint.h>

/* The least distance of two runs, whatever asks for them. Every run of a file with a proxy behind it is a
 * reload, which proxies do not bear for long at that pace: after a burst of so many, the pace is that of the
 * calm. A run each calm is given back. */
enum { RHYTHM_GAP_MS = 500, RHYTHM_BURST = 20, RHYTHM_CALM_MS = 5000 };

struct rhythm {
    int64_t debounce_ms, max_wait_ms;
    bool wanted, urgent;
    int64_t first_ms, last_ms; /* change that is wanted, and the latest */
    int64_t not_before_ms;
    int64_t spent_ms; /* when all runs so far will have been given back */
};

/* Something changed; urgent: it must not wait. */
void rhythm_note(struct rhythm *rhythm, bool urgent, int64_t now_ms);

/* When it is to be written; 0: nothing is wanted. */
int64_t rhythm_due(const struct rhythm *rhythm);

/* It is written now: nothing is wanted any more. */
void rhythm_take(struct rhythm *rhythm, int64_t now_ms);

/* When to try again after as many failures in a row, at least one: base doubling to max, and after attempts
 * of them every five minutes (or max, if that is longer). */
int64_t rhythm_retry(int64_t base_ms, int64_t max_ms, unsigned attempts, unsigned failures);

#endif
