/* listen.h: listening sockets. */
#ifndef QUAYWATCH_EXPORTER_HTTP_LISTEN_H
#define QUAYWATCH_EXPORTER_HTTP_LISTEN_H

struct error;

/* A listening, non-blocking TCP socket for "host:port", "[::]:port" or ":port" (both IPv6 and IPv4, where the
 * machine has IPv6); port 0 takes a free one. Negative errno with a sentence in err on failure: what and what
 * to do. */
int listen_open(const char *address, struct error *err);

/* The port a socket is bound to; 0 when that cannot be told. */
int listen_port(int fd);

#endif
