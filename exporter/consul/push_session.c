/* SPDX-License-Identifier: MIT */
/* push_session.c: a session of ours holds one key, so that others see who writes; Consul removes the key soon
 * after the session was not renewed. Whether we hold it changes nothing of what is told. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/json_read.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "controller/core/url.h"
#include "exporter/consul/push_internal.h"

enum { SESSION_LEAST_MS = 10000 /* Consul takes no shorter ones */ };

enum push_step consul_push_session_next(const struct push *push, int64_t now_mono_ms)
{
    if (!push->settings.lock[0] || now_mono_ms < push->session.at_mono_ms)
        return PUSH_NOTHING;
    return push->session.renewed ? PUSH_LOCK : PUSH_SESSION;
}

static void create(struct push *push)
{
    struct json_writer w;
    struct buf body, name;
    char ttl[24];
    int64_t ttl_ms = push->settings.ttl_ms > SESSION_LEAST_MS ? push->settings.ttl_ms : SESSION_LEAST_MS;
    buf_init(&body, LIMIT_LABEL_BYTES);
    buf_init(&name, LIMIT_LABEL_BYTES);
    buf_format(&name, "quaywatch %s", push->settings.node);
    text_format_duration(ttl_ms, ttl);
    json_start(&w, &body);
    json_begin_object(&w);
    json_put_string(&w, "Name", buf_string(&name));
    json_put_string(&w, "TTL", ttl);
    json_put_string(&w, "Behavior", "delete");
    json_put_string(&w, "LockDelay", "1s");
    json_end_object(&w);
    buf_free(&name);
    consul_push_ask(push, "PUT", "/v1/session/create", &body);
}

static void lock(struct push *push)
{
    struct json_writer w;
    struct buf body, path;
    buf_init(&body, LIMIT_LABEL_BYTES);
    buf_init(&path, LIMIT_LABEL_BYTES);
    json_start(&w, &body);
    json_begin_object(&w);
    json_put_string(&w, "controller", push->settings.node);
    json_end_object(&w);
    /* (The setting holds only what may stand in a path.) */
    buf_format(&path, "/v1/kv/%s?acquire=", push->settings.lock);
    url_put_part(push->session.id, &path);
    consul_push_ask(push, "PUT", buf_string(&path), &body);
    buf_free(&path);
}

void consul_push_session_start(struct push *push, enum push_step step)
{
    struct buf path;
    if (step == PUSH_LOCK) {
        lock(push);
        return;
    }
    if (!push->session.id[0]) {
        create(push);
        return;
    }
    buf_init(&path, LIMIT_LABEL_BYTES);
    buf_text(&path, "/v1/session/renew/");
    url_put_part(push->session.id, &path);
    consul_push_ask(push, "PUT", buf_string(&path), NULL);
    buf_free(&path);
}

/* {"ID": "…"} */
static void take_id(struct push *push)
{
    struct json_object *root = json_tokener_parse(push->body);
    const char *id = json_text(root, "ID");
    if (id)
        snprintf(push->session.id, sizeof push->session.id, "%s", id);
    json_object_put(root);
}

void consul_push_session_end(struct push *push, enum push_step step, int64_t now_mono_ms)
{
    bool created = step == PUSH_SESSION && !push->session.id[0];
    push->session.renewed = false;
    if (push->status != 200) { /* whatever it was: another session is made */
        push->session.id[0] = '\0';
        push->session.holds = false;
        return;
    }
    if (created)
        take_id(push);
    if (step == PUSH_LOCK)
        push->session.holds = strncmp(push->body, "true", 4) == 0;
    else if (push->session.id[0])
        push->session.renewed = true; /* the key is next, also to see that it is still ours */
    if (!push->session.renewed)
        push->session.at_mono_ms = now_mono_ms + push->settings.ttl_ms / 3;
}
