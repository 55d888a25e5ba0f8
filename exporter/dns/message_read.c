/* SPDX-License-Identifier: MIT */
/* message_read.c: what a message asks. */
#include "exporter/dns/message.h"

#include <ldns/ldns.h>
#include <string.h>

/* Of the header; and what no name of ours has. */
enum { FLAGS_HIGH = 2, QUERY_BIT = 0x80, OPCODE_SHIFT = 3, OPCODE_MASK = 15, RECURSION_BIT = 1, UNLIKE = 1 };

/* How many OPT records there were: ldns takes them, and a signature, out of the additional section. */
static int count_opt(const uint8_t *data, const ldns_pkt *packet)
{
    int all = ldns_read_uint16(data + LDNS_ARCOUNT_OFF), left = ldns_pkt_arcount(packet);
    return all - left - (ldns_pkt_tsig(packet) != NULL);
}

static enum message_state take(const uint8_t *data, const ldns_pkt *packet, struct message_query *ret)
{
    const ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(packet), 0);
    int options = count_opt(data, packet);
    ret->checking_disabled = ldns_pkt_cd(packet);
    ret->edns = options > 0;
    if (ret->edns) {
        ret->edns_version = ldns_pkt_edns_version(packet);
        ret->dnssec_ok = ldns_pkt_edns_do(packet);
        ret->udp_size = ldns_pkt_edns_udp_size(packet);
    }
    if (ldns_pkt_qdcount(packet) != 1 || !question || options > 1)
        return MESSAGE_BROKEN;
    ret->name = ldns_rdf_clone(ldns_rr_owner(question));
    ret->type = (uint16_t)ldns_rr_get_type(question);
    ret->class = (uint16_t)ldns_rr_get_class(question);
    return ret->name ? MESSAGE_QUERY : MESSAGE_BROKEN;
}

enum message_state message_read(const uint8_t *data, size_t len, struct message_query *ret)
{
    *ret = (struct message_query){.udp_size = MESSAGE_PLAIN};
    if (len < MESSAGE_HEADER || len > MESSAGE_MOST || data[FLAGS_HIGH] & QUERY_BIT)
        return MESSAGE_IGNORED;
    ret->id = ldns_read_uint16(data);
    ret->opcode = data[FLAGS_HIGH] >> OPCODE_SHIFT & OPCODE_MASK;
    ret->recursion_desired = data[FLAGS_HIGH] & RECURSION_BIT;
    if (ret->opcode != LDNS_PACKET_QUERY)
        return MESSAGE_OTHER;
    ldns_pkt *packet = NULL;
    if (ldns_wire2pkt(&packet, data, len) != LDNS_STATUS_OK || !packet)
        return MESSAGE_BROKEN;
    enum message_state state = take(data, packet, ret);
    ldns_pkt_free(packet);
    return state;
}

void message_query_free(struct message_query *query)
{
    ldns_rdf_deep_free(query->name);
    query->name = NULL;
}

static char name_character(uint8_t byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return (char)(byte - 'A' + 'a');
    bool ours = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
    return ours ? (char)byte : UNLIKE;
}

void message_name_text(const ldns_rdf *name, char ret[static NAME_TEXT])
{
    const uint8_t *at = ldns_rdf_data(name), *end = at + ldns_rdf_size(name);
    size_t len = 0;
    while (at < end && *at) {
        size_t label = *at++;
        if (len)
            ret[len++] = '.';
        for (; label && at < end && len + 1 < NAME_TEXT; label--)
            ret[len++] = name_character(*at++);
    }
    ret[len] = '\0';
}

ldns_rdf *message_name(const char *text)
{
    uint8_t wire[NAME_TEXT + 1];
    size_t size = 0;
    while (*text) {
        size_t label = strcspn(text, ".");
        wire[size++] = (uint8_t)label;
        memcpy(wire + size, text, label);
        size += label;
        text += label + (text[label] == '.');
    }
    wire[size++] = 0;
    return ldns_dname_new_frm_data((uint16_t)size, wire);
}
