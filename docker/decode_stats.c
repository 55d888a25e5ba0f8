/* SPDX-License-Identifier: MIT */
/* decode_stats.c: what the engine measures of a container → a reading. */
#include <errno.h>

#include "controller/core/error.h"
#include "docker/decode.h"
#include "docker/decode_json.h"

/* A counter, or 0 for none; numbers beyond int64 are cut by json-c. */
static uint64_t field_bytes(struct json_object *object, const char *key)
{
    int64_t number = field_number(object, key, 0);
    return number > 0 ? (uint64_t)number : 0;
}

/* The page cache that the kernel would give back first: control groups of version 1 name it for the whole
 * tree (total_…), those of version 2 name nothing else. */
static uint64_t unused_cache(struct json_object *memory)
{
    struct json_object *stats = json_member(memory, "stats");
    const char *key = json_member(stats, "total_inactive_file") ? "total_inactive_file" : "inactive_file";
    return field_bytes(stats, key);
}

int decode_stats(const char *json, size_t len, struct stats_reading *ret, struct error *err)
{
    struct json_object *object = json_parse_object(json, len);
    if (!object)
        return error_set(err, -EBADMSG, "the engine's answer to a measurement is no JSON object");
    struct json_object *memory = json_member(object, "memory_stats"),
                       *processor = json_member(json_member(object, "cpu_stats"), "cpu_usage");
    struct stats_reading reading = {.memory_bytes = field_bytes(memory, "usage"),
                                    .memory_limit_bytes = field_bytes(memory, "limit"),
                                    .cpu_ns = field_bytes(processor, "total_usage")};
    reading.has_memory = reading.memory_bytes > 0;
    reading.has_cpu = reading.cpu_ns > 0;
    uint64_t unused = unused_cache(memory);
    if (unused < reading.memory_bytes)
        reading.memory_bytes -= unused;
    int64_t read = field_time(object, "read");
    reading.read_wall_ms = read > 0 ? read : 0; /* year 1: of a container that does not run */
    json_object_put(object);
    if (!reading.has_memory && !reading.has_cpu)
        return error_set(err, -ENODATA, "the engine measures nothing of a container that does not run");
    *ret = reading;
    return 0;
}
