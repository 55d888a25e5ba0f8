/* SPDX-License-Identifier: MIT */
/* Fuzzes the overrides file: it is refused with a sentence that names a line, or every label it gives is one
 * word. */
#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/labels/overrides.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_labels(const struct overrides *overrides, const char *container, const char *key,
                          const char *project, const char *service)
{
    struct arena arena = {0};
    struct pairs found = {0};
    overrides_for(overrides, &arena, container, key, project, service, &found);
    for (size_t i = 0; i < found.count; i++) {
        assert(found.item[i].key[0] != '\0' && !strchr(found.item[i].value, '\n'));
        for (const char *c = found.item[i].key; *c; c++)
            assert(isgraph((unsigned char)*c) && *c != '=');
    }
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > LIMIT_LABEL_BYTES)
        return 0;
    char *text = mem_new(size + 1);
    if (size)
        memcpy(text, data, size);
    struct error err = {0};
    struct overrides *overrides = overrides_parse(text, &err);
    if (overrides) {
        assert_labels(overrides, "web", "name:-:web", "shop", "web");
        assert_labels(overrides, NULL, NULL, "", "");
    } else {
        assert(err.code < 0 && strstr(err.text, "overrides"));
    }
    overrides_free(overrides);
    free(text);
    return 0;
}
