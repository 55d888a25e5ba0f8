/* SPDX-License-Identifier: MIT */
/* answers_export.c: the registry in the formats of other tools. */
#include "exporter/answers.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/hash.h"
#include "controller/core/limits.h"
#include "exporter/formats/format.h"

/* The prefix of names may come from the settings, which can be read again while the registry stays as it is.
 */
static void tag_by_settings(struct answer *answer, const struct format_wish *wish)
{
    size_t used = strlen(answer->tag);
    if (wish->prefix && wish->prefix[0])
        snprintf(answer->tag + used, sizeof answer->tag - used, "-%06x",
                 (unsigned)(hash_text(HASH_START, wish->prefix) & 0xffffff));
}

void answer_export(const struct request *request, struct answer *answer)
{
    const struct exporter_context *context = request->context;
    const struct format *format = format_find(request->name);
    const char *prefix = request_query(request, "prefix");
    const struct format_wish wish = {.registry = context->registry,
                                     .tag = request_query(request, "tag"),
                                     .project = request_query(request, "project"),
                                     .version = request_query(request, "version"),
                                     .prefix = prefix ? prefix : context->env_prefix,
                                     .wall_ms = registry_changed_at(context->registry)};
    struct error err = {0};
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    if (!format) {
        format_names(&out, ", ");
        answer_problem(answer, 404, "The format \"%s\" is not known; there are %s.", request->name,
                       buf_string(&out));
        buf_free(&out);
    } else if (format->render(&wish, &out, &err) != 0) {
        answer_problem(answer, 400, "%s.", err.text);
        buf_free(&out);
    } else if (!answer_when_warm(request, answer)) {
        buf_free(&out);
    } else {
        answer_registry(request, answer, format->content_type, &out);
        tag_by_settings(answer, &wish);
    }
}
