/* SPDX-License-Identifier: MIT */
/* Fuzz target: whatever an engine answers to a measurement, the reading keeps the promises of stats.h. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>

#include "controller/core/error.h"
#include "docker/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stats_reading reading = {.read_wall_ms = -77};
    struct error err = {0};
    int rc = decode_stats((const char *)data, size, &reading, &err);
    if (rc != 0) {
        assert((rc == -EBADMSG || rc == -ENODATA) && err.code == rc && err.text[0]);
        assert(reading.read_wall_ms == -77); /* untouched */
        return 0;
    }
    assert(reading.read_wall_ms >= 0 && (reading.has_cpu || reading.has_memory));
    assert(reading.has_cpu == (reading.cpu_ns > 0));
    assert(reading.has_memory == (reading.memory_bytes > 0));
    assert(reading.memory_bytes <= INT64_MAX && reading.memory_limit_bytes <= INT64_MAX);
    return 0;
}
