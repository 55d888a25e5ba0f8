/* decode.h: the engine's JSON → values. Pure; every field may be missing, null or of another type; unknown
 * ones are skipped. Shapes: Docker Engine API 1.41 to 1.5x, Podman's compatible API 4.x. json-c stays behind
 * this door. */
#ifndef QUAYWATCH_DOCKER_DECODE_H
#define QUAYWATCH_DOCKER_DECODE_H

#include "docker/container.h"
#include "docker/network.h"
#include "docker/stats.h"

struct error;

/* GET /containers/{id}/json. *ret is freed with container_free. -EBADMSG when it is no object with an Id. */
int decode_inspect(const char *json, size_t len, struct container **ret, struct error *err);

/* GET /networks/{id}. *ret's text lives in arena. -EBADMSG when it is no object with an Id. */
int decode_network(const char *json, size_t len, struct arena *arena, struct network_facts *ret,
                   struct error *err);

/* Whether an error answer is the engine's own ({"message": …}), not that of a proxy before it. */
bool decode_is_message(const char *body, size_t len);

/* One line of GET /events, without line end. *ret's text lives in arena. -EBADMSG for broken JSON, -ENOENT
 * for an event that does not concern a container (both: skip the line). */
int decode_event(const char *json, size_t len, struct arena *arena, struct engine_event *ret,
                 struct error *err);

/* Incremental reader of a container list: feed it pieces as they come, it calls back for each element, so
 * that no more than one element is ever held. */
struct list_decoder;
typedef void list_element(void *user, const struct container_summary *summary);

/* A new reader. */
struct list_decoder *list_decoder_new(list_element *element, void *user);

/* Feeds len bytes. -EBADMSG once the text is no JSON array of objects, or an element is larger than
 * LIMIT_LIST_ELEMENT; later calls then fail the same way. */
int list_decoder_feed(struct list_decoder *decoder, const char *data, size_t len, struct error *err);

/* Whether the closing bracket has been seen: a cut list must not remove anything. */
bool list_decoder_complete(const struct list_decoder *decoder);

/* Frees it. NULL is fine. */
void list_decoder_free(struct list_decoder *decoder);

/* POST /containers/{id}/exec: the new process's id into ret_id of size bytes. -EBADMSG when there is none, or
 * one that does not fit. */
int decode_exec_created(const char *json, size_t len, char *ret_id, size_t size, struct error *err);

/* GET /exec/{id}/json. -EBADMSG when it is no object, or says neither that it runs nor how it ended. */
int decode_exec_state(const char *json, size_t len, bool *ret_running, int *ret_exit_code, struct error *err);

/* GET /containers/{id}/stats. -EBADMSG when it is no object, -ENODATA when nothing in it was measured: the
 * container does not run. */
int decode_stats(const char *json, size_t len, struct stats_reading *ret, struct error *err);

/* The sentence of an error answer ({"message": …}, Podman's {"cause","message"}, or plain text) as one line
 * in ret. */
void decode_message(const char *body, size_t len, char *ret, size_t size);

#endif
