/* SPDX-License-Identifier: MIT */
/* fuzz_memory.c: healing memory from disk: whatever is read can be written, and reads back the same. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/healing/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory *memory = memory_new(), *again = memory_new();
    struct error err = {0};
    if (memory_read(memory, (const char *)data, size, &err) != 0)
        assert(err.text[0] != '\0');
    struct buf first, second;
    buf_init(&first, 1 << 26);
    buf_init(&second, 1 << 26);
    (void)memory_read_changes(memory, (const char *)data, size, &err);
    memory_render(memory, &first);
    assert(memory_read(again, buf_string(&first), first.len, &err) == 0);
    memory_render(again, &second);
    assert(first.len == second.len && memcmp(buf_string(&first), buf_string(&second), first.len) == 0);
    memory_free(memory);
    memory_free(again);
    buf_free(&first);
    buf_free(&second);
    return 0;
}
