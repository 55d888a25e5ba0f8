/* pace.h: how fast a channel may be used: a least time between two messages, a bucket of tokens that fills up
 * slowly, and the doubling wait after failures. Pure; times are monotonic. */
#ifndef QUAYWATCH_EXPORTER_ALERTS_PACE_H
#define QUAYWATCH_EXPORTER_ALERTS_PACE_H

#include "exporter/alerts/channel.h"

struct pace {
    int64_t empty_at_mono_ms; /* when the bucket was, or would have been, empty: full_ms later it is full */
    int64_t spaced_mono_ms;   /* none before, for the spacing */
    int64_t held_mono_ms;     /* none before, for a failure or because the service asked for it */
    unsigned failures;        /* in a row */
};

/* A full bucket. */
void pace_init(struct pace *pace, const struct channel_row *row, int64_t now_mono_ms);

/* Whole messages that are in the bucket. */
unsigned pace_tokens(const struct pace *pace, const struct channel_row *row, int64_t now_mono_ms);

/* When the next message may be sent (now or earlier: at once). */
int64_t pace_due(const struct pace *pace, const struct channel_row *row);

/* A message is being sent. */
void pace_take(struct pace *pace, const struct channel_row *row, int64_t now_mono_ms);

/* It was taken. */
void pace_worked(struct pace *pace);

/* It failed. True when the channel counts as failing from this time on. */
bool pace_failed(struct pace *pace, const struct channels_config *config, int64_t now_mono_ms);

/* None for that long, nor for a shorter time that was said before. */
void pace_hold(struct pace *pace, int64_t wait_ms, int64_t now_mono_ms);

#endif
