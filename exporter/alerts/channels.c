/* SPDX-License-Identifier: MIT */
/* channels.c: what is asked of the channels, and when each of them is looked at. */
#include "exporter/alerts/channels_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/due.h"
#include "controller/core/error.h"
#include "controller/core/transfer.h"

enum { CONNECTIONS_KEPT = 1 };

bool channels_has(const struct channels *channels, enum channel_kind kind)
{
    return channels && channels->config.url[kind][0];
}

static const char *keep(struct arena *arena, const char *text)
{
    return arena_copy(arena, text ? text : "");
}

static void take_config(struct channels *channels, const struct channels_config *config)
{
    struct arena fresh = {0};
    struct channels_config kept = *config;
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        kept.url[i] = keep(&fresh, config->url[i]);
    kept.ntfy_token = keep(&fresh, config->ntfy_token);
    kept.gotify_token = keep(&fresh, config->gotify_token);
    kept.email_from = keep(&fresh, config->email_from);
    kept.email_to = keep(&fresh, config->email_to);
    kept.ca_file = keep(&fresh, config->ca_file);
    kept.host = keep(&fresh, config->host);
    arena_free(&channels->arena);
    channels->arena = fresh;
    channels->config = kept;
}

/* ---- the turn ---- */

static void on_timer(uv_timer_t *timer)
{
    struct channels *channels = timer->data;
    struct moment now = clock_now();
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        struct channel *channel = &channels->channel[i];
        int64_t due = channel_due(channel);
        if (due && due <= now.mono_ms)
            channel_deliver(channel, now);
    }
    channels_arm(channels);
}

void channels_arm(struct channels *channels)
{
    if (channels->closing)
        return;
    int64_t first = 0, now = clock_now().mono_ms;
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        first = due_earlier(first, channel_due(&channels->channel[i]));
    channels_save(channels);
    if (!first) {
        uv_timer_stop(channels->timer);
        return;
    }
    uv_update_time(channels->loop);
    uv_timer_start(channels->timer, on_timer, first > now ? (uint64_t)(first - now) : 0, 0);
}

/* ---- opening and closing ---- */

struct channels *channels_open(uv_loop_t *loop, const struct channels_config *config, const char *state_dir,
                               struct stats *stats, channel_trouble *trouble, void *user, struct error *err)
{
    struct transfer_pool *pool = transfer_pool_new(loop, CONNECTIONS_KEPT);
    if (!pool) {
        error_set(err, -EIO, "The HTTP client for alerts cannot start");
        return NULL;
    }
    struct channels *channels = mem_new(sizeof *channels);
    int64_t now = clock_now().mono_ms;
    channels->loop = loop;
    channels->pool = pool;
    channels->timer = mem_new(sizeof *channels->timer);
    uv_timer_init(loop, channels->timer);
    channels->timer->data = channels;
    channels->stats = stats;
    channels->on_trouble = trouble;
    channels->user = user;
    take_config(channels, config);
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        struct channel *channel = &channels->channel[i];
        channel->channels = channels;
        channel->kind = (enum channel_kind)i;
        channel->testing.channel = channel;
        channel->round_mono_ms = now;
        queue_init(&channel->queue, i == CHANNEL_ALERTMANAGER);
        pace_init(&channel->pace, &channel_table[i], now);
    }
    if (state_dir && state_dir[0])
        channels->path = mem_format("%s/alert-queue.json", state_dir);
    channels_load(channels);
    channels_arm(channels);
    return channels;
}

void channels_configure(struct channels *channels, const struct channels_config *config)
{
    take_config(channels, config);
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        struct channel *channel = &channels->channel[i];
        pace_worked(&channel->pace); /* it may be another one now */
        channel->round_mono_ms = clock_now().mono_ms;
        if (channels_has(channels, channel->kind))
            continue;
        delivery_cancel(channel->delivery);
        channel->delivery = NULL;
        channels->dirty |= channel->queue.count > 0;
        queue_free(&channel->queue);
        channel_say(channel, NULL);
    }
    channels_arm(channels);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle);
}

void channels_release(struct channels *channels)
{
    channels_save_now(channels);
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        queue_free(&channels->channel[i].queue);
    arena_free(&channels->arena);
    free(channels->path);
    free(channels);
}

void channels_close(struct channels *channels)
{
    if (!channels)
        return;
    channels->closing = true;
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        struct channel *channel = &channels->channel[i];
        delivery_cancel(channel->delivery);
        testing_cancel(&channel->testing);
    }
    transfer_pool_free(channels->pool);
    uv_close((uv_handle_t *)channels->timer, on_timer_closed);
    if (!channels->saving) /* else when that is over */
        channels_release(channels);
}

/* ---- asking ---- */

void channels_send(struct channels *channels, unsigned set, const struct alert *alert)
{
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        struct channel *channel = &channels->channel[i];
        if (!(set & 1u << i) || !channels_has(channels, channel->kind) || alert->state == ALERT_TEST)
            continue;
        queue_put(&channel->queue, alert);
        channels->dirty = true;
    }
    channels_arm(channels);
}

void channels_keep_only(struct channels *channels, const char *const *id, size_t count, int64_t now_wall_ms)
{
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        struct channel *channel = &channels->channel[i];
        channels->dirty |= channel->queue.count > 0;
        queue_keep_only(&channel->queue, id, count, channel_table[i].keeps_account, now_wall_ms);
    }
    channels_arm(channels);
}

size_t channels_waiting(const struct channels *channels, enum channel_kind kind)
{
    const struct channel *channel = &channels->channel[kind];
    return channel->queue.waiting + (channel->delivery ? channel->telling : 0);
}

const char *channels_trouble(const struct channels *channels, enum channel_kind kind)
{
    const char *sentence = channels->channel[kind].trouble;
    return sentence[0] ? sentence : NULL;
}
