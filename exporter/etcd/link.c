/* SPDX-License-Identifier: MIT */
/* link.c: requests to one of several endpoints, and what their ends mean for the next one. */
#include "exporter/etcd/link.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "controller/core/text.h"
#include "controller/core/transfer.h"
#include "controller/core/transfer_words.h"
#include "exporter/etcd/ask.h"

enum {
    ANSWER_MAX = 64 * 1024 * 1024, /* a page of the list with the largest labels is shorter */
    TIMEOUT_MS = 5000,
    DENIALS_MAX = 1, /* tokens that are refused in a row before it counts as a failure */
};

struct etcd_link {
    const struct etcd_settings *settings;
    struct transfer_pool *pool;
    void (*wake)(void *user);
    void *user;
    struct arena arena;
    struct strings endpoints;
    size_t at;                          /* of the endpoint in use */
    char *token;                        /* "Authorization: …", or NULL */
    unsigned denials, failures, breaks; /* failures: in a row */
    const char *refused; /* the path of what was refused last, until it is not any more; or NULL */
    unsigned refusals;   /* of it, in a row */
    int64_t held_mono_ms;
    uint64_t failed;
    char lost_words[320], refused_words[320]; /* "" when there is no trouble of the kind */

    const char *path; /* of the request; static text */
    bool logging_in;
    struct transfer *transfer; /* under way, or NULL */
    /* Its end, until it is taken: */
    bool ended, cut;
    enum transfer_end end;
    int status;
    char *body;
    size_t body_len;
    char words[200];
};

struct etcd_link *etcd_link_new(uv_loop_t *loop, const struct etcd_settings *settings,
                                void (*wake)(void *user), void *user)
{
    struct etcd_link *link = mem_new(sizeof *link);
    char *rest = arena_copy(&link->arena, settings->endpoints), *word;
    link->settings = settings;
    link->pool = transfer_pool_new(loop, 2);
    link->wake = wake;
    link->user = user;
    while ((word = text_cut(&rest, ',')))
        if (*word) {
            word[strlen(word) - (word[strlen(word) - 1] == '/')] = '\0';
            strings_add(&link->arena, &link->endpoints, word);
        }
    assert(link->endpoints.count > 0);
    return link;
}

void etcd_link_free(struct etcd_link *link)
{
    transfer_pool_free(link->pool);
    free(link->token);
    free(link->body);
    arena_free(&link->arena);
    free(link);
}

bool etcd_link_ready(const struct etcd_link *link, int64_t now_mono_ms)
{
    return !link->transfer && !link->ended && now_mono_ms >= link->held_mono_ms;
}

int64_t etcd_link_due(const struct etcd_link *link)
{
    if (link->transfer || link->ended)
        return 0;
    return link->held_mono_ms ? link->held_mono_ms : 1;
}

/* ---- asking ---- */

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static struct transfer *start(struct etcd_link *link, const char *path, struct buf *body,
                              struct transfer_request *request)
{
    const struct etcd_settings *settings = link->settings;
    const char *headers[] = {"Content-Type: application/json", link->token, NULL};
    char *url = mem_format("%s%s", link->endpoints.item[link->at], path);
    request->method = "POST";
    request->url = url;
    request->headers = headers;
    request->body = buf_string(body);
    request->body_len = body->len;
    request->resolve = true;
    request->ca_file = or_null(settings->ca_file);
    request->cert_file = or_null(settings->cert_file);
    request->key_file = or_null(settings->key_file);
    struct transfer *transfer = transfer_start(link->pool, request);
    buf_free(body);
    free(url);
    return transfer;
}

static void on_done(void *user, const struct transfer_result *result)
{
    struct etcd_link *link = user;
    link->transfer = NULL;
    link->ended = true;
    link->cut = result->body_cut;
    link->end = result->end;
    link->status = result->http_status;
    free(link->body);
    link->body = mem_new(result->body_len + 1);
    if (result->body_len)
        memcpy(link->body, result->body, result->body_len);
    link->body_len = result->body_len;
    transfer_words(result, "ETCD_CA", link->words, sizeof link->words);
    link->wake(link->user);
}

