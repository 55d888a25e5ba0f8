/* SPDX-License-Identifier: MIT */
/* answers_export.c: the registry in the formats of other tools. */
#include "exporter/answers.h"

#include <stdint.h>

#include "controller/core/buf.h"
#include "exporter/formats/format.h"

struct export
{
    const struct format *format;
    struct format_wish wish;
};

static int make_export(const struct exporter_context *context, const void *wish, struct buf *out,
                       struct error *err)
{
    const struct export *export = wish;
    (void)context;
    return export->format->render(&export->wish, out, err);
}

/* All that its bytes depend on besides the revision. */
static void key_of(const struct export *export, struct buf *ret)
{
    const struct format_wish *wish = &export->wish;
    const char *const parts[] = {export->format->name, wish->tag, wish->project, wish->version, wish->prefix};
    buf_init(ret, SIZE_MAX / 2);
    buf_text(ret, "export ");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        document_key(ret, parts[i]);
}

static void refuse_format(const struct request *request, struct answer *answer)
{
    struct buf names;
    buf_init(&names, SIZE_MAX / 2);
    format_names(&names, ", ");
    answer_problem(answer, 404, "The format \"%s\" is not known; there are %s.", request->name,
                   buf_string(&names));
    buf_free(&names);
}

void answer_export(const struct request *request, struct answer *answer)
{
    const struct exporter_context *context = request->context;
    const char *prefix = request_query(request, "prefix");
    const struct export export = {.format = format_find(request->name),
                                  .wish = {.registry = context->registry,
                                           .tag = request_query(request, "tag"),
                                           .project = request_query(request, "project"),
                                           .version = request_query(request, "version"),
                                           .prefix = prefix ? prefix : context->env_prefix,
                                           .wall_ms = registry_changed_at(context->registry)}};
    if (!export.format) {
        refuse_format(request, answer);
        return;
    }
    if (!answer_when_warm(request, answer))
        return;
    struct buf key;
    key_of(&export, &key);
    answer_made(
        request, answer,
        &(struct document_answer){.type = export.format->content_type,
                                  .wish = {.key = buf_string(&key), .render = make_export, .wish = &export},
                                  .may_fail = prefix || export.wish.version,
                                  .settings = export.wish.prefix});
    buf_free(&key);
}
