/* SPDX-License-Identifier: MIT */
/* hash.c: the FNV-1a hash, 64 bits, and one by words. */
#include "controller/core/hash.h"

#include <string.h>

uint64_t hash_bytes(uint64_t hash, const void *data, size_t len)
{
    const unsigned char *byte = data;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ byte[i]) * UINT64_C(1099511628211);
    return hash;
}

uint64_t hash_words(uint64_t hash, const void *data, size_t len)
{
    const char *at = data;
    for (size_t taken; len; len -= taken, at += taken) {
        uint64_t word = 0;
        taken = len < sizeof word ? len : sizeof word;
        memcpy(&word, at, taken);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return hash;
}

uint64_t hash_text(uint64_t hash, const char *text)
{
    return hash_bytes(hash, text ? text : "", text ? strlen(text) + 1 : 1);
}

uint64_t hash_number(uint64_t hash, int64_t number)
{
    return hash_bytes(hash, &number, sizeof number);
}
