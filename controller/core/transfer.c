/* SPDX-License-Identifier: MIT */
/* The asynchronous HTTP client: libcurl's multi_socket interface driven by one set of sockets and one
 * uv_timer.
 *
 * libcurl refuses to be called from its own callbacks, so these only record; finished transfers are reaped
 * afterwards, and on_done, which may start, cancel and even free the pool, is called from there only. */
#include "controller/core/transfer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uv.h>

#include "controller/core/buf.h"
#include "controller/core/mem.h"
#include "controller/core/transfer_direct.h"
#include "controller/core/transfer_easy.h"
#include "controller/core/transfer_sockets.h"

/* Finished easy handles kept for the next transfers: what a tick of a thousand checks a second starts
 * together. Making one costs less than keeping thousands after a storm. */
enum { IDLE_HANDLES = 128 };

struct transfer {
    TAILQ_ENTRY(transfer) link;
    struct transfer_pool *pool;
    CURL *easy;
    struct direct *direct; /* without libcurl: all else but the request is unused then */
    struct easy_lists lists;
    struct transfer_request request; /* its pointers to text are not valid after transfer_start */
    bool over_unix;
    bool plain;          /* see easy_plain */
    const char *refusal; /* static text: it could not be started, and waits in pool->refused to be told so */
    bool ending;         /* on_done is being called */
    bool head_done;
    int http_status;
    struct buf body;
    bool body_cut;
    char message[CURL_ERROR_SIZE];
};
TAILQ_HEAD(transfer_list, transfer);

struct transfer_pool {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t *timer; /* apart from the pool, because libuv closes it later */
    long curl_wait_ms; /* what libcurl asked for; -1: nothing */
    struct transfer_list running, refused;
    size_t running_count, refused_count;
    struct sockets *sockets;
    struct directs *directs;
    struct idle {
        CURL *easy;
        bool plain; /* it made a plain request and is not reset */
    } idle[IDLE_HANDLES];
    size_t idle_count;
    bool in_curl; /* libcurl is on the stack: nothing may be started or cancelled */
    bool reaping; /* the pool is on the stack */
    bool freed;   /* transfer_pool_free was called while reaping */
};

static void pool_reap(struct transfer_pool *pool);

static void on_timer(uv_timer_t *timer);

/* libuv counts whole milliseconds from a time it may have read a while ago, libcurl counts microseconds:
 * firing early would be for nothing, and libcurl would not ask again. Hence the refreshed time and the
 * millisecond more. */
static void pool_arm(struct transfer_pool *pool)
{
    if (pool->refused_count > 0 || pool->curl_wait_ms == 0) {
        uv_timer_start(pool->timer, on_timer, 0, 0);
    } else if (pool->curl_wait_ms > 0) {
        uv_update_time(pool->loop);
        uv_timer_start(pool->timer, on_timer, (uint64_t)pool->curl_wait_ms + 1, 0);
    } else {
        uv_timer_stop(pool->timer);
    }
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *user)
{
    (void)multi;
    struct transfer_pool *pool = user;
    pool->curl_wait_ms = timeout_ms;
    pool_arm(pool);
    return 0;
}

static void pool_act(struct transfer_pool *pool, curl_socket_t fd, int events)
{
    int running;
    pool->in_curl = true;
    curl_multi_socket_action(pool->multi, fd, events, &running);
    pool->in_curl = false;
}

static void on_timer(uv_timer_t *timer)
{
    struct transfer_pool *pool = timer->data;
    pool->curl_wait_ms = -1;
    pool_act(pool, CURL_SOCKET_TIMEOUT, 0);
    if (pool->curl_wait_ms < 0) { /* not asked again: make sure that nothing is left waiting */
        curl_multi_timeout(pool->multi, &pool->curl_wait_ms);
        pool_arm(pool);
    }
    pool_reap(pool);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_socket_ready(void *user, int fd, int what)
{
    int action = (what & SOCKET_READABLE ? CURL_CSELECT_IN : 0) |
                 (what & SOCKET_WRITABLE ? CURL_CSELECT_OUT : 0) |
                 (what & SOCKET_BROKEN ? CURL_CSELECT_ERR : 0);
    pool_act(user, fd, action);
}

static void on_sockets_done(void *user)
{
    pool_reap(user);
}

static void transfer_refuse(struct transfer *transfer, const char *reason);

/* assigned is the pool once the socket is watched. */
static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *assigned)
{
    struct transfer_pool *pool = user;
    if (what == CURL_POLL_REMOVE) {
        if (assigned)
            sockets_forget(pool->sockets, fd);
        return 0;
    }
    int wanted = (what & CURL_POLL_IN ? SOCKET_READABLE : 0) | (what & CURL_POLL_OUT ? SOCKET_WRITABLE : 0);
    if (sockets_watch(pool->sockets, fd, wanted, assigned != NULL)) {
        if (!assigned)
            curl_multi_assign(pool->multi, fd, pool);
        return 0;
    }
    struct transfer *transfer = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    if (transfer && !transfer->ending)
        transfer_refuse(transfer, "the socket cannot be watched"); /* it would hang for ever */
    return 0;
}

