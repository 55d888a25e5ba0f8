/* SPDX-License-Identifier: MIT */
/* probe_http.c: the http check: one request, whose answer is judged as it is (redirects are not followed). */
#include <string.h>
#include <strings.h>

#include "controller/core/limits.h"
#include "controller/core/transfer.h"
#include "health/probe_kind.h"

/* What is sent unless the check names its own. */
static const char *const standard_lines[] = {"User-Agent: quaywatch", "Accept: application/json, */*", NULL};

/* RFC 9110 section 5.6.2: what a header's name is made of. */
static bool header_name_valid(const char *name)
{
    static const char token[] =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return *name != '\0' && name[strspn(name, token)] == '\0';
}

/* Labels are hostile: a line break in a value would add a header, or a whole request. */
static bool header_value_valid(const char *value)
{
    for (; *value; value++) {
        if ((unsigned char)*value < 0x20 ? *value != '\t' : *value == 0x7f)
            return false;
    }
    return true;
}

static bool header_usable(const struct pair *header)
{
    return header_name_valid(header->key) && header_value_valid(header->value);
}

/* Whether headers bring their own of what line ("Name: value") sets. */
static bool headers_replace(const struct pairs *headers, const char *line)
{
    size_t len = strcspn(line, ":");
    for (size_t i = 0; i < headers->count; i++) {
        const struct pair *header = &headers->item[i];
        if (strlen(header->key) == len && strncasecmp(header->key, line, len) == 0 && header_usable(header))
            return true;
    }
    return false;
}

const char *const *probe_header_lines(struct arena *arena, const struct pairs *headers,
                                      const char *const *standard)
{
    if (headers->count == 0)
        return standard; /* nearly every check: nothing to allocate */
    size_t count = 0;
    while (standard[count])
        count++;
    const char **lines = arena_new(arena, (count + headers->count + 1) * sizeof *lines);
    count = 0;
    for (size_t i = 0; standard[i]; i++) {
        if (!headers_replace(headers, standard[i]))
            lines[count++] = standard[i];
    }
    for (size_t i = 0; i < headers->count; i++) {
        /* A semicolon is libcurl's way to send a header without a value. */
        const struct pair *header = &headers->item[i];
        if (header_usable(header))
            lines[count++] = arena_format(arena, *header->value ? "%s: %s" : "%s;%s", header->key,
                                          header->value);
    }
    return lines;
}

static void on_done(void *user, const struct transfer_result *result)
{
    struct probe *probe = user;
    struct outcome outcome;
    probe_judge(probe->spec, result, &outcome);
    probe_finish(probe, &outcome);
}

static void http_start(struct probe *probe, const struct probe_tools *tools)
{
    const struct probe_spec *spec = probe->spec;
    struct arena arena = {0};
    struct transfer_request request = {
        .method = spec->method,
        .url = spec->url,
        .headers = probe_header_lines(&arena, &spec->headers, standard_lines),
        .max_body = LIMIT_HEALTH_BODY,
        .total_timeout_ms = spec->timeout_ms,
        .fresh = !spec->reuse,
        .insecure = !spec->tls_verify,
        .tls_name = spec->tls_name,
        .ca_file = spec->tls_verify ? spec->ca_file : NULL,
        .on_done = on_done,
        .user = probe,
    };
    probe->running = transfer_start(tools->pool, &request);
    arena_free(&arena);
}

static void http_cancel(struct probe *probe)
{
    transfer_cancel(probe->running);
}

const struct probe_kind probe_http = {http_start, http_cancel};
