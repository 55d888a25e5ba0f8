/* SPDX-License-Identifier: MIT */
/* Fuzzes grpc_health_read: it reads nothing beyond the end, says only known words, and what it takes stays
 * the same behind one more unknown field. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "health/grpc_health.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum grpc_serving first = GRPC_NOT_SERVING, second;
    char *bytes = malloc(size + 3);
    memcpy(bytes, data, size);
    char *exact = malloc(size ? size : 1); /* so that a sanitizer sees every byte too far */
    memcpy(exact, data, size);
    int code = grpc_health_read(exact, size, &first);
    assert(code == 0 || first == GRPC_NOT_SERVING);
    assert(first <= GRPC_SERVICE_UNKNOWN);
    if (code == 0 && size < 65000) {
        memcpy(bytes + size, "\x78\x01", 2); /* field 15 */
        size_t len = size + 2 - 5;
        bytes[1] = bytes[2] = 0;
        bytes[3] = (char)(uint8_t)(len >> 8);
        bytes[4] = (char)(uint8_t)len;
        assert(grpc_health_read(bytes, size + 2, &second) == 0 && second == first);
    }
    free(exact);
    free(bytes);
    return 0;
}
