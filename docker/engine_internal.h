/* engine_internal.h: what the engine's parts share: its life (engine.c), negotiation (engine_version.c),
 * ordinary calls (engine_calls.c) and the sentences for what can go wrong (engine_words.c). Inside docker/
 * only. */
#ifndef QUAYWATCH_DOCKER_ENGINE_INTERNAL_H
#define QUAYWATCH_DOCKER_ENGINE_INTERNAL_H

#include <sys/queue.h>
#include <uv.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/transfer.h"
#include "docker/engine.h"
#include "docker/events.h"

/* The API: the lowest version that has what is needed, the highest whose shapes are known. */
enum { API_MAJOR = 1, API_LOWEST = 41, API_HIGHEST = 51 };

enum { API_TEXT = 16, VERSION_TEXT = 32, SENTENCE = sizeof((struct error *)0)->text };

/* Where the engine is, in the order of a connection's life. */
enum engine_phase {
    ENGINE_WAITING,     /* for the next try */
    ENGINE_PINGING,     /* GET /_ping */
    ENGINE_ASKING,      /* GET /version, when the ping's answer does not say it */
    ENGINE_SUBSCRIBING, /* GET /events, no head yet */
    ENGINE_OPENED,      /* its 200 has come; on_live is due in this turn */
    ENGINE_LIVE,
};

struct call;
LIST_HEAD(call_list, call);
struct network_call;
LIST_HEAD(network_call_list, network_call);

/* Where the engine is reached. */
struct engine_address {
    char *shown;       /* DOCKER_HOST as given, for sentences */
    char *base;        /* "http://docker", "https://10.0.0.1:2376": what paths are appended to */
    char *unix_socket; /* path, or NULL */
    char *ca_file, *cert_file, *key_file; /* or NULL */
};

struct engine {
    struct engine_address address;
    struct engine_callbacks callbacks;
    int64_t timeout_ms;
    uv_loop_t *loop;
    uv_timer_t
        *timer; /* the next try, the live announcement, the next sign of life: whatever the phase waits for */
    struct transfer_pool *pool;
    struct transfer_pool *checks; /* what runs in containers: may be cancelled from on_event, inside libcurl,
                                     which the stream's own pool forbids */
    struct transfer_pool *stats;  /* measurements, which wait a second on some engines */
    enum engine_phase phase;

    char pinned_api[API_TEXT];  /* DOCKER_API_VERSION, or "" */
    char api[API_TEXT];         /* "1.41"; "" for unversioned paths */
    char version[VERSION_TEXT]; /* "28.5.2", "Podman 4.3.1"; "" while unknown */
    int api_offered;            /* minor of the ping's Api-Version; 0: none said */
    bool podman, api_forced;    /* api_forced: the engine's own minimum is being tried */

    struct transfer *stream, *probe; /* GET /events; the ping or version request under way */
    struct event_stream *events;
    struct buf refusal;    /* the body of an answer to GET /events that is no stream */
    int64_t last_event_ns; /* the engine's time of the latest event; 0: none yet */
    uint64_t last_byte_ms; /* loop time of the stream's latest byte */
    uint64_t live_since_ms;
    unsigned pings_missed;

    unsigned tries; /* failed ones in a row */
    uint64_t random;
    bool was_live; /* ever */
    uint64_t reconnects;
    char sentence[SENTENCE]; /* the latest told, "" while live */

    struct call_list calls;
    struct call *list; /* the list under way, or NULL */
    struct network_call_list network_calls;
};

/* Fills url, socket and TLS files; the rest of *ret is zeroed. path is appended to the base and, unless bare,
 * to the version; the URL is freed by the caller with free() after transfer_start. */
char *engine_request(const struct engine *engine, bool bare, struct transfer_request *ret, const char *path,
                     ...) __attribute__((format(printf, 4, 5)));

/* Parses DOCKER_HOST and the TLS settings. 0, or -EINVAL/-ENOENT/-EACCES with a sentence. */
int engine_address_parse(const struct engine_options *options, struct engine_address *ret, struct error *err);

/* Frees what engine_address_parse filled. */
void engine_address_free(struct engine_address *address);

/* Takes DOCKER_API_VERSION ("1.43"; NULL or "": negotiate). -EINVAL for anything that is no version. */
int engine_pin(struct engine *engine, const char *version, struct error *err);

/* A header line of the ping's answer: takes Api-Version, Server and Libpod's mark. */
void engine_take_header(struct engine *engine, const char *line, size_t len);

/* The body of GET /version. */
void engine_take_version(struct engine *engine, const char *body, size_t len);

/* Chooses engine->api from what the ping offered. false with a sentence when the engine is too old. */
bool engine_negotiate(struct engine *engine, char sentence[static SENTENCE]);

/* After a refusal ("client version … is too old. Minimum supported API version is X"): takes X if the engine
 * offers it and it was not tried yet; true when another try is worth it. */
bool engine_renegotiate(struct engine *engine, const char *message);

/* Writes the sentence for a transfer to the engine that did not end in an HTTP answer. */
void engine_words_transport(const struct engine *engine, const struct transfer_result *result,
                            char ret[static SENTENCE]);

/* Writes the sentence for an HTTP answer that is not the one wanted; what is "GET /events" and the like. */
void engine_words_refusal(const struct engine *engine, const char *what, int http_status, const char *body,
                          size_t len, char ret[static SENTENCE]);

/* The error for the end of a transfer that is not the answer wanted: -EACCES 401/403, -ENOENT 404, -EBUSY
 * 409, -EPIPE no answer, -EIO other, with the sentence. what: "inspecting the container" and the like.
 * Returns the code. */
int engine_error(const struct engine *engine, const char *what, const struct transfer_result *result,
                 const char *body, size_t len, struct error *err);

/* Text percent-encoded for a part of a path or query: ids come from the engine, names and paths from people.
 * Freed with free(). */
char *engine_encode(const char *text);

/* Frees all calls under way; their transfers must be cancelled by freeing the pool. */
void engine_calls_free(struct engine *engine);
void engine_network_calls_free(struct engine *engine);

#endif