static size_t on_curl_header(char *data, size_t size, size_t count, void *user)
{
    struct transfer *transfer = user;
    size_t len = size * count, line_len = len;
    while (line_len > 0 && (data[line_len - 1] == '\n' || data[line_len - 1] == '\r'))
        line_len--;
    if (line_len > 0) {
        if (transfer->request.on_header)
            transfer->request.on_header(transfer->request.user, data, line_len);
        return len;
    }
    if (transfer->head_done) /* the end of the trailers */
        return len;
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200) /* "100 Continue" and the like: the real answer follows */
        return len;
    transfer->head_done = true;
    transfer->http_status = (int)status;
    if (transfer->request.on_head)
        transfer->request.on_head(transfer->request.user, transfer->http_status);
    return len;
}

static size_t on_curl_body(char *data, size_t size, size_t count, void *user)
{
    struct transfer *transfer = user;
    size_t len = size * count;
    if (transfer->request.on_data) {
        transfer->request.on_data(transfer->request.user, transfer->http_status, data, len);
        return len;
    }
    size_t room = transfer->request.max_body - transfer->body.len;
    buf_add(&transfer->body, data, len < room ? len : room);
    if (len <= room)
        return len;
    transfer->body_cut = true;
    return 0; /* ends the transfer: the rest may be endless */
}

static void transfer_refuse(struct transfer *transfer, const char *reason)
{
    struct transfer_pool *pool = transfer->pool;
    if (transfer->refusal)
        return;
    TAILQ_REMOVE(&pool->running, transfer, link);
    pool->running_count--;
    TAILQ_INSERT_TAIL(&pool->refused, transfer, link);
    pool->refused_count++;
    transfer->refusal = reason;
    pool_arm(pool);
}

/* Takes the transfer out of its list and out of libcurl; afterwards libcurl knows nothing of it. */
static void transfer_detach(struct transfer *transfer)
{
    struct transfer_pool *pool = transfer->pool;
    if (transfer->refusal) {
        TAILQ_REMOVE(&pool->refused, transfer, link);
        pool->refused_count--;
    } else {
        TAILQ_REMOVE(&pool->running, transfer, link);
        pool->running_count--;
    }
    transfer->ending = true;
    if (!transfer->direct)
        curl_multi_remove_handle(pool->multi, transfer->easy);
}

static void transfer_free(struct transfer *transfer)
{
    struct transfer_pool *pool = transfer->pool;
    if (transfer->direct) {
        direct_free(transfer->direct);
        free(transfer);
        return;
    }
    if (!pool->freed && pool->idle_count < IDLE_HANDLES) {
        if (transfer->plain)
            curl_easy_setopt(transfer->easy, CURLOPT_ERRORBUFFER, NULL);
        else
            curl_easy_reset(transfer->easy); /* keeps connections; drops our pointers */
        pool->idle[pool->idle_count++] = (struct idle){transfer->easy, transfer->plain};
    } else {
        curl_easy_cleanup(transfer->easy);
    }
    easy_lists_free(&transfer->lists);
    buf_free(&transfer->body);
    free(transfer);
}

static void transfer_finish(struct transfer *transfer, CURLcode code)
{
    transfer_detach(transfer);
    struct transfer_result result = {.http_status = transfer->http_status, .body_cut = transfer->body_cut};
    curl_off_t total_us = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &total_us);
    result.total_ms = (double)total_us / 1000.0;
    if (transfer->body_cut && code == CURLE_WRITE_ERROR)
        code = CURLE_OK; /* we ended it ourselves: enough was read */
    result.end = transfer->refusal ? TRANSFER_LOCAL
                                   : easy_end(transfer->easy, code, transfer->message, transfer->over_unix);
    if (result.end == TRANSFER_DONE && !transfer->request.connect_only && !transfer->head_done)
        result.end = TRANSFER_PROTOCOL;
    if (result.end == TRANSFER_TLS)
        result.tls_fault = easy_tls_fault(transfer->easy, code);
    if (result.end == TRANSFER_DONE)
        result.message = "";
    else if (transfer->refusal)
        result.message = transfer->refusal;
    else
        result.message = transfer->message[0] ? transfer->message : curl_easy_strerror(code);
    result.body = buf_string(&transfer->body);
    result.body_len = transfer->body.len;
    transfer->request.on_done(transfer->request.user, &result);
    transfer_free(transfer);
}

/* A handle for the request; *again tells that it has what all plain requests have in common. */
static CURL *pool_easy(struct transfer_pool *pool, const struct transfer_request *request, bool *again)
{
    struct idle idle = {0};
    if (pool->idle_count > 0)
        idle = pool->idle[--pool->idle_count];
    else
        idle.easy = curl_easy_init();
    if (!idle.easy)
        abort(); /* libcurl has run out of memory */
    *again = idle.plain && easy_plain(request);
    if (idle.plain && !*again)
        curl_easy_reset(idle.easy);
    return idle.easy;
}

