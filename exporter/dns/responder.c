/* SPDX-License-Identifier: MIT */
/* responder.c: from a question to its answer. */
#include "exporter/dns/responder.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "controller/core/error.h"
#include "controller/core/mem.h"
#include "controller/core/sources.h"
#include "controller/core/stats.h"
#include "exporter/dns/message.h"
#include "exporter/dns/zone.h"

/* SRV weights are relative. HAProxy takes 1/256 of them for its own, which go from 0 to 256. */
enum { WEIGHT_SCALE = 256, WEIGHT_MOST = 65535, RCODE_BADVERS = 16 };

/* Seconds for secondary servers, of which there are none: only checkers read them. */
enum { SOA_REFRESH = 3600, SOA_RETRY = 600, SOA_EXPIRE = 86400 };

struct responder {
    struct zone *zone;
    struct sources *sources;
    struct counters *counters;
    struct message_writer *writer;
    char *name; /* of the zone, without dot at the end */
    uint32_t ttl_s;
    ldns_rdf *origin, *server, *mailbox;
    bool (*warm)(void *user);
    void *user;
    bool is_warm; /* it stays so */
    uint64_t bytes;
    struct zone_target target[ZONE_MOST];
};

/* What is known of one question while it is answered. */
struct task {
    const struct asker *asker;
    const struct message_query *query;
    char name[NAME_TEXT]; /* within the zone, "" at its top */
    unsigned rcode;
    bool authoritative, cut;
    size_t answers;
};

static ldns_rdf *below(const char *label, const char *zone)
{
    char name[NAME_TEXT];
    return name_join(label, zone, name) ? message_name(name) : NULL;
}

static int set_zone(struct responder *responder, const char *zone, struct error *err)
{
    char name[NAME_TEXT];
    bool folded;
    size_t len = strlen(zone);
    char *plain = mem_copy(zone);
    if (len && plain[len - 1] == '.')
        plain[len - 1] = '\0';
    bool valid = name_as_written(plain, name, &folded);
    free(plain);
    if (valid) {
        responder->name = mem_copy(name);
        responder->origin = message_name(name);
        responder->server = below("ns", name);
        responder->mailbox = below("hostmaster", name);
    }
    if (!valid || !responder->mailbox)
        return error_set(err, -EINVAL, "the DNS zone \"%s\" is no domain name", zone);
    return 0;
}

struct responder *responder_new(const struct responder_options *options, struct zone *zone, struct error *err)
{
    struct responder *responder = mem_new(sizeof *responder);
    responder->zone = zone;
    responder->counters = options->counters;
    responder->ttl_s = options->ttl_s;
    responder->warm = options->warm;
    responder->user = options->user;
    responder->writer = message_writer_new();
    responder->sources = sources_new(options->allowed_networks, options->blocked_networks,
                                     options->internal_only, err);
    if (!responder->sources || set_zone(responder, options->zone, err) != 0) {
        responder_free(responder);
        return NULL;
    }
    return responder;
}

void responder_free(struct responder *responder)
{
    if (!responder)
        return;
    message_writer_free(responder->writer);
    sources_free(responder->sources);
    ldns_rdf_deep_free(responder->origin);
    ldns_rdf_deep_free(responder->server);
    ldns_rdf_deep_free(responder->mailbox);
    free(responder->name);
    free(responder);
}

uint64_t responder_bytes(const struct responder *responder)
{
    return responder->bytes;
}

static bool knows(struct responder *responder)
{
    responder->is_warm = responder->is_warm || !responder->warm || responder->warm(responder->user);
    return responder->is_warm;
}

/* ---- answers ---- */

static void put_soa(struct responder *responder, struct task *task, enum message_section section)
{
    const struct message_soa soa = {.server = responder->server,
                                    .mailbox = responder->mailbox,
                                    .serial = (uint32_t)zone_revision(responder->zone),
                                    .refresh_s = SOA_REFRESH,
                                    .retry_s = SOA_RETRY,
                                    .expire_s = SOA_EXPIRE,
                                    .minimum_s = responder->ttl_s};
    task->answers += message_put_soa(responder->writer, section, responder->origin, &soa, responder->ttl_s);
}

