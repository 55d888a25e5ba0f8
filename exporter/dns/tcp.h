/* tcp.h: questions that come by TCP (RFC 7766): several on one connection, also before the first is answered;
 * each message after its length in two bytes. */
#ifndef QUAYWATCH_EXPORTER_DNS_TCP_H
#define QUAYWATCH_EXPORTER_DNS_TCP_H

#include <stddef.h>
#include <uv.h>

struct error;
struct responder;
struct sockaddr_storage;
struct tcp;

/* Opens the place. idle_ms: so long a connection may stay without a whole question, or an answer
 * that is taken. NULL with a sentence; *ret_code is the negative errno then. The responder must live until
 * tcp_close. */
struct tcp *tcp_open(uv_loop_t *loop, const struct sockaddr_storage *place, struct responder *responder,
                     uint64_t idle_ms, int *ret_code, struct error *err);

/* Ends it and all connections; handles are closed by the next turns of the loop. NULL is fine. */
void tcp_close(struct tcp *tcp);

#endif
