/* tree.h: the services as one tree of named values, for formats that know objects, lists and texts (JSON,
 * YAML, TOML). Each of them is a set of functions that write one thing. */
#ifndef QUAYWATCH_EXPORTER_FORMATS_TREE_H
#define QUAYWATCH_EXPORTER_FORMATS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct format_wish;
struct listing;

/* key is NULL for the element of a list, and for the whole. In each object plain values and lists of texts
 * come first, then lists of objects, then objects (TOML has to have it so). */
struct tree_writer {
    void (*begin_object)(void *self, const char *key);
    void (*end_object)(void *self);
    void (*begin_list)(void *self, const char *key); /* of objects, never empty */
    void (*end_list)(void *self);
    void (*text)(void *self, const char *key, const char *text); /* NULL: there is none */
    void (*number)(void *self, const char *key, int64_t number);
    void (*truth)(void *self, const char *key, bool truth);
    void (*texts)(void *self, const char *key, const char *const *text, size_t count);
};

/* Writes what is known of one service: the members of its object. */
void tree_write_service(const struct listing *listing, const struct tree_writer *writer, void *self);

/* Writes the services that the wish selects:
 * {schema, services: {<name>: {…, instances: [{…}], metadata: {…}, ports: {…}}}}. */
void tree_write(const struct format_wish *wish, const struct tree_writer *writer, void *self);

#endif
