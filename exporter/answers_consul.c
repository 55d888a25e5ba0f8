/* SPDX-License-Identifier: MIT */
/* answers_consul.c: Consul's questions read, made to wait, and answered in its manner. */
#include "exporter/answers_consul.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/hash.h"
#include "controller/core/json_read.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "exporter/consul/changes.h"
#include "exporter/live.h"
#include "exporter/poll.h"

/* As Consul has them; longer waits are cut, not refused. */
enum { WAIT_DEFAULT_MS = 5 * 60 * 1000, WAIT_MAX_MS = 10 * 60 * 1000, TAGS_MAX = 16 };

bool consul_route(const char *pattern)
{
    return strncmp(pattern, "/v1/", 4) == 0 && strncmp(pattern, "/v1/api/", 8) != 0;
}

/* ---- errors ---- */

void consul_refuse(struct answer *answer, int status, const char *format, ...)
{
    char line[512], clean[512];
    struct buf out;
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    text_one_line(line, clean, sizeof clean);
    buf_init(&out, LIMIT_HTTP_BODY);
    buf_format(&out, "%s\n", clean);
    answer_free(answer);
    answer_text(answer, status, type_text, &out);
}

void consul_refuse_plainly(struct answer *answer)
{
    if (answer->type != type_problem || !answer->body)
        return;
    struct json_object *problem = json_first_object(answer->body->data, answer->body->len);
    const char *detail = json_text(problem, "detail");
    /* Clients take a 401 for "there are no tokens here". */
    int status = answer->status == 401 ? 403 : answer->status;
    consul_refuse(answer, status, "%s%s", status == 403 ? "Permission denied: " : "",
                  detail && detail[0] ? detail : status_title(status));
    json_object_put(problem);
}

/* ---- questions ---- */

struct consul_catalog consul_catalog_of(const struct request *request)
{
    const struct exporter_context *context = request->context;
    return (struct consul_catalog){.registry = context->registry,
                                   .reports = context->actions.reports,
                                   .user = context->actions.user,
                                   .version = context->version};
}

static void ask_free(void *kept)
{
    struct consul_ask *ask = kept;
    consul_filter_free(ask->filter);
    arena_free(&ask->arena);
    free(ask);
}

static void add_tag(void *user, const char *value)
{
    struct consul_ask *ask = user;
    if (ask->tags.count < TAGS_MAX && value[0])
        strings_add(&ask->arena, &ask->tags, value);
    else if (value[0])
        ask->nothing = true; /* nobody asks for so much */
}

static void note_passing(void *user, const char *value)
{
    int *wanted = user;
    bool on = true;
    *wanted = value[0] && text_bool(value, &on) ? -1 : on;
}

static void note_presence(void *user, const char *value)
{
    bool *there = user;
    *there = value[0] != '\0';
}

/* False after an error was answered. */
static bool ask_read(const struct request *request, struct answer *answer, struct consul_ask *ask)
{
    const char *dc = request_query(request, "dc"), *filter = request_query(request, "filter");
    int passing = 0;
    bool by_meta = false;
    struct error err = {0};
    request->query_all(request->connection, "passing", note_passing, &passing);
    request->query_all(request->connection, "tag", add_tag, ask);
    request->query_all(request->connection, "node-meta", note_presence, &by_meta);
    ask->passing = passing > 0;
    ask->nothing |= by_meta;
    if (dc && dc[0] && strcmp(dc, CONSUL_DATACENTER) != 0)
        consul_refuse(answer, 500, "No path to datacenter: there is only \"%s\" here.", CONSUL_DATACENTER);
    else if (passing < 0)
        consul_refuse(answer, 400, "Invalid value for ?passing: true or false is allowed.");
    else if (filter && filter[0] && !ask->question->filtered)
        consul_refuse(answer, 400, "?filter= is not supported for this question.");
    else if (filter && filter[0] && consul_filter_parse(filter, ask->question->shape, &ask->filter, &err))
        consul_refuse(answer, 400, "Failed to create boolean expression evaluator: %s.", err.text);
    else
        return true;
    return false;
}

