/* SPDX-License-Identifier: MIT */
/* page.c: the dashboard's files, embedded at build, and the platform info at the same address. */
#include "exporter/answers.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"

/* The paths are relative to the root, where the compiler runs. */
__asm__(".pushsection .rodata\n"
        ".globl page_html, page_html_end, page_style, page_style_end\n"
        ".globl page_script, page_script_end, page_icon, page_icon_end\n"
        "page_html: .incbin \"exporter/page/index.html\"\n"
        "page_html_end: .byte 0\n"
        "page_style: .incbin \"exporter/page/style.css\"\n"
        "page_style_end: .byte 0\n"
        "page_script: .incbin \"exporter/page/app.js\"\n"
        "page_script_end: .byte 0\n"
        "page_icon: .incbin \"exporter/page/icon.svg\"\n"
        "page_icon_end: .byte 0\n"
        ".popsection\n");

extern const char page_html[], page_html_end[], page_style[], page_style_end[];
extern const char page_script[], page_script_end[], page_icon[], page_icon_end[];

/* One embedded file, named in ETags by the checksum of its bytes. */
static void answer_file(struct answer *answer, const char *type, const char *start, const char *end)
{
    size_t length = (size_t)(end - start);
    unsigned long sum = crc32(0, (const Bytef *)start, (uInt)length);
    answer->status = 200;
    answer->type = type;
    answer->body = body_of(start, length);
    snprintf(answer->tag, sizeof answer->tag, "%08lx-%zx", sum, length);
    answer_header(answer, "Content-Security-Policy",
                  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    answer_header(answer, "Referrer-Policy", "no-referrer");
}

static void answer_platform(const struct request *request, struct answer *answer)
{
    static const char *const links[][2] = {
        {"status", "/api/v1/status"}, {"samples", "/api/v1/samples"}, {"services", "/services"},
        {"health", "/health"},        {"graph", "/api/v1/graph"},     {"lint", "/api/v1/lint"},
        {"events", "/api/v1/events"}, {"metrics", "/metrics"},        {"openapi", "/api/v1/openapi.json"},
        {"dashboard", "/"},
    };
    struct json_writer writer, *w = &writer;
    struct buf out;
    buf_init(&out, LIMIT_HTTP_BODY);
    json_start(w, &out);
    json_begin_object(w);
    json_put_string(w, "name", "quaywatch");
    json_put_string(w, "version", request->context->version);
    json_put_string(w, "description", "Service registry, health and healing for containers.");
    json_key(w, "links");
    json_begin_object(w);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        json_put_string(w, links[i][0], links[i][1]);
    json_end_object(w);
    json_end_object(w);
    buf_add(&out, "\n", 1);
    answer_text(answer, 200, type_json, &out);
}

void answer_root(const struct request *request, struct answer *answer)
{
    const char *accept = request_header(request, "Accept");
    if (accept && strstr(accept, "application/json") && !strstr(accept, "text/html"))
        answer_platform(request, answer);
    else
        answer_file(answer, "text/html; charset=utf-8", page_html, page_html_end);
    answer->vary_accept = true;
}

void answer_style(const struct request *request, struct answer *answer)
{
    (void)request;
    answer_file(answer, "text/css; charset=utf-8", page_style, page_style_end);
}

void answer_script(const struct request *request, struct answer *answer)
{
    (void)request;
    answer_file(answer, "text/javascript; charset=utf-8", page_script, page_script_end);
}

void answer_icon(const struct request *request, struct answer *answer)
{
    (void)request;
    answer_file(answer, "image/svg+xml", page_icon, page_icon_end);
}
