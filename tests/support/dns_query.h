/* dns_query.h: questions as a client writes them, answers as text, for tests of the DNS server. */
#ifndef QUAYWATCH_TESTS_DNS_QUERY_H
#define QUAYWATCH_TESTS_DNS_QUERY_H

#include <ldns/ldns.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DNS_QUERY_MOST = 600 };

/* A question for a name ("web.quay") of a type; edns: the size it takes over UDP, 0 for none. Returns its
 * size. */
size_t dns_query(const char *name, ldns_rr_type type, uint16_t edns, uint8_t ret[static DNS_QUERY_MOST]);

/* What is in an answer, to be freed with ldns_pkt_free; the test fails when it cannot be read. */
ldns_pkt *dns_reply(const uint8_t *data, size_t size);

/* The records of a list as text, one a line, in their order; to be freed. */
char *dns_records(const ldns_rr_list *records);

#endif
