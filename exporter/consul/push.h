/* push.h: the registry told to a Consul agent: one service each instance, with a TTL check that says how it
 * is.
 *
 * What serves is registered; what serves no more stays registered with a critical check as long as its
 * container runs, so that Consul shows why nobody is sent there; what is gone is deregistered. A service is
 * ours when its Meta names our node as "quaywatch-controller"; those of others are never touched. */
#ifndef QUAYWATCH_EXPORTER_CONSUL_PUSH_H
#define QUAYWATCH_EXPORTER_CONSUL_PUSH_H

#include "controller/core/exit.h"

struct consul_push_settings {
    const char *url;             /* of the agent, without userinfo */
    const char *token;           /* "" when none; a secret */
    const char *ca_file;         /* "" when none */
    const char *node;            /* names us among those that tell the same Consul */
    const char *lock;            /* a key that a session of ours is to hold, "" for none */
    int64_t ttl_ms;              /* of the checks and the session */
    int64_t deregister_after_ms; /* how long a check may be critical before Consul removes the service */
    int64_t retry_base_ms, retry_max_ms;
};

/* Begins to keep the agent in step. Settings are copied. Nothing is sent before the first settle. */
void consul_push_open(const struct consul_push_settings *settings, const struct exit_surroundings *around,
                      struct exit *ret);

#endif
