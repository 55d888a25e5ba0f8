/* SPDX-License-Identifier: MIT */
/* message_write.c: an answer, record by record, never longer than it may be. */
#include "exporter/dns/message.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"

enum { OPT_SIZE = 11, TEXT_MOST = 255, SECTIONS = 3, RCODE_BITS = 4, DO_BIT = 0x8000, PRIORITY = 0 };

struct message_writer {
    const struct message_query *query;
    ldns_buffer *buffer;
    ldns_rbtree_t *names; /* those that are written, with their places: for compression */
    size_t limit;
    uint16_t count[SECTIONS];
};

/* What ldns could not allocate. */
static void *never_null(void *made)
{
    if (!made)
        free(mem_resize(NULL, SIZE_MAX, 1)); /* ends the process as everywhere */
    return made;
}

struct message_writer *message_writer_new(void)
{
    struct message_writer *writer = mem_new(sizeof *writer);
    writer->buffer = never_null(ldns_buffer_new(MESSAGE_MOST + MESSAGE_PLAIN));
    return writer;
}

static void free_name(ldns_rbnode_t *node, void *user)
{
    (void)user;
    void *key;
    memcpy(&key, &node->key, sizeof key); /* it is const there, and owned by the tree */
    ldns_rdf_deep_free(key);
    free(node);
}

static void forget_names(struct message_writer *writer)
{
    if (!writer->names)
        return;
    ldns_traverse_postorder(writer->names, free_name, NULL);
    ldns_rbtree_free(writer->names);
    writer->names = NULL;
}

void message_writer_free(struct message_writer *writer)
{
    if (!writer)
        return;
    forget_names(writer);
    ldns_buffer_free(writer->buffer);
    free(writer);
}

void message_begin(struct message_writer *writer, const struct message_query *query, size_t limit)
{
    static const uint8_t header[MESSAGE_HEADER] = {0};
    forget_names(writer);
    writer->names = never_null(ldns_rbtree_create(ldns_dname_compare_v));
    writer->query = query;
    writer->limit = limit - (query->edns ? OPT_SIZE : 0);
    memset(writer->count, 0, sizeof writer->count);
    ldns_buffer_clear(writer->buffer);
    ldns_buffer_write(writer->buffer, header, sizeof header);
    if (!query->name)
        return;
    ldns_dname2buffer_wire_compress(writer->buffer, query->name, writer->names);
    ldns_buffer_write_u16(writer->buffer, query->type);
    ldns_buffer_write_u16(writer->buffer, query->class);
}

/* ---- records ---- */

static ldns_rr *record_new(ldns_rr_type type, uint32_t ttl)
{
    ldns_rr *record = never_null(ldns_rr_new());
    ldns_rr_set_type(record, type);
    ldns_rr_set_class(record, LDNS_RR_CLASS_IN);
    ldns_rr_set_ttl(record, ttl);
    return record;
}

static void push(ldns_rr *record, ldns_rdf *field)
{
    ldns_rr_push_rdf(record, never_null(field));
}

static void push_number(ldns_rr *record, uint16_t number)
{
    push(record, ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, number));
}

static void push_seconds(ldns_rr *record, uint32_t seconds)
{
    push(record, ldns_native2rdf_int32(LDNS_RDF_TYPE_PERIOD, seconds));
}

static void push_text(ldns_rr *record, const char *text)
{
    uint8_t bytes[TEXT_MOST + 1];
    size_t len = strnlen(text, TEXT_MOST);
    bytes[0] = (uint8_t)len;
    memcpy(bytes + 1, text, len);
    push(record, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_STR, len + 1, bytes));
}

static ldns_pkt_section section_of(enum message_section section)
{
    static const ldns_pkt_section own[] = {LDNS_SECTION_ANSWER, LDNS_SECTION_AUTHORITY,
                                           LDNS_SECTION_ADDITIONAL};
    return own[section];
}

/* Writes the record and frees it. The name owner is lent to it. */
static bool put(struct message_writer *writer, enum message_section section, const ldns_rdf *owner,
                ldns_rr *record)
{
    size_t before = ldns_buffer_position(writer->buffer);
    ldns_rdf *lent;
    memcpy(&lent, &owner, sizeof lent);
    ldns_rr_set_owner(record, lent);
    bool fits = ldns_rr2buffer_wire_compress(writer->buffer, record, (int)section_of(section),
                                             writer->names) == LDNS_STATUS_OK &&
                ldns_buffer_position(writer->buffer) <= writer->limit;
    ldns_rr_set_owner(record, NULL);
    ldns_rr_free(record);
    if (fits)
        writer->count[section]++;
    else
        ldns_buffer_set_position(writer->buffer, before);
    return fits;
}