/* Callers that all began to wait at once do not all come back at once. */
static int64_t spread(const struct request *request, int64_t wait_ms)
{
    uint64_t hash = hash_number(hash_text(HASH_START, request->id), request->now.mono_ms);
    return wait_ms + (int64_t)(hash % (uint64_t)(wait_ms / 16 + 1));
}

/* What is waited for: another index than *ret_index, *ret_wait_ms long. False after an error was answered. */
static bool wait_read(const struct request *request, struct answer *answer, uint64_t *ret_index,
                      int64_t *ret_wait_ms)
{
    const char *index = request_query(request, "index"), *wait = request_query(request, "wait");
    int64_t number = 0, wait_ms = 0;
    if (index && index[0] && text_number(index, 0, INT64_MAX, &number)) {
        consul_refuse(answer, 400,
                      "Invalid index: a whole number, the X-Consul-Index of an answer, is allowed.");
        return false;
    }
    if (wait && wait[0] && text_duration(wait, 1000, &wait_ms)) {
        consul_refuse(answer, 400, "Invalid wait time: a duration such as 30s or 5m is allowed.");
        return false;
    }
    if (wait_ms <= 0)
        wait_ms = WAIT_DEFAULT_MS;
    *ret_index = (uint64_t)number;
    *ret_wait_ms = number ? spread(request, wait_ms < WAIT_MAX_MS ? wait_ms : WAIT_MAX_MS) : 0;
    return true;
}

void consul_put_headers(const struct request *request, struct answer *answer, const uint64_t *revision)
{
    const struct consul_catalog catalog = consul_catalog_of(request);
    char text[24];
    if (revision) {
        snprintf(text, sizeof text, "%" PRIu64, consul_index(&catalog, *revision));
        answer_header(answer, "X-Consul-Index", text);
    }
    answer_header(answer, "X-Consul-KnownLeader", "true");
    answer_header(answer, "X-Consul-LastContact", "0");
}

void consul_answer_json(struct answer *answer, struct buf *out)
{
    buf_add(out, "\n", 1);
    answer_text(answer, 200, type_json, out);
}

static uint64_t ask_revision(const struct request *request)
{
    const struct consul_ask *ask = request->kept;
    return ask->question->revision ? ask->question->revision(request) : 0;
}

static void ask_fill(const struct request *request, struct answer *answer)
{
    const struct consul_ask *ask = request->kept;
    uint64_t revision = ask_revision(request);
    struct json_writer writer;
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    json_start(&writer, &out);
    ask->question->write(request, ask, &writer);
    consul_answer_json(answer, &out);
    consul_put_headers(request, answer, ask->question->revision ? &revision : NULL);
}

void consul_answer(const struct request *request, struct answer *answer,
                   const struct consul_question *question)
{
    uint64_t index = 0;
    int64_t wait_ms = 0;
    if (question->revision && !answer_when_warm(request, answer))
        return;
    struct consul_ask *ask = mem_new(sizeof *ask);
    ask->question = question;
    ask->catalog = consul_catalog_of(request);
    if (!ask_read(request, answer, ask) ||
        (question->revision && !wait_read(request, answer, &index, &wait_ms))) {
        ask_free(ask);
        return;
    }
    uint64_t first = consul_index(&ask->catalog, 0);
    poll_hold(request, answer,
              &(struct poll_wish){.seen = index >= first ? index - first : UINT64_MAX,
                                  .wait_ms = wait_ms,
                                  .revision = ask_revision,
                                  .fill = ask_fill,
                                  .kept = ask,
                                  .drop = ask_free});
}

uint64_t consul_revision_of_all(const struct request *request)
{
    return registry_revision(request->context->registry);
}

uint64_t consul_revision_of_service(const struct request *request)
{
    return consul_changes_service(request->live->consul, request->context->registry, request->name);
}

bool consul_wants(const struct consul_ask *ask, const struct instance *instance,
                  const struct consul_check *check)
{
    if (ask->nothing || (instance && !consul_tells(instance)))
        return false;
    for (size_t i = 0; i < ask->tags.count; i++)
        if (!instance || !consul_has_tag(instance, ask->tags.item[i]))
            return false;
    if (ask->passing && instance && consul_status_of(&ask->catalog, instance) != CONSUL_PASSING)
        return false;
    return !ask->filter || consul_filter_passes(ask->filter, &ask->catalog, instance, check);
}
