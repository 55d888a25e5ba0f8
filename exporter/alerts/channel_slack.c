/* SPDX-License-Identifier: MIT */
/* channel_slack.c: an attachment for a Slack incoming webhook (docs.slack.dev, "Legacy: secondary message
 * attachments"): unlike blocks, Mattermost and Rocket.Chat take them, too. */
#include <stdio.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "exporter/alerts/channel.h"
#include "exporter/alerts/words.h"

enum { BODY_MAX = 64 * 1024, TITLE_MAX = 250, TEXT_MAX = 3000, FIELD_MAX = 200 };

/* In Slack's markup &, < and > begin what is no text (links, mentions, "<!channel>"). A zero-width space
 * takes the meaning from "@" for those who read names behind it (Mattermost: "@all"). */
static char *escape(struct arena *arena, const char *text)
{
    struct buf out;
    buf_init(&out, BODY_MAX);
    for (; *text; text++) {
        switch (*text) {
        case '&':
            buf_text(&out, "&amp;");
            break;
        case '<':
            buf_text(&out, "&lt;");
            break;
        case '>':
            buf_text(&out, "&gt;");
            break;
        case '@':
            buf_text(&out, "@\xe2\x80\x8b");
            break;
        default:
            buf_add(&out, text, 1);
        }
    }
    char *escaped = arena_copy(arena, buf_string(&out));
    buf_free(&out);
    return escaped;
}

static void put_field(struct json_writer *w, struct arena *arena, const char *title, const char *value)
{
    if (!value[0])
        return;
    json_begin_object(w);
    json_put_string(w, "title", title);
    json_put_string(w, "value", escape(arena, words_cut_line(arena, value, FIELD_MAX)));
    json_put_bool(w, "short", true);
    json_end_object(w);
}

static void put_attachment(struct json_writer *w, struct arena *arena, const struct alert *alert,
                           const char *title)
{
    char colour[8];
    snprintf(colour, sizeof colour, "#%06x", words_colour(alert));
    json_begin_object(w);
    json_put_string(w, "color", colour);
    json_put_string(w, "fallback", title);
    json_put_string(w, "text", escape(arena, words_cut(arena, words_body(arena, alert), TEXT_MAX)));
    json_key(w, "fields");
    json_begin_array(w);
    put_field(w, arena, "State",
              arena_format(arena, "%s, %s", alert_state_name[alert->state], severity_name[alert->severity]));
    put_field(w, arena, "Service", alert->service);
    put_field(w, arena, "Project", alert->project);
    put_field(w, arena, "Host", alert->host);
    json_end_array(w);
    json_put_number(w, "ts", alert->at_wall_ms / 1000);
    json_end_object(w);
}

void channel_slack(const struct channels_config *config, const struct telling *telling, struct message *ret)
{
    struct arena *arena = &ret->arena;
    struct alert alert = message_alert(ret, telling);
    const char *title = escape(arena, words_cut_line(arena, alert.title, TITLE_MAX));
    const char *shown = arena_format(arena, "%s %s", words_sign(&alert), title);
    struct json_writer writer, *w = &writer;
    struct buf body;
    buf_init(&body, BODY_MAX);
    json_start(w, &body);
    json_begin_object(w);
    json_put_string(w, "text",
                    alert.url[0] ? arena_format(arena, "%s (<%s|open>)", shown, escape(arena, alert.url))
                                 : shown);
    json_key(w, "attachments");
    json_begin_array(w);
    put_attachment(w, arena, &alert, shown);
    json_end_array(w);
    json_end_object(w);
    message_json(ret, config->url[CHANNEL_SLACK], &body);
}
