/* SPDX-License-Identifier: MIT */
/* words.c: cutting, escaping and summing up the texts of alerts. */
#include "exporter/alerts/words.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/mem.h"
#include "controller/core/text.h"

enum { DIGEST_BYTES = 3500, DIGEST_LINE = 300, VICTIMS_NAMED = 20 };

static const char ellipsis[] = "…";

size_t words_fit(const char *text, size_t max)
{
    size_t used = 0;
    while (text[used]) {
        size_t length = text_utf8_length(text + used), step = length ? length : 1;
        if (used + step > max)
            break;
        used += step;
    }
    return used;
}

/* C1 controls and line separators count as controls, too: a mail client or terminal may heed them. */
static bool is_control(const char *text, size_t length)
{
    const unsigned char *byte = (const unsigned char *)text;
    return (length == 1 && (byte[0] < 0x20 || byte[0] == 0x7f)) ||
           (length == 2 && byte[0] == 0xc2 && byte[1] < 0xa0) ||
           (length == 3 && byte[0] == 0xe2 && byte[1] == 0x80 && (byte[2] == 0xa8 || byte[2] == 0xa9));
}

static char *cut(struct arena *arena, const char *text, size_t max, bool lines)
{
    char *copy = arena_new(arena, strlen(text) + sizeof ellipsis), *at = copy, *fits = copy;
    size_t units = 0;
    while (*text) {
        size_t length = text_utf8_length(text), step = length ? length : 1;
        units += length == 4 ? 2 : 1;
        if (units > max) {
            memcpy(fits, ellipsis, sizeof ellipsis);
            return copy;
        }
        if (!length) {
            *at++ = '?';
        } else if (is_control(text, length)) {
            *at++ = *text == '\n' && lines ? '\n' : ' ';
        } else {
            memcpy(at, text, length);
            at += length;
        }
        text += step;
        if (units < max)
            fits = at;
    }
    *at = '\0';
    return copy;
}

char *words_cut(struct arena *arena, const char *text, size_t max)
{
    return cut(arena, text, max, true);
}

char *words_cut_line(struct arena *arena, const char *text, size_t max)
{
    return cut(arena, text, max, false);
}

void words_escape(struct buf *out, const char *text, const char *special)
{
    for (; *text; text++) {
        if (strchr(special, *text))
            buf_add(out, "\\", 1);
        buf_add(out, text, 1);
    }
}

char *words_victims(struct arena *arena, const struct alert *alert, size_t max)
{
    size_t named = alert->victim_count <= max ? alert->victim_count : max;
    char *text = arena_copy(arena, "");
    for (size_t i = 0; i < named; i++)
        text = arena_format(arena, "%s%s%s", text, i ? ", " : "", alert->victim[i]);
    if (named < alert->victim_count)
        text = arena_format(arena, "%s and %zu more", text, alert->victim_count - named);
    return text;
}

char *words_body(struct arena *arena, const struct alert *alert)
{
    const char *victims = words_victims(arena, alert, VICTIMS_NAMED);
    const char *break_ = alert->sentence[0] && victims[0] ? "\n" : "";
    return arena_format(arena, "%s%s%s%s", alert->sentence, break_, victims[0] ? "Affected: " : "", victims);
}

static const struct {
    const char *sign;
    unsigned colour;
} of_severity[SEVERITY_COUNT] = {
    [SEVERITY_INFO] = {"🔵", 0x2f81f7},
    [SEVERITY_WARNING] = {"🟠", 0xd29922},
    [SEVERITY_CRITICAL] = {"🔴", 0xda3633},
    [SEVERITY_EMERGENCY] = {"🚨", 0x8b0000},
};

const char *words_level(const struct alert *alert)
{
    if (alert->state == ALERT_RESOLVED || alert->state == ALERT_TEST)
        return alert_state_name[alert->state];
    return severity_name[alert->severity];
}

const char *words_sign(const struct alert *alert)
{
    if (alert->state == ALERT_RESOLVED)
        return "✅";
    return alert->state == ALERT_TEST ? "🧪" : of_severity[alert->severity].sign;
}

unsigned words_colour(const struct alert *alert)
{
    return alert->state == ALERT_RESOLVED ? 0x2da44e : of_severity[alert->severity].colour;
}

/* "3 firing, 2 resolved" */
static char *counts_of(struct arena *arena, const size_t count[static ALERT_STATE_COUNT])
{
    char *text = arena_copy(arena, "");
    for (size_t i = 0; i < ALERT_STATE_COUNT; i++)
        if (count[i])
            text = arena_format(arena, "%s%s%zu %s", text, text[0] ? ", " : "", count[i],
                                alert_state_name[i]);
    return text;
}

struct alert words_digest(struct arena *arena, const struct alert *const *item, size_t count,
                          unsigned left_out)
{
    struct alert sum = {.name = "digest",
                        .state = ALERT_RESOLVED,
                        .service = "",
                        .container = "",
                        .project = "",
                        .since_wall_ms = item[0]->since_wall_ms,
                        .host = item[0]->host,
                        .url = item[0]->url};
    size_t states[ALERT_STATE_COUNT] = {0}, unnamed = left_out;
    struct buf lines;
    buf_init(&lines, DIGEST_BYTES);
    for (size_t i = 0; i < count; i++) {
        const struct alert *at = item[i];
        states[at->state]++;
        if (at->state != ALERT_RESOLVED)
            sum.state = ALERT_FIRING;
        if (at->severity > sum.severity)
            sum.severity = at->severity;
        if (at->since_wall_ms < sum.since_wall_ms)
            sum.since_wall_ms = at->since_wall_ms;
        if (at->at_wall_ms > sum.at_wall_ms)
            sum.at_wall_ms = at->at_wall_ms;
        const char *text = arena_format(arena, "%s: %s", at->title, at->sentence);
        if (lines.full || buf_format(&lines, "%s%s %s", lines.len ? "\n" : "", words_sign(at),
                                     words_cut_line(arena, text, DIGEST_LINE)))
            unnamed++;
    }
    sum.id = arena_format(arena, "digest-%s-%lld", item[0]->id, (long long)sum.at_wall_ms);
    sum.title = arena_format(arena, "%zu alerts: %s", count + left_out, counts_of(arena, states));
    const char *more = unnamed ? arena_format(arena, "\n… and %zu more", unnamed) : "";
    sum.sentence = arena_format(arena, "%s%s", buf_string(&lines), more);
    buf_free(&lines);
    return sum;
}