static void put_addresses(struct responder *responder, struct task *task, const struct zone_found *found,
                          bool ipv6)
{
    size_t count = zone_targets(found, ipv6 ? ZONE_V6 : ZONE_V4, responder->target);
    for (size_t i = 0; i < count && !task->cut; i++) {
        task->cut = !message_put_address(responder->writer, SECTION_ANSWER, task->query->name,
                                         responder->target[i].address, ipv6, responder->ttl_s);
        task->answers++;
    }
}

static ldns_rdf *target_name(const struct responder *responder, const struct zone_target *target)
{
    char label[LABEL_ADDRESS], name[NAME_TEXT];
    label_of_address(target->address, target->ipv6, label);
    if (!name_join(label, "addr", name))
        return NULL;
    return below(name, responder->name);
}

static bool put_target(struct responder *responder, const ldns_rdf *name, const struct zone_target *target)
{
    return message_put_address(responder->writer, SECTION_ADDITIONAL, name, target->address, target->ipv6,
                               responder->ttl_s) &&
           (!target->second || message_put_address(responder->writer, SECTION_ADDITIONAL, name,
                                                   target->second, true, responder->ttl_s));
}

/* The addresses of the targets, as far as there is room: whoever misses one asks. */
static void put_target_addresses(struct responder *responder, ldns_rdf *const *name, size_t count)
{
    bool fits = true;
    for (size_t i = 0; i < count && fits; i++) {
        const struct zone_target *target = &responder->target[i];
        fits = target->again || put_target(responder, name[i], target);
    }
}

static void put_ports(struct responder *responder, struct task *task, const struct zone_found *found)
{
    size_t count = zone_targets(found, ZONE_PORTS, responder->target);
    ldns_rdf **name = mem_new((count + 1) * sizeof(ldns_rdf *));
    for (size_t i = 0; i < count && !task->cut; i++) {
        const struct zone_target *target = &responder->target[i];
        unsigned weight = target->weight * WEIGHT_SCALE;
        name[i] = target_name(responder, target);
        if (!name[i])
            continue;
        task->cut = !message_put_srv(responder->writer, task->query->name,
                                     (uint16_t)(weight < WEIGHT_MOST ? weight : WEIGHT_MOST), target->port,
                                     name[i], responder->ttl_s);
        task->answers++;
    }
    if (!task->cut && task->answers == count)
        put_target_addresses(responder, name, count);
    for (size_t i = 0; i < count; i++)
        ldns_rdf_deep_free(name[i]);
    free(name);
}

static void put_texts(struct responder *responder, struct task *task, const struct zone_found *found)
{
    const struct strings *texts = zone_texts(found);
    for (size_t i = 0; i < texts->count && !task->cut; i++) {
        task->cut = !message_put_txt(responder->writer, task->query->name, texts->item[i], responder->ttl_s);
        task->answers++;
    }
}

/* RFC 8482: whoever asks for everything gets little. */
static void put_any(struct responder *responder, struct task *task)
{
    task->answers += message_put_hinfo(responder->writer, task->query->name, "RFC8482", responder->ttl_s);
}

/* The address at which we were asked; false when it is of the other family. */
static bool put_own(struct responder *responder, const struct task *task, enum message_section section,
                    const ldns_rdf *owner, bool ipv6)
{
    const struct sockaddr *own = task->asker->own;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (!own || own->sa_family != (ipv6 ? AF_INET6 : AF_INET))
        return false;
    if (!ipv6) {
        memcpy(&v4, own, sizeof v4);
        return message_put_address(responder->writer, section, owner, (const uint8_t *)&v4.sin_addr, false,
                                   responder->ttl_s);
    }
    memcpy(&v6, own, sizeof v6);
    return message_put_address(responder->writer, section, owner, v6.sin6_addr.s6_addr, true,
                               responder->ttl_s);
}

