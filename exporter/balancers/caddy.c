/* SPDX-License-Identifier: MIT */
/* caddy.c: one Caddy: asked for its configuration, then one handler after another is given the upstreams that
 * it should have; asked again now and then, since one that was restarted has what its file says. */
#include "exporter/balancers/caddy.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/mem.h"
#include "controller/core/proxy_name.h"
#include "controller/core/registry.h"
#include "controller/core/text.h"
#include "controller/core/transfer.h"
#include "controller/core/url.h"
#include "exporter/balancers/caddy_config.h"
#include "exporter/formats/proxied.h"

enum {
    PATIENCE_MS = 5000,
    LIST_MS = 10000,
    RETRY_FIRST_MS = 500,
    RETRY_DOUBLINGS = 4,
    CONFIG_MAX = 16 * 1024 * 1024,
    UPSTREAMS_MAX = 1024 * 1024,
    SENTENCE = 384,
    ANSWER_WORDS = 200
};

struct caddy {
    struct exit_surroundings around;
    char *base, *shown; /* without a final slash; and without secrets */
    struct transfer_pool *pool;
    struct transfer *transfer;
    struct caddy_handler *handlers;
    bool listed;       /* the handlers are those that it has */
    bool behind;       /* some of them may be wrong */
    char *writing;     /* id whose upstreams are being written, NULL: it is being asked */
    char *body;        /* the upstreams that are written, as lines */
    size_t body_bytes; /* as they are sent */
    uint64_t revision;
    int64_t list_at_mono_ms, retry_at_mono_ms;
    unsigned failed_in_row;
    struct exit_report report;
    char sentence[SENTENCE];

    bool ended; /* an answer came: */
    bool cut;   /* longer than it may be */
    int status; /* of HTTP, 0: none came */
    char *answer;
    size_t answer_len;
};

/* ---- how it stands ---- */

static struct exit_report caddy_report(const struct caddy *caddy)
{
    struct exit_report report = caddy->report;
    report.kind = "caddy";
    report.target = caddy->shown;
    report.sentence = caddy->sentence;
    for (const struct caddy_handler *at = caddy->handlers; at; at = at->hh.next) {
        report.services++;
        for (const char *c = at->upstreams; *c; c++)
            report.endpoints += *c == '\n';
    }
    return report;
}

static void stand(struct caddy *caddy, struct moment now, enum exit_state state, const char *sentence)
{
    if (!exit_report_stand(&caddy->report, caddy->sentence, sizeof caddy->sentence, state, sentence,
                           now.wall_ms))
        return;
    struct exit_report report = caddy_report(caddy);
    caddy->around.changed(caddy->around.user, &report);
}

static void fine(struct caddy *caddy, struct moment now)
{
    caddy->failed_in_row = 0;
    caddy->retry_at_mono_ms = 0;
    stand(caddy, now, EXIT_FINE, "");
}

