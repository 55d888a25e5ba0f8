/* SPDX-License-Identifier: MIT */
/* etcd_keys.c: what is wanted and what stands there: the list, the news, the transactions. */
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/endpoint.h"
#include "controller/core/hash.h"
#include "controller/core/text.h"
#include "exporter/etcd/entry.h"
#include "exporter/etcd/etcd_internal.h"

enum { LIST_AGAIN_MS = 5 * 60 * 1000 /* in case that news were lost */ };

enum mirror_wish etcd_render(void *user, const struct instance *instance, struct buf *name, struct buf *text)
{
    const struct etcd *etcd = user;
    struct endpoint endpoint;
    if (!endpoint_of(instance, &endpoint) || !endpoint.port)
        return MIRROR_NOTHING;
    etcd_entry_key(etcd->settings.prefix, etcd->settings.node, &endpoint, name);
    etcd_entry_value(etcd->settings.node, &endpoint, text);
    return MIRROR_ENTRY;
}

void etcd_keys_forget(struct etcd *etcd)
{
    etcd->list.done = etcd->list.begun = false;
    etcd->watching_wanted = false;
    etcd_watching_stop(etcd->watching);
}

/* ---- the list, and news ---- */

static bool is_below(const struct etcd *etcd, const struct etcd_pair *pair)
{
    return strncmp(pair->key, etcd->below, strlen(etcd->below)) == 0;
}

static enum mirror_outside judge(const struct etcd *etcd, const struct mirror_entry *entry,
                                 const struct etcd_pair *pair)
{
    bool same = entry && entry->text && strlen(entry->text) == pair->value_len &&
                memcmp(entry->text, pair->value, pair->value_len) == 0;
    if (same && (!etcd->lease.id || pair->lease == etcd->lease.id))
        return MIRROR_SAME;
    if (same || (pair->lease && pair->lease == etcd->lease.id) ||
        etcd_entry_is_of(pair->value, pair->value_len, etcd->settings.node))
        return MIRROR_OTHER;
    return MIRROR_FOREIGN;
}

static void say(struct etcd *etcd, const struct etcd_pair *pair, enum mirror_outside outside)
{
    struct mirror_entry *entry = mirror_say(etcd->mirror, pair->key, outside);
    if (outside == MIRROR_FOREIGN && entry)
        text_one_line(pair->key, etcd->foreign, sizeof etcd->foreign);
    if (!entry) {
        if (pair->revision > etcd->forgotten)
            etcd->forgotten = pair->revision;
        return;
    }
    entry->mark = pair->revision;
    entry->tag = pair->lease;
    entry->stands = pair->removed ? 0 : hash_bytes(HASH_START, pair->value, pair->value_len);
}

static void list_begin(struct etcd *etcd, uint64_t revision)
{
    mirror_list(etcd->mirror);
    etcd->list.begun = true;
    etcd->list.revision = (int64_t)revision;
    etcd->lease.candidate = 0;
    etcd->lease.candidate_revision = 0;
    etcd->forgotten = 0;
}

static void list_end(struct etcd *etcd, int64_t now_mono_ms)
{
    mirror_listed(etcd->mirror);
    etcd->list.done = true;
    etcd->list.begun = false;
    etcd->list.at_mono_ms = now_mono_ms + LIST_AGAIN_MS;
    if (etcd->lease.id)
        etcd->lease.candidate = 0;
}

/* The next page begins behind the last key. False when there is none: a server must not lead us in circles.
 */
static bool list_advance(struct etcd *etcd, const struct etcd_answer *answer)
{
    if (!answer->more || !answer->last_key)
        return false;
    size_t shorter = answer->last_len < etcd->list.from_len ? answer->last_len : etcd->list.from_len;
    int order = memcmp(answer->last_key, etcd->list.from, shorter);
    if (order < 0 || (order == 0 && answer->last_len < etcd->list.from_len))
        return false;
    free(etcd->list.from);
    etcd->list.from_len = answer->last_len + 1; /* with a NUL: the least key behind it */
    etcd->list.from = mem_new(etcd->list.from_len);
    memcpy(etcd->list.from, answer->last_key, answer->last_len);
    return true;
}

void etcd_keys_page(struct etcd *etcd, const struct etcd_answer *answer, int64_t now_mono_ms)
{
    if (!etcd->list.begun)
        list_begin(etcd, answer->revision);
    for (size_t i = 0; i < answer->count; i++) {
        const struct etcd_pair *pair = &answer->pair[i];
        if (!is_below(etcd, pair)) /* not asked for */
            continue;
        enum mirror_outside outside = judge(etcd, mirror_find(etcd->mirror, pair->key), pair);
        if (outside != MIRROR_FOREIGN && pair->lease && pair->revision > etcd->lease.candidate_revision) {
            etcd->lease.candidate = pair->lease;
            etcd->lease.candidate_revision = pair->revision;
        }
        say(etcd, pair, outside);
    }
    if (!list_advance(etcd, answer))
        list_end(etcd, now_mono_ms);
}