static void answer_top(struct responder *responder, struct task *task)
{
    switch (task->query->type) {
    case LDNS_RR_TYPE_SOA:
        put_soa(responder, task, SECTION_ANSWER);
        break;
    case LDNS_RR_TYPE_NS:
        task->answers += message_put_ns(responder->writer, responder->origin, responder->server,
                                        responder->ttl_s);
        if (!put_own(responder, task, SECTION_ADDITIONAL, responder->server, false))
            put_own(responder, task, SECTION_ADDITIONAL, responder->server, true);
        break;
    case LDNS_RR_TYPE_ANY:
        put_any(responder, task);
        break;
    default:
        break;
    }
}

static void answer_service(struct responder *responder, struct task *task, const struct zone_found *found)
{
    switch (task->query->type) {
    case LDNS_RR_TYPE_A:
    case LDNS_RR_TYPE_AAAA:
        put_addresses(responder, task, found, task->query->type == LDNS_RR_TYPE_AAAA);
        break;
    case LDNS_RR_TYPE_SRV:
        put_ports(responder, task, found);
        break;
    case LDNS_RR_TYPE_TXT:
        put_texts(responder, task, found);
        break;
    case LDNS_RR_TYPE_ANY:
        put_any(responder, task);
        break;
    default:
        break;
    }
}

static void answer_address(struct responder *responder, struct task *task, const struct zone_found *found)
{
    if (task->query->type == LDNS_RR_TYPE_ANY)
        put_any(responder, task);
    else if (task->query->type == (found->ipv6 ? LDNS_RR_TYPE_AAAA : LDNS_RR_TYPE_A))
        task->answers += message_put_address(responder->writer, SECTION_ANSWER, task->query->name,
                                             found->address, found->ipv6, responder->ttl_s);
    else if (task->query->type == LDNS_RR_TYPE_AAAA && found->second)
        task->answers += message_put_address(responder->writer, SECTION_ANSWER, task->query->name,
                                             found->second, true, responder->ttl_s);
}

/* Our own name, where no service has it. */
static bool answer_server(struct responder *responder, struct task *task)
{
    if (strcmp(task->name, "ns") != 0)
        return false;
    bool ipv6 = task->query->type == LDNS_RR_TYPE_AAAA;
    if (ipv6 || task->query->type == LDNS_RR_TYPE_A)
        task->answers += put_own(responder, task, SECTION_ANSWER, task->query->name, ipv6);
    return true;
}

static void answer_found(struct responder *responder, struct task *task, const struct zone_found *found)
{
    switch (found->kind) {
    case ZONE_NOTHING:
        if (!answer_server(responder, task))
            task->rcode = LDNS_RCODE_NXDOMAIN;
        break;
    case ZONE_BETWEEN:
        break;
    case ZONE_SERVICE:
        answer_service(responder, task, found);
        break;
    case ZONE_PORT:
        if (task->query->type == LDNS_RR_TYPE_SRV)
            put_ports(responder, task, found);
        else if (task->query->type == LDNS_RR_TYPE_ANY)
            put_any(responder, task);
        break;
    case ZONE_ADDRESS:
        answer_address(responder, task, found);
        break;
    }
}

/* An answer of this zone: its records, or that there are none. */
static void answer_zone(struct responder *responder, struct task *task)
{
    task->authoritative = true;
    if (!task->name[0]) {
        answer_top(responder, task);
    } else {
        struct zone_found found = zone_find(responder->zone, task->name);
        answer_found(responder, task, &found);
    }
    if (task->answers)
        return;
    if (task->name[0] && !knows(responder)) {
        task->authoritative = false; /* it may be there in a moment; caches would keep a no */
        task->rcode = LDNS_RCODE_SERVFAIL;
        return;
    }
    put_soa(responder, task, SECTION_AUTHORITY);
}

/* ---- what is refused ---- */

