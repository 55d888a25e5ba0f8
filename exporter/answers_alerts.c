/* SPDX-License-Identifier: MIT */
/* answers_alerts.c: what fires, as a list and as a metric. */
#include "exporter/answers.h"

#include "controller/core/limits.h"
#include "exporter/alerts/channels.h"
#include "exporter/answer_object.h"
#include "exporter/render/view.h"

struct list {
    struct json_writer *w;
    size_t count;
};

static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

static void put_names(struct json_writer *w, const struct alert_listed *listed)
{
    json_key(w, "victims");
    json_begin_array(w);
    for (size_t i = 0; i < listed->alert.victim_count; i++)
        json_string(w, listed->alert.victim[i]);
    json_end_array(w);
    json_key(w, "sent_to");
    json_begin_array(w);
    for (unsigned kind = 0; kind < CHANNEL_COUNT; kind++)
        if (listed->channels >> kind & 1)
            json_string(w, channel_name[kind]);
    json_end_array(w);
}

static void put_alert(void *to, const struct alert_listed *listed)
{
    struct list *list = to;
    struct json_writer *w = list->w;
    const struct alert *alert = &listed->alert;
    list->count++;
    json_begin_object(w);
    json_put_string(w, "id", alert->id);
    json_put_string(w, "name", alert->name);
    json_put_string(w, "severity", severity_name[alert->severity]);
    json_put_string(w, "service", or_null(alert->service));
    json_put_string(w, "container", or_null(alert->container));
    json_put_string(w, "project", or_null(alert->project));
    json_key(w, "title");
    view_put_clean(w, alert->title);
    json_key(w, "sentence");
    view_put_clean(w, alert->sentence);
    json_put_time(w, "since", alert->since_wall_ms);
    json_put_time(w, "told_at", listed->told_wall_ms);
    json_put_bool(w, "waits_for_quiet_hours", listed->quiet);
    json_put_bool(w, "flapping", listed->flapping);
    put_names(w, listed);
    json_end_object(w);
}

void answer_alerts(const struct request *request, struct answer *answer)
{
    const struct exporter_context *context = request->context;
    struct answer_object object;
    struct json_writer *w = answer_object_begin(&object, LIMIT_DOCUMENT);
    struct list list = {.w = w};
    json_key(w, "alerts");
    json_begin_array(w);
    if (context->alerts)
        context->alerts(context->actions.user, put_alert, &list);
    json_end_array(w);
    json_put_number(w, "count", (int64_t)list.count);
    answer_object_end(&object, answer, 200);
}