__attribute__((format(printf, 3, 4))) static void failing(struct caddy *caddy, struct moment now,
                                                          const char *format, ...)
{
    char sentence[SENTENCE], line[SENTENCE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    text_one_line(sentence, line, sizeof line);
    unsigned doublings = caddy->failed_in_row < RETRY_DOUBLINGS ? caddy->failed_in_row : RETRY_DOUBLINGS;
    caddy->retry_at_mono_ms = now.mono_ms + ((int64_t)RETRY_FIRST_MS << doublings);
    caddy->failed_in_row++;
    caddy->report.failures++;
    caddy->listed = false;
    stand(caddy, now, EXIT_FAILING, line);
}

/* ---- requests ---- */

static void on_done(void *user, const struct transfer_result *result)
{
    struct caddy *caddy = user;
    caddy->transfer = NULL;
    caddy->ended = true;
    caddy->cut = result->body_cut;
    caddy->status = result->end == TRANSFER_DONE && !result->body_cut ? result->http_status : 0;
    caddy->answer = mem_copy(result->end == TRANSFER_DONE ? result->body : transfer_end_name(result->end));
    (void)text_trim(caddy->answer); /* of the line break at its end */
    caddy->answer_len = strlen(caddy->answer);
    caddy->around.wake(caddy->around.user);
}

static void start(struct caddy *caddy, const char *method, const char *path, const char *body)
{
    char *url = mem_format("%s%s", caddy->base, path);
    const char *const headers[] = {"Content-Type: application/json", NULL};
    const struct transfer_request request = {.method = method,
                                             .url = url,
                                             .headers = headers,
                                             .body = body,
                                             .max_body = CONFIG_MAX,
                                             .total_timeout_ms = PATIENCE_MS,
                                             .resolve = true,
                                             .on_done = on_done,
                                             .user = caddy};
    caddy->transfer = transfer_start(caddy->pool, &request);
    free(url);
}

static void start_list(struct caddy *caddy, struct moment now)
{
    caddy->list_at_mono_ms = now.mono_ms + LIST_MS;
    start(caddy, NULL, "/config/", NULL);
}

/* The service that a handler is for, if there is one that proxies are told of. */
static bool proxied_by_id(const struct caddy *caddy, const char *id, struct proxied *ret)
{
    char name[PROXY_NAME];
    for (size_t i = 0; i < registry_count(caddy->around.registry); i++) {
        const struct service *service = registry_at(caddy->around.registry, i);
        proxy_service_name(service->name, name);
        if (strcmp(name, id) == 0)
            return proxied_of(service, ret);
    }
    return false;
}

static void start_write(struct caddy *caddy, struct caddy_handler *handler)
{
    struct buf body, lines;
    struct proxied proxied;
    bool told = proxied_by_id(caddy, handler->id, &proxied);
    buf_init(&body, UPSTREAMS_MAX);
    buf_init(&lines, UPSTREAMS_MAX);
    caddy_body_write(told ? &proxied : NULL, &body);
    caddy_lines_write(told ? &proxied : NULL, &lines);
    char *path = mem_format("/id/%s/upstreams", handler->id);
    handler->wrong = false;
    caddy->writing = mem_copy(handler->id);
    caddy->body = buf_take(&lines, NULL);
    caddy->body_bytes = body.len;
    start(caddy, "PATCH", path, buf_string(&body));
    free(path);
    buf_free(&body);
}

/* ---- what came of them ---- */

/* What came instead of what was asked for. */
static const char *answer_words(const struct caddy *caddy, char ret[static ANSWER_WORDS])
{
    if (caddy->cut)
        snprintf(ret, ANSWER_WORDS, "its answer is longer than any is");
    else if (!caddy->status)
        snprintf(ret, ANSWER_WORDS, "no answer: %.160s", caddy->answer);
    else
        snprintf(ret, ANSWER_WORDS, "it answered %d%s%.160s", caddy->status, caddy->answer[0] ? ": " : "",
                 caddy->answer);
    return ret;
}

static void take_list(struct caddy *caddy, struct moment now)
{
    struct error err = {0};
    char words[ANSWER_WORDS];
    caddy_handlers_clear(&caddy->handlers);
    if (caddy->status != 200)
        failing(caddy, now, "it does not say its configuration (%s); it goes on with what it has",
                answer_words(caddy, words));
    else if (caddy_config_read(caddy->answer, caddy->answer_len, &caddy->handlers, &err) != 0)
        failing(caddy, now, "%s", err.text);
    else if (!caddy->handlers && registry_count(caddy->around.registry))
        failing(caddy, now,
                "it has no handler whose \"@id\" begins with \"quaywatch-\" (any more), so there is nothing "
                "to keep "
                "in step; load the export caddy once, and start it with --resume to keep that");
    else
        caddy->listed = true;
    caddy->revision = 0; /* everything is compared */
}

static void take_written(struct caddy *caddy, struct moment now)
{
    struct caddy_handler *handler;
    char words[ANSWER_WORDS];
    HASH_FIND_STR(caddy->handlers, caddy->writing, handler);
    if (caddy->status != 200) {
        failing(caddy, now, "it does not take the upstreams of %.110s (%s)", caddy->writing,
                answer_words(caddy, words));
    } else {
        caddy->report.writes++;
        caddy->report.bytes += caddy->body_bytes;
        caddy->report.written_at_wall_ms = now.wall_ms;
        if (handler) {
            free(handler->upstreams);
            handler->upstreams = caddy->body;
            caddy->body = NULL;
        }
    }
    free(caddy->body);
    free(caddy->writing);
    caddy->body = caddy->writing = NULL;
}

static void take(struct caddy *caddy, struct moment now)
{
    caddy->ended = false;
    if (caddy->writing)
        take_written(caddy, now);
    else
        take_list(caddy, now);
    free(caddy->answer);
    caddy->answer = NULL;
}

/* ---- what changed ---- */

static void compare(struct caddy *caddy, const struct service *service)
{
    char name[PROXY_NAME];
    struct caddy_handler *handler;
    struct proxied proxied;
    proxy_service_name(service->name, name);
    HASH_FIND_STR(caddy->handlers, name, handler);
    if (!handler)
        return;
    struct buf lines;
    buf_init(&lines, UPSTREAMS_MAX);
    caddy_lines_write(proxied_of(service, &proxied) ? &proxied : NULL, &lines);
    handler->known = true;
    handler->wrong = strcmp(handler->upstreams, buf_string(&lines)) != 0;
    buf_free(&lines);
}

static void left(void *user, const char *name)
{
    struct caddy *caddy = user;
    struct caddy_handler *handler;
    char id[PROXY_NAME];
    proxy_service_name(name, id);
    HASH_FIND_STR(caddy->handlers, id, handler);
    if (handler)
        handler->wrong = handler->upstreams[0] != '\0';
}

static void compare_all(struct caddy *caddy)
{
    const struct registry *registry = caddy->around.registry;
    for (struct caddy_handler *at = caddy->handlers; at; at = at->hh.next)
        at->known = false;
    for (size_t i = 0; i < registry_count(registry); i++)
        compare(caddy, registry_at(registry, i));
    for (struct caddy_handler *at = caddy->handlers; at; at = at->hh.next)
        at->wrong = at->known ? at->wrong : at->upstreams[0] != '\0';
}

static void compare_changed(struct caddy *caddy)
{
    const struct registry *registry = caddy->around.registry;
    uint64_t since = caddy->revision;
    if (registry_revision(registry) == since)
        return;
    caddy->revision = registry_revision(registry);
    caddy->behind = true;
    if (!since || !registry_left(registry, since, left, caddy)) {
        compare_all(caddy);
        return;
    }
    for (const struct service *service = registry_latest(registry); service && service->revision > since;
         service = registry_earlier(service))
        compare(caddy, service);
}

static struct caddy_handler *first_wrong(const struct caddy *caddy)
{
    struct caddy_handler *handler = caddy->handlers;
    while (handler && !handler->wrong)
        handler = handler->hh.next;
    return handler;
}

/* Before all is known nothing is written: what it has is of the run before, and likely still true. */
static void caddy_settle(void *self, struct moment now)
{
    struct caddy *caddy = self;
    if (caddy->ended)
        take(caddy, now);
    if (caddy->transfer || now.mono_ms < caddy->retry_at_mono_ms)
        return;
    if (!caddy->listed || now.mono_ms >= caddy->list_at_mono_ms) {
        start_list(caddy, now);
        return;
    }
    if (!caddy->around.warm(caddy->around.user))
        return;
    compare_changed(caddy);
    struct caddy_handler *wrong = caddy->behind ? first_wrong(caddy) : NULL;
    caddy->behind = wrong != NULL;
    if (wrong)
        start_write(caddy, wrong);
    else
        fine(caddy, now);
}

static int64_t caddy_due(const void *self)
{
    const struct caddy *caddy = self;
    return caddy->transfer ? 0 : caddy->retry_at_mono_ms ? caddy->retry_at_mono_ms : caddy->list_at_mono_ms;
}

static void caddy_tell(const void *self, exit_tell *tell, void *user)
{
    struct exit_report report = caddy_report(self);
    tell(user, &report);
}

static void caddy_close(void *self)
{
    struct caddy *caddy = self;
    transfer_pool_free(caddy->pool); /* cancels what is under way */
    caddy_handlers_clear(&caddy->handlers);
    free(caddy->answer);
    free(caddy->writing);
    free(caddy->body);
    free(caddy->base);
    free(caddy->shown);
    free(caddy);
}

static const struct exit_kind caddy_kind = {
    .settle = caddy_settle, .due = caddy_due, .report = caddy_tell, .close = caddy_close};

struct exit caddy_open(const struct exit_surroundings *around, const char *url)
{
    struct caddy *caddy = mem_new(sizeof *caddy);
    struct buf shown;
    caddy->around = *around;
    caddy->base = mem_copy(url);
    size_t length = strlen(caddy->base);
    if (length && caddy->base[length - 1] == '/')
        caddy->base[length - 1] = '\0';
    buf_init(&shown, SENTENCE);
    url_clean(caddy->base, &shown);
    caddy->shown = buf_take(&shown, NULL);
    caddy->pool = transfer_pool_new(around->loop, 1);
    return (struct exit){.kind = &caddy_kind, .self = caddy};
}
