/* second.h: one controller heals. Where an older one with the same scope runs, or one that has our STATE_DIR,
 * this one only observes.
 * CONTRACT section 13. A part of the controller, see controller_internal.h. */
#ifndef QUAYWATCH_CONTROLLER_SECOND_H
#define QUAYWATCH_CONTROLLER_SECOND_H

#include "controller/controller_internal.h"

/* Any container as it is now; created_at_wall_ms 0: not said. Finds ourselves among them. True: it is a
 * controller, so second_gone is to follow. */
bool second_see(struct controller *controller, const char *id, const char *name, const struct pairs *labels,
                bool runs, int64_t created_at_wall_ms);

/* When a container that has been seen (ourselves or another controller) was created; others do not matter. */
void second_born(struct controller *controller, const char *id, int64_t created_at_wall_ms);

/* A container is gone. */
void second_gone(struct controller *controller, const char *id);

/* Once a turn: who of all controllers heals? */
void second_settle(struct controller *controller);

/* Forgets all. */
void second_free(struct controller *controller);

#endif
