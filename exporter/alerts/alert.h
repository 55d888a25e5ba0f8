/* alert.h: what people are told: one trouble that began, goes on, or ended. Plain data between whoever knows
 * of the trouble and the channels that carry it. */
#ifndef QUAYWATCH_EXPORTER_ALERTS_ALERT_H
#define QUAYWATCH_EXPORTER_ALERTS_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/core/journal.h"

enum alert_state {
    ALERT_FIRING,   /* it began, or grew worse */
    ALERT_REMINDER, /* it goes on */
    ALERT_RESOLVED, /* it ended */
    ALERT_TEST,     /* nothing happened: somebody tries the channel */
    ALERT_STATE_COUNT
};
extern const char *const alert_state_name[ALERT_STATE_COUNT]; /* "firing", "reminder", … */

/* One alert. Texts are borrowed for the call that gets it; none is NULL. One root cause is one alert: the
 * services that are down because of it are its victims. */
struct alert {
    const char *id;   /* of the trouble: the same from its beginning to its end, and over restarts of ours */
    const char *name; /* of the rule: "service-unhealthy", "engine-away", or a user's rule */
    enum alert_state state;
    enum severity severity;
    const char *service, *container; /* "" when it concerns none */
    const char *project;             /* "" when unknown */
    const char *title;               /* one line: "db is unhealthy" */
    const char *sentence;            /* what is known of it and what quaywatch does about it */
    const char *const *victim;       /* display names, sorted */
    size_t victim_count;
    int64_t since_wall_ms, at_wall_ms;
    const char *host; /* where quaywatch runs */
    const char *url;  /* of the page, "" when none is configured */
};

/* What is kept of an alert: longer texts are cut, further victims are left out but counted. */
enum {
    ALERT_ID_MAX = 256,
    ALERT_TEXT_MAX = 512,
    ALERT_VICTIM_MAX = 128,
    ALERT_SENTENCE_MAX = 4096,
    ALERT_VICTIMS_MAX = 200 /* the last one says how many more there are */
};

/* A copy in one block, freed with free(); NULL texts count as "". */
struct alert *alert_copy(const struct alert *alert);

#endif
