/* text.h: total parsers and printers for the small values that people write: durations, numbers, booleans,
 * times. All parsers accept surrounding blanks, return 0 or -EINVAL/-ERANGE and leave the output untouched on
 * failure. */
#ifndef QUAYWATCH_CORE_TEXT_H
#define QUAYWATCH_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "1500ms", "30s", "5m", "1h", also "1m30s"; a bare number counts in bare_unit_ms (1 or 1000). Not negative;
 * at most ten years (-ERANGE above). */
int text_duration(const char *text, int64_t bare_unit_ms, int64_t *ret_ms);

/* A whole decimal number from min to max; -ERANGE outside. */
int text_number(const char *text, int64_t min, int64_t max, int64_t *ret);

/* An amount of memory, as Docker takes it: "512M", "1.5g", "256 MiB", "1048576"; k, m, g, t and p count in
 * 1,024s. At most 1 EiB (-ERANGE above). */
int text_bytes(const char *text, uint64_t *ret);

/* true/false/1/0/yes/no/on/off in any case. */
int text_bool(const char *text, bool *ret);

/* RFC 3339 with any fraction and offset, as the engine writes times. The engine's zero time
 * "0001-01-01T00:00:00Z" gives 0. */
int text_time(const char *text, int64_t *ret_wall_ms);

/* Writes RFC 3339 UTC with milliseconds ("2026-11-21T10:30:00.123Z"). */
void text_format_time(int64_t wall_ms, char ret[static 32]);

/* Writes a duration as people say it: "1500ms", "30s", "5m", "2h" (the largest unit that is exact). */
void text_format_duration(int64_t ms, char ret[static 24]);

/* Whether text is 1 to 63 characters of a-z A-Z 0-9 . _ - (service names). */
bool text_is_name(const char *text);

/* Whether text may stand in a URL as its host: a host name (also with _, as containers are named) or an IPv4
 * address, at most 253 characters. */
bool text_is_host(const char *text);

/* Of the count words, the one nearest to text by edit distance (neighbours swapped are one change), if it
 * differs in at most 2 places (a third of the length for longer words); else NULL. The answer points into
 * words. */
const char *text_nearest(const char *text, const char *const *words, size_t count);

/* Cuts text at its first occurrence of separator: returns the trimmed part before it and moves *rest behind
 * it (NULL at the end). Writes into the text. NULL when *rest is NULL. */
char *text_cut(char **rest, char separator);

/* Removes blanks at both ends, in place; returns the new start. */
char *text_trim(char *text);

/* The number of bytes (1 to 4) of the valid UTF-8 character at text; 0 at the end and for what is none. */
size_t text_utf8_length(const char *text);

/* Copies text into ret (of size bytes) as one printable line: control characters become spaces, broken UTF-8
 * '?', and what is too long is cut with "…". For log lines and sentences made of foreign text. */
void text_one_line(const char *text, char *ret, size_t size);

#endif
