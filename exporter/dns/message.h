/* message.h: DNS messages in and out, coded by ldns. Pure, but for the writer's own memory.
 *
 * RFC 1035; RFC 6891 (EDNS); RFC 2782 (SRV). */
#ifndef QUAYWATCH_EXPORTER_DNS_MESSAGE_H
#define QUAYWATCH_EXPORTER_DNS_MESSAGE_H

#include <ldns/rdata.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/dns/label.h"

/* Sizes of messages: a header; over UDP without EDNS; what we send over UDP at most, since it crosses every
 * network in one piece (DNS flag day 2020); over TCP. */
enum { MESSAGE_HEADER = 12, MESSAGE_PLAIN = 512, MESSAGE_UDP = 1232, MESSAGE_MOST = 65535 };

/* What is to be done with what came. */
enum message_state {
    MESSAGE_QUERY,   /* a question */
    MESSAGE_IGNORED, /* no answer at all: it is no query */
    MESSAGE_BROKEN,  /* it cannot be read, or holds not one question */
    MESSAGE_OTHER    /* another kind of request (update, notify, …) */
};

struct message_query {
    uint16_t id;
    uint8_t opcode;
    bool recursion_desired, checking_disabled;
    ldns_rdf *name; /* of the question; NULL without one */
    uint16_t type, class;
    bool edns, dnssec_ok;
    uint8_t edns_version;
    uint16_t udp_size; /* what the asker takes over UDP */
};

/* Reads one message. ret holds what could be read of it, to be freed with message_query_free in any case. */
enum message_state message_read(const uint8_t *data, size_t len, struct message_query *ret);
void message_query_free(struct message_query *query);

/* A name in lower case as text, labels with dots between; characters that no name of ours has are replaced by
 * one that it cannot have, either. */
void message_name_text(const ldns_rdf *name, char ret[static NAME_TEXT]);

/* A name from text that is one (lower case letters, digits, -, _), owned by the caller. */
ldns_rdf *message_name(const char *text);

/* ---- writing ---- */

enum message_section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL };

struct message_writer;

/* Its memory serves for all answers, one after the other; and frees it, NULL is fine. */
struct message_writer *message_writer_new(void);
void message_writer_free(struct message_writer *writer);

/* Begins an answer to query of at most limit bytes. */
void message_begin(struct message_writer *writer, const struct message_query *query, size_t limit);

/* Each appends one record of the name owner; false when it does not fit: then none must follow in its
 * section. Sections come in their order. */
bool message_put_address(struct message_writer *writer, enum message_section section, const ldns_rdf *owner,
                         const uint8_t *address, bool ipv6, uint32_t ttl);
bool message_put_srv(struct message_writer *writer, const ldns_rdf *owner, uint16_t weight, uint16_t port,
                     const ldns_rdf *target, uint32_t ttl);
bool message_put_txt(struct message_writer *writer, const ldns_rdf *owner, const char *text, uint32_t ttl);
bool message_put_hinfo(struct message_writer *writer, const ldns_rdf *owner, const char *cpu, uint32_t ttl);
bool message_put_ns(struct message_writer *writer, const ldns_rdf *owner, const ldns_rdf *server,
                    uint32_t ttl);

/* The rest of the record that a zone has at its top (RFC 1035, 3.3.13). */
struct message_soa {
    const ldns_rdf *server, *mailbox;
    uint32_t serial, refresh_s, retry_s, expire_s, minimum_s;
};

/* Appends it, as the others. */
bool message_put_soa(struct message_writer *writer, enum message_section section, const ldns_rdf *owner,
                     const struct message_soa *soa, uint32_t ttl);

/* Ends it: rcode may be an extended one (16 is BADVERS). cut: records are missing in the answer. The bytes
 * are the writer's, until the next message_begin. */
size_t message_end(struct message_writer *writer, unsigned rcode, bool authoritative, bool cut,
                   const uint8_t **ret);

#endif
