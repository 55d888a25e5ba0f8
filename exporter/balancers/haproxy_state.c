/* SPDX-License-Identifier: MIT */
/* haproxy_state.c: how a HAProxy that is kept in step stands, in words. */
#include "exporter/balancers/haproxy_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "controller/core/text.h"

enum {
    RETRY_FIRST_MS = 250,
    RETRY_MOST_MS = 5000,
    STRANGERS_MOST = 4,  /* in a row, */
    STRANGER_MS = 2000,  /* not further apart: files are written, and it is reloaded, less often */
    CALM_MS = 60 * 1000, /* without another one before that is over */
};

/* Whether several processes answer in turn. */
static bool is_crowd(const struct haproxy_target *target, struct moment now)
{
    return target->strangers > STRANGERS_MOST && now.mono_ms - target->stranger_mono_ms < CALM_MS;
}

static void stand(struct haproxy_target *target, struct moment now, enum exit_state state,
                  const char *sentence)
{
    if (!exit_report_stand(&target->report, target->sentence, sizeof target->sentence, state, sentence,
                           now.wall_ms))
        return;
    struct exit_report report = haproxy_target_report(target);
    target->around->changed(target->around->user, &report);
}

void haproxy_fine(struct haproxy_target *target, struct moment now)
{
    if (is_crowd(target, now))
        return;
    target->failed_in_row = 0;
    target->retry_at_mono_ms = 0;
    stand(target, now, EXIT_FINE, "");
}

void haproxy_failing(struct haproxy_target *target, struct moment now, const char *format, ...)
{
    char sentence[sizeof target->sentence], line[sizeof target->sentence];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    text_one_line(sentence, line, sizeof line);
    int64_t wait_ms = RETRY_FIRST_MS << (target->failed_in_row < 5 ? target->failed_in_row : 5);
    target->retry_at_mono_ms = now.mono_ms + (wait_ms < RETRY_MOST_MS ? wait_ms : RETRY_MOST_MS);
    target->failed_in_row++;
    target->report.failures++;
    target->table_known = false; /* it is asked what it has before anything else is said */
    stand(target, now, EXIT_FAILING, line);
}

void haproxy_stranger(struct haproxy_target *target, struct moment now)
{
    bool soon = now.mono_ms - target->stranger_mono_ms < STRANGER_MS;
    target->strangers = soon || is_crowd(target, now) ? target->strangers + 1 : 1;
    target->stranger_mono_ms = now.mono_ms;
    if (is_crowd(target, now))
        haproxy_failing(target, now,
                        "several processes answer there in turn, so none is kept in step well; give each a "
                        "place of its own in HAPROXY");
}

void haproxy_link_failed(struct haproxy_target *target, struct moment now, int code)
{
    const char *stands = "; it goes on with what it has";
    switch (code) {
    case -ENOENT:
        haproxy_failing(target, now,
                        "its socket does not exist; is HAProxy running, and the folder shared?%s", "");
        break;
    case -ECONNREFUSED:
        haproxy_failing(target, now, "nobody answers at its socket; is HAProxy running?");
        break;
    case -EACCES:
    case -EPERM:
        haproxy_failing(target, now,
                        "its socket may not be opened; let uid 65532 in by \"mode 666\" in its line "
                        "\"stats socket\"%s",
                        stands);
        break;
    case -ETIMEDOUT:
        haproxy_failing(target, now, "it does not answer in time%s", stands);
        break;
    case -EMSGSIZE:
        haproxy_failing(target, now, "its answer is longer than any is%s", stands);
        break;
    default:
        haproxy_failing(target, now, "it cannot be reached: %s%s", uv_strerror(code), stands);
    }
}
