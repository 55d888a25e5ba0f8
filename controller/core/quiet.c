/* SPDX-License-Identifier: MIT */
/* quiet.c: hours of the week as ranges of minutes, asked in local time. */
#include "controller/core/quiet.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "controller/core/mem.h"
#include "controller/core/text.h"

enum { DAYS = 7, ALL_DAYS = 0x7f, DAY_MINUTES = 24 * 60, MINUTE_MS = 60 * 1000, STEP = 5 };

/* ---- parsing ---- */

/* Three letters of a day's name at text; -1 when there are none. */
static int day_at(const char *text)
{
    static const char *const names[DAYS] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    for (int i = 0; i < DAYS; i++)
        if (strncasecmp(text, names[i], 3) == 0)
            return i;
    return -1;
}

/* "Mon" or "Mon-Fri" (also over the end of the week) at *text, which is moved behind it. */
static int days_read(const char **text, uint8_t *ret)
{
    int from = day_at(*text), to = from;
    if (from < 0)
        return -EINVAL;
    *text += 3;
    if (**text == '-') {
        to = day_at(*text + 1);
        if (to < 0)
            return -EINVAL;
        *text += 4;
    }
    *ret = 0;
    for (int day = from;; day = (day + 1) % DAYS) {
        *ret = (uint8_t)(*ret | 1U << day);
        if (day == to)
            return 0;
    }
}

/* "22:00" at *text, which is moved behind it; 24:00 is the end of the day. */
static int clock_read(const char **text, uint16_t *ret)
{
    const char *at = *text;
    unsigned number[2] = {0, 0};
    for (unsigned part = 0; part < 2; part++) {
        unsigned digits = 0;
        for (; isdigit((unsigned char)*at) && digits < 2; digits++)
            number[part] = number[part] * 10 + (unsigned)(*at++ - '0');
        if (!digits || (part == 1 && digits != 2) || (part == 0 && *at++ != ':'))
            return -EINVAL;
    }
    if (number[1] > 59 || number[0] * 60 + number[1] > DAY_MINUTES)
        return -EINVAL;
    *ret = (uint16_t)(number[0] * 60 + number[1]);
    *text = at;
    return 0;
}

static int range_read(const char *text, struct quiet_range *ret)
{
    *ret = (struct quiet_range){.days = ALL_DAYS, .from = 0, .before = DAY_MINUTES};
    if (isalpha((unsigned char)*text)) {
        if (days_read(&text, &ret->days) != 0)
            return -EINVAL;
        if (!*text)
            return 0;
        if (*text != ' ')
            return -EINVAL;
        text += strspn(text, " ");
    }
    if (clock_read(&text, &ret->from) != 0 || *text++ != '-' || clock_read(&text, &ret->before) != 0 || *text)
        return -EINVAL;
    return ret->from == ret->before || ret->from == DAY_MINUTES ? -EINVAL : 0;
}

int quiet_parse(const char *text, struct quiet *ret)
{
    struct quiet found = {.count = 0};
    char *copy = mem_copy(text), *rest = copy, *part;
    int code = 0;
    while (code == 0 && *text_trim(copy) && (part = text_cut(&rest, ',')))
        code = found.count == QUIET_RANGES ? -EINVAL : range_read(part, &found.range[found.count++]);
    free(copy);
    if (code == 0)
        *ret = found;
    return code;
}

/* ---- asking ---- */

static bool range_holds(const struct quiet_range *range, int day, int minute)
{
    bool today = range->days >> day & 1, yesterday = range->days >> (day + DAYS - 1) % DAYS & 1;
    if (range->from < range->before)
        return today && minute >= range->from && minute < range->before;
    return (today && minute >= range->from) || (yesterday && minute < range->before);
}

bool quiet_at(const struct quiet *quiet, int64_t wall_ms)
{
    if (!quiet->count)
        return false;
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm local;
    if (!localtime_r(&seconds, &local))
        return false;
    for (size_t i = 0; i < quiet->count; i++)
        if (range_holds(&quiet->range[i], local.tm_wday, local.tm_hour * 60 + local.tm_min))
            return true;
    return false;
}

/* Clocks are set twice a year: the end is looked for, not calculated. */
int64_t quiet_end(const struct quiet *quiet, int64_t wall_ms)
{
    if (!quiet_at(quiet, wall_ms))
        return 0;
    int64_t at = wall_ms - wall_ms % MINUTE_MS;
    for (int step = 0; step < 8 * DAY_MINUTES / STEP; step++) {
        at += STEP * MINUTE_MS;
        if (quiet_at(quiet, at))
            continue;
        while (!quiet_at(quiet, at - MINUTE_MS))
            at -= MINUTE_MS;
        return at;
    }
    return 0;
}
