/* json_writer.h: JSON written straight into a buf (measured several times faster than building a tree). Text
 * is escaped; invalid UTF-8 becomes U+FFFD, so that hostile label text can never break a document. RFC 8259.
 */
#ifndef QUAYWATCH_CORE_JSON_WRITER_H
#define QUAYWATCH_CORE_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

struct json_writer {
    struct buf *out;
    bool need_comma;
    unsigned depth;
};

/* Starts writing one value at the end of out. A full out (see buf.h) stays full; the writer does not fail
 * itself. */
void json_start(struct json_writer *w, struct buf *out);

/* Containers. Inside an object each value follows its json_key. */
void json_begin_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w);
void json_end_array(struct json_writer *w);

/* The key of the next value. */
void json_key(struct json_writer *w, const char *key);

/* Values. json_string writes null for NULL; json_decimal writes at most 3 decimals; json_time writes RFC 3339
 * UTC with milliseconds, and null for 0; json_raw appends text that is JSON already. */
void json_string(struct json_writer *w, const char *text);
void json_number(struct json_writer *w, int64_t number);
void json_decimal(struct json_writer *w, double number);
void json_boolean(struct json_writer *w, bool value);
void json_null(struct json_writer *w);
void json_time(struct json_writer *w, int64_t wall_ms);
void json_raw(struct json_writer *w, const char *text);

/* A key and its value in one call. */
void json_put_string(struct json_writer *w, const char *key, const char *text);
void json_put_number(struct json_writer *w, const char *key, int64_t number);
void json_put_decimal(struct json_writer *w, const char *key, double number);
void json_put_bool(struct json_writer *w, const char *key, bool value);
void json_put_time(struct json_writer *w, const char *key, int64_t wall_ms);

#endif