void etcd_link_ask(struct etcd_link *link, const char *path, struct buf *body)
{
    int64_t third_ms = link->settings->ttl_ms / 3;
    struct transfer_request request = {.max_body = ANSWER_MAX,
                                       .total_timeout_ms = third_ms < TIMEOUT_MS ? third_ms : TIMEOUT_MS,
                                       .on_done = on_done,
                                       .user = link};
    assert(!link->transfer && !link->ended);
    link->path = path;
    link->transfer = start(link, path, body, &request);
}

struct transfer *etcd_link_stream(struct etcd_link *link, const char *path, struct buf *body,
                                  struct transfer_request *request)
{
    request->connect_timeout_ms = TIMEOUT_MS;
    return start(link, path, body, request);
}

bool etcd_link_needs_token(const struct etcd_link *link)
{
    return link->settings->user[0] && !link->token;
}

void etcd_link_login(struct etcd_link *link)
{
    struct buf body;
    buf_init(&body, LIMIT_LABEL_BYTES);
    etcd_ask_token(link->settings->user, link->settings->password, &body);
    link->logging_in = true;
    etcd_link_ask(link, "/v3/auth/authenticate", &body);
}

void etcd_link_drop_token(struct etcd_link *link)
{
    free(link->token);
    link->token = NULL;
}

/* ---- how it ended ---- */

static void hold(struct etcd_link *link, int64_t now_mono_ms, size_t doublings)
{
    const struct etcd_settings *settings = link->settings;
    int64_t most_ms = settings->ttl_ms / 3; /* the lease must not end while etcd is back */
    int64_t wait_ms = settings->retry_base_ms;
    if (settings->retry_max_ms < most_ms)
        most_ms = settings->retry_max_ms;
    for (; doublings > 0 && wait_ms < most_ms; doublings--)
        wait_ms *= 2;
    link->held_mono_ms = now_mono_ms + (wait_ms < most_ms ? wait_ms : most_ms);
}

/* Of several endpoints the sentence names the one. */
static void put_words(const struct etcd_link *link, size_t endpoint, const char *words, char *ret,
                      size_t size)
{
    if (link->endpoints.count > 1)
        snprintf(ret, size, "%s: %s", link->endpoints.item[endpoint], words);
    else
        snprintf(ret, size, "%s", words);
}

void etcd_link_blame(struct etcd_link *link, int64_t now_mono_ms, const char *words)
{
    size_t endpoint = link->at;
    link->at = (link->at + 1) % link->endpoints.count;
    link->failures++;
    link->failed++;
    link->breaks++;
    etcd_link_drop_token(link); /* simple tokens are a member's own after it was started anew */
    if (link->failures < link->endpoints.count)
        return;
    put_words(link, endpoint, words, link->lost_words, sizeof link->lost_words);
    if (link->failures % link->endpoints.count == 0)
        hold(link, now_mono_ms, link->failures / link->endpoints.count - 1);
}

void etcd_link_worked(struct etcd_link *link)
{
    if (link->refused == link->path) {
        link->refused = NULL;
        link->refusals = 0;
        link->refused_words[0] = '\0';
    }
    if (link->logging_in) /* a token proves nothing yet */
        return;
    link->failures = link->denials = 0;
    link->held_mono_ms = 0;
    link->lost_words[0] = '\0';
}

/* Whether another token, or one at all, may help: etcd's auth.ErrInvalidAuthToken, ErrAuthOldRevision and
 * ErrUserEmpty, of which only the first has a code of its own. */
static bool wants_token(const struct etcd_link *link, const struct etcd_answer *answer)
{
    if (link->status == 401 || answer->code == GRPC_UNAUTHENTICATED)
        return true;
    return strstr(answer->error, "user name is empty") || strstr(answer->error, "auth store is old") ||
           strstr(answer->error, "invalid auth token");
}

