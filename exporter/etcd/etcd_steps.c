/* SPDX-License-Identifier: MIT */
/* etcd_steps.c: what is asked next, from how things stand, and what the answers change. */
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "exporter/etcd/etcd_internal.h"

enum {
    SECOND_MS = 1000,
    QUARREL_MS = 10 * SECOND_MS,
    QUARRELS_MAX = 10, /* in that time, before nothing is written for as long */
};

bool etcd_step_may_empty(const struct etcd *etcd)
{
    return etcd->around.warm(etcd->around.user);
}

enum step etcd_step_next(const struct etcd *etcd, int64_t now_mono_ms)
{
    bool may_empty = etcd_step_may_empty(etcd);
    if (etcd_link_needs_token(etcd->link))
        return STEP_LOGIN;
    if (etcd->lease.id && now_mono_ms >= etcd->lease.alive_at_mono_ms)
        return STEP_ALIVE;
    if (!etcd->list.done)
        return STEP_LIST;
    if (!etcd->lease.id)
        return etcd->lease.candidate ? STEP_ALIVE : STEP_GRANT;
    if (mirror_has_work(etcd->mirror, may_empty))
        return now_mono_ms >= etcd->quarrel.until_mono_ms ? STEP_WRITE : STEP_NONE;
    /* ETCD_TTL is another one than in our earlier life. (Not before all that it left is looked at: what
     * stays on its lease would end with it.) */
    if (etcd->lease.inherited && may_empty && etcd->lease.ttl_ms != etcd->settings.ttl_ms)
        return STEP_GRANT;
    return STEP_NONE;
}

/* ---- asking ---- */

static void list_ask(struct etcd *etcd)
{
    struct buf body;
    buf_init(&body, LIMIT_LABEL_BYTES);
    if (!etcd->list.begun) {
        free(etcd->list.from);
        etcd->list.from = mem_copy(etcd->below);
        etcd->list.from_len = strlen(etcd->below);
    }
    etcd_ask_range(etcd->list.from, etcd->list.from_len, etcd->below, etcd->list.page,
                   etcd->list.begun ? etcd->list.revision : 0, &body);
    etcd_link_ask(etcd->link, "/v3/kv/range", &body);
}

void etcd_step_start(struct etcd *etcd, enum step step)
{
    struct buf body;
    buf_init(&body, LIMIT_DOCUMENT);
    etcd->asked = step;
    switch (step) {
    case STEP_NONE:
        break;
    case STEP_LOGIN:
        etcd_link_login(etcd->link);
        break;
    case STEP_ALIVE:
        etcd_ask_alive(etcd->lease.id ? etcd->lease.id : etcd->lease.candidate, &body);
        etcd_link_ask(etcd->link, "/v3/lease/keepalive", &body);
        break;
    case STEP_LIST:
        list_ask(etcd);
        break;
    case STEP_GRANT:
        etcd_ask_grant((etcd->settings.ttl_ms + SECOND_MS - 1) / SECOND_MS, &body);
        etcd_link_ask(etcd->link, "/v3/lease/grant", &body);
        break;
    case STEP_WRITE:
        if (etcd_keys_write(etcd, &body))
            etcd_link_ask(etcd->link, "/v3/kv/txn", &body);
        else
            etcd->asked = STEP_NONE;
        break;
    }
    buf_free(&body);
}

/* ---- answers ---- */

static void lease_take(struct etcd *etcd, int64_t id, int64_t ttl_s, int64_t now_mono_ms)
{
    bool other = id != etcd->lease.id;
    etcd->lease.id = id;
    etcd->lease.ttl_ms = ttl_s * SECOND_MS;
    etcd->lease.alive_at_mono_ms = now_mono_ms + etcd->lease.ttl_ms / 3;
    etcd->lease.candidate = 0;
    if (other)
        etcd_keys_move(etcd);
}

/* The lease has ended, and its keys with it. */
static void lease_lost(struct etcd *etcd)
{
    if (etcd->lease.id)
        etcd_keys_forget(etcd);
    etcd->lease.id = etcd->lease.candidate = 0;
}

