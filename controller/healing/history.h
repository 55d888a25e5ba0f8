/* history.h: what was decided about an identity lately, kept small: nothing at all for those that were never
 * worth a decision. Pure. */
#ifndef QUAYWATCH_CONTROLLER_HEALING_HISTORY_H
#define QUAYWATCH_CONTROLLER_HEALING_HISTORY_H

#include "controller/core/service.h"

struct history;

enum { HISTORY_DECISIONS = 20 };

/* Notes a decision if it is news: another action or reason than the latest. "Nothing to do" is worth an entry
 * only after something else was, and a mere look anew (starting, unknown) after it is not. The history is
 * made when *history is NULL. True when something was added. */
bool history_note(struct history **history, const struct decision_shown *decision, const char *container,
                  int64_t now_wall_ms);

/* Adds what was noted in an earlier life, as the latest. All texts are copied; the oldest entry beyond
 * HISTORY_DECISIONS goes. */
void history_add(struct history **history, const struct past_decision *decision);

/* The entries, oldest first; valid until the next change. NULL is an empty history. */
const struct past_decision *history_items(const struct history *history, size_t *ret_count);

/* Frees it. NULL is fine. */
void history_free(struct history *history);

#endif
