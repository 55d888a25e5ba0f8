/* SPDX-License-Identifier: MIT */
/* channel_gotify.c: a message for a Gotify server (gotify.net/docs, "Push messages"). */
#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "exporter/alerts/channel.h"
#include "exporter/alerts/words.h"

enum { BODY_MAX = 64 * 1024, TITLE_MAX = 250, TEXT_MAX = 4096 };

/* From 8 on Gotify's app makes a sound and shows a pop-up, from 4 on a sound. */
static int priority_of(const struct alert *alert)
{
    static const int priority[SEVERITY_COUNT] = {
        [SEVERITY_INFO] = 3, [SEVERITY_WARNING] = 5, [SEVERITY_CRITICAL] = 8, [SEVERITY_EMERGENCY] = 10};
    return alert->state == ALERT_RESOLVED || alert->state == ALERT_TEST ? 4 : priority[alert->severity];
}

static void put_extras(struct json_writer *w, const struct alert *alert)
{
    json_key(w, "extras");
    json_begin_object(w);
    json_key(w, "client::display");
    json_begin_object(w);
    json_put_string(w, "contentType", "text/plain");
    json_end_object(w);
    if (alert->url[0]) {
        json_key(w, "client::notification");
        json_begin_object(w);
        json_key(w, "click");
        json_begin_object(w);
        json_put_string(w, "url", alert->url);
        json_end_object(w);
        json_end_object(w);
    }
    json_end_object(w);
}

void channel_gotify(const struct channels_config *config, const struct telling *telling, struct message *ret)
{
    struct arena *arena = &ret->arena;
    struct alert alert = message_alert(ret, telling);
    const char *title = arena_format(arena, "%s %s", words_sign(&alert), alert.title);
    struct json_writer writer, *w = &writer;
    struct buf body;
    buf_init(&body, BODY_MAX);
    json_start(w, &body);
    json_begin_object(w);
    json_put_string(w, "title", words_cut_line(arena, title, TITLE_MAX));
    json_put_string(w, "message", words_cut(arena, words_body(arena, &alert), TEXT_MAX));
    json_put_number(w, "priority", priority_of(&alert));
    put_extras(w, &alert);
    json_end_object(w);
    message_json(ret, message_url(ret, config->url[CHANNEL_GOTIFY], "/message"), &body);
    message_header(ret, "X-Gotify-Key", config->gotify_token ? config->gotify_token : "");
}
