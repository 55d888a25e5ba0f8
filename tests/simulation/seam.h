/* seam.h: quaywatch's prober as the simulated world makes it. */
#ifndef QUAYWATCH_TESTS_SIMULATION_SEAM_H
#define QUAYWATCH_TESTS_SIMULATION_SEAM_H

#include "tests/simulation/world.h"

struct controller;
struct prober;

/* A prober whose results go to this controller. */
struct prober *seam_prober(struct world *world, struct controller *controller);

/* Something about this container has changed: its next check may find another answer. */
void seam_prober_wake(struct prober *prober, struct contained *contained);

#endif
