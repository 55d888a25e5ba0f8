/* SPDX-License-Identifier: MIT */
/* delivery.c: a message on its way. */
#include "exporter/alerts/delivery.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/core/clock.h"
#include "controller/core/transfer.h"
#include "controller/core/transfer_mail.h"

enum { ANSWER_MAX = 4096, RETRY_AFTER_MAX = 64 };

struct delivery {
    enum channel_kind kind;
    struct transfer *transfer; /* one of both is under way */
    struct mail_transfer *mail;
    char retry_after[RETRY_AFTER_MAX];
    delivery_done *done;
    void *user;
};

static void on_header(void *user, const char *line, size_t length)
{
    static const char name[] = "Retry-After:";
    struct delivery *delivery = user;
    size_t skipped = sizeof name - 1;
    if (length <= skipped || strncasecmp(line, name, skipped) != 0)
        return;
    size_t kept = length - skipped;
    if (kept >= sizeof delivery->retry_after)
        return;
    memcpy(delivery->retry_after, line + skipped, kept);
    delivery->retry_after[kept] = '\0';
}

static void on_done(void *user, const struct transfer_result *result)
{
    struct delivery *delivery = user;
    struct judged judged;
    delivery_judge(delivery->kind, result, delivery->retry_after, clock_now().wall_ms, &judged);
    delivery->done(delivery->user, &judged);
    free(delivery);
}

static const char *unless_empty(const char *text)
{
    return text && text[0] ? text : NULL;
}

static void start_mail(struct delivery *delivery, uv_loop_t *loop, const struct message *message,
                       const char *ca_file, int64_t timeout_ms)
{
    static const enum mail_tls tls[] = {
        [MAIL_AUTO] = MAIL_TLS_IF_OFFERED, [MAIL_REQUIRED] = MAIL_TLS_MUST, [MAIL_OFF] = MAIL_TLS_NEVER};
    delivery->mail = mail_start(loop, &(struct mail_request){.url = message->url,
                                                             .from = message->mail_from,
                                                             .to = message->mail_to,
                                                             .mail = message->body,
                                                             .mail_len = message->body_len,
                                                             .start_tls = tls[message->mail_security],
                                                             .ca_file = ca_file,
                                                             .timeout_ms = timeout_ms,
                                                             .on_done = on_done,
                                                             .user = delivery});
}

struct delivery *delivery_start(uv_loop_t *loop, struct transfer_pool *pool, enum channel_kind kind,
                                const struct channels_config *config, const struct telling *telling,
                                int64_t timeout_ms, delivery_done *done, void *user)
{
    struct delivery *delivery = mem_new(sizeof *delivery);
    struct message message = {0};
    const char *ca_file = unless_empty(config->ca_file);
    delivery->kind = kind;
    delivery->done = done;
    delivery->user = user;
    channel_table[kind].render(config, telling, &message);
    if (!message.method)
        start_mail(delivery, loop, &message, ca_file, timeout_ms);
    else
        delivery->transfer = transfer_start(pool, &(struct transfer_request){.method = message.method,
                                                                             .url = message.url,
                                                                             .headers = message.header,
                                                                             .body = message.body,
                                                                             .body_len = message.body_len,
                                                                             .max_body = ANSWER_MAX,
                                                                             .total_timeout_ms = timeout_ms,
                                                                             .fresh = true,
                                                                             .resolve = true,
                                                                             .ca_file = ca_file,
                                                                             .on_header = on_header,
                                                                             .on_done = on_done,
                                                                             .user = delivery});
    message_free(&message);
    return delivery;
}

void delivery_cancel(struct delivery *delivery)
{
    if (!delivery)
        return;
    transfer_cancel(delivery->transfer);
    mail_cancel(delivery->mail);
    free(delivery);
}
