/* compose.h: the labels Docker Compose writes. Inside labels/ only. */
#ifndef QUAYWATCH_CONTROLLER_LABELS_COMPOSE_H
#define QUAYWATCH_CONTROLLER_LABELS_COMPOSE_H

#include "controller/labels/resolution.h"

/* Fills the spec's compose_project, compose_service and replica (also of a Swarm task: its slot). */
void compose_facts(struct resolution *r);

/* Adds the dependencies of com.docker.compose.depends_on
 * ("db:service_healthy:true,cache:service_started:false") and of network_mode container:<id>, which is named
 * "container:<id>". */
void compose_dependencies(struct resolution *r);

#endif
