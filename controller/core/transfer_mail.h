/* transfer_mail.h: hands one mail to an SMTP server. libcurl waits for the server's farewell without regard
 * to any loop: hence in libuv's thread pool. */
#ifndef QUAYWATCH_CORE_TRANSFER_MAIL_H
#define QUAYWATCH_CORE_TRANSFER_MAIL_H

#include "controller/core/transfer.h"

struct mail_transfer;

enum mail_tls { MAIL_TLS_NEVER, MAIL_TLS_IF_OFFERED, MAIL_TLS_MUST };

struct mail_request {
    const char *url;       /* smtp://[user:password@]host[:port], or smtps://; names are looked up */
    const char *from;      /* address alone */
    const char *const *to; /* addresses, NULL-terminated */
    const char *mail;      /* head and body with CRLF */
    size_t mail_len;
    enum mail_tls start_tls; /* with smtp:// */
    const char *ca_file;     /* NULL: the system's */
    int64_t timeout_ms;      /* for all of it */
    /* Called once, in a later turn, unless it is cancelled. The result's http_status is the server's latest
     * reply (SMTP); end is TRANSFER_DONE whenever a reply decided it, also a refusal: from 400 on. */
    void (*on_done)(void *user, const struct transfer_result *result);
    void *user;
};

/* Everything in the request is copied. Never NULL. */
struct mail_transfer *mail_start(uv_loop_t *loop, const struct mail_request *request);

/* on_done will not be called. The thread notices within a second: until then the loop has something left.
 * NULL is fine. */
void mail_cancel(struct mail_transfer *mail);

#endif
