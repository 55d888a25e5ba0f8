/* SPDX-License-Identifier: MIT */
/* fuzz_alert_queue.c: the queue of alerts from disk: what was read is written and read back the same, and
 * every channel can tell of it in whole JSON. */
#include <assert.h>
#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "exporter/alerts/channel.h"
#include "exporter/alerts/queues.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 1 << 26 };

/* Reads text into queues; the answer of queues_read. */
static int read_all(struct queue queue[CHANNEL_COUNT], const char *text, size_t length)
{
    struct queue *at[CHANNEL_COUNT];
    struct error err = {0};
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        queue_init(&queue[i], i == CHANNEL_ALERTMANAGER);
        at[i] = &queue[i];
    }
    int rc = queues_read(at, text, length, &err);
    assert(rc == 0 || err.text[0]);
    return rc;
}

static void render_all(struct queue queue[CHANNEL_COUNT], struct buf *out)
{
    const struct queue *at[CHANNEL_COUNT];
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        at[i] = &queue[i];
    buf_init(out, TEXT_MAX);
    queues_render(at, out);
    assert(!out->full);
}

static void free_all(struct queue queue[CHANNEL_COUNT])
{
    for (size_t i = 0; i < CHANNEL_COUNT; i++)
        queue_free(&queue[i]);
}

static void tell(enum channel_kind kind, struct queue *queue)
{
    static const struct channels_config config = {.url = {"http://h/", "http://h/", "http://h/",
                                                          "http://h/topic", "http://h/", "smtp://h",
                                                          "http://h/", "http://h/"},
                                                  .email_to = "a@b",
                                                  .host = "h"};
    const struct alert *item[QUEUE_ENTRIES];
    const struct telling telling = {
        .item = item, .count = queue_take(queue, item, QUEUE_ENTRIES), .now_wall_ms = 1};
    struct message message = {0};
    if (!telling.count)
        return;
    channel_table[kind].render(&config, &telling, &message);
    assert(strlen(message.body) == message.body_len);
    if (kind != CHANNEL_EMAIL && kind != CHANNEL_HEALTHCHECKS) {
        json_object *root = json_tokener_parse(message.body);
        assert(root);
        json_object_put(root);
    }
    message_free(&message);
    queue_told(queue);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct queue queue[CHANNEL_COUNT];
    struct buf first, second, third;
    /* Twice: what is written of broken UTF-8 is longer than it was, and may be cut by reading. */
    read_all(queue, (const char *)data, size);
    render_all(queue, &first);
    free_all(queue);
    read_all(queue, buf_string(&first), first.len);
    render_all(queue, &second);
    free_all(queue);
    assert(read_all(queue, buf_string(&second), second.len) == 0);
    render_all(queue, &third);
    assert(second.len == third.len && memcmp(buf_string(&second), buf_string(&third), second.len) == 0);
    for (int i = 0; i < CHANNEL_COUNT; i++)
        tell((enum channel_kind)i, &queue[i]);
    free_all(queue);
    buf_free(&first);
    buf_free(&second);
    buf_free(&third);
    return 0;
}
