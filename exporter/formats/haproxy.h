/* haproxy.h: what the format for HAProxy and the exit that keeps HAProxy in step say alike. */
#ifndef QUAYWATCH_EXPORTER_FORMATS_HAPROXY_H
#define QUAYWATCH_EXPORTER_FORMATS_HAPROXY_H

#include "exporter/formats/proxied.h"

/* The words of a server that say how it is spoken to (TLS, HTTP/2), each behind a blank. */
void haproxy_speaks_write(const struct proxied *proxied, struct buf *out);

#endif
