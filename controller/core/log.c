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
    const char *request_id;
} sink = {.level = LOG_LEVEL_INFO};

void log_setup(enum log_level level, bool json)
{
    sink.level = level;
    sink.json = json;
}

bool log_wants(enum log_level level)
{
    return level <= sink.level;
}

const char *log_request(const char *id)
{
    const char *before = sink.request_id;
    sink.request_id = id;
    return before;
}

const char *log_request_id(void)
{
    return sink.request_id;
}

/* What a line says besides time and level. */
struct line {
    const char *service, *instance, *message; /* the first two may be NULL */
    const struct log_field *field;
    size_t count;
};

static void put_field(struct json_writer *w, const struct log_field *field)
{
    if (field->text)
        json_put_string(w, field->key, field->text);
    else
        json_put_decimal(w, field->key, field->number);
}

static void line_as_json(struct buf *out, enum log_level level, const struct line *line)
{
    struct json_writer w;
    json_start(&w, out);
    json_begin_object(&w);
    json_put_time(&w, "ts", clock_now().wall_ms);
    json_put_string(&w, "level", log_level_name[level]);
    json_put_string(&w, "msg", line->message);
    if (line->service)
        json_put_string(&w, "service", line->service);
    if (line->instance)
        json_put_string(&w, "instance", line->instance);
    if (sink.request_id)
        json_put_string(&w, "request_id", sink.request_id);
    for (size_t i = 0; i < line->count; i++)
        put_field(&w, &line->field[i]);
    json_end_object(&w);
}

static void line_as_text(struct buf *out, enum log_level level, const struct line *line)
{
    char time[32], name[128];
    const char *whom = line->service ? line->service : line->instance;
    text_format_time(clock_now().wall_ms, time);
    buf_format(out, "%s %s ", time, level_column[level]);
    if (whom) {
        text_one_line(whom, name, sizeof name);
        buf_format(out, "[%s] ", name);
    }
    buf_text(out, line->message);
    if (sink.request_id)
        buf_format(out, " request_id=%s", sink.request_id);
}

static void print_line(enum log_level level, struct line line, const char *raw)
{
    char message[MESSAGE_MAX];
    struct buf out;
    text_one_line(raw, message, sizeof message);
    line.message = message;
    buf_init(&out, LINE_MAX_BYTES);
    if (sink.json)
        line_as_json(&out, level, &line);
    else
        line_as_text(&out, level, &line);
    buf_text(&out, "\n");
    fwrite(buf_string(&out), 1, out.len, stderr);
    fflush(stderr);
    buf_free(&out);
}

void log_line(enum log_level level, const char *service, const char *instance, const char *format, ...)
{
    char raw[MESSAGE_MAX];
    va_list args;
    if (!log_wants(level))
        return;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    struct line line = {.service = service, .instance = instance};
    print_line(level, line, raw);
}

void log_fields(enum log_level level, const struct log_field *field, size_t count, const char *format, ...)
{
    char raw[MESSAGE_MAX];
    va_list args;
    if (!log_wants(level))
        return;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    struct line line = {.field = field, .count = count};
    print_line(level, line, raw);
}