static void alive_end(struct etcd *etcd, const struct link_reply *reply, int64_t now_mono_ms)
{
    const struct etcd_answer *answer = &reply->answer;
    bool inherits = !etcd->lease.id;
    bool gone = reply->end == LINK_REFUSED && answer->code == GRPC_NOT_FOUND;
    if (reply->end != LINK_ANSWERED && !gone)
        return;
    if (gone || answer->ttl_s <= 0) {
        lease_lost(etcd);
        return;
    }
    lease_take(etcd, inherits ? etcd->lease.candidate : etcd->lease.id, answer->ttl_s, now_mono_ms);
    etcd->lease.inherited = etcd->lease.inherited || inherits;
}

/* These give why an answer is no sense, else NULL. */
static const char *grant_end(struct etcd *etcd, const struct link_reply *reply, int64_t now_mono_ms)
{
    const struct etcd_answer *answer = &reply->answer;
    if (reply->end != LINK_ANSWERED)
        return NULL;
    if (!answer->lease || answer->ttl_s <= 0)
        return "it gives no lease: is it an etcd?";
    lease_take(etcd, answer->lease, answer->ttl_s, now_mono_ms);
    etcd->lease.inherited = false;
    return NULL;
}

static const char *list_step_end(struct etcd *etcd, const struct link_reply *reply, int64_t now_mono_ms)
{
    if (reply->end == LINK_ANSWERED && reply->answer.revision)
        etcd_keys_page(etcd, &reply->answer, now_mono_ms);
    else if (reply->end == LINK_ANSWERED)
        return "its list has no revision: is it an etcd?";
    else
        etcd_keys_forget(etcd); /* compacted between two pages, or worse */
    if (reply->too_long && etcd->list.page > 1)
        etcd->list.page /= 2;
    return NULL;
}

static void write_end(struct etcd *etcd, const struct link_reply *reply, struct moment now)
{
    etcd_keys_written(etcd, reply, now.wall_ms);
    if (reply->end == LINK_REFUSED && reply->answer.code == GRPC_NOT_FOUND)
        lease_lost(etcd);
    if (reply->end != LINK_ANSWERED)
        return;
    /* An earlier revision than that of our list: it was restored from a backup, and has other keys. */
    bool restored = (int64_t)reply->answer.revision < etcd->list.revision;
    if (reply->answer.succeeded && !restored)
        return;
    if (!restored)
        etcd_step_quarrel(etcd, now.mono_ms);
    etcd_keys_forget(etcd);
}

void etcd_step_end(struct etcd *etcd, const struct link_reply *reply, struct moment now)
{
    enum step asked = etcd->asked;
    const char *nonsense = NULL;
    etcd->asked = STEP_NONE;
    switch (asked) {
    case STEP_NONE:
    case STEP_LOGIN:
        break;
    case STEP_ALIVE:
        alive_end(etcd, reply, now.mono_ms);
        break;
    case STEP_LIST:
        nonsense = list_step_end(etcd, reply, now.mono_ms);
        break;
    case STEP_GRANT:
        nonsense = grant_end(etcd, reply, now.mono_ms);
        break;
    case STEP_WRITE:
        write_end(etcd, reply, now);
        break;
    }
    if (nonsense)
        etcd_link_blame(etcd->link, now.mono_ms, nonsense);
    else if (reply->end == LINK_ANSWERED)
        etcd_link_worked(etcd->link);
}

void etcd_step_quarrel(struct etcd *etcd, int64_t now_mono_ms)
{
    if (now_mono_ms - etcd->quarrel.since_mono_ms > QUARREL_MS) {
        etcd->quarrel.since_mono_ms = now_mono_ms;
        etcd->quarrel.count = 0;
    }
    if (++etcd->quarrel.count > QUARRELS_MAX)
        etcd->quarrel.until_mono_ms = now_mono_ms + QUARREL_MS;
}
