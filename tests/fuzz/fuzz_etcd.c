/* SPDX-License-Identifier: MIT */
/* fuzz_etcd.c: answers of etcd's gateway: whatever comes, what is read of it is whole. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/etcd/answer.h"
#include "exporter/etcd/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct etcd_answer answer;
    char *json = mem_new(size + 1);
    if (size)
        memcpy(json, data, size);
    if (etcd_answer_read(json, size, &answer) == 0) {
        assert(answer.lease >= 0 && answer.ttl_s >= 0 && answer.code >= 0);
        assert(answer.code == 0 || answer.error);
        for (size_t i = 0; i < answer.count; i++) {
            const struct etcd_pair *pair = &answer.pair[i];
            assert(pair->key[0] && pair->value[pair->value_len] == '\0' && pair->lease >= 0);
            etcd_entry_is_of(pair->value, pair->value_len, "node-1");
        }
        assert(!answer.more || !answer.last_key || answer.last_key[answer.last_len] == '\0');
    }
    etcd_answer_free(&answer);
    free(json);
    return 0;
}
