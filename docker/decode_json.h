/* decode_json.h: reading json-c trees where anything may be missing, null or of another type. Inside docker/
 * only. */
#ifndef QUAYWATCH_DOCKER_DECODE_JSON_H
#define QUAYWATCH_DOCKER_DECODE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/core/json_read.h"
#include "controller/core/mem.h"
#include "controller/core/service.h"

/* The JSON object that text is, strictly and alone; NULL otherwise. Freed with json_object_put. */
struct json_object *json_parse_object(const char *text, size_t len);

/* The member as text, valid as long as the tree; NULL when it is no string or empty. */
const char *field_text(struct json_object *object, const char *key);

/* The member as a whole number; fallback when it is no number. */
int64_t field_number(struct json_object *object, const char *key, int64_t fallback);

/* The same cut to what an int holds. */
int field_int(struct json_object *object, const char *key, int fallback);

/* Whether the member is the value true. */
bool field_true(struct json_object *object, const char *key);

/* Length of an array; 0 for anything else. */
size_t field_count(struct json_object *array);

/* An engine's time as Unix milliseconds: RFC 3339 text or a number of seconds; 0 when it is neither. */
int64_t field_time(struct json_object *object, const char *key);

/* The string members of an object as pairs sorted by key. Those that would bring the sum of keys and values
 * over max_bytes are left out; returns whether there were any. */
bool field_pairs(struct json_object *object, size_t max_bytes, struct arena *arena, struct pairs *ret);

/* The state that the engine's word (Docker's or Podman's) names; CONTAINER_STATE_UNKNOWN for NULL and other
 * words. */
enum container_state decode_state(const char *word);

/* Docker's health word as a status; STATUS_UNKNOWN for NULL, "none" and other words. */
enum status decode_health(const char *word);

/* A container name without its leading slash. */
const char *decode_name(const char *name);

#endif
