/* SPDX-License-Identifier: MIT */
/* haproxy_state.c: how a HAProxy that is kept in step stands, in words. */
#include "exporter/balancers/haproxy_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/text.h"

enum { RETRY_FIRST_MS = 250, RETRY_MOST_MS = 5000 };

void haproxy_fine(struct haproxy_target *target, struct moment now)
{
    target->failed_in_row = 0;
    target->retry_at_mono_ms = 0;
    if (target->report.state == EXIT_FINE)
        return;
    target->report.state = EXIT_FINE;
    target->report.since_wall_ms = now.wall_ms;
    target->sentence[0] = '\0';
    struct exit_report report = haproxy_target_report(target);
    target->around->changed(target->around->user, &report);
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
    if (target->report.state == EXIT_FAILING && strcmp(line, target->sentence) == 0)
        return;
    if (target->report.state != EXIT_FAILING)
        target->report.since_wall_ms = now.wall_ms;
    target->report.state = EXIT_FAILING;
    memcpy(target->sentence, line, sizeof line);
    struct exit_report report = haproxy_target_report(target);
    target->around->changed(target->around->user, &report);
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
