/* events.h: the bytes of the event stream → lines → events. Pure framing; the engine owns connection and
 * liveness. */
#ifndef QUAYWATCH_DOCKER_EVENTS_H
#define QUAYWATCH_DOCKER_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "docker/container.h"

struct event_stream;
typedef void event_sink(void *user, const struct engine_event *event);

/* A framer that calls sink for each container event, once each: an event with the same id, action and time as
 * one of the last few hundred is a replay and is dropped. */
struct event_stream *event_stream_new(event_sink *sink, void *user);

/* Feeds len bytes cut anywhere. Broken or overlong lines (LIMIT_EVENT_LINE) are skipped and counted. */
void event_stream_feed(struct event_stream *stream, const char *data, size_t len);

/* Forgets a half-read line (a new connection begins); the memory of replays stays. */
void event_stream_reset(struct event_stream *stream);

/* Lines that were no event so far. */
uint64_t event_stream_skipped(const struct event_stream *stream);

/* Frees it. NULL is fine. */
void event_stream_free(struct event_stream *stream);

/* The value of the `filters` query parameter, URL-encoded: container and network events by name, never
 * exec_*; with Podman's names beside Docker's. */
const char *event_filter(void);

#endif
