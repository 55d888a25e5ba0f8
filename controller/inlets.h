/* inlets.h: SOURCE_DIR and SOURCE_ENV: files that register services outside Docker. They are followed: what
 * is written there is registered soon after, what is removed is deregistered; what cannot be read is said
 * once, and what was registered of it stays. A part of external.h. */
#ifndef QUAYWATCH_CONTROLLER_INLETS_H
#define QUAYWATCH_CONTROLLER_INLETS_H

#include <stdint.h>

struct externals;
struct inlets;

/* Without any inlet; externals must outlive it. */
struct inlets *inlets_new(struct externals *externals);

/* Follows what the settings name, and nothing else: services of a inlet that is not named any more are
 * deregistered. */
void inlets_configure(struct inlets *inlets);

/* When they are to be looked at (mono ms); 0: there are none, or that is under way. */
int64_t inlets_due(const struct inlets *inlets);

/* Begins to look at those that are due. */
void inlets_settle(struct inlets *inlets);

/* Before the loop runs for the last time: follows nothing any more. */
void inlets_close(struct inlets *inlets);

/* Frees them, when nothing calls back any more. NULL is fine. */
void inlets_free(struct inlets *inlets);

#endif