/* An event is news unless it tells of what we know: our own writes come back. */
static bool is_news(const struct etcd *etcd, const struct mirror_entry *entry, const struct etcd_pair *pair)
{
    if (!is_below(etcd, pair))
        return false;
    return entry ? pair->revision > entry->mark : pair->revision > etcd->forgotten;
}

static bool is_under_way(const struct etcd *etcd, const struct mirror_entry *entry)
{
    for (size_t i = 0; i < etcd->written_count; i++)
        if (etcd->written[i] == entry)
            return true;
    return false;
}

bool etcd_keys_news(struct etcd *etcd, const struct etcd_answer *answer)
{
    bool ours = false;
    for (size_t i = 0; i < answer->count; i++) {
        const struct etcd_pair *pair = &answer->pair[i];
        const struct mirror_entry *entry = mirror_find(etcd->mirror, pair->key);
        if (!is_news(etcd, entry, pair))
            continue;
        enum mirror_outside outside = pair->removed ? MIRROR_ABSENT : judge(etcd, entry, pair);
        bool wanted = entry && entry->text && !is_under_way(etcd, entry);
        ours = ours || (wanted && (outside == MIRROR_ABSENT || outside == MIRROR_OTHER));
        say(etcd, pair, outside);
    }
    return ours;
}

void etcd_keys_move(struct etcd *etcd)
{
    struct mirror_entry *at = mirror_first(etcd->mirror);
    for (; at; at = mirror_next(at))
        if (at->outside == MIRROR_SAME && at->tag != etcd->lease.id)
            mirror_say(etcd->mirror, at->name, MIRROR_OTHER);
}

/* ---- writing ---- */

/* What an earlier life of ours wrote is listed before anybody knows what is wanted: it may well be that. Then
 * it stays, and nobody who watches is told of a change that is none. */
static bool stands_already(const struct etcd *etcd, const struct mirror_entry *entry)
{
    return entry->text && entry->outside == MIRROR_OTHER && entry->tag == etcd->lease.id &&
           entry->stands == hash_bytes(HASH_START, entry->text, strlen(entry->text));
}

bool etcd_keys_write(struct etcd *etcd, struct buf *body)
{
    struct ask_txn txn;
    etcd_ask_txn_begin(&txn);
    etcd->written_count = etcd->written_bytes = 0;
    size_t longest = 0; /* of the next one is not known: what was longest so far is assumed */
    while (etcd_ask_txn_has_room(&txn, longest)) {
        struct mirror_entry *entry = mirror_take(etcd->mirror, etcd_step_may_empty(etcd));
        if (!entry)
            break;
        if (stands_already(etcd, entry)) {
            mirror_done(etcd->mirror, entry, MIRROR_WORKED);
            continue;
        }
        size_t len = entry->text ? strlen(entry->text) : 0;
        longest = len > longest ? len : longest;
        etcd->written[etcd->written_count++] = entry;
        etcd->written_bytes += len;
        etcd_ask_txn_add(&txn, entry->name, entry->text, etcd->lease.id,
                         entry->outside == MIRROR_ABSENT ? 0 : entry->mark);
    }
    etcd_ask_txn_end(&txn, body);
    return etcd->written_count > 0;
}

/* The transaction happened at a revision: an event may have told of it, or of something later. */
static void wrote(struct etcd *etcd, struct mirror_entry *entry, uint64_t revision)
{
    bool later = entry->mark > revision;
    if (!later) {
        entry->mark = revision;
        entry->tag = etcd->lease.id;
        entry->stands = 0;
        if (!entry->text && revision > etcd->forgotten)
            etcd->forgotten = revision;
    }
    mirror_done(etcd->mirror, entry, later ? MIRROR_AS_SAID : MIRROR_WORKED);
}

static void unwritten(struct etcd *etcd, struct mirror_entry *entry, enum mirror_outcome outcome)
{
    if (outcome == MIRROR_UNKNOWN)
        entry->stands = 0;
    mirror_done(etcd->mirror, entry, outcome);
}

void etcd_keys_written(struct etcd *etcd, const struct link_reply *reply, int64_t now_wall_ms)
{
    bool worked = reply->end == LINK_ANSWERED && reply->answer.succeeded;
    enum mirror_outcome otherwise = reply->end == LINK_LOST ? MIRROR_UNKNOWN : MIRROR_AS_SAID;
    for (size_t i = 0; i < etcd->written_count; i++) {
        if (worked)
            wrote(etcd, etcd->written[i], reply->answer.revision);
        else
            unwritten(etcd, etcd->written[i], otherwise);
    }
    etcd->written_count = 0;
    if (!worked)
        return;
    etcd->report.writes++;
    etcd->report.bytes += etcd->written_bytes;
    etcd->report.written_at_wall_ms = now_wall_ms;
}