struct transfer *transfer_start(struct transfer_pool *pool, const struct transfer_request *request)
{
    assert(!pool->in_curl && !pool->freed && request->on_done);
    struct transfer *transfer = mem_new(sizeof *transfer);
    transfer->pool = pool;
    transfer->request = *request;
    TAILQ_INSERT_TAIL(&pool->running, transfer, link);
    pool->running_count++;
    transfer->direct = direct_start(pool->directs, request, transfer);
    if (transfer->direct)
        return transfer;
    transfer->easy = pool_easy(pool, request, &transfer->plain);
    transfer->over_unix = request->unix_socket != NULL;
    buf_init(&transfer->body, request->max_body);

    const char *refusal = request_refusal(request);
    if (!refusal) {
        CURL *easy = transfer->easy;
        easy_prepare(easy, request, transfer->plain, &transfer->lists);
        transfer->plain = easy_plain(request);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->message);
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_curl_header);
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_curl_body);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
        CURLMcode code = curl_multi_add_handle(pool->multi, easy);
        refusal = code == CURLM_OK ? NULL : curl_multi_strerror(code);
    }
    if (refusal)
        transfer_refuse(transfer, refusal);
    return transfer;
}

void transfer_cancel(struct transfer *transfer)
{
    if (!transfer || transfer->ending)
        return;
    assert(!transfer->pool->in_curl);
    transfer_detach(transfer);
    transfer_free(transfer);
}

/* Those refused before this turn; on_done may add new ones, which wait for the next. */
static void reap_refused(struct transfer_pool *pool)
{
    for (size_t left = pool->refused_count; left > 0 && !pool->freed; left--) {
        struct transfer *transfer = TAILQ_FIRST(&pool->refused);
        if (!transfer)
            return;
        transfer_finish(transfer, CURLE_FAILED_INIT);
    }
}

/* As reap_refused: one that fails at once waits for its next turn. */
static void reap_direct(struct transfer_pool *pool)
{
    for (size_t left = pool->freed ? 0 : directs_over(pool->directs); left > 0 && !pool->freed; left--) {
        struct transfer *transfer = directs_next(pool->directs);
        struct transfer_result result;
        if (!transfer)
            return;
        transfer_detach(transfer);
        direct_result(transfer->direct, &result);
        transfer->request.on_done(transfer->request.user, &result);
        transfer_free(transfer);
    }
}

static void reap_finished(struct transfer_pool *pool)
{
    while (!pool->freed) {
        int left;
        CURLMsg *message = curl_multi_info_read(pool->multi, &left);
        if (!message)
            return;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result; /* the message dies with its handle's removal */
        struct transfer *transfer = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        transfer_finish(transfer, code);
    }
}

static void pool_release(struct transfer_pool *pool)
{
    curl_global_cleanup(); /* counted by libcurl: the last pool's does it */
    free(pool);
}

static void pool_reap(struct transfer_pool *pool)
{
    assert(!pool->reaping);
    pool->reaping = true;
    reap_finished(pool);
    reap_refused(pool);
    reap_direct(pool);
    pool->reaping = false;
    if (pool->freed)
        pool_release(pool);
}

struct transfer_pool *transfer_pool_new(uv_loop_t *loop, unsigned max_connections)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return NULL;
    struct transfer_pool *pool = mem_new(sizeof *pool);
    pool->loop = loop;
    pool->curl_wait_ms = -1;
    pool->multi = curl_multi_init();
    struct sockets_callbacks callbacks = {.ready = on_socket_ready, .done = on_sockets_done, .user = pool};
    pool->sockets = pool->multi ? sockets_open(loop, &callbacks) : NULL;
    pool->directs = pool->sockets ? directs_open(loop, on_sockets_done, pool) : NULL;
    if (!pool->directs) {
        sockets_close(pool->sockets);
        curl_multi_cleanup(pool->multi);
        curl_global_cleanup();
        free(pool);
        return NULL;
    }
    TAILQ_INIT(&pool->running);
    TAILQ_INIT(&pool->refused);
    pool->timer = mem_new(sizeof *pool->timer);
    uv_timer_init(loop, pool->timer);
    pool->timer->data = pool;
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
    curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, max_connections > 0 ? (long)max_connections : 1L);
    return pool;
}

void transfer_pool_free(struct transfer_pool *pool)
{
    if (!pool)
        return;
    assert(!pool->in_curl && !pool->freed);
    while (!TAILQ_EMPTY(&pool->running))
        transfer_cancel(TAILQ_FIRST(&pool->running));
    while (!TAILQ_EMPTY(&pool->refused))
        transfer_cancel(TAILQ_FIRST(&pool->refused));
    while (pool->idle_count > 0)
        curl_easy_cleanup(pool->idle[--pool->idle_count].easy);
    curl_multi_cleanup(pool->multi); /* closes connections and forgets their sockets */
    sockets_close(pool->sockets);
    directs_close(pool->directs);
    uv_close((uv_handle_t *)pool->timer, on_closed);
    pool->freed = true;
    if (!pool->reaping)
        pool_release(pool);
}

size_t transfer_pool_active(const struct transfer_pool *pool)
{
    return pool->running_count + pool->refused_count;
}
