/* SPDX-License-Identifier: MIT */
/* channel_alertmanager.c: all that fires, and what has ended, for POST /api/v2/alerts of an Alertmanager. As
 * Prometheus does, each alert is given an end in the future that is put off as long as it is fired again:
 * the receiver's resolve_timeout plays no part, and what nobody fires any more ends by itself. */
#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "exporter/alerts/channel.h"
#include "exporter/alerts/words.h"

enum { BODY_MAX = 64 * 1024 * 1024, MINUTE_MS = 60 * 1000, REFIRINGS = 4, VICTIMS_NAMED = 50 };

int64_t channel_fires_for_ms(const struct channels_config *config)
{
    int64_t interval_ms = config->refire_interval_ms ? config->refire_interval_ms : MINUTE_MS;
    return REFIRINGS * interval_ms;
}

static void put_unless_empty(struct json_writer *w, const char *key, const char *value)
{
    if (value && value[0]) /* an empty label is as good as none */
        json_put_string(w, key, value);
}

static void put_labels(struct json_writer *w, const struct alert *alert)
{
    json_key(w, "labels");
    json_begin_object(w);
    json_put_string(w, "alertname", alert->name[0] ? alert->name : "quaywatch");
    put_unless_empty(w, "service", alert->service);
    put_unless_empty(w, "container", alert->container);
    put_unless_empty(w, "project", alert->project);
    put_unless_empty(w, "instance", alert->host);
    json_put_string(w, "severity", severity_name[alert->severity]);
    json_put_string(w, "job", "quaywatch");
    json_end_object(w);
}

static int64_t end_of(const struct channels_config *config, const struct alert *alert, int64_t now_wall_ms)
{
    switch (alert->state) {
    case ALERT_RESOLVED: /* not in the future, whatever the clock did: it would fire until then */
        return alert->at_wall_ms < now_wall_ms ? alert->at_wall_ms : now_wall_ms;
    case ALERT_FIRING:
    case ALERT_REMINDER:
        return now_wall_ms + channel_fires_for_ms(config);
    case ALERT_TEST:
    case ALERT_STATE_COUNT:
        break;
    }
    return now_wall_ms + MINUTE_MS;
}

static void put_alert(struct json_writer *w, struct arena *arena, const struct channels_config *config,
                      const struct alert *alert, int64_t now_wall_ms)
{
    int64_t end = end_of(config, alert, now_wall_ms);
    /* One that begins after its end is refused. */
    int64_t start = alert->since_wall_ms && alert->since_wall_ms < end ? alert->since_wall_ms : end - 1;
    json_begin_object(w);
    put_labels(w, alert);
    json_key(w, "annotations");
    json_begin_object(w);
    put_unless_empty(w, "summary", alert->title);
    put_unless_empty(w, "description", alert->sentence);
    put_unless_empty(w, "victims", words_victims(arena, alert, VICTIMS_NAMED));
    json_end_object(w);
    json_put_time(w, "startsAt", start);
    json_put_time(w, "endsAt", end);
    put_unless_empty(w, "generatorURL", alert->url);
    json_end_object(w);
}

void channel_alertmanager(const struct channels_config *config, const struct telling *telling,
                          struct message *ret)
{
    struct json_writer writer, *w = &writer;
    struct buf body;
    buf_init(&body, BODY_MAX);
    json_start(w, &body);
    json_begin_array(w);
    for (size_t i = 0; i < telling->count; i++)
        put_alert(w, &ret->arena, config, telling->item[i], telling->now_wall_ms);
    json_end_array(w);
    message_json(ret, message_url(ret, config->url[CHANNEL_ALERTMANAGER], "/api/v2/alerts"), &body);
}
