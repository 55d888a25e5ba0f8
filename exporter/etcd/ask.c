/* SPDX-License-Identifier: MIT */
/* ask.c: writes the bodies of requests. etcd's api/v3 definitions, as the gateway spells them. */
#include "exporter/etcd/ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/base64.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"

enum { FRAME_BYTES = 512 /* of one change and its condition, beside key and text */ };

static void put_bytes(struct json_writer *w, const char *key, const char *data, size_t len)
{
    struct buf text;
    buf_init(&text, LIMIT_DOCUMENT);
    base64_put(&text, data, len);
    json_put_string(w, key, buf_string(&text));
    buf_free(&text);
}

static void put_big(struct json_writer *w, const char *key, int64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, number);
    json_put_string(w, key, text);
}

/* The first key behind all that begin with prefix, whose last byte is '/'. */
static void put_end(struct json_writer *w, const char *prefix)
{
    char *end = mem_copy(prefix);
    end[strlen(end) - 1]++;
    put_bytes(w, "range_end", end, strlen(end));
    free(end);
}

void etcd_ask_token(const char *user, const char *password, struct buf *out)
{
    struct json_writer w;
    json_start(&w, out);
    json_begin_object(&w);
    json_put_string(&w, "name", user);
    json_put_string(&w, "password", password);
    json_end_object(&w);
}

/* Nothing but one number. */
static void put_only(struct buf *out, const char *key, int64_t number)
{
    struct json_writer w;
    json_start(&w, out);
    json_begin_object(&w);
    put_big(&w, key, number);
    json_end_object(&w);
}

void etcd_ask_grant(int64_t ttl_s, struct buf *out)
{
    put_only(out, "TTL", ttl_s);
}

void etcd_ask_alive(int64_t lease, struct buf *out)
{
    put_only(out, "ID", lease);
}

void etcd_ask_range(const char *from, size_t len, const char *prefix, unsigned limit, int64_t revision,
                    struct buf *out)
{
    struct json_writer w;
    json_start(&w, out);
    json_begin_object(&w);
    put_bytes(&w, "key", from, len);
    put_end(&w, prefix);
    put_big(&w, "limit", limit);
    if (revision)
        put_big(&w, "revision", revision);
    json_end_object(&w);
}

void etcd_ask_watch(const char *prefix, int64_t revision, struct buf *out)
{
    struct json_writer w;
    json_start(&w, out);
    json_begin_object(&w);
    json_key(&w, "create_request");
    json_begin_object(&w);
    put_bytes(&w, "key", prefix, strlen(prefix));
    put_end(&w, prefix);
    put_big(&w, "start_revision", revision);
    json_end_object(&w);
    json_end_object(&w);
}

/* ---- transactions ---- */

void etcd_ask_txn_begin(struct ask_txn *txn)
{
    *txn = (struct ask_txn){0};
    buf_init(&txn->conditions, LIMIT_DOCUMENT);
    buf_init(&txn->changes, LIMIT_DOCUMENT);
}

static void add_condition(struct buf *out, const char *key, uint64_t revision)
{
    struct json_writer w;
    json_start(&w, out);
    json_begin_object(&w);
    json_put_string(&w, "target", revision ? "MOD" : "CREATE");
    put_bytes(&w, "key", key, strlen(key));
    put_big(&w, revision ? "mod_revision" : "create_revision", (int64_t)revision);
    json_end_object(&w);
}

static void add_change(struct buf *out, const char *key, const char *text, int64_t lease)
{
    struct json_writer w;
    json_start(&w, out);
    json_begin_object(&w);
    json_key(&w, text ? "request_put" : "request_delete_range");
    json_begin_object(&w);
    put_bytes(&w, "key", key, strlen(key));
    if (text) {
        put_bytes(&w, "value", text, strlen(text));
        put_big(&w, "lease", lease);
    }
    json_end_object(&w);
    json_end_object(&w);
}

void etcd_ask_txn_add(struct ask_txn *txn, const char *key, const char *text, int64_t lease,
                      uint64_t revision)
{
    if (txn->count++) {
        buf_text(&txn->conditions, ",");
        buf_text(&txn->changes, ",");
    }
    add_condition(&txn->conditions, key, revision);
    add_change(&txn->changes, key, text, lease);
}

bool etcd_ask_txn_has_room(const struct ask_txn *txn, size_t len)
{
    size_t used = txn->conditions.len + txn->changes.len;
    return txn->count == 0 || (txn->count < ASK_TXN_OPS && used + len / 3 * 4 + FRAME_BYTES < ASK_TXN_BYTES);
}

void etcd_ask_txn_end(struct ask_txn *txn, struct buf *out)
{
    buf_format(out, "{\"compare\":[%s],\"success\":[", buf_string(&txn->conditions));
    buf_add(out, txn->changes.data, txn->changes.len);
    buf_text(out, "]}");
    buf_free(&txn->conditions);
    buf_free(&txn->changes);
}
