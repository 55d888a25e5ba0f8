/* network.h: which address of a container is published, and which one can be checked from here (CONTRACT
 * section 3, `service.network`). Pure but for network_place_read. */
#ifndef QUAYWATCH_CONTROLLER_NETWORK_H
#define QUAYWATCH_CONTROLLER_NETWORK_H

#include "docker/container.h"

struct own_address {
    uint8_t bytes[16];
    int length; /* 4 or 16 bytes */
    int prefix;
};

/* Where the controller stands. */
struct network_place {
    struct own_address *own;
    size_t own_count;
    char gateway[64]; /* default gateway, "" when none */
};

/* Reads interfaces and default gateway of this machine or container. Free with network_place_free. */
void network_place_read(struct network_place *ret);
void network_place_free(struct network_place *place);

/* Whether this process runs in a container (Docker's and Podman's mark files). */
bool network_in_container(void);

/* The id of the container this process runs in, as its engine's mounts tell (also with another host name, or
 * the host's network). False, and ret untouched, when they do not. */
bool network_own_container(char ret[static 65]);

/* Whether an own address lies in the subnet of address/prefix. */
bool network_shared(const struct network_place *place, const char *address, int prefix);

/* Whether we are in the engine host's namespace: an own address is some network's gateway. */
bool network_on_host(const struct network_place *place, const struct container *container);

/* Builds what is shown and used of container: state, networks, ports, published and probe address. spec may
 * be NULL. owner is the container whose network a `container:` one shares, or NULL. on_host: we are in the
 * host's namespace. Freed with observed_free. */
struct observed *network_observe(const struct container *container, const struct spec *spec,
                                 const struct network_place *place, const struct container *owner,
                                 bool on_host);

/* "http://172.20.0.2:5000", "http://[fd00::2]:80" into ret; host may be a name. */
void network_url(char *ret, size_t size, enum protocol protocol, const char *host, int port,
                 const char *path);

#endif
