/* udp.h: questions that come by UDP. Each is answered from the address that it was sent to, on machines with
 * many (each of Docker's bridges is one), too. */
#ifndef QUAYWATCH_EXPORTER_DNS_UDP_H
#define QUAYWATCH_EXPORTER_DNS_UDP_H

#include <uv.h>

struct error;
struct responder;
struct sockaddr_storage;
struct udp;

/* Opens the place; a port of 0 becomes the one that was given. NULL with a sentence. The responder must live
 * until udp_close. */
struct udp *udp_open(uv_loop_t *loop, struct sockaddr_storage *place, struct responder *responder,
                     struct error *err);

/* Whether a place could be opened; that it is in use is not minded. Negative with a sentence. */
int udp_may_open(const struct sockaddr_storage *place, struct error *err);

/* Ends it; its handle is closed by the next turns of the loop. NULL is fine. */
void udp_close(struct udp *udp);

#endif
