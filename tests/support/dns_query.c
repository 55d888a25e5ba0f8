/* SPDX-License-Identifier: MIT */
/* dns_query.c: questions and answers of DNS, by the library that the product uses, too. */
#include "tests/support/dns_query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "controller/core/mem.h"

size_t dns_query(const char *name, ldns_rr_type type, uint16_t edns, uint8_t ret[static DNS_QUERY_MOST])
{
    ldns_rdf *owner = ldns_dname_new_frm_str(name);
    assert_non_null(owner);
    ldns_pkt *packet = ldns_pkt_query_new(owner, type, LDNS_RR_CLASS_IN, LDNS_RD);
    uint8_t *wire;
    size_t size;
    ldns_pkt_set_id(packet, 4711);
    if (edns)
        ldns_pkt_set_edns_udp_size(packet, edns);
    assert_int_equal(ldns_pkt2wire(&wire, packet, &size), LDNS_STATUS_OK);
    assert_true(size <= DNS_QUERY_MOST);
    memcpy(ret, wire, size);
    free(wire);
    ldns_pkt_free(packet);
    return size;
}

ldns_pkt *dns_reply(const uint8_t *data, size_t size)
{
    ldns_pkt *packet;
    assert_int_equal(ldns_wire2pkt(&packet, data, size), LDNS_STATUS_OK);
    assert_true(ldns_pkt_qr(packet));
    return packet;
}

char *dns_records(const ldns_rr_list *records)
{
    char *text = ldns_rr_list2str(records);
    assert_non_null(text);
    for (char *at = text; *at; at++)
        if (*at == '\t')
            *at = ' ';
    return text;
}
