/* SPDX-License-Identifier: MIT */
/* page.c: the dashboard's files, embedded at build, and the platform info at the same address. */
#include "exporter/page.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "controller/core/limits.h"
#include "exporter/answer_object.h"
#include "exporter/answers.h"

/* One file's bytes as page_SYMBOL … page_SYMBOL_end, compressed page_SYMBOL_gz … page_SYMBOL_gz_end. The
 * assembler finds both in the folder of built page files. */
#define EMBED_BYTES(symbol, name)                                                                            \
    __asm__(".pushsection .rodata\n"                                                                         \
            "page_" #symbol ": .incbin \"" name "\"\n"                                                       \
            "page_" #symbol "_end: .byte 0\n"                                                                \
            ".globl page_" #symbol ", page_" #symbol "_end\n"                                                \
            ".popsection\n");                                                                                \
    extern const char page_##symbol[], page_##symbol##_end[];
#define EMBED(symbol, name, type, summary) EMBED_BYTES(symbol, name) EMBED_BYTES(symbol##_gz, name ".gz")
#define ROW(symbol, name, type, summary)                                                                     \
    {"/" name, type, page_##symbol, page_##symbol##_end, page_##symbol##_gz, page_##symbol##_gz_end},

struct page_file {
    const char *path, *type, *start, *end, *small, *small_end;
};

EMBED(index_html, "index.html", type_html, "the dashboard")
PAGE_FILES(EMBED)

static const char type_html[] = "text/html; charset=utf-8";
static const struct page_file page = {
    "/", type_html, page_index_html, page_index_html_end, page_index_html_gz, page_index_html_gz_end};
static const struct page_file files[] = {PAGE_FILES(ROW)};

void answer_page_headers(struct answer *answer)
{
    answer_header(answer, "Content-Security-Policy",
                  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    answer_header(answer, "Referrer-Policy", "no-referrer");
}

/* One embedded file, named in ETags by the checksum of its bytes. */
static void answer_file(struct answer *answer, const struct page_file *file)
{
    size_t length = (size_t)(file->end - file->start);
    unsigned long sum = crc32(0, (const Bytef *)file->start, (uInt)length);
    answer->status = 200;
    answer->type = file->type;
    answer->body = body_of(file->start, length);
    body_set_small(answer->body, body_of(file->small, (size_t)(file->small_end - file->small)));
    snprintf(answer->tag, sizeof answer->tag, "%08lx-%zx", sum, length);
    answer_page_headers(answer);
}

static void answer_platform(const struct request *request, struct answer *answer)
{
    static const char *const links[][2] = {
        {"status", "/api/v1/status"},
        {"samples", "/api/v1/samples"},
        {"services", "/services"},
        {"health", "/health"},
        {"graph", "/api/v1/graph"},
        {"lint", "/api/v1/lint"},
        {"events", "/api/v1/events"},
        {"metrics", "/metrics"},
        {"openapi", "/api/v1/openapi.json"},
        {"docs", "/docs"},
        {"dashboard", "/"},
    };
    struct answer_object object;
    struct json_writer *w = answer_object_begin(&object, LIMIT_HTTP_BODY);
    json_put_string(w, "name", "quaywatch");
    json_put_string(w, "version", request->context->version);
    json_put_string(w, "description", "Service registry, health and healing for containers.");
    json_key(w, "access");
    json_begin_object(w);
    json_put_string(w, "read", request->context->read_token_set ? "token" : "open");
    json_put_string(w, "change", request->context->auth_token_set ? "token" : "off");
    json_end_object(w);
    json_key(w, "links");
    json_begin_object(w);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        json_put_string(w, links[i][0], links[i][1]);
    json_end_object(w);
    answer_object_end(&object, answer, 200);
}

void answer_root(const struct request *request, struct answer *answer)
{
    const char *accept = request_header(request, "Accept");
    if (accept && strstr(accept, "application/json") && !strstr(accept, "text/html"))
        answer_platform(request, answer);
    else
        answer_file(answer, &page);
    answer->vary_accept = true;
}

void answer_page_file(const struct request *request, struct answer *answer)
{
    const struct page_file *file = files;
    while (strcmp(file->path, request->path) != 0) {
        file++;
        assert(file < files + sizeof files / sizeof *files); /* its route comes from the same list */
    }
    answer_file(answer, file);
}
