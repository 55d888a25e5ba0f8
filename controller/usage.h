/* usage.h: what the watched containers use, measured in rounds: every STATS_INTERVAL each registered
 * container that runs is asked for once, few at a time. A measurement is the least important thing that
 * quaywatch asks of an engine: a round begins so late that the rounds together take no more than a fifth of
 * the time, and it ends as soon as the engine does not answer. An engine that refuses is not asked again
 * before it is reached anew. */
#ifndef QUAYWATCH_CONTROLLER_USAGE_H
#define QUAYWATCH_CONTROLLER_USAGE_H

#include <stdint.h>

struct controller;
struct engine;
struct record;
struct usage_meter;

/* For this controller and its engine, which both outlive it. */
struct usage_meter *usage_meter_new(struct controller *controller, struct engine *engine);

/* Ends what is under way and frees it. NULL is fine. */
void usage_meter_free(struct usage_meter *meter);

/* The engine has been reached, it may be another one, and its containers are known. NULL is fine. */
void usage_synced(struct usage_meter *meter);

/* A run of the container began: what was measured of the one before counts no more. */
void usage_forget(struct controller *controller, struct record *record);

/* Once a turn: asks for what is due. NULL is fine. */
void usage_settle(struct usage_meter *meter);

/* When the next round is due (mono ms); 0: none, or one is under way. NULL is fine. */
int64_t usage_due(const struct usage_meter *meter);

#endif
