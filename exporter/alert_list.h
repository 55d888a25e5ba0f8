/* alert_list.h: the alerts that fire, as the exporter shows them. Handed in by the controller. */
#ifndef QUAYWATCH_EXPORTER_ALERT_LIST_H
#define QUAYWATCH_EXPORTER_ALERT_LIST_H

#include "exporter/alerts/alert.h"

/* One alert that fires. Texts live during the call. */
struct alert_listed {
    struct alert alert;
    unsigned channels;    /* where it was sent, bit 1 << kind (exporter/alerts/channels.h) */
    int64_t told_wall_ms; /* the latest message; 0: none yet */
    bool quiet, flapping; /* it waits for the end of quiet hours; it comes and goes */
};

typedef void alert_listed_each(void *to, const struct alert_listed *listed);

/* Calls each for all that fires, oldest first. */
typedef void alert_list(void *user, alert_listed_each *each, void *to);

#endif