/* Whether the question is about our zone; then its name within it in task. */
static bool in_zone(const struct responder *responder, struct task *task)
{
    message_name_text(task->query->name, task->name);
    size_t all = strlen(task->name), own = strlen(responder->name);
    if (all < own || strcmp(task->name + all - own, responder->name) != 0)
        return false;
    if (all > own && task->name[all - own - 1] != '.')
        return false;
    task->name[all > own ? all - own - 1 : 0] = '\0';
    return true;
}

/* The rcode for what is not even looked up; NOERROR: it is. */
static unsigned refusal(const struct responder *responder, struct task *task)
{
    const struct message_query *query = task->query;
    if (query->edns && query->edns_version > 0)
        return RCODE_BADVERS;
    if (!sources_allow(responder->sources, task->asker->from))
        return LDNS_RCODE_REFUSED;
    switch (query->type) {
    case LDNS_RR_TYPE_AXFR:
    case LDNS_RR_TYPE_IXFR:
    case LDNS_RR_TYPE_TKEY:
    case LDNS_RR_TYPE_TSIG:
        return LDNS_RCODE_REFUSED;
    case LDNS_RR_TYPE_MAILA:
    case LDNS_RR_TYPE_MAILB:
        return LDNS_RCODE_NOTIMPL;
    case LDNS_RR_TYPE_OPT:
        return LDNS_RCODE_FORMERR;
    default:
        break;
    }
    return query->class == LDNS_RR_CLASS_IN && in_zone(responder, task) ? LDNS_RCODE_NOERROR
                                                                        : LDNS_RCODE_REFUSED;
}

static const char *rcode_name(unsigned rcode)
{
    static const char *const name[] = {
        [LDNS_RCODE_NOERROR] = "NOERROR",   [LDNS_RCODE_FORMERR] = "FORMERR",
        [LDNS_RCODE_SERVFAIL] = "SERVFAIL", [LDNS_RCODE_NXDOMAIN] = "NXDOMAIN",
        [LDNS_RCODE_NOTIMPL] = "NOTIMP",    [LDNS_RCODE_REFUSED] = "REFUSED",
        [RCODE_BADVERS] = "BADVERS",
    };
    return name[rcode];
}

static size_t limit_of(const struct asker *asker, const struct message_query *query)
{
    if (asker->stream)
        return MESSAGE_MOST;
    if (!query->edns || query->udp_size <= MESSAGE_PLAIN)
        return MESSAGE_PLAIN;
    return query->udp_size < MESSAGE_UDP ? query->udp_size : MESSAGE_UDP;
}

static void answer(struct responder *responder, struct task *task, enum message_state state)
{
    switch (state) {
    case MESSAGE_IGNORED:
        break;
    case MESSAGE_BROKEN:
        task->rcode = LDNS_RCODE_FORMERR;
        break;
    case MESSAGE_OTHER:
        task->rcode = sources_allow(responder->sources, task->asker->from) ? LDNS_RCODE_NOTIMPL
                                                                           : LDNS_RCODE_REFUSED;
        break;
    case MESSAGE_QUERY:
        task->rcode = refusal(responder, task);
        if (task->rcode == LDNS_RCODE_NOERROR)
            answer_zone(responder, task);
        break;
    }
}

size_t responder_answer(struct responder *responder, const struct asker *asker, const uint8_t *data,
                        size_t len, const uint8_t **ret)
{
    struct message_query query;
    enum message_state state = message_read(data, len, &query);
    size_t size = 0;
    if (state != MESSAGE_IGNORED) {
        struct task task = {.asker = asker, .query = &query};
        message_begin(responder->writer, &query, limit_of(asker, &query));
        answer(responder, &task, state);
        size = message_end(responder->writer, task.rcode, task.authoritative, task.cut, ret);
        responder->bytes += size;
        if (responder->counters)
            stats_count(responder->counters, rcode_name(task.rcode), NULL, NULL);
    }
    message_query_free(&query);
    return size;
}
