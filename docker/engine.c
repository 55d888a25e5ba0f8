/* SPDX-License-Identifier: MIT */
/* The engine's life: ping, subscribe, live, lost, again. One timer and one phase; every wait is bounded. */
#include "docker/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/limits.h"
#include "docker/decode.h"
#include "docker/engine_internal.h"

enum {
    RETRY_FIRST_MS = 500,
    RETRY_MAX_UNIX_MS = 5000,
    RETRY_MAX_TCP_MS = 30000,
    STEADY_MS = 30000, /* a connection that lived so long starts the back-off anew */
    SILENCE_MS = 10000,
    PING_TIMEOUT_MS = 2000,
    PINGS_TO_LOSE = 2,
    SMALL_BODY = 16 * 1024,
    REPLAY_NS = 2000000000, /* events arrive a little out of order: ask again for the last two seconds */
};

static void on_timer(uv_timer_t *timer);
static void engine_subscribe(struct engine *engine);

static void engine_wait(struct engine *engine, enum engine_phase phase, uint64_t ms)
{
    engine->phase = phase;
    uv_timer_start(engine->timer, on_timer, ms, 0);
}

/* xorshift: spreads the retries of many controllers; nothing else hangs on it. */
static uint64_t engine_random(struct engine *engine)
{
    engine->random ^= engine->random << 13;
    engine->random ^= engine->random >> 7;
    engine->random ^= engine->random << 17;
    return engine->random;
}

/* Doubling, with full jitter above the half. */
static uint64_t retry_delay_ms(struct engine *engine)
{
    uint64_t max = engine->address.unix_socket ? RETRY_MAX_UNIX_MS : RETRY_MAX_TCP_MS, delay = RETRY_FIRST_MS;
    for (unsigned i = 0; i < engine->tries && delay < max; i++)
        delay *= 2;
    if (delay > max)
        delay = max;
    engine->tries++;
    return delay / 2 + engine_random(engine) % (delay / 2 + 1);
}

/* Gives up this connection and plans the next. The callback comes last: it may close the engine. */
static void engine_lose(struct engine *engine, const char *sentence)
{
    transfer_cancel(engine->stream);
    transfer_cancel(engine->probe);
    engine->stream = engine->probe = NULL;
    if (engine->phase == ENGINE_LIVE && uv_now(engine->loop) - engine->live_since_ms >= STEADY_MS)
        engine->tries = 0;
    engine_wait(engine, ENGINE_WAITING, retry_delay_ms(engine));
    if (strcmp(engine->sentence, sentence) == 0)
        return;
    snprintf(engine->sentence, sizeof engine->sentence, "%s", sentence);
    engine->callbacks.on_lost(engine->callbacks.user, engine->sentence);
}

static void engine_lose_transport(struct engine *engine, const struct transfer_result *result)
{
    char sentence[SENTENCE];
    engine_words_transport(engine, result, sentence);
    engine_lose(engine, sentence);
}

static void on_ping_header(void *user, const char *line, size_t len)
{
    engine_take_header(user, line, len);
}

static void on_version(void *user, const struct transfer_result *result)
{
    struct engine *engine = user;
    engine->probe = NULL;
    if (result->end != TRANSFER_DONE) {
        engine_lose_transport(engine, result);
        return;
    }
    if (result->http_status == 200) /* else a proxy forbids it: it is only shown */
        engine_take_version(engine, result->body, result->body_len);
    engine_subscribe(engine);
}

static void engine_ask_version(struct engine *engine)
{
    struct transfer_request request;
    char *url = engine_request(engine, false, &request, "/version");
    request.max_body = SMALL_BODY;
    request.on_done = on_version;
    request.user = engine;
    engine->phase = ENGINE_ASKING;
    engine->probe = transfer_start(engine->pool, &request);
    free(url);
}

/* A proxy lets only some paths through: the version says all that the ping would have said. */
static void on_version_instead(void *user, const struct transfer_result *result)
{
    struct engine *engine = user;
    char sentence[SENTENCE];
    engine->probe = NULL;
    if (result->end != TRANSFER_DONE) {
        engine_lose_transport(engine, result);
    } else if (result->http_status != 200) {
        engine_words_refusal(engine, "GET /version", result->http_status, result->body, result->body_len,
                             sentence);
        engine_lose(engine, sentence);
    } else {
        engine_take_version(engine, result->body, result->body_len);
        if (engine_negotiate(engine, sentence))
            engine_subscribe(engine);
        else
            engine_lose(engine, sentence);
    }
}

