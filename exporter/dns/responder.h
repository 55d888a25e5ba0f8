/* responder.h: what is answered to which message. No network: bytes in, bytes out.
 *
 * Authoritative for one zone and nothing else: no recursion, no transfers, no other class. */
#ifndef QUAYWATCH_EXPORTER_DNS_RESPONDER_H
#define QUAYWATCH_EXPORTER_DNS_RESPONDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct counters;
struct error;
struct responder;
struct sockaddr;
struct zone;

struct responder_options {
    const char *zone; /* "quay"; in any case, with or without a dot at its end */
    uint32_t ttl_s;   /* of all records, and of negative answers */
    /* Who is answered: comma lists of networks; "" or NULL: no limit. */
    const char *allowed_networks, *blocked_networks;
    bool internal_only;        /* loopback and private addresses */
    struct counters *counters; /* queries by the name of their rcode; NULL: not counted */
    /* False while it is not known yet what serves: then nothing is said not to be. NULL: it is known. */
    bool (*warm)(void *user);
    void *user;
};

/* Who asks, and where it was asked. */
struct asker {
    bool stream;                       /* TCP */
    const struct sockaddr *from, *own; /* own: the address that was asked; NULL: not known */
};

/* Answers from zone, which must live as long. NULL with a sentence: an option is wrong. */
struct responder *responder_new(const struct responder_options *options, struct zone *zone,
                                struct error *err);

/* The answer to one message; 0: none is given. The bytes are the responder's until its next answer. */
size_t responder_answer(struct responder *responder, const struct asker *asker, const uint8_t *data,
                        size_t len, const uint8_t **ret);

/* Bytes of all answers since the start. */
uint64_t responder_bytes(const struct responder *responder);

/* Frees it. NULL is fine. */
void responder_free(struct responder *responder);

#endif
