/* external.h: services outside Docker, registered through the API: instances in the registry like any other,
 * judged by the same checks, never restarted, and believed only as long as their heartbeat. CONTRACT sections
 * 1, 4 and 9. */
#ifndef QUAYWATCH_CONTROLLER_EXTERNAL_H
#define QUAYWATCH_CONTROLLER_EXTERNAL_H

#include "controller/core/service.h"

struct actions;
struct controller;
struct error;
struct external;
struct externals;

/* None yet. Nothing runs before the first is registered. */
struct externals *externals_new(struct controller *controller);

/* Reads STATE_DIR/externals.json and registers what is in it, each with a whole ttl before it, but for those
 * that were silent already; a damaged file is set aside with a sentence in the log. Before the loop runs. */
void externals_load(struct externals *externals);

/* The settings were read again. */
void externals_configure(struct externals *externals);

/* When a heartbeat, a lookup or an end is due (mono ms); 0: never. */
int64_t externals_due(const struct externals *externals);

/* Does what is due, and begins to write what changed. */
void externals_settle(struct externals *externals);

/* Whether host names of theirs have not been looked up yet. */
bool externals_wait(const struct externals *externals);

/* How many there are. */
size_t externals_count(const struct externals *externals);

/* Before the loop runs for the last time: begins to write what is not written, and forgets the lookups. */
void externals_close(struct externals *externals);

/* Frees all, when nothing calls back any more. NULL is fine. */
void externals_free(struct externals *externals);

/* Why they are not kept on disk, "" when they are. */
const char *externals_trouble(const struct externals *externals);

/* What a missing heartbeat, and the owner's own words, make of its health. */
void external_assess(const struct external *external, struct health_view *view);

/* Its health has been judged: one that stays unhealthy may be removed for it. */
void external_judged(struct external *external, enum status status);

/* Fills in what exporters may ask (struct actions). */
void external_actions(struct actions *actions);

#endif
