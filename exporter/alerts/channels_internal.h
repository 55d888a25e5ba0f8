/* channels_internal.h: the channels' own structure, shared by channels*.c: channels.c (what is asked of them,
 * and when what is sent), channels_deliver.c (one channel), channels_file.c (the queue on disk),
 * channels_test.c (tests). */
#ifndef QUAYWATCH_EXPORTER_ALERTS_CHANNELS_INTERNAL_H
#define QUAYWATCH_EXPORTER_ALERTS_CHANNELS_INTERNAL_H

#include <uv.h>

#include "controller/core/clock.h"
#include "exporter/alerts/channels.h"
#include "exporter/alerts/delivery.h"
#include "exporter/alerts/pace.h"
#include "exporter/alerts/queue.h"

struct testing {
    struct channel *channel;
    struct delivery *delivery; /* under way, or NULL */
    channel_test_done *done;
    void *user;
};

struct channel {
    struct channels *channels;
    enum channel_kind kind;
    struct queue queue;
    struct pace pace;
    struct delivery *delivery; /* under way, or NULL */
    size_t telling;            /* that many alerts in it */
    int64_t round_mono_ms;     /* those that keep account: told again at this time */
    char trouble[320];         /* why it fails, "" while it does not */
    struct testing testing;
};

struct channels {
    uv_loop_t *loop;
    struct transfer_pool *pool;
    uv_timer_t *timer;  /* apart, because libuv closes it later */
    struct arena arena; /* holds the texts of */
    struct channels_config config;
    struct channel channel[CHANNEL_COUNT];
    struct stats *stats;
    channel_trouble *on_trouble;
    void *user;
    bool closing;

    char *path;            /* of the queue's file, or NULL */
    bool dirty;            /* it is to be written */
    struct saving *saving; /* being written, or NULL */
    bool save_failed;
};

/* ---- channels.c ---- */

/* Looks at what is due, in a later turn. */
void channels_arm(struct channels *channels);

/* ---- channels_deliver.c ---- */

/* When something is to be sent on a channel (mono ms); 0: nothing is. */
int64_t channel_due(const struct channel *channel);

/* Sends what is due. */
void channel_deliver(struct channel *channel, struct moment now);

/* The channel fails, or works again (NULL): said once. */
void channel_say(struct channel *channel, const char *sentence);

/* ---- channels_file.c ---- */

/* Takes up what waits on disk. */
void channels_load(struct channels *channels);

/* Begins to write if something changed and nothing is being written. */
void channels_save(struct channels *channels);

/* At the end, on the spot: the last writing in the thread pool is over. */
void channels_save_now(struct channels *channels);

/* Frees, when closing and nothing is being written any more. */
void channels_release(struct channels *channels);

/* ---- channels_test.c ---- */

/* Ends a test without a call. */
void testing_cancel(struct testing *testing);

#endif
