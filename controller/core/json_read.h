/* json_read.h: reading JSON of others, in which anything may be missing or of another kind. */
#ifndef QUAYWATCH_JSON_READ_H
#define QUAYWATCH_JSON_READ_H

#include <stddef.h>

struct json_object;

/* The object with which text of len bytes begins, for json_object_put; whatever follows it is not looked at.
 * NULL when there is none, or one that nests deeper than 16. */
struct json_object *json_first_object(const char *text, size_t len);

/* The value under key, still object's; NULL when there is none (or it is null), and when object is no
 * object. */
struct json_object *json_member(struct json_object *object, const char *key);

/* The text under key, valid as long as object; NULL when there is none and when it is no text. */
const char *json_text(struct json_object *object, const char *key);

#endif
