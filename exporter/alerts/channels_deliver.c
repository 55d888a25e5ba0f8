/* SPDX-License-Identifier: MIT */
/* channels_deliver.c: one channel: one message at a time, and what follows from how it ends. */
#include <stdio.h>
#include <string.h>

#include "controller/core/stats.h"
#include "exporter/alerts/channels_internal.h"

enum { MINUTE_MS = 60 * 1000, TIMEOUT_MS = 10 * 1000, MAIL_TIMEOUT_MS = 20 * 1000 };
static const int64_t KEPT_MS = INT64_C(24) * 3600 * 1000; /* an older alert is of no use to anybody */

static const struct channel_row *row_of(const struct channel *channel)
{
    return &channel_table[channel->kind];
}

static int64_t round_ms(const struct channel *channel)
{
    const struct channels_config *config = &channel->channels->config;
    int64_t own = channel->kind == CHANNEL_HEALTHCHECKS ? config->ping_interval_ms
                                                        : config->refire_interval_ms;
    return own ? own : MINUTE_MS;
}

int64_t channel_due(const struct channel *channel)
{
    if (channel->delivery || !channels_has(channel->channels, channel->kind))
        return 0;
    int64_t due = pace_due(&channel->pace, row_of(channel));
    if (due < 1)
        due = 1;
    if (channel->queue.waiting)
        return due;
    bool rounds = channel->kind == CHANNEL_HEALTHCHECKS || channel->queue.count > 0;
    if (!row_of(channel)->keeps_account || !rounds)
        return 0;
    return channel->round_mono_ms > due ? channel->round_mono_ms : due;
}

void channel_say(struct channel *channel, const char *sentence)
{
    struct channels *channels = channel->channels;
    bool failed = channel->trouble[0] != '\0';
    if (!sentence && !failed)
        return;
    bool news = !sentence || strcmp(channel->trouble, sentence) != 0;
    snprintf(channel->trouble, sizeof channel->trouble, "%s", sentence ? sentence : "");
    if (news)
        channels->on_trouble(channels->user, channel->kind, sentence);
}

static void count(struct channel *channel, const char *result, size_t alerts)
{
    for (size_t i = 0; i < alerts; i++)
        stats_count(&channel->channels->stats->alerts, channel_name[channel->kind], result, NULL);
}

/* ---- how a message ends ---- */

static void drop(struct channel *channel, const struct judged *judged)
{
    char sentence[sizeof channel->trouble];
    size_t dropped = queue_drop(&channel->queue);
    count(channel, "dropped", dropped);
    snprintf(sentence, sizeof sentence, "%s; the alert was dropped", judged->sentence);
    channel_say(channel, sentence);
}

static void try_again(struct channel *channel, const struct judged *judged, int64_t now_mono_ms)
{
    const struct channels_config *config = &channel->channels->config;
    char sentence[sizeof channel->trouble];
    queue_untold(&channel->queue, judged->perhaps_taken);
    count(channel, "retried", channel->telling);
    bool failing = pace_failed(&channel->pace, config, now_mono_ms);
    pace_hold(&channel->pace, judged->wait_ms, now_mono_ms);
    if (!failing && judged->verdict != VERDICT_NEVER)
        return;
    snprintf(sentence, sizeof sentence, "%s; what is to be told waits and is tried again", judged->sentence);
    channel_say(channel, sentence);
}

static void on_done(void *user, const struct judged *judged)
{
    struct channel *channel = user;
    struct channels *channels = channel->channels;
    const struct channels_config *config = &channels->config;
    int64_t now = clock_now().mono_ms;
    channel->delivery = NULL;
    channels->dirty |= channel->telling > 0;
    /* What failed is due as soon as the pace allows it. */
    channel->round_mono_ms = judged->verdict == VERDICT_TAKEN ? now + round_ms(channel) : now;
    switch (judged->verdict) {
    case VERDICT_TAKEN:
        queue_told(&channel->queue);
        pace_worked(&channel->pace);
        count(channel, "sent", channel->telling);
        channel_say(channel, NULL);
        break;
    case VERDICT_SLOWER:
        queue_untold(&channel->queue, false);
        count(channel, "throttled", channel->telling);
        pace_hold(&channel->pace, judged->wait_ms ? judged->wait_ms : config->retry_max_ms, now);
        break;
    case VERDICT_NEVER:
        /* Who keeps account is told all of it again anyway. */
        if (row_of(channel)->keeps_account)
            try_again(channel, judged, now);
        else
            drop(channel, judged);
        break;
    case VERDICT_LATER:
        if (config->retry || row_of(channel)->keeps_account)
            try_again(channel, judged, now);
        else
            drop(channel, judged);
        break;
    }
    channels_arm(channels);
}

/* ---- how it begins ---- */

static void expire(struct channel *channel, int64_t now_wall_ms)
{
    size_t expired = queue_expire(&channel->queue, now_wall_ms - KEPT_MS);
    if (!expired)
        return;
    count(channel, "expired", expired);
    channel->channels->dirty = true;
}

void channel_deliver(struct channel *channel, struct moment now)
{
    struct channels *channels = channel->channels;
    const struct channel_row *row = row_of(channel);
    const struct alert *item[QUEUE_ENTRIES];
    struct telling telling = {.item = item, .now_wall_ms = now.wall_ms};
    size_t waiting = channel->queue.waiting;
    if (row->keeps_account) {
        telling.count = queue_take_all(&channel->queue, item, QUEUE_ENTRIES);
        channel->telling = waiting;
    } else {
        expire(channel, now.wall_ms);
        bool joined = channel->queue.waiting > pace_tokens(&channel->pace, row, now.mono_ms);
        telling.count = queue_take(&channel->queue, item, joined ? QUEUE_ENTRIES : 1);
        telling.left_out = channel->queue.left_out;
        channel->telling = telling.count;
        if (!telling.count)
            return;
    }
    pace_take(&channel->pace, row, now.mono_ms);
    channel->delivery = delivery_start(
        channels->loop, channels->pool, channel->kind, &channels->config, &telling,
        channel->kind == CHANNEL_EMAIL ? MAIL_TIMEOUT_MS : TIMEOUT_MS, on_done, channel);
}
