/* SPDX-License-Identifier: MIT */
/* channels_test.c: somebody tries a channel: one message, past the queue, and how it ended. */
#include <errno.h>
#include <stdio.h>

#include "controller/core/error.h"
#include "exporter/alerts/channels_internal.h"

enum { TIMEOUT_MS = 8 * 1000 }; /* somebody waits, who does so for 10 s */

static void on_done(void *user, const struct judged *judged)
{
    struct testing *testing = user;
    struct channel *channel = testing->channel;
    struct channel_tested tested = {.delivered = judged->verdict == VERDICT_TAKEN, .status = judged->status};
    snprintf(tested.sentence, sizeof tested.sentence, "%s", judged->sentence);
    channel_test_done *done = testing->done;
    testing->delivery = NULL;
    testing->done = NULL;
    if (tested.delivered) { /* whatever was wrong with it is not any more */
        pace_worked(&channel->pace);
        channel_say(channel, NULL);
        channels_arm(channel->channels);
    }
    if (done)
        done(testing->user, &tested);
}

int channels_test(struct channels *channels, enum channel_kind kind, channel_test_done *done, void *user,
                  struct error *err)
{
    struct channel *channel = &channels->channel[kind];
    struct testing *testing = &channel->testing;
    struct moment now = clock_now();
    if (!channels_has(channels, kind))
        return error_set(err, -ENOENT, "%s is not set", channel_setting[kind]);
    if (testing->delivery)
        return error_set(err, -EBUSY, "a test of %s is under way", channel_name[kind]);
    const struct alert alert = {.id = "test",
                                .name = "test",
                                .state = ALERT_TEST,
                                .severity = SEVERITY_INFO,
                                .service = "",
                                .container = "",
                                .project = "",
                                .title = "Test alert from quaywatch",
                                .sentence = "Nothing is wrong: somebody tries whether alerts arrive here.",
                                .since_wall_ms = now.wall_ms,
                                .at_wall_ms = now.wall_ms,
                                .host = channels->config.host,
                                .url = ""};
    const struct alert *item[] = {&alert};
    const struct telling telling = {.item = item, .count = 1, .now_wall_ms = now.wall_ms};
    testing->done = done;
    testing->user = user;
    testing->delivery = delivery_start(channels->loop, channels->pool, kind, &channels->config, &telling,
                                       TIMEOUT_MS, on_done, testing);
    return 0;
}

void channels_test_forget(struct channels *channels, const void *user)
{
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        if (channels->channel[i].testing.user == user)
            channels->channel[i].testing.done = NULL;
}

void testing_cancel(struct testing *testing)
{
    delivery_cancel(testing->delivery);
    testing->delivery = NULL;
}
