/* exits.h: the registry's standing exits together: which the settings ask for, their part of a turn, what is
 * told of them. A part of the controller, see controller_internal.h. */
#ifndef QUAYWATCH_CONTROLLER_EXITS_H
#define QUAYWATCH_CONTROLLER_EXITS_H

#include "controller/controller_internal.h"
#include "controller/core/exit.h"

/* Opens an exit as the settings say, into ret. Negative with a sentence in err. */
typedef int exit_open(struct controller *controller, const struct options *options,
                      const struct exit_surroundings *around, struct exit *ret, struct error *err);

/* The settings of an exit as one text, in the arena: opened anew when it changes; "" when it is off. */
typedef const char *exit_settings(const struct options *options, struct arena *arena);

/* Whether what the settings name can be opened at all: files that are wrong are found before anything is
 * closed. Negative with a sentence. */
typedef int exit_check(const struct options *options, struct error *err);

/* Other settings for an exit that is open, without closing it. Negative with a sentence: they are wrong, and
 * the old ones stay in force. */
typedef int exit_change(struct controller *controller, const struct options *options, struct exit *exit,
                        struct error *err);

/* Makes the part, without any exit; and frees it. */
struct exits *exits_new(struct controller *controller);
void exits_free(struct exits *exits);

/* Checks the settings of all exits (but of those whose rights root gives, which are tried when they are
 * opened); negative with the sentence of the first that is wrong. */
int exits_check(const struct options *options, struct error *err);

/* Opens what the settings ask for, closes what they ask for no more and opens anew what they changed.
 * as_root: only those that need the rights that are given up afterwards (low ports), else the others.
 * Negative with a sentence: at least one cannot be opened, and is closed now; the others are as they should
 * be. (What can be wrong in settings alone is refused when they are read; a partner that does not answer is
 * no failure to open. And where a check finds an open exit's new settings wrong, the old ones stay in force:
 * it is logged, and no failure.) */
int exits_configure(struct exits *exits, const struct options *options, bool as_root, struct error *err);

/* Closes all; the loop must run once more. */
void exits_close(struct exits *exits);

/* Their part of a turn, after the registry was settled; and when one of them waits for its time. */
void exits_settle(struct exits *exits);
int64_t exits_due(const struct exits *exits);

/* One of them stands otherwise than before, and has said so itself. */
void exits_note(struct exits *exits);

/* Which exits fail, as one sentence; "" when none does. */
const char *exits_trouble(const struct exits *exits);

/* Whether what serves is known well enough to tell of what does not; for the exporter (user is the
 * controller). */
bool exits_warm(void *user);

/* Calls each for each target of each exit; for the exporter (user is the controller). */
void exits_report(void *user, exit_tell *each, void *to);

#endif