static void engine_ask_version_instead(struct engine *engine)
{
    struct transfer_request request;
    char *url = engine_request(engine, true, &request, "/version");
    request.max_body = SMALL_BODY;
    request.on_header = on_ping_header;
    request.on_done = on_version_instead;
    request.user = engine;
    engine->phase = ENGINE_ASKING;
    engine->probe = transfer_start(engine->pool, &request);
    free(url);
}

static void on_first_ping(void *user, const struct transfer_result *result)
{
    struct engine *engine = user;
    char sentence[SENTENCE];
    engine->probe = NULL;
    if (result->end != TRANSFER_DONE) {
        engine_lose_transport(engine, result);
    } else if (result->http_status == 401 || result->http_status == 403 || result->http_status == 404) {
        engine_ask_version_instead(engine);
    } else if (result->http_status != 200) {
        engine_words_refusal(engine, "GET /_ping", result->http_status, result->body, result->body_len,
                             sentence);
        engine_lose(engine, sentence);
    } else if (!engine_negotiate(engine, sentence)) {
        engine_lose(engine, sentence);
    } else if (!engine->version[0]) {
        engine_ask_version(engine);
    } else {
        engine_subscribe(engine);
    }
}

static void engine_connect(struct engine *engine)
{
    struct transfer_request request;
    char *url = engine_request(engine, true, &request, "/_ping");
    request.max_body = SMALL_BODY;
    request.on_header = on_ping_header;
    request.on_done = on_first_ping;
    request.user = engine;
    engine->version[0] = '\0';
    engine->api_offered = 0;
    engine->podman = engine->api_forced = false;
    engine->phase = ENGINE_PINGING; /* bounded by the request's own timeout */
    engine->probe = transfer_start(engine->pool, &request);
    free(url);
}

static void on_event(void *user, const struct engine_event *event)
{
    struct engine *engine = user;
    if (event->time_ns > engine->last_event_ns)
        engine->last_event_ns = event->time_ns;
    engine->callbacks.on_event(engine->callbacks.user, event);
}

/* Inside libcurl: only recorded, and announced by the timer in the same turn. */
static void on_stream_head(void *user, int http_status)
{
    struct engine *engine = user;
    engine->last_byte_ms = uv_now(engine->loop);
    if (http_status == 200)
        engine_wait(engine, ENGINE_OPENED, 0);
}

static void on_stream_data(void *user, int http_status, const char *data, size_t len)
{
    struct engine *engine = user;
    engine->last_byte_ms = uv_now(engine->loop);
    if (http_status == 200)
        event_stream_feed(engine->events, data, len);
    else
        buf_add(&engine->refusal, data, len);
}

static void on_stream_done(void *user, const struct transfer_result *result)
{
    struct engine *engine = user;
    char sentence[SENTENCE];
    engine->stream = NULL;
    if (result->end != TRANSFER_DONE && result->end != TRANSFER_CUT) {
        engine_lose_transport(engine, result);
        return;
    }
    if (result->http_status == 200 || result->http_status == 0) {
        snprintf(sentence, sizeof sentence,
                 "the engine at %s closed the event stream: it is stopping or restarting",
                 engine->address.shown);
        engine_lose(engine, sentence);
        return;
    }
    const char *body = buf_string(&engine->refusal);
    if (result->http_status == 400 && engine_renegotiate(engine, body)) {
        engine_subscribe(engine);
        return;
    }
    engine_words_refusal(engine, "GET /events", result->http_status, body, engine->refusal.len, sentence);
    engine_lose(engine, sentence);
}

static void engine_subscribe(struct engine *engine)
{
    struct transfer_request request;
    char since[48] = "";
    if (engine->last_event_ns > REPLAY_NS) {
        int64_t from_ns = engine->last_event_ns - REPLAY_NS;
        snprintf(since, sizeof since, "since=%lld.%09lld&", (long long)(from_ns / 1000000000),
                 (long long)(from_ns % 1000000000));
    }
    char *url = engine_request(engine, false, &request, "/events?%sfilters=%s", since, event_filter());
    request.total_timeout_ms = 0;
    request.on_head = on_stream_head;
    request.on_data = on_stream_data;
    request.on_done = on_stream_done;
    request.user = engine;
    event_stream_reset(engine->events);
    buf_clear(&engine->refusal);
    engine_wait(engine, ENGINE_SUBSCRIBING, (uint64_t)engine->timeout_ms);
    engine->stream = transfer_start(engine->pool, &request);
    free(url);
}

static void engine_go_live(struct engine *engine)
{
    engine->live_since_ms = uv_now(engine->loop);
    engine->pings_missed = 0;
    engine->sentence[0] = '\0';
    engine->reconnects += engine->was_live;
    engine->was_live = true;
    engine_wait(engine, ENGINE_LIVE, SILENCE_MS);
    engine->callbacks.on_live(engine->callbacks.user, engine->version, engine->api);
}

