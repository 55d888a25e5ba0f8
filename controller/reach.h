/* reach.h: quaywatch on the networks of what it watches: carries out what controller/watch/join.h says, where
 * quaywatch runs in a container and JOIN_NETWORKS asks for it. */
#ifndef QUAYWATCH_CONTROLLER_REACH_H
#define QUAYWATCH_CONTROLLER_REACH_H

#include <stdbool.h>
#include <stdint.h>

struct check_plan;
struct container;
struct controller;
struct engine_event;
struct reach;
struct record;
struct spec;

/* For this controller, which outlives it. */
struct reach *reach_new(struct controller *controller);

/* Frees it, after the engine has been closed. NULL is fine. */
void reach_free(struct reach *reach);

/* The engine has been reached: everything is looked at anew. */
void reach_live(struct reach *reach);

/* A container as it is now; owner as for watch_callbacks. */
void reach_container(struct reach *reach, const struct container *container, const struct container *owner,
                     const struct spec *spec, const struct check_plan *plan);

/* A container is gone. */
void reach_gone(struct reach *reach, const char *id);

/* An event of a registered container, after record has taken it in: who stops needs no network. */
void reach_event(struct reach *reach, const struct record *record, const struct engine_event *event);

/* A container, registered or not, or quaywatch's own, was connected to a network or left one. */
void reach_moved(struct reach *reach, const struct engine_event *event);

/* Once a turn: starts what is to be done. */
void reach_settle(struct reach *reach);

/* When reach_settle has something to do that it had not before (monotonic); 0: no time is waited for. */
int64_t reach_due(const struct reach *reach);

/* The controller stops: leaves what was joined, since a stopped container whose network is removed cannot be
 * started again. Once a turn until it says true: done, or nothing more can be done. */
bool reach_leave(struct reach *reach);

#endif
