/* hook.h: telling a URL by POST what happened, as JSON, without ever holding up the loop: a bounded queue,
 * one at a time, tried again with a doubling wait. The URL is a secret: it is in no sentence. */
#ifndef QUAYWATCH_CONTROLLER_HOOK_H
#define QUAYWATCH_CONTROLLER_HOOK_H

#include <stdint.h>

typedef struct uv_loop_s uv_loop_t;
struct error;
struct hook;
struct options;

/* What is told; all texts are copied. */
struct hook_event {
    const char *event; /* "failed", "needs-recreate", … */
    const char *service, *key, *container, *sentence;
    unsigned restarts;
    int64_t at_wall_ms;
    const char *host; /* of quaywatch */
};

/* How it ended: err is NULL when it was answered with 2xx, else says why there are no more attempts. tag is
 * what hook_send was given. Not called for what hook_free drops. */
typedef void hook_done(void *user, const char *tag, const struct error *err);

/* An empty queue on loop; done is called for each event with user. */
struct hook *hook_new(uv_loop_t *loop, hook_done *done, void *user);

/* Drops what waits and frees; the loop must run once more to close its handles. NULL is fine. */
void hook_free(struct hook *hook);

/* Queues an event for ON_FAILED_WEBHOOK, with the attempts and waits that options say now. -ENOBUFS while 64
 * wait already: ask again later. tag names it in done, and is copied. */
int hook_send(struct hook *hook, const struct options *options, const char *tag,
              const struct hook_event *event, struct error *err);

#endif
