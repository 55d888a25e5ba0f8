/* SPDX-License-Identifier: MIT */
/* watching.c: cuts the lines of a watch's stream. */
#include "exporter/etcd/watching.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "controller/core/transfer.h"
#include "exporter/etcd/ask.h"
#include "exporter/etcd/link.h"

/* One message holds what one transaction did: 1.5 MiB unless a server was told otherwise, a third more in
 * base64. A longer one ends the stream, and all is listed instead. */
enum { BYTES_MAX = 16 * 1024 * 1024 };

struct watching {
    struct etcd_link *link;
    const char *prefix;
    void (*wake)(void *user);
    void *user;
    struct transfer *transfer; /* open, or NULL */
    int status;
    struct buf bytes; /* lines, the last one perhaps without its end */
    size_t looked;    /* at so many of them, that hold no end */
    bool ended;
};

struct watching *etcd_watching_new(struct etcd_link *link, const char *prefix, void (*wake)(void *user),
                                   void *user)
{
    struct watching *watching = mem_new(sizeof *watching);
    *watching = (struct watching){.link = link, .prefix = prefix, .wake = wake, .user = user};
    buf_init(&watching->bytes, BYTES_MAX);
    return watching;
}

void etcd_watching_free(struct watching *watching)
{
    etcd_watching_stop(watching);
    buf_free(&watching->bytes);
    free(watching);
}

static void on_data(void *user, int http_status, const char *data, size_t len)
{
    struct watching *watching = user;
    watching->status = http_status;
    if (buf_add(&watching->bytes, data, len) != 0)
        watching->ended = true;
    watching->wake(watching->user);
}

static void on_done(void *user, const struct transfer_result *result)
{
    struct watching *watching = user;
    (void)result;
    watching->transfer = NULL;
    watching->ended = true;
    watching->wake(watching->user);
}

void etcd_watching_start(struct watching *watching, int64_t revision)
{
    struct transfer_request request = {.on_data = on_data, .on_done = on_done, .user = watching};
    struct buf body;
    etcd_watching_stop(watching);
    buf_init(&body, LIMIT_LABEL_BYTES);
    etcd_ask_watch(watching->prefix, revision, &body);
    watching->transfer = etcd_link_stream(watching->link, "/v3/watch", &body, &request);
}

void etcd_watching_stop(struct watching *watching)
{
    transfer_cancel(watching->transfer);
    watching->transfer = NULL;
    watching->ended = false;
    watching->status = 0;
    buf_clear(&watching->bytes);
    watching->looked = 0;
}

bool etcd_watching_runs(const struct watching *watching)
{
    return watching->transfer && !watching->ended;
}

bool etcd_watching_take(struct watching *watching, struct etcd_answer *ret)
{
    const char *bytes = buf_string(&watching->bytes);
    const char *end = memchr(bytes + watching->looked, '\n', watching->bytes.len - watching->looked);
    watching->looked = end ? 0 : watching->bytes.len;
    if (!end)
        return false;
    size_t len = (size_t)(end - bytes);
    bool read = etcd_answer_read(bytes, len, ret) == 0;
    buf_drop(&watching->bytes, len + 1);
    if (read && watching->status == 200 && !ret->code)
        return true;
    if (watching->status == 401 || ret->code == GRPC_UNAUTHENTICATED)
        etcd_link_drop_token(watching->link);
    etcd_answer_free(ret);
    watching->ended = true;
    return false;
}