static void engine_ping(struct engine *engine);

static void on_ping(void *user, const struct transfer_result *result)
{
    struct engine *engine = user;
    engine->probe = NULL;
    bool heard = uv_now(engine->loop) - engine->last_byte_ms < SILENCE_MS; /* by the stream, meanwhile */
    bool answered = result->end == TRANSFER_DONE || heard;
    engine->pings_missed = answered ? 0 : engine->pings_missed + 1;
    if (answered) {
        engine->last_byte_ms = uv_now(engine->loop);
        engine_wait(engine, ENGINE_LIVE, SILENCE_MS);
    } else if (engine->pings_missed >= PINGS_TO_LOSE) {
        engine_lose_transport(engine, result);
    } else {
        engine_ping(engine);
    }
}

static void engine_ping(struct engine *engine)
{
    struct transfer_request request;
    char *url = engine_request(engine, true, &request, "/_ping");
    request.connect_timeout_ms = request.total_timeout_ms = PING_TIMEOUT_MS;
    request.max_body = SMALL_BODY;
    request.on_done = on_ping;
    request.user = engine;
    engine->probe = transfer_start(engine->pool, &request);
    free(url);
}

static void engine_check_silence(struct engine *engine)
{
    uint64_t silent_ms = uv_now(engine->loop) - engine->last_byte_ms;
    if (silent_ms < SILENCE_MS)
        engine_wait(engine, ENGINE_LIVE, SILENCE_MS - silent_ms);
    else
        engine_ping(engine); /* its answer starts the timer again */
}

static void on_timer(uv_timer_t *timer)
{
    struct engine *engine = timer->data;
    switch (engine->phase) {
    case ENGINE_WAITING:
        engine_connect(engine);
        break;
    case ENGINE_SUBSCRIBING: {
        struct transfer_result result = {.end = TRANSFER_READ_TIMEOUT};
        engine_lose_transport(engine, &result);
        break;
    }
    case ENGINE_OPENED:
        engine_go_live(engine);
        break;
    case ENGINE_LIVE:
        engine_check_silence(engine);
        break;
    case ENGINE_PINGING: /* bounded by their requests: no timer runs */
    case ENGINE_ASKING:
        break;
    }
}

struct engine *engine_open(uv_loop_t *loop, const struct engine_options *options,
                           const struct engine_callbacks *callbacks, struct error *err)
{
    struct engine *engine = mem_new(sizeof *engine);
    if (engine_pin(engine, options->api_version, err) != 0 ||
        engine_address_parse(options, &engine->address, err) != 0) {
        free(engine);
        return NULL;
    }
    engine->pool = transfer_pool_new(loop, LIMIT_INSPECTS_IN_FLIGHT + 2); /* the stream and one more */
    engine->checks = transfer_pool_new(loop,
                                       LIMIT_FILES_IN_FLIGHT); /* each command takes its own connection */
    engine->stats = transfer_pool_new(loop, LIMIT_STATS_IN_FLIGHT);
    if (!engine->pool || !engine->checks || !engine->stats) {
        error_set(err, -EIO, "libcurl cannot start");
        transfer_pool_free(engine->pool);
        transfer_pool_free(engine->checks);
        transfer_pool_free(engine->stats);
        engine_address_free(&engine->address);
        free(engine);
        return NULL;
    }
    engine->loop = loop;
    engine->callbacks = *callbacks;
    engine->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : 5000;
    engine->events = event_stream_new(on_event, engine);
    buf_init(&engine->refusal, SMALL_BODY);
    LIST_INIT(&engine->calls);
    engine->random = uv_hrtime() | 1;
    engine->timer = mem_new(sizeof *engine->timer);
    uv_timer_init(loop, engine->timer);
    engine->timer->data = engine;
    engine_wait(engine, ENGINE_WAITING, 0);
    return engine;
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle);
}

void engine_close(struct engine *engine)
{
    if (!engine)
        return;
    transfer_pool_free(engine->pool);
    transfer_pool_free(engine->checks);
    transfer_pool_free(engine->stats);
    engine_calls_free(engine);
    engine_network_calls_free(engine);
    uv_close((uv_handle_t *)engine->timer, on_timer_closed);
    event_stream_free(engine->events);
    buf_free(&engine->refusal);
    engine_address_free(&engine->address);
    free(engine);
}

bool engine_connected(const struct engine *engine)
{
    return engine->phase == ENGINE_LIVE;
}

uint64_t engine_reconnects(const struct engine *engine)
{
    return engine->reconnects;
}
