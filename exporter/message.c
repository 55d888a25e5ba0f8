/* SPDX-License-Identifier: MIT */
/* message.c: messages of event streams (WHATWG HTML, section 9.2.5), each rendered once. */
#include "exporter/message.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "exporter/render/render.h"

enum { KEPT = 4, BATCH = 32 * 1024 };

enum message_kind { MESSAGE_EVENTS, MESSAGE_CHANGES, MESSAGE_FULL };

struct entry {
    struct message message; /* first, so that a pointer to it is a pointer to the entry */
    enum message_kind kind;
    uint64_t from;
    TAILQ_ENTRY(entry) link;
};

struct messages {
    const struct exporter_context *context;
    TAILQ_HEAD(entries, entry) all; /* oldest first */
    struct entry *kept[KEPT];       /* each is held by this, too */
    size_t next;
    size_t bytes;
};

struct messages *messages_new(const struct exporter_context *context)
{
    struct messages *messages = mem_new(sizeof *messages);
    messages->context = context;
    TAILQ_INIT(&messages->all);
    return messages;
}

static void release(struct messages *messages, struct entry *entry)
{
    if (!entry || --entry->message.holders)
        return;
    TAILQ_REMOVE(&messages->all, entry, link);
    messages->bytes -= entry->message.len;
    free(entry->message.data);
    free(entry);
}

void message_release(struct messages *messages, struct message *message)
{
    release(messages, (struct entry *)message);
}

/* One that is kept and tells the same, with one more holder; NULL when there is none. */
static struct message *kept_find(struct messages *messages, enum message_kind kind, uint64_t from,
                                 uint64_t to)
{
    for (size_t i = 0; i < KEPT; i++) {
        struct entry *entry = messages->kept[i];
        if (entry && entry->kind == kind && entry->from == from && (!to || entry->message.to == to)) {
            entry->message.holders++;
            return &entry->message;
        }
    }
    return NULL;
}

static struct message *add(struct messages *messages, enum message_kind kind, uint64_t from, uint64_t to,
                           struct buf *text)
{
    struct entry *entry = mem_new(sizeof *entry);
    entry->kind = kind;
    entry->from = from;
    entry->message.to = to;
    entry->message.data = buf_take(text, &entry->message.len);
    entry->message.holders = 2; /* the caller and us */
    messages->bytes += entry->message.len;
    TAILQ_INSERT_TAIL(&messages->all, entry, link);
    release(messages, messages->kept[messages->next]);
    messages->kept[messages->next] = entry;
    messages->next = (messages->next + 1) % KEPT;
    return &entry->message;
}

struct message *message_events(struct messages *messages, uint64_t after)
{
    const struct journal *journal = messages->context->journal;
    const struct journal_event *event = journal_next(journal, after);
    if (!event)
        return NULL;
    struct message *kept = kept_find(messages, MESSAGE_EVENTS, after, 0);
    if (kept)
        return kept;
    const char *start_id = registry_controller(messages->context->registry)->start_id;
    struct buf out;
    uint64_t to = after;
    buf_init(&out, SIZE_MAX / 2);
    if (event->id > after + 1)
        buf_format(&out, "event: gap\ndata: {\"missed\":%" PRIu64 "}\n\n", event->id - after - 1);
    for (; event && out.len < BATCH; event = journal_next(journal, to)) {
        struct json_writer writer;
        to = event->id;
        buf_format(&out, "id: %s-%" PRIu64 "\nevent: event\ndata: ", start_id, to);
        json_start(&writer, &out);
        render_event(&writer, event);
        buf_add(&out, "\n\n", 2);
    }
    return add(messages, MESSAGE_EVENTS, after, to, &out);
}

struct message *message_status(struct messages *messages, const uint64_t *from)
{
    const struct exporter_context *context = messages->context;
    uint64_t to = registry_revision(context->registry);
    enum message_kind kind = MESSAGE_CHANGES;
    struct message *kept = from ? kept_find(messages, MESSAGE_CHANGES, *from, to) : NULL;
    struct buf out;
    if (kept)
        return kept;
    buf_init(&out, SIZE_MAX / 2);
    buf_text(&out, "event: status\ndata: ");
    if (!from || !render_status_changes(context->registry, context->version, *from, &out)) {
        kept = kept_find(messages, MESSAGE_FULL, 0, to);
        if (kept) {
            buf_free(&out);
            return kept;
        }
        kind = MESSAGE_FULL;
        render_status_full(context->registry, context->version, &out);
    }
    buf_add(&out, "\n\n", 2);
    return add(messages, kind, kind == MESSAGE_FULL ? 0 : *from, to, &out);
}

size_t messages_bytes(const struct messages *messages)
{
    return messages->bytes;
}

const struct message *messages_oldest(const struct messages *messages)
{
    const struct entry *at;
    TAILQ_FOREACH(at, &messages->all, link)
    {
        unsigned ours = 0;
        for (size_t i = 0; i < KEPT; i++)
            ours += messages->kept[i] == at;
        if (at->message.holders > ours)
            return &at->message;
    }
    return NULL;
}

void messages_clear(struct messages *messages)
{
    for (size_t i = 0; i < KEPT; i++) {
        release(messages, messages->kept[i]);
        messages->kept[i] = NULL;
    }
}

void messages_free(struct messages *messages)
{
    messages_clear(messages);
    assert(TAILQ_EMPTY(&messages->all));
    free(messages);
}
