/* SPDX-License-Identifier: MIT */
/* channel_discord.c: an embed for a Discord webhook (Discord's developer documentation, "Execute Webhook" and
 * "Embed Limits": 256, 4096, 1024 and 6000 characters in all). */
#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "exporter/alerts/channel.h"
#include "exporter/alerts/words.h"

enum { BODY_MAX = 64 * 1024, TITLE_MAX = 256, TEXT_MAX = 4096, FIELD_MAX = 200 };

/* Text in which Markdown, links behind words and mentions mean nothing. Cut before and after: the escapes
 * count as well. */
static char *plain(struct arena *arena, const char *text, size_t max)
{
    struct buf out;
    buf_init(&out, BODY_MAX);
    words_escape(&out, words_cut(arena, text, max), "\\*_~`|[]()<>#-");
    char *escaped = words_cut(arena, buf_string(&out), max);
    buf_free(&out);
    return escaped;
}

static void put_field(struct json_writer *w, struct arena *arena, const char *name, const char *value)
{
    if (!value[0])
        return;
    json_begin_object(w);
    json_put_string(w, "name", name);
    json_put_string(w, "value", plain(arena, value, FIELD_MAX));
    json_put_bool(w, "inline", true);
    json_end_object(w);
}

static void put_embed(struct json_writer *w, struct arena *arena, const struct alert *alert)
{
    const char *title = arena_format(arena, "%s %s", words_sign(alert), alert->title);
    json_begin_object(w);
    json_put_string(w, "title", plain(arena, title, TITLE_MAX));
    json_put_string(w, "description", plain(arena, words_body(arena, alert), TEXT_MAX));
    if (alert->url[0])
        json_put_string(w, "url", alert->url);
    json_put_number(w, "color", words_colour(alert));
    if (alert->at_wall_ms)
        json_put_time(w, "timestamp", alert->at_wall_ms);
    json_key(w, "fields");
    json_begin_array(w);
    put_field(w, arena, "State",
              arena_format(arena, "%s, %s", alert_state_name[alert->state], severity_name[alert->severity]));
    put_field(w, arena, "Service", alert->service);
    put_field(w, arena, "Project", alert->project);
    put_field(w, arena, "Host", alert->host);
    json_end_array(w);
    json_end_object(w);
}

void channel_discord(const struct channels_config *config, const struct telling *telling, struct message *ret)
{
    struct alert alert = message_alert(ret, telling);
    struct json_writer writer, *w = &writer;
    struct buf body;
    buf_init(&body, BODY_MAX);
    json_start(w, &body);
    json_begin_object(w);
    json_put_string(w, "username", "quaywatch");
    json_key(w, "embeds");
    json_begin_array(w);
    put_embed(w, &ret->arena, &alert);
    json_end_array(w);
    json_key(w, "allowed_mentions");
    json_begin_object(w);
    json_key(w, "parse");
    json_begin_array(w);
    json_end_array(w);
    json_end_object(w);
    json_end_object(w);
    message_json(ret, config->url[CHANNEL_DISCORD], &body);
}
