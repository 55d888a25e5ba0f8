/* SPDX-License-Identifier: MIT */
/* log.c: one line a fact, to stderr, in one write so that lines of several processes do not mix. */
#include "controller/core/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "controller/core/buf.h"
#include "controller/core/clock.h"
#include "controller/core/json_writer.h"
#include "controller/core/text.h"

enum { MESSAGE_MAX = 2048, LINE_MAX_BYTES = 16 * 1024 };

const char *const log_level_name[LOG_LEVEL_COUNT] = {"error", "warn", "info", "debug"};

static const char *const level_column[LOG_LEVEL_COUNT] = {"ERROR", "WARN ", "INFO ", "DEBUG"};

static struct {
    enum log_level level;
    bool json;
} sink = {.level = LOG_LEVEL_INFO};

void log_setup(enum log_level level, bool json)
{
    sink.level = level;
    sink.json = json;
}

static void line_as_json(struct buf *line, enum log_level level, const char *service, const char *instance,
                         const char *message)
{
    struct json_writer w;
    json_start(&w, line);
    json_begin_object(&w);
    json_put_time(&w, "ts", clock_now().wall_ms);
    json_put_string(&w, "level", log_level_name[level]);
    json_put_string(&w, "msg", message);
    if (service)
        json_put_string(&w, "service", service);
    if (instance)
        json_put_string(&w, "instance", instance);
    json_end_object(&w);
}

static void line_as_text(struct buf *line, enum log_level level, const char *service, const char *message)
{
    char time[32], name[128];
    text_format_time(clock_now().wall_ms, time);
    buf_format(line, "%s %s ", time, level_column[level]);
    if (service) {
        text_one_line(service, name, sizeof name);
        buf_format(line, "[%s] ", name);
    }
    buf_text(line, message);
}

void log_line(enum log_level level, const char *service, const char *instance, const char *format, ...)
{
    if (level > sink.level)
        return;
    char raw[MESSAGE_MAX], message[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    text_one_line(raw, message, sizeof message);

    struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    if (sink.json)
        line_as_json(&line, level, service, instance, message);
    else
        line_as_text(&line, level, service ? service : instance, message);
    buf_text(&line, "\n");
    fwrite(buf_string(&line), 1, line.len, stderr);
    fflush(stderr);
    buf_free(&line);
}
