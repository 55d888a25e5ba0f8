/* SPDX-License-Identifier: MIT */
/* channel_webhook.c: alerts as JSON for programs: the whole of each, as the README documents it. */
#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "exporter/alerts/channel.h"

enum { BODY_MAX = 32 * 1024 * 1024 };

static void put_alert(struct json_writer *w, const struct alert *alert)
{
    json_put_string(w, "id", alert->id);
    json_put_string(w, "name", alert->name);
    json_put_string(w, "state", alert_state_name[alert->state]);
    json_put_string(w, "severity", severity_name[alert->severity]);
    json_put_string(w, "service", alert->service);
    json_put_string(w, "container", alert->container);
    json_put_string(w, "project", alert->project);
    json_put_string(w, "title", alert->title);
    json_put_string(w, "sentence", alert->sentence);
    json_key(w, "victims");
    json_begin_array(w);
    for (size_t i = 0; i < alert->victim_count; i++)
        json_string(w, alert->victim[i]);
    json_end_array(w);
    json_put_time(w, "since", alert->since_wall_ms);
    json_put_time(w, "at", alert->at_wall_ms);
    json_put_string(w, "host", alert->host);
    json_put_string(w, "url", alert->url);
}

void channel_webhook(const struct channels_config *config, const struct telling *telling, struct message *ret)
{
    struct alert alert = message_alert(ret, telling);
    struct json_writer writer, *w = &writer;
    struct buf body;
    buf_init(&body, BODY_MAX);
    json_start(w, &body);
    json_begin_object(w);
    json_put_number(w, "schema", 1);
    put_alert(w, &alert);
    json_key(w, "alerts");
    json_begin_array(w);
    for (size_t i = 0; telling->count > 1 && i < telling->count; i++) {
        json_begin_object(w);
        put_alert(w, telling->item[i]);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
    message_json(ret, config->url[CHANNEL_WEBHOOK], &body);
}
