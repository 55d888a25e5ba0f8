/* SPDX-License-Identifier: MIT */
/* metrics_text.c: numbers and labels as Prometheus reads them. */
#include "exporter/render/metrics_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "controller/core/buf.h"
#include "controller/core/text.h"
#include "exporter/render/render.h"

void metrics_family(const struct metrics_page *page, const char *name, const char *type, const char *help)
{
    buf_format(page->out, "# HELP %s_%s %s\n# TYPE %s_%s %s\n", page->prefix, name, help, page->prefix, name,
               type);
}

/* Whether a character stands in a label as it is, whatever is beside it. */
static bool is_plain(char c)
{
    return c >= ' ' && c <= '~' && c != '\\' && c != '"';
}

void render_label_value(const char *value, struct buf *out)
{
    while (*value) {
        size_t length = 0;
        while (is_plain(value[length])) /* nearly always all there is */
            length++;
        if (length) {
            buf_add(out, value, length);
        } else if (*value == '\\' || *value == '"' || *value == '\n') {
            const char escape[2] = {'\\', *value == '\n' ? 'n' : *value};
            buf_add(out, escape, sizeof escape);
            length = 1;
        } else {
            length = text_utf8_length(value);
            buf_add(out, length ? value : "\xef\xbf\xbd", length ? length : 3);
            length += !length;
        }
        value += length;
    }
}

/* Most samples of a large fleet are small whole numbers, and printf takes its time for a double. */
static bool put_whole(struct buf *out, double value)
{
    if (signbit(value) || !(value < 1e15) || value - floor(value) > 0)
        return false;
    char text[24], *at = text + sizeof text;
    uint64_t left = (uint64_t)value;
    do
        *--at = (char)('0' + left % 10);
    while (left /= 10);
    buf_add(out, at, (size_t)(text + sizeof text - at));
    return true;
}

/* The shortest text that reads back as the same number. */
static void put_value(struct buf *out, double value)
{
    if (isinf(value)) {
        buf_text(out, value > 0 ? "+Inf" : "-Inf");
        return;
    }
    if (put_whole(out, value))
        return;
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (fabs(strtod(text, NULL) - value) <= 0)
            break;
    }
    buf_text(out, text);
}

void metrics_sample(const struct metrics_page *page, const char *name, const char *const *keys,
                    const char *const *values, double value)
{
    buf_text(page->out, page->prefix);
    buf_text(page->out, "_");
    buf_text(page->out, name);
    for (size_t i = 0; keys && keys[i]; i++) {
        buf_text(page->out, i ? "," : "{");
        buf_text(page->out, keys[i]);
        buf_text(page->out, "=\"");
        render_label_value(values[i] ? values[i] : "", page->out);
        buf_text(page->out, keys[i + 1] ? "\"" : "\"}");
    }
    buf_text(page->out, " ");
    put_value(page->out, value);
    buf_text(page->out, "\n");
}

void metrics_single(const struct metrics_page *page, const char *name, const char *type, const char *help,
                    double value)
{
    metrics_family(page, name, type, help);
    metrics_sample(page, name, NULL, NULL, value);
}

void metrics_histogram(const struct metrics_page *page, const char *name, const char *help,
                       const struct histogram *histogram)
{
    metrics_family(page, name, "histogram", help);
    uint64_t below = 0;
    for (size_t i = 0; i < STATS_BUCKETS; i++) {
        below += histogram->count[i];
        buf_format(page->out, "%s_%s_bucket{le=\"", page->prefix, name);
        put_value(page->out, stats_bucket[i]);
        buf_format(page->out, "\"} %" PRIu64 "\n", below);
    }
    buf_format(page->out, "%s_%s_sum ", page->prefix, name);
    put_value(page->out, histogram->sum_s);
    buf_format(page->out, "\n%s_%s_count %" PRIu64 "\n", page->prefix, name, histogram->total);
}
