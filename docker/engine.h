/* engine.h: the Docker Engine (or Podman) at DOCKER_HOST: connect, negotiate, follow events, request,
 * reconnect.
 *
 * Life: every connect starts with an unversioned GET /_ping that gives the API version (GET /version does
 * where a proxy refuses that); then the event stream is opened; when its 200 has come, on_live is called and
 * the owner lists. On loss: on_lost with one sentence (what, why, what to do), reconnect after 0.5 s doubling
 * to 5 s (Unix socket) or 30 s (TCP), full jitter above half, reset after 30 s up. An idle stream is answered
 * for by a GET /_ping after 10 s of silence (2 s timeout, two misses are a loss). */
#ifndef QUAYWATCH_DOCKER_ENGINE_H
#define QUAYWATCH_DOCKER_ENGINE_H

#include "docker/container.h"
#include "docker/network.h"

typedef struct uv_loop_s uv_loop_t;
struct engine;
struct error;

struct engine_options {
    const char *host; /* DOCKER_HOST: unix:///path, tcp://host:port; NULL is unix:///var/run/docker.sock */
    bool tls_verify;  /* DOCKER_TLS_VERIFY: TLS with verification */
    const char *cert_path;   /* DOCKER_CERT_PATH: folder with ca.pem, cert.pem, key.pem; NULL: none */
    const char *api_version; /* DOCKER_API_VERSION: skip negotiation; NULL: negotiate */
    int64_t timeout_ms;      /* of ordinary calls */
};

/* All are called on the loop, outside libcurl's callbacks except on_event, which must only record. All but
 * on_event may close the engine. */
struct engine_callbacks {
    /* The event stream is open: list now. version is Docker's (or Podman's), api the negotiated API version.
     */
    void (*on_live)(void *user, const char *version, const char *api);
    /* Connection lost or not to be had; sentence says what, why and what to do. Called at each change of
     * sentence. */
    void (*on_lost)(void *user, const char *sentence);
    void (*on_event)(void *user, const struct engine_event *event);
    void *user;
};

/* Checks the host's form and prepares; connects once the loop runs. NULL with a sentence in err when the host
 * is not usable (wrong scheme, unreadable certificates, wrong API version). */
struct engine *engine_open(uv_loop_t *loop, const struct engine_options *options,
                           const struct engine_callbacks *callbacks, struct error *err);

/* Cancels everything without callbacks and frees. NULL is fine. */
void engine_close(struct engine *engine);

/* Whether the stream is live. */
bool engine_connected(const struct engine *engine);

/* GET /containers/json?all=1, element by element; then done with NULL, or with the error (then nothing may be
 * concluded from absence). One list at a time: -EBUSY while one runs. element comes inside libcurl's
 * callbacks and must only record: it may start no call; done may. */
typedef void engine_listed(void *user, const struct error *err);
int engine_list(struct engine *engine, void (*element)(void *user, const struct container_summary *summary),
                engine_listed *done, void *user);

/* GET /containers/{id}/json. done gets the container (taken over by the callee), or NULL with err: code
 * -ENOENT when there is none such. */
typedef void engine_inspected(void *user, const char *id, struct container *container,
                              const struct error *err);
void engine_inspect(struct engine *engine, const char *id, engine_inspected *done, void *user);

/* POST /containers/{id}/restart; stop_timeout_s -1 leaves it to the container (grace_s then says how long
 * that may take, for our own deadline: grace + 30 s). done: err NULL on 204; else code -ENOENT 404, -EACCES
 * 401/403, -EBUSY 409, -EPIPE no whole answer (nobody knows whether it was done), -EIO other, with the
 * engine's sentence. */
typedef void engine_restarted(void *user, const char *id, const struct error *err);
void engine_restart(struct engine *engine, const char *id, int stop_timeout_s, int grace_s,
                    engine_restarted *done, void *user);

/* Times a connection was lost and found again. */
uint64_t engine_reconnects(const struct engine *engine);

#endif
