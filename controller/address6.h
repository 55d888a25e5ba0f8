/* address6.h: whether the IPv6 address that an instance has beside its published one is told to others.
 *
 * Checks go to the published address alone, and a program may well listen on IPv4 only. Of an instance that
 * is checked over the network the second address is told once its port has taken a connection there in this
 * run of the container; it is tried when the checks pass, then after 1 s, 2 s and so on (an address is not
 * usable right after it was given), and every minute as long as nothing answers.
 * Where the first address is told unchecked, so is the second. */
#ifndef QUAYWATCH_CONTROLLER_ADDRESS6_H
#define QUAYWATCH_CONTROLLER_ADDRESS6_H

#include "controller/core/service.h"

struct controller;
struct record;

/* Once a turn for each instance that something happened to, when its health is known. */
void address6_look(struct controller *controller, struct record *record, const struct instance *instance);

/* Its instance is gone. */
void address6_forget(struct controller *controller, struct record *record);

#endif
