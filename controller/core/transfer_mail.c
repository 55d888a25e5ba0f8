/* SPDX-License-Identifier: MIT */
/* transfer_mail.c: one mail by libcurl's blocking interface, in a thread of libuv's pool. */
#include "controller/core/transfer_mail.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "controller/core/mem.h"
#include "controller/core/transfer_easy.h"

enum { REPLY_SECONDS = 10, REFUSED_FROM = 400, TAKEN = 250, LOGIN_REFUSED = 535 };

struct mail_transfer {
    uv_work_t work;
    struct arena arena;
    struct mail_request request; /* its texts are in the arena */
    size_t sent;                 /* of the mail */
    atomic_bool cancelled;
    /* Filled by the thread: */
    struct transfer_result result;
    char message[CURL_ERROR_SIZE];
};

static size_t on_read(char *data, size_t size, size_t count, void *user)
{
    struct mail_transfer *mail = user;
    size_t room = size * count, left = mail->request.mail_len - mail->sent;
    size_t length = left < room ? left : room;
    memcpy(data, mail->request.mail + mail->sent, length);
    mail->sent += length;
    return length;
}

/* Called at least once a second. */
static int on_progress(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
    struct mail_transfer *mail = user;
    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    return atomic_load(&mail->cancelled);
}

static void prepare(CURL *easy, struct mail_transfer *mail, struct curl_slist *to)
{
    const struct mail_request *request = &mail->request;
    static const long use_ssl[] = {[MAIL_TLS_NEVER] = CURLUSESSL_NONE,
                                   [MAIL_TLS_IF_OFFERED] = CURLUSESSL_TRY,
                                   [MAIL_TLS_MUST] = CURLUSESSL_ALL};
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a look-up that hangs is not waited for */
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, easy_open_socket);
    curl_easy_setopt(easy, CURLOPT_USE_SSL, use_ssl[request->start_tls]);
    if (request->ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, request->from);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L); /* one wrong address is not everybody's loss */
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, mail);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, mail);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)REPLY_SECONDS);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, mail->message);
}

/* What the end of it means. */
static void judge(CURL *easy, CURLcode code, struct mail_transfer *mail)
{
    struct transfer_result *result = &mail->result;
    long reply = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply);
    result->http_status = (int)reply;
    if (code == CURLE_LOGIN_DENIED && reply < REFUSED_FROM)
        result->http_status = LOGIN_REFUSED;
    if (code == CURLE_OK && result->http_status >= REFUSED_FROM)
        result->http_status = TAKEN; /* the reply was about one of several receivers */
    if (code == CURLE_OK || result->http_status >= REFUSED_FROM) {
        result->end = TRANSFER_DONE;
        return;
    }
    result->end = code == CURLE_USE_SSL_FAILED ? TRANSFER_TLS : easy_end(easy, code, mail->message, false);
    if (result->end == TRANSFER_TLS)
        result->tls_fault = easy_tls_fault(easy, code);
}

static void on_thread(uv_work_t *work)
{
    struct mail_transfer *mail = work->data;
    struct curl_slist *to = NULL;
    for (const char *const *at = mail->request.to; *at; at++) {
        struct curl_slist *grown = curl_slist_append(to, *at);
        to = grown ? grown : to;
    }
    CURL *easy = curl_easy_init();
    if (!easy)
        abort(); /* libcurl has run out of memory */
    prepare(easy, mail, to);
    CURLcode code = curl_easy_perform(easy);
    judge(easy, code, mail);
    curl_easy_cleanup(easy);
    curl_slist_free_all(to);
}

static void on_over(uv_work_t *work, int status)
{
    struct mail_transfer *mail = work->data;
    if (status == 0 && !atomic_load(&mail->cancelled)) {
        mail->result.message = mail->message;
        mail->result.body = "";
        mail->request.on_done(mail->request.user, &mail->result);
    }
    curl_global_cleanup();
    arena_free(&mail->arena);
    free(mail);
}

struct mail_transfer *mail_start(uv_loop_t *loop, const struct mail_request *request)
{
    assert(request->on_done && request->to);
    struct mail_transfer *mail = mem_new(sizeof *mail);
    struct arena *arena = &mail->arena;
    size_t count = 0;
    while (request->to[count])
        count++;
    const char **to = arena_new(arena, (count + 1) * sizeof *to);
    for (size_t i = 0; i < count; i++)
        to[i] = arena_copy(arena, request->to[i]);
    mail->request = *request;
    mail->request.to = to;
    mail->request.url = arena_copy(arena, request->url);
    mail->request.from = arena_copy(arena, request->from);
    mail->request.ca_file = arena_copy(arena, request->ca_file);
    mail->request.mail = arena_copy_n(arena, request->mail, request->mail_len);
    mail->work.data = mail;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort(); /* as it has started before in transfer_pool_new: out of memory */
    uv_queue_work(loop, &mail->work, on_thread, on_over);
    return mail;
}

void mail_cancel(struct mail_transfer *mail)
{
    if (!mail)
        return;
    atomic_store(&mail->cancelled, true);
    uv_cancel((uv_req_t *)&mail->work); /* if it has not begun; else the thread looks at the flag */
}