/* All members would say the same: there is nothing to do but to wait for a person. */
static void refuse(struct etcd_link *link, int64_t now_mono_ms, const struct etcd_answer *answer)
{
    char words[280];
    if (wants_token(link, answer) && !link->settings->user[0])
        snprintf(words, sizeof words, "it wants a user: ETCD_USER and ETCD_PASSWORD name one");
    else if (link->logging_in)
        snprintf(words, sizeof words, "it does not take ETCD_USER and ETCD_PASSWORD (%s)", answer->error);
    else if (link->status == 403 || answer->code == GRPC_DENIED)
        snprintf(words, sizeof words, "the user may not read and write below %s/services/",
                 link->settings->prefix);
    else
        snprintf(words, sizeof words, "it answered %d: %s", link->status, answer->error);
    put_words(link, link->at, words, link->refused_words, sizeof link->refused_words);
    link->refusals = link->refused == link->path ? link->refusals + 1 : 1;
    link->refused = link->path;
    link->failed++;
    etcd_link_drop_token(link);
    hold(link, now_mono_ms, link->refusals - 1);
}

/* Errors that say something of the request, not of the link: whoever asked sees to them. */
static bool is_said(const struct etcd_answer *answer)
{
    return answer->code == GRPC_NOT_FOUND || answer->code == GRPC_OUT_OF_RANGE;
}

static enum link_end judge(struct etcd_link *link, int64_t now_mono_ms, struct etcd_answer *answer)
{
    bool read = etcd_answer_read(link->body, link->body_len, answer) == 0;
    if (link->cut || (link->status == 200 && !read)) {
        etcd_link_blame(link, now_mono_ms, link->cut ? "the answer is too long" : "its answer is not etcd's");
        return LINK_LOST;
    }
    if (link->status == 200 && !answer->code)
        return LINK_ANSWERED;
    if (!read || !answer->code || link->status >= 500) {
        char words[280];
        snprintf(words, sizeof words, "it answered %d%s%s%s", link->status, answer->error[0] ? ": " : "",
                 answer->error, link->status == 404 ? "; is it an etcd (v3)?" : "");
        etcd_link_blame(link, now_mono_ms, words);
        return LINK_LOST;
    }
    if (is_said(answer)) {
        etcd_link_worked(link);
    } else if (wants_token(link, answer) && link->settings->user[0] && !link->logging_in &&
               link->denials++ < DENIALS_MAX) {
        etcd_link_drop_token(link);
    } else {
        refuse(link, now_mono_ms, answer);
    }
    return LINK_REFUSED;
}

static void keep_token(struct etcd_link *link, const struct etcd_answer *answer)
{
    etcd_link_worked(link);
    etcd_link_drop_token(link);
    if (answer->token && !strpbrk(answer->token, "\r\n"))
        link->token = mem_format("Authorization: %s", answer->token);
}

bool etcd_link_take(struct etcd_link *link, int64_t now_mono_ms, struct link_reply *ret)
{
    if (!link->ended)
        return false;
    link->ended = false;
    *ret = (struct link_reply){.end = LINK_LOST, .too_long = link->cut, .answer.error = ""};
    if (link->end == TRANSFER_DONE)
        ret->end = judge(link, now_mono_ms, &ret->answer);
    else
        etcd_link_blame(link, now_mono_ms, link->words);
    if (!link->logging_in)
        return true;
    /* The token's own answer is nobody else's business. A denial before it still counts. */
    if (ret->end == LINK_ANSWERED)
        keep_token(link, &ret->answer);
    link->logging_in = false;
    etcd_answer_free(&ret->answer);
    return false;
}

unsigned etcd_link_breaks(const struct etcd_link *link)
{
    return link->breaks;
}

const char *etcd_link_trouble(const struct etcd_link *link)
{
    return link->lost_words[0] ? link->lost_words : link->refused_words;
}

uint64_t etcd_link_failures(const struct etcd_link *link)
{
    return link->failed;
}
