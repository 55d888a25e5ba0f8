/* SPDX-License-Identifier: MIT */
/* channel_ntfy.c: a message as JSON to an ntfy server's root (docs.ntfy.sh, "Publish as JSON"); beyond 4096
 * bytes it would become an attachment. */
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "exporter/alerts/channel.h"
#include "exporter/alerts/words.h"

enum { BODY_MAX = 64 * 1024, TITLE_MAX = 250, MESSAGE_BYTES = 4096 };

static int priority_of(const struct alert *alert)
{
    static const int priority[SEVERITY_COUNT] = {
        [SEVERITY_INFO] = 3, [SEVERITY_WARNING] = 3, [SEVERITY_CRITICAL] = 4, [SEVERITY_EMERGENCY] = 5};
    return alert->state == ALERT_RESOLVED || alert->state == ALERT_TEST ? 3 : priority[alert->severity];
}

/* ntfy shows the tags that it knows as signs. */
static const char *tag_of(const struct alert *alert)
{
    static const char *const tag[SEVERITY_COUNT] = {[SEVERITY_INFO] = "information_source",
                                                    [SEVERITY_WARNING] = "warning",
                                                    [SEVERITY_CRITICAL] = "red_circle",
                                                    [SEVERITY_EMERGENCY] = "rotating_light"};
    if (alert->state == ALERT_RESOLVED)
        return "white_check_mark";
    return alert->state == ALERT_TEST ? "test_tube" : tag[alert->severity];
}

void channel_ntfy(const struct channels_config *config, const struct telling *telling, struct message *ret)
{
    struct arena *arena = &ret->arena;
    struct alert alert = message_alert(ret, telling);
    const char *url = config->url[CHANNEL_NTFY], *topic = strrchr(url, '/');
    const char *text = words_cut(arena, words_body(arena, &alert), MESSAGE_BYTES);
    struct json_writer writer, *w = &writer;
    struct buf body;
    buf_init(&body, BODY_MAX);
    json_start(w, &body);
    json_begin_object(w);
    json_put_string(w, "topic", topic + 1);
    json_put_string(w, "title", words_cut_line(arena, alert.title, TITLE_MAX));
    json_put_string(w, "message", arena_copy_n(arena, text, words_fit(text, MESSAGE_BYTES)));
    json_put_number(w, "priority", priority_of(&alert));
    json_key(w, "tags");
    json_begin_array(w);
    json_string(w, tag_of(&alert));
    json_string(w, words_level(&alert));
    json_end_array(w);
    if (alert.url[0])
        json_put_string(w, "click", alert.url);
    json_end_object(w);
    message_json(ret, arena_copy_n(arena, url, (size_t)(topic + 1 - url)), &body);
    if (config->ntfy_token && config->ntfy_token[0])
        message_header(ret, "Authorization", arena_format(arena, "Bearer %s", config->ntfy_token));
}