bool message_put_address(struct message_writer *writer, enum message_section section, const ldns_rdf *owner,
                         const uint8_t *address, bool ipv6, uint32_t ttl)
{
    ldns_rr *record = record_new(ipv6 ? LDNS_RR_TYPE_AAAA : LDNS_RR_TYPE_A, ttl);
    push(record, ldns_rdf_new_frm_data(ipv6 ? LDNS_RDF_TYPE_AAAA : LDNS_RDF_TYPE_A, ipv6 ? 16 : 4, address));
    return put(writer, section, owner, record);
}

bool message_put_srv(struct message_writer *writer, const ldns_rdf *owner, uint16_t weight, uint16_t port,
                     const ldns_rdf *target, uint32_t ttl)
{
    ldns_rr *record = record_new(LDNS_RR_TYPE_SRV, ttl);
    push_number(record, PRIORITY);
    push_number(record, weight);
    push_number(record, port);
    push(record, ldns_rdf_clone(target));
    return put(writer, SECTION_ANSWER, owner, record);
}

bool message_put_txt(struct message_writer *writer, const ldns_rdf *owner, const char *text, uint32_t ttl)
{
    ldns_rr *record = record_new(LDNS_RR_TYPE_TXT, ttl);
    push_text(record, text);
    return put(writer, SECTION_ANSWER, owner, record);
}

bool message_put_hinfo(struct message_writer *writer, const ldns_rdf *owner, const char *cpu, uint32_t ttl)
{
    ldns_rr *record = record_new(LDNS_RR_TYPE_HINFO, ttl);
    push_text(record, cpu);
    push_text(record, "");
    return put(writer, SECTION_ANSWER, owner, record);
}

bool message_put_ns(struct message_writer *writer, const ldns_rdf *owner, const ldns_rdf *server,
                    uint32_t ttl)
{
    ldns_rr *record = record_new(LDNS_RR_TYPE_NS, ttl);
    push(record, ldns_rdf_clone(server));
    return put(writer, SECTION_ANSWER, owner, record);
}

bool message_put_soa(struct message_writer *writer, enum message_section section, const ldns_rdf *owner,
                     const struct message_soa *soa, uint32_t ttl)
{
    ldns_rr *record = record_new(LDNS_RR_TYPE_SOA, ttl);
    push(record, ldns_rdf_clone(soa->server));
    push(record, ldns_rdf_clone(soa->mailbox));
    push(record, ldns_native2rdf_int32(LDNS_RDF_TYPE_INT32, soa->serial));
    push_seconds(record, soa->refresh_s);
    push_seconds(record, soa->retry_s);
    push_seconds(record, soa->expire_s);
    push_seconds(record, soa->minimum_s);
    return put(writer, section, owner, record);
}

/* ---- the end ---- */

static void put_opt(struct message_writer *writer, unsigned rcode)
{
    const struct message_query *query = writer->query;
    ldns_rr *record = record_new(LDNS_RR_TYPE_OPT,
                                 rcode >> RCODE_BITS << 24 | (query->dnssec_ok ? DO_BIT : 0));
    ldns_rr_set_class(record, (ldns_rr_class)MESSAGE_UDP); /* there: the size that we take over UDP */
    ldns_rdf *root = message_name("");
    writer->limit += OPT_SIZE;
    put(writer, SECTION_ADDITIONAL, never_null(root), record);
    ldns_rdf_deep_free(root);
}

size_t message_end(struct message_writer *writer, unsigned rcode, bool authoritative, bool cut,
                   const uint8_t **ret)
{
    const struct message_query *query = writer->query;
    if (query->edns)
        put_opt(writer, rcode);
    unsigned high = LDNS_QR_MASK | (unsigned)query->opcode << LDNS_OPCODE_SHIFT |
                    (authoritative ? LDNS_AA_MASK : 0) | (cut ? LDNS_TC_MASK : 0) |
                    (query->recursion_desired ? LDNS_RD_MASK : 0);
    unsigned low = (rcode & LDNS_RCODE_MASK) | (query->checking_disabled ? LDNS_CD_MASK : 0);
    ldns_buffer *buffer = writer->buffer;
    ldns_buffer_write_u16_at(buffer, 0, query->id);
    ldns_buffer_write_u8_at(buffer, 2, (uint8_t)high);
    ldns_buffer_write_u8_at(buffer, 3, (uint8_t)low);
    ldns_buffer_write_u16_at(buffer, LDNS_QDCOUNT_OFF, query->name != NULL);
    ldns_buffer_write_u16_at(buffer, LDNS_ANCOUNT_OFF, writer->count[SECTION_ANSWER]);
    ldns_buffer_write_u16_at(buffer, LDNS_NSCOUNT_OFF, writer->count[SECTION_AUTHORITY]);
    ldns_buffer_write_u16_at(buffer, LDNS_ARCOUNT_OFF, writer->count[SECTION_ADDITIONAL]);
    *ret = ldns_buffer_begin(buffer);
    return ldns_buffer_position(buffer);
}
