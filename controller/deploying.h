/* deploying.h: what the engine shows → the tracker of deployments, and what that means for records and
 * services. A part of the controller, see controller_internal.h. */
#ifndef QUAYWATCH_CONTROLLER_DEPLOYING_H
#define QUAYWATCH_CONTROLLER_DEPLOYING_H

#include "controller/controller_internal.h"
#include "controller/healing/deployment.h"

/* The settings as they are now: at the start and after a reload. */
void deploying_configure(struct controller *controller);

/* A container that is not watched, from an event or a listing. True: its end matters. */
bool deploying_other(struct controller *controller, const struct watch_other *other);

/* A watched container as inspect shows it. */
void deploying_container(struct controller *controller, struct record *record,
                         const struct instance *instance);

/* An event of a watched container: perhaps a step of a deployment. */
void deploying_event(struct controller *controller, const struct instance *instance,
                     const struct engine_event *event);

/* Whether a container that somebody stops is stopped to be replaced. */
bool deploying_replaces(const struct controller *controller, const struct record *record);

/* A container is gone; service: the one that it leaves (with what remains of it), or NULL. */
void deploying_gone(struct controller *controller, const char *id, const struct service *service);

/* One look at a record: what the deployment of its service has come to. */
void deploying_look(struct controller *controller, struct record *record, const struct instance *instance);

/* The status of a service changed: perhaps that is the end of its deployment. */
void deploying_moved(struct controller *controller, const struct service *service);

/* For the ladder: does a deployment hold this instance? */
enum deployment_sign deploying_told(const struct controller *controller, const struct instance *instance,
                                    struct told *ret);

#endif
