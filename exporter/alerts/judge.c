/* SPDX-License-Identifier: MIT */
/* judge.c: what a service's answer to a message means. Its body is not shown: many servers put the address
 * they were asked for into it, and that is a secret. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "controller/core/text.h"
#include "controller/core/transfer.h"
#include "controller/core/transfer_words.h"
#include "exporter/alerts/delivery.h"

enum { SECOND_MS = 1000, HOUR_S = 3600 };

/* What people should look at. */
static const struct {
    int status;
    const char *meaning;
} http_meaning[] = {
    {301, "it has moved to another address"},
    {302, "it sends us on to another address"},
    {307, "it sends us on to another address"},
    {308, "it has moved to another address"},
    {400, "it does not take what was sent"},
    {401, "it wants other credentials"},
    {403, "it does not let us"},
    {404, "there is nothing at this address"},
    {405, "this address takes no messages"},
    {410, "what was at this address is gone for good"},
    {413, "the message is too long for it"},
    {415, "it does not take what was sent"},
    {422, "it does not take what was sent"},
    {429, "too many messages"},
};

static const struct {
    int status;
    const char *meaning;
} mail_meaning[] = {
    {421, "it is not available"},
    {450, "the mailbox is busy"},
    {451, "it has an error"},
    {452, "it has no room"},
    {454, "it cannot check credentials now"},
    {530, "it wants credentials or TLS"},
    {534, "it wants other credentials"},
    {535, "user or password are wrong"},
    {538, "it wants TLS"},
    {550, "it does not take mail for this receiver or from this sender"},
    {551, "it does not take mail for this receiver"},
    {552, "the mail is too long for it"},
    {553, "it does not take this address"},
    {554, "it does not take the mail"},
};

static const char *meaning_of(bool mail, int status)
{
    size_t count = mail ? sizeof mail_meaning / sizeof *mail_meaning
                        : sizeof http_meaning / sizeof *http_meaning;
    for (size_t i = 0; i < count; i++)
        if ((mail ? mail_meaning[i].status : http_meaning[i].status) == status)
            return mail ? mail_meaning[i].meaning : http_meaning[i].meaning;
    return NULL;
}

int64_t delivery_retry_after(const char *value, int64_t now_wall_ms)
{
    int64_t seconds;
    struct tm parts = {0};
    while (*value == ' ' || *value == '\t')
        value++;
    int rc = text_number(value, 0, INT64_MAX / SECOND_MS, &seconds);
    if (rc) {
        const char *end = strptime(value, "%a, %d %b %Y %H:%M:%S GMT", &parts);
        if (!end)
            return 0;
        seconds = (int64_t)timegm(&parts) - now_wall_ms / SECOND_MS;
    }
    if (seconds <= 0)
        return 0;
    return (seconds < HOUR_S ? seconds : HOUR_S) * SECOND_MS;
}

/* Discord says it in the body, too, and to the millisecond: {"retry_after": 0.65, …}. */
static int64_t body_retry_after(const struct transfer_result *result)
{
    json_object *root = json_tokener_parse(result->body), *value = NULL;
    double seconds = 0;
    if (json_object_is_type(root, json_type_object))
        value = json_object_object_get(root, "retry_after");
    if (json_object_is_type(value, json_type_double) || json_object_is_type(value, json_type_int))
        seconds = json_object_get_double(value);
    json_object_put(root);
    if (!(seconds > 0))
        return 0;
    return seconds < HOUR_S ? (int64_t)(seconds * SECOND_MS) + 1 : (int64_t)HOUR_S * SECOND_MS;
}

static enum verdict verdict_of(bool mail, int status)
{
    if (status >= 200 && status < 300)
        return VERDICT_TAKEN;
    if (mail) /* RFC 5321 4.2.1: 4yz may work later, 5yz will not */
        return status >= 500 ? VERDICT_NEVER : VERDICT_LATER;
    if (status == 429)
        return VERDICT_SLOWER;
    return status >= 500 || status == 408 || status == 425 ? VERDICT_LATER : VERDICT_NEVER;
}

void delivery_judge(enum channel_kind kind, const struct transfer_result *result, const char *retry_after,
                    int64_t now_wall_ms, struct judged *ret)
{
    bool mail = kind == CHANNEL_EMAIL;
    *ret = (struct judged){.status = result->http_status};
    if (result->end != TRANSFER_DONE) {
        ret->verdict = VERDICT_LATER;
        ret->perhaps_taken = result->end == TRANSFER_READ_TIMEOUT || result->end == TRANSFER_CUT;
        ret->status = 0;
        transfer_words(result, "ALERT_CA", ret->sentence, sizeof ret->sentence);
        return;
    }
    ret->verdict = verdict_of(mail, result->http_status);
    const char *meaning = meaning_of(mail, result->http_status);
    if (ret->verdict == VERDICT_TAKEN)
        snprintf(ret->sentence, sizeof ret->sentence, "it was taken (%d)", result->http_status);
    else
        snprintf(ret->sentence, sizeof ret->sentence, "it answered %d%s%s", result->http_status,
                 meaning ? ": " : "", meaning ? meaning : "");
    if (mail || ret->verdict == VERDICT_TAKEN || ret->verdict == VERDICT_NEVER)
        return;
    ret->wait_ms = delivery_retry_after(retry_after, now_wall_ms);
    if (kind == CHANNEL_DISCORD && ret->verdict == VERDICT_SLOWER) {
        int64_t wait_ms = body_retry_after(result);
        ret->wait_ms = wait_ms > ret->wait_ms ? wait_ms : ret->wait_ms;
    }
}
