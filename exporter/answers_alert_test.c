/* SPDX-License-Identifier: MIT */
/* answers_alert_test.c: somebody tries a channel for alerts, and waits to hear how that ended. */
#include "exporter/answers.h"

#include <errno.h>
#include <stdlib.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "controller/core/text.h"
#include "exporter/alerts/channels.h"
#include "exporter/answer_object.h"
#include "exporter/later.h"

struct trial {
    struct channels *channels;
    enum channel_kind kind;
    struct later *later;
};

static void on_gone(void *user)
{
    struct trial *trial = user;
    channels_test_forget(trial->channels, trial);
    free(trial);
}

static void answer_delivered(struct answer *answer, const struct trial *trial,
                             const struct channel_tested *tested)
{
    struct answer_object object;
    struct json_writer *w = answer_object_begin(&object, LIMIT_HTTP_BODY);
    json_put_string(w, "channel", channel_name[trial->kind]);
    json_put_string(w, "result", "delivered");
    json_put_number(w, "status", tested->status);
    json_put_string(w, "sentence", tested->sentence);
    answer_object_end(&object, answer, 200);
}

static void on_done(void *user, const struct channel_tested *tested)
{
    struct trial *trial = user;
    struct answer answer = {0};
    if (tested->delivered)
        answer_delivered(&answer, trial, tested);
    else
        answer_problem(&answer, 502, "The test alert was not delivered by %s: %s.", channel_name[trial->kind],
                       tested->sentence);
    later_answer(trial->later, &answer);
    free(trial);
}

void answer_alert_test(const struct request *request, struct answer *answer)
{
    struct channels *channels = request->context->channels;
    int kind = channel_find(request->name);
    if (kind < 0) {
        const char *nearest = text_nearest(request->name, channel_name, CHANNEL_COUNT);
        if (nearest)
            answer_problem(answer, 404, "There is no channel \"%s\"; did you mean \"%s\"?", request->name,
                           nearest);
        else
            answer_problem(answer, 404,
                           "There is no channel \"%s\"; there are webhook, slack, discord, ntfy, gotify, "
                           "email, alertmanager and healthchecks.",
                           request->name);
        return;
    }
    struct error err = {0};
    struct trial *trial = mem_new(sizeof *trial);
    trial->channels = channels;
    trial->kind = (enum channel_kind)kind;
    int rc = channels ? channels_test(channels, trial->kind, on_done, trial, &err)
                      : error_set(&err, -ENOENT, "%s is not set", channel_setting[kind]);
    if (rc) {
        answer_problem(answer, 409, "No alert was sent: %s.", err.text);
        free(trial);
        return;
    }
    trial->later = answer_later(request, answer, on_gone, trial);
    if (!trial->later)
        on_gone(trial);
}
