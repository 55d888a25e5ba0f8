/* exit_registries.h: the exits to other registries, as settings ask for them. For the table in exits.c. */
#ifndef QUAYWATCH_CONTROLLER_EXIT_REGISTRIES_H
#define QUAYWATCH_CONTROLLER_EXIT_REGISTRIES_H

#include "controller/exits.h"

/* etcd: ETCD, ETCD_*. */
exit_settings exit_etcd_settings;
exit_open exit_etcd_open;

/* A Consul agent: CONSUL, CONSUL_*. */
exit_settings exit_consul_settings;
exit_open exit_consul_open;

/* What names us among those that write to the same registry: NODE_NAME, else the host's name. */
const char *exit_node(const struct controller *controller, const struct options *options);

#endif
