/* haproxy.h: a HAProxy in front of the service web, for tests: started in the network of the test's engine,
 * asked through its runtime socket. */
#ifndef QUAYWATCH_TESTS_HAPROXY_H
#define QUAYWATCH_TESTS_HAPROXY_H

#include "tests/support/partner.h"

struct haproxy_partner {
    struct world *world;
    pid_t pid;          /* its master process */
    int port;           /* of the frontend */
    const char *socket; /* path of the runtime socket */
};

/* cmocka's setup and teardown: a world, and no HAProxy yet. */
int haproxy_world_setup(void **state);
int haproxy_world_teardown(void **state);

/* Starts it with these lines in the backend quaywatch-web. */
void haproxy_start(struct haproxy_partner *haproxy, const char *servers);

/* Has it read its file again, as `systemctl reload` would, and waits until it has. */
void haproxy_reload(struct haproxy_partner *haproxy);

/* Its answer to a command. */
char *haproxy_ask(struct haproxy_partner *haproxy, const char *command);

/* What it says of a server: "172.17.0.2:8080 weight 1 ready"; "" when it has none of that name. */
char *haproxy_server(struct haproxy_partner *haproxy, const char *name);

/* Waits until it says that. */
void haproxy_server_wait(struct haproxy_partner *haproxy, const char *name, const char *expected);

/* "172.17.0.2:8080 " with the container's address, and how: as haproxy_server tells it. */
char *haproxy_at(struct haproxy_partner *haproxy, const char *container, const char *how);

#endif
