/* SPDX-License-Identifier: MIT */
/* channel.c: the table of channels, and what their messages have in common. */
#include "exporter/alerts/channel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "exporter/alerts/words.h"

const char *const channel_name[CHANNEL_COUNT] = {
    [CHANNEL_WEBHOOK] = "webhook",
    [CHANNEL_SLACK] = "slack",
    [CHANNEL_DISCORD] = "discord",
    [CHANNEL_NTFY] = "ntfy",
    [CHANNEL_GOTIFY] = "gotify",
    [CHANNEL_EMAIL] = "email",
    [CHANNEL_ALERTMANAGER] = "alertmanager",
    [CHANNEL_HEALTHCHECKS] = "healthchecks",
};

const char *const channel_setting[CHANNEL_COUNT] = {
    [CHANNEL_WEBHOOK] = "ALERT_WEBHOOK",
    [CHANNEL_SLACK] = "ALERT_SLACK",
    [CHANNEL_DISCORD] = "ALERT_DISCORD",
    [CHANNEL_NTFY] = "ALERT_NTFY",
    [CHANNEL_GOTIFY] = "ALERT_GOTIFY",
    [CHANNEL_EMAIL] = "ALERT_EMAIL",
    [CHANNEL_ALERTMANAGER] = "ALERT_ALERTMANAGER",
    [CHANNEL_HEALTHCHECKS] = "ALERT_HEALTHCHECKS",
};

/* Slack takes a message a second, Discord 30 a minute, ntfy.sh 60 and then one in 5 s: people take less. */
const struct channel_row channel_table[CHANNEL_COUNT] = {
    [CHANNEL_WEBHOOK] = {channel_webhook, false, 100, 60, 1000},
    [CHANNEL_SLACK] = {channel_slack, false, 1000, 10, 6000},
    [CHANNEL_DISCORD] = {channel_discord, false, 1000, 10, 6000},
    [CHANNEL_NTFY] = {channel_ntfy, false, 1000, 10, 6000},
    [CHANNEL_GOTIFY] = {channel_gotify, false, 500, 10, 6000},
    [CHANNEL_EMAIL] = {channel_email, false, 2000, 6, 30000},
    [CHANNEL_ALERTMANAGER] = {channel_alertmanager, true, 1000, 10, 1000},
    [CHANNEL_HEALTHCHECKS] = {channel_healthchecks, true, 1000, 10, 1000},
};

int channel_find(const char *name)
{
    for (int i = 0; i < CHANNEL_COUNT; i++)
        if (strcmp(channel_name[i], name) == 0)
            return i;
    return -1;
}

void message_free(struct message *message)
{
    arena_free(&message->arena);
}

struct alert message_alert(struct message *message, const struct telling *telling)
{
    assert(telling->count > 0);
    if (telling->count == 1 && !telling->left_out)
        return *telling->item[0];
    return words_digest(&message->arena, telling->item, telling->count, telling->left_out);
}

void message_header(struct message *message, const char *name, const char *value)
{
    size_t count = 0;
    while (message->header[count])
        count++;
    assert(count < MESSAGE_HEADERS);
    message->header[count] = arena_format(&message->arena, "%s: %s", name, value);
}

void message_json(struct message *message, const char *url, struct buf *body)
{
    message->method = "POST";
    message->url = arena_copy(&message->arena, url);
    message->body = arena_copy_n(&message->arena, buf_string(body), body->len);
    message->body_len = body->len;
    message_header(message, "Content-Type", "application/json");
    buf_free(body);
}

char *message_url(struct message *message, const char *url, const char *suffix)
{
    size_t path = strcspn(url, "?#"), used = path;
    while (used && url[used - 1] == '/' && *suffix == '/')
        used--;
    return arena_format(&message->arena, "%.*s%s%s", (int)used, url, suffix, url + path);
}
