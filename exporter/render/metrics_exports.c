/* SPDX-License-Identifier: MIT */
/* metrics_exports.c: how the standing exits of the registry fare, as metrics. */
#include "exporter/render/metrics_exports.h"

#include "exporter/context.h"
#include "exporter/render/metrics_text.h"

/* One family, and what of a report is its value. */
struct family {
    const char *name, *type, *help;
    double (*value)(const struct exit_report *report);
};

static double is_up(const struct exit_report *report)
{
    return report->state == EXIT_FAILING ? 0 : 1;
}

static double writes(const struct exit_report *report)
{
    return (double)report->writes;
}

static double failures(const struct exit_report *report)
{
    return (double)report->failures;
}

static double bytes(const struct exit_report *report)
{
    return (double)report->bytes;
}

static double endpoints(const struct exit_report *report)
{
    return (double)report->endpoints;
}

static const struct family families[] = {
    {"export_up", "gauge", "Whether an export is, or soon will be, what the registry says.", is_up},
    {"export_endpoints", "gauge", "Endpoints that an export tells of.", endpoints},
    {"export_writes_total", "counter", "Writes of an export that succeeded.", writes},
    {"export_failures_total", "counter", "Writes of an export that failed.", failures},
    {"export_bytes_total", "counter", "Bytes that an export wrote.", bytes},
};

struct put {
    const struct metrics_page *page;
    const struct family *family;
};

static void put_exit(void *to, const struct exit_report *report)
{
    static const char *const keys[] = {"kind", "target", NULL};
    const struct put *put = to;
    const char *values[] = {report->kind, report->target};
    metrics_sample(put->page, put->family->name, keys, values, put->family->value(report));
}

void metrics_exports(const struct metrics_page *page, const struct exporter_context *context)
{
    for (size_t i = 0; context->exits && i < sizeof families / sizeof *families; i++) {
        struct put put = {.page = page, .family = &families[i]};
        metrics_family(page, put.family->name, put.family->type, put.family->help);
        context->exits(context->actions.user, put_exit, &put);
    }
}
