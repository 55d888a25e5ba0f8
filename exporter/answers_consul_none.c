/* SPDX-License-Identifier: MIT */
/* answers_consul_none.c: what Consul has and quaywatch has not: keys, sessions and the rest. Reading finds
 * nothing, as in a new Consul; writing is refused rather than forgotten. */
#include "exporter/answers_consul.h"

#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/limits.h"

/* It never changes, and clients want to know when it did. */
static const uint64_t always = 1;

void answer_consul_key(const struct request *request, struct answer *answer)
{
    consul_refuse(answer, 404, "There is no such key: quaywatch has no key/value store.");
    consul_put_headers(request, answer, &always);
}

void answer_consul_no_sessions(const struct request *request, struct answer *answer)
{
    struct buf out;
    buf_init(&out, LIMIT_HTTP_BODY);
    buf_text(&out, "[]");
    consul_answer_json(answer, &out);
    consul_put_headers(request, answer, &always);
}

void answer_consul_nothing(const struct request *request, struct answer *answer)
{
    consul_refuse(
        answer, 501,
        "quaywatch answers Consul's catalogue, health and agent API; \"%s\" is not among what it can do.",
        request->path);
}
