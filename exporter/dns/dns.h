/* dns.h: the registry as a DNS server for one zone. A standing exit, see controller/core/exit.h. */
#ifndef QUAYWATCH_EXPORTER_DNS_DNS_H
#define QUAYWATCH_EXPORTER_DNS_DNS_H

#include "controller/core/exit.h"
#include "exporter/dns/responder.h"

struct error;

struct dns_options {
    const char *listen; /* comma list of "address:port", see dns_address.h; by UDP and TCP each */
    struct responder_options answers;
    uint64_t idle_ms; /* see tcp_open */
};

/* Opens it. Negative with a sentence when one of the places cannot be had; nothing is open then. (warm and
 * user of the answers are set here.) */
int dns_open(const struct dns_options *options, const struct exit_surroundings *around, struct exit *ret,
             struct error *err);

/* Whether places could be opened now: they are addresses of this machine, and their ports may be bound. That
 * somebody has them (we ourselves, perhaps) is not minded. Negative with a sentence. */
int dns_may_open(const char *listen, struct error *err);

/* The port of its i-th place, 0 when there is none: for a place with port 0. */
int dns_port(const struct exit *exit, size_t i);

#endif
