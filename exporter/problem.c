/* SPDX-License-Identifier: MIT */
/* problem.c: errors as application/problem+json (RFC 9457). */
#include "exporter/request.h"

#include <stdarg.h>
#include <stdio.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"

const char type_problem[] = "application/problem+json";

const char *status_title(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {421, "Misdirected Request"},
        {431, "Request Header Fields Too Large"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {500, "Internal Server Error"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Error";
}

void answer_problem(struct answer *answer, int status, const char *format, ...)
{
    char detail[512], line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    text_one_line(detail, line, sizeof line);

    struct json_writer writer, *w = &writer;
    struct buf out;
    buf_init(&out, LIMIT_HTTP_BODY);
    json_start(w, &out);
    json_begin_object(w);
    json_put_string(w, "type", "about:blank");
    json_put_string(w, "title", status_title(status));
    json_put_number(w, "status", status);
    json_put_string(w, "detail", line);
    json_end_object(w);
    buf_add(&out, "\n", 1);

    answer_free(answer);
    answer->tag[0] = '\0';
    answer_text(answer, status, type_problem, &out);
}
