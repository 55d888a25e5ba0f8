/* SPDX-License-Identifier: MIT */
/* fuzz_registration.c: bodies of registrations: what is read can be written, and reads back the same. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "controller/external/registration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_hold(const struct registration *r)
{
    assert(text_is_name(r->id) && text_is_name(r->name) && r->port >= (r->named_count ? 0 : 1) &&
           r->port <= 65535);
    assert(r->host[0] && r->endpoint[0] == '/' && r->weight >= 1);
    assert(r->ttl_ms == 0 || (r->ttl_ms >= 5000 && r->ttl_ms <= INT64_C(86400000)));
    assert(r->tags.count <= LIMIT_TAGS && r->dependency_count <= LIMIT_DEPENDENCIES &&
           r->metadata.count <= LIMIT_METADATA);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *json = mem_new(size + 1);
    if (size)
        memcpy(json, data, size);
    struct registration *first, *second;
    struct error err = {0};
    if (registration_parse(json, size, &first, &err) != 0) {
        assert(err.text[0] != '\0');
        free(json);
        return 0;
    }
    free(json);
    must_hold(first);
    struct buf once, twice;
    buf_init(&once, 1 << 26);
    buf_init(&twice, 1 << 26);
    registration_render(first, &once);
    char *text = mem_copy(buf_string(&once));
    if (once.len <= LIMIT_REGISTRATION_BODY) { /* escapes may make it longer than what was sent */
        assert(registration_parse(text, once.len, &second, &err) == 0);
        registration_render(second, &twice);
        assert(strcmp(text, buf_string(&twice)) == 0);
        registration_free(second);
    }
    free(text);
    registration_free(first);
    buf_free(&once);
    buf_free(&twice);
    return 0;
}
