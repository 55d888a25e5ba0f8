/* SPDX-License-Identifier: MIT */
/* push_steps.c: what an agent is asked next, from how things stand. */
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/due.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/transfer.h"
#include "controller/core/transfer_words.h"
#include "controller/core/url.h"
#include "exporter/consul/push_internal.h"

enum {
    TIMEOUT_MS = 5000,
    ANSWER_MAX = 64 * 1024 * 1024,
};

/* The status that the agent is to be told of again: what is wanted, else what an earlier life of ours said.
 */
static enum consul_status status_of(const struct mirror_entry *entry)
{
    return entry->text ? consul_push_text_status(entry->text) : consul_push_told(entry);
}

/* ---- asking ---- */

static void on_done(void *user, const struct transfer_result *result)
{
    struct push *push = user;
    push->transfer = NULL;
    push->ended = true;
    push->status = result->end == TRANSFER_DONE && !result->body_cut ? result->http_status : 0;
    transfer_words(result, "CONSUL_CA", push->words, sizeof push->words);
    free(push->body);
    push->body = mem_new(result->body_len + 1);
    if (result->body_len)
        memcpy(push->body, result->body, result->body_len);
    push->body_len = result->body_len;
    push->around.wake(push->around.user);
}

void consul_push_ask(struct push *push, const char *method, const char *path, struct buf *body)
{
    const struct consul_push_settings *settings = &push->settings;
    int64_t third_ms = settings->ttl_ms / 3;
    char *url = mem_format("%s%s", settings->url, path);
    char *token = settings->token[0] ? mem_format("X-Consul-Token: %s", settings->token) : NULL;
    const char *headers[] = {"Content-Type: application/json", token, NULL};
    push->sent = body ? body->len : 0;
    struct transfer_request request = {.method = method,
                                       .url = url,
                                       .headers = headers,
                                       .body = strcmp(method, "PUT") == 0 ? (body ? buf_string(body) : "")
                                                                          : NULL,
                                       .body_len = push->sent,
                                       .max_body = ANSWER_MAX,
                                       .total_timeout_ms = third_ms < TIMEOUT_MS ? third_ms : TIMEOUT_MS,
                                       .resolve = true,
                                       .ca_file = settings->ca_file[0] ? settings->ca_file : NULL,
                                       .on_done = on_done,
                                       .user = push};
    push->transfer = transfer_start(push->pool, &request);
    if (body)
        buf_free(body);
    free(url);
    free(token);
}

static void ask_of(struct push *push, const char *path, const char *name, struct buf *body)
{
    struct buf whole;
    buf_init(&whole, LIMIT_LABEL_BYTES);
    buf_text(&whole, path);
    url_put_part(name, &whole);
    consul_push_ask(push, "PUT", buf_string(&whole), body);
    buf_free(&whole);
}

static void ask_status(struct push *push, const struct mirror_entry *entry)
{
    push->told = status_of(entry);
    static const char *const output[CONSUL_STATUS_COUNT] = {[CONSUL_PASSING] = "It serves.",
                                                            [CONSUL_WARNING] = "It serves, but not well.",
                                                            [CONSUL_CRITICAL] = "It does not serve."};
    struct json_writer w;
    struct buf body;
    buf_init(&body, LIMIT_LABEL_BYTES);
    json_start(&w, &body);
    json_begin_object(&w);
    json_put_string(&w, "Status", consul_status_name[push->told]);
    json_put_string(&w, "Output", output[push->told]);
    json_end_object(&w);
    ask_of(push, "/v1/agent/check/update/", entry->name, &body);
}

static void ask_enrol(struct push *push)
{
    struct buf body;
    buf_init(&body, LIMIT_LIST_ELEMENT);
    buf_text(&body, consul_push_text_body(push->taken->text));
    consul_push_ask(push, "PUT", "/v1/agent/service/register?replace-existing-checks=true", &body);
}

/* ---- what is next ---- */

static bool may_empty(const struct push *push)
{
    return push->around.warm(push->around.user);
}

/* When the first status must be told again. */
static int64_t again_at(const struct push *push)
{
    const struct mirror_entry *first = mirror_first(push->mirror);
    return first ? consul_push_told_at(first) + push->settings.ttl_ms / 3 : 0;
}

enum push_step consul_push_next(const struct push *push, int64_t now_mono_ms)
{
    if (push->taken)
        return PUSH_STATUS; /* the second half of its registration */
    if (!push->listed)
        return PUSH_LIST;
    if (!push->checked)
        return PUSH_CHECKS;
    int64_t again_ms = again_at(push);
    if (again_ms && now_mono_ms >= again_ms)
        return PUSH_STATUS;
    if (mirror_has_work(push->mirror, may_empty(push)))
        return PUSH_ENROL; /* or what else the entry that is taken needs */
    if (now_mono_ms >= push->list_at_mono_ms)
        return PUSH_LIST;
    return consul_push_session_next(push, now_mono_ms);
}

int64_t consul_push_due(const struct push *push)
{
    int64_t due = due_earlier(push->list_at_mono_ms, again_at(push));
    if (push->transfer || push->ended)
        return 0;
    if (consul_push_next(push, push->now_mono_ms) != PUSH_NOTHING)
        return push->held_mono_ms ? push->held_mono_ms : 1;
    if (push->settings.lock[0])
        due = due_earlier(due, push->session.at_mono_ms);
    return due;
}

static void start_taken(struct push *push)
{
    push->taken = mirror_take(push->mirror, may_empty(push));
    push->enrolled = false;
    if (!push->taken->text) {
        push->asked = PUSH_REMOVE;
        ask_of(push, "/v1/agent/service/deregister/", push->taken->name, NULL);
    } else if (push->taken->outside == MIRROR_OTHER &&
               push->taken->mark == consul_push_mark(consul_push_text_body(push->taken->text))) {
        push->asked = PUSH_STATUS;
        ask_status(push, push->taken);
    } else {
        push->asked = PUSH_ENROL;
        push->enrolled_mark = consul_push_mark(consul_push_text_body(push->taken->text));
        ask_enrol(push);
    }
}

void consul_push_start(struct push *push, enum push_step step, int64_t now_mono_ms)
{
    push->asked = step;
    switch (step) {
    case PUSH_NOTHING:
        break;
    case PUSH_LIST:
        push->listed = push->checked = false;
        consul_push_ask(push, "GET", "/v1/agent/services", NULL);
        break;
    case PUSH_CHECKS:
        consul_push_ask(push, "GET", "/v1/agent/checks", NULL);
        break;
    case PUSH_ENROL:
    case PUSH_REMOVE:
        start_taken(push);
        break;
    case PUSH_STATUS:
        if (!push->taken) {
            struct mirror_entry *first = mirror_first(push->mirror);
            free(push->name);
            push->name = mem_copy(first->name);
            consul_push_set_told(first, now_mono_ms, status_of(first));
            mirror_to_end(push->mirror, first);
            ask_status(push, first);
        } else if (push->taken->text) {
            ask_status(push, push->taken);
        } else { /* gone since it was enrolled: now there is something to remove */
            consul_push_release(push, MIRROR_AS_SAID);
            start_taken(push);
        }
        break;
    case PUSH_SESSION:
    case PUSH_LOCK:
        consul_push_session_start(push, step);
        break;
    }
}
