/* SPDX-License-Identifier: MIT */
/* alert.c: alerts that outlive the call that brought them. */
#include "exporter/alerts/alert.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/mem.h"
#include "exporter/alerts/words.h"

const char *const alert_state_name[ALERT_STATE_COUNT] = {
    [ALERT_FIRING] = "firing",
    [ALERT_REMINDER] = "reminder",
    [ALERT_RESOLVED] = "resolved",
    [ALERT_TEST] = "test",
};

/* The texts of an alert, and how much is kept of each. */
static const struct {
    size_t offset, max;
} text_field[] = {
    {offsetof(struct alert, id), ALERT_ID_MAX},
    {offsetof(struct alert, name), ALERT_TEXT_MAX},
    {offsetof(struct alert, service), ALERT_TEXT_MAX},
    {offsetof(struct alert, container), ALERT_TEXT_MAX},
    {offsetof(struct alert, project), ALERT_TEXT_MAX},
    {offsetof(struct alert, title), ALERT_TEXT_MAX},
    {offsetof(struct alert, sentence), ALERT_SENTENCE_MAX},
    {offsetof(struct alert, host), ALERT_TEXT_MAX},
    {offsetof(struct alert, url), ALERT_TEXT_MAX},
};
enum { FIELDS = sizeof text_field / sizeof *text_field };

static const char *field(const struct alert *alert, size_t i)
{
    const char *text;
    memcpy(&text, (const char *)alert + text_field[i].offset, sizeof text);
    return text ? text : "";
}

static char *put(char **at, const char *text, size_t length)
{
    char *start = *at;
    memcpy(start, text, length);
    start[length] = '\0';
    *at += length + 1;
    return start;
}

struct alert *alert_copy(const struct alert *alert)
{
    char more[48] = "";
    size_t victims = alert->victim_count;
    if (victims > ALERT_VICTIMS_MAX) {
        victims = ALERT_VICTIMS_MAX - 1;
        snprintf(more, sizeof more, "… and %zu more", alert->victim_count - victims);
    }
    size_t kept = victims + (more[0] != '\0');
    size_t size = sizeof *alert + kept * sizeof(char *) + sizeof more;
    for (size_t i = 0; i < FIELDS; i++)
        size += words_fit(field(alert, i), text_field[i].max) + 1;
    for (size_t i = 0; i < victims; i++)
        size += words_fit(alert->victim[i], ALERT_VICTIM_MAX) + 1;
    struct alert *copy = mem_new(size);
    const char **victim = (const char **)(copy + 1);
    char *at = (char *)(victim + kept);
    *copy = *alert;
    for (size_t i = 0; i < FIELDS; i++) {
        const char *text = put(&at, field(alert, i), words_fit(field(alert, i), text_field[i].max));
        memcpy((char *)copy + text_field[i].offset, &text, sizeof text);
    }
    for (size_t i = 0; i < victims; i++)
        victim[i] = put(&at, alert->victim[i], words_fit(alert->victim[i], ALERT_VICTIM_MAX));
    if (more[0])
        victim[victims] = put(&at, more, strlen(more));
    copy->victim = kept ? victim : NULL;
    copy->victim_count = kept;
    return copy;
}
