/* socket_place.h: where a socket is to be found, as settings say it. Pure. */
#ifndef QUAYWATCH_CORE_SOCKET_PLACE_H
#define QUAYWATCH_CORE_SOCKET_PLACE_H

#include <stdbool.h>

struct socket_place {
    char path[108]; /* of a Unix socket; "" when it is TCP: */
    char host[256]; /* a name or an address, IPv6 without brackets */
    int port;
};

/* Reads "unix:///path" or "host:port" ("[::1]:9999" for IPv6). False: it is neither. */
bool socket_place_read(const char *text, struct socket_place *ret);

/* Whether text is a comma list of these. */
bool socket_place_is_list(const char *text);

#endif
