/* report.h: the answers about history as JSON, worked out in the annals' thread. */
#ifndef QUAYWATCH_EXPORTER_HISTORY_REPORT_H
#define QUAYWATCH_EXPORTER_HISTORY_REPORT_H

#include "controller/core/registry.h"
#include "exporter/history/annals.h"

struct buf;

/* The windows that figures are given for. */
enum window { WINDOW_DAY, WINDOW_WEEK, WINDOW_MONTH, WINDOW_COUNT };
extern const char *const window_name[WINDOW_COUNT]; /* "24h", "7d", "30d" */

/* On the loop, exactly once after a successful ask: with code 0 the JSON, which is taken over by the
 * receiver; else one sentence. */
typedef void report_ready(void *user, int code, const char *sentence, struct buf *text);

/* Asks for the history of one service, or for a window of all of them. What is needed of service or registry
 * is copied. Fails as annals_ask: ready is not called then. */
int report_service(struct annals *annals, const struct service *service, struct moment now,
                   report_ready *ready, void *user);
int report_fleet(struct annals *annals, const struct registry *registry, enum window window,
                 struct moment now, report_ready *ready, void *user);

#endif
