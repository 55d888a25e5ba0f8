/* alerts.h: what the controller knows → troubles → channels. Records in the turn, tells at its end. A part of
 * the controller, see controller_internal.h. */
#ifndef QUAYWATCH_CONTROLLER_ALERTS_H
#define QUAYWATCH_CONTROLLER_ALERTS_H

#include "controller/controller_internal.h"
#include "exporter/alert_list.h"

/* Makes it, without rules and memory; and frees it. */
void alerts_new(struct controller *controller);
void alerts_free(struct controller *controller);

/* Reads ALERT_RULES and takes the settings over, at the start and when they are read again. -EINVAL with a
 * sentence: the rules are the old ones then. */
int alerts_configure(struct controller *controller, const struct options *options, struct error *err);

/* Reads what STATE_DIR holds of alerts; what is damaged is set aside with a line in the log. */
void alerts_load(struct controller *controller);

/* Writes it now, at the end (blocking, small). */
void alerts_save_last(struct controller *controller);

/* Something of this kind was told of an instance: its service is looked at at the end of the turn. */
void alerts_heard(struct controller *controller, const char *kind, const struct instance *instance);

/* Once a turn, at its end: looks at what moved and tells what is to be told. */
void alerts_settle(struct controller *controller);

/* When there is something that waits for its time (mono ms); 0: nothing. */
int64_t alerts_due(const struct controller *controller);

/* What fires, for the exporter (user is the controller). */
alert_list alerts_list;

#endif
