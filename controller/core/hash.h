/* hash.h: FNV-1a, and a quicker one, for telling whether something changed and for spreading; not for
 * security. */
#ifndef QUAYWATCH_CORE_HASH_H
#define QUAYWATCH_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(14695981039346656037)

/* Goes on from hash (HASH_START at first) over len bytes. */
uint64_t hash_bytes(uint64_t hash, const void *data, size_t len);

/* Another hash, eight bytes at once, for what is looked at often. Two calls may give what one over both
 * gives: the caller puts something between them. */
uint64_t hash_words(uint64_t hash, const void *data, size_t len);

/* Over a text with its final NUL, so that "a","bc" differs from "ab","c"; NULL counts as "". */
uint64_t hash_text(uint64_t hash, const char *text);

/* Over a number. */
uint64_t hash_number(uint64_t hash, int64_t number);

#endif
