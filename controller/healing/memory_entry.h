/* memory_entry.h: one healing as JSON, and back: the fields of a memory file's entry. Pure. */
#ifndef QUAYWATCH_CONTROLLER_HEALING_MEMORY_ENTRY_H
#define QUAYWATCH_CONTROLLER_HEALING_MEMORY_ENTRY_H

#include "controller/healing/healing.h"

struct json_object;
struct json_writer;

/* Writes a healing as an object, its key included; what is as if new is left out. */
void memory_entry_render(const struct healing *healing, struct json_writer *w);

/* A hash of all that is written but used_at: another one when that has changed. */
uint64_t memory_entry_hash(const struct healing *healing);

/* Reads an object's fields into a healing, which has its key already. What is missing or nonsense is as if
 * new. */
void memory_entry_read(struct healing *healing, struct json_object *object);

/* Whether text is whole, valid UTF-8: it can be written and read again without a change. */
bool memory_text_is_whole(const char *text);

/* A time or count from a file: 0 for what is none, negative or absurdly late. */
int64_t memory_time_of(struct json_object *value);

#endif
