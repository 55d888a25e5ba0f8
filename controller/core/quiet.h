/* quiet.h: hours of the week in which people want to be left alone, in the local time zone (TZ). Pure but for
 * that zone. */
#ifndef QUAYWATCH_CORE_QUIET_H
#define QUAYWATCH_CORE_QUIET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QUIET_RANGES = 16 };

/* All zero is: never quiet. */
struct quiet {
    struct quiet_range {
        uint8_t days;          /* bit 0 is Sunday: the days on which it begins */
        uint16_t from, before; /* minutes of the day; before is at most 24:00, and below from when it ends on
                                  the next day */
    } range[QUIET_RANGES];
    size_t count;
};

/* A comma list of "22:00-07:00", "Mon-Fri 22:00-07:00", "Sat-Sun" (whole days). Days are those on which the
 * time begins. "" is never. -EINVAL, with ret untouched, for anything else. */
int quiet_parse(const char *text, struct quiet *ret);

/* Whether it is quiet at that time. */
bool quiet_at(const struct quiet *quiet, int64_t wall_ms);

/* When the quiet that is at that time ends, to the minute; 0: it is not quiet, or never ends. */
int64_t quiet_end(const struct quiet *quiet, int64_t wall_ms);

#endif
