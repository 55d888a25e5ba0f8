/* SPDX-License-Identifier: MIT */
/* dns: what is answered to which question, message by message. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/stats.h"
#include "exporter/dns/responder.h"
#include "exporter/dns/zone.h"
#include "tests/support/dns_query.h"
#include "tests/support/sample_registry.h"

enum { WIDE = 4096 };

struct server {
    struct registry *registry;
    struct zone *zone;
    struct responder *responder;
    struct counters counters;
    struct sockaddr_in from, own;
    bool stream, cold;
    uint16_t edns; /* of questions */
    ldns_pkt *reply;
    char *records;
};

static bool is_warm(void *user)
{
    const struct server *server = user;
    return !server->cold;
}

static void open_with(struct server *server, struct responder_options options)
{
    struct error err = {0};
    responder_free(server->responder);
    options.counters = &server->counters;
    options.warm = is_warm;
    options.user = server;
    options.zone = options.zone ? options.zone : "Quay.";
    options.ttl_s = 5;
    server->responder = responder_new(&options, server->zone, &err);
    assert_non_null(server->responder);
}

static int setup(void **state)
{
    struct server *server = calloc(1, sizeof *server);
    server->registry = sample_registry();
    server->zone = zone_new(server->registry);
    server->edns = WIDE;
    server->from.sin_family = server->own.sin_family = AF_INET;
    inet_pton(AF_INET, "192.0.2.9", &server->from.sin_addr);
    inet_pton(AF_INET, "172.20.0.1", &server->own.sin_addr);
    open_with(server, (struct responder_options){0});
    zone_refresh(server->zone);
    *state = server;
    return 0;
}

static int teardown(void **state)
{
    struct server *server = *state;
    struct stats stats = {.dns_queries = server->counters};
    ldns_pkt_free(server->reply);
    free(server->records);
    responder_free(server->responder);
    zone_free(server->zone);
    registry_free(server->registry);
    stats_free(&stats);
    free(server);
    return 0;
}

static size_t answer_bytes(struct server *server, const uint8_t *data, size_t size, const uint8_t **ret)
{
    const struct asker asker = {.stream = server->stream,
                                .from = (const struct sockaddr *)&server->from,
                                .own = (const struct sockaddr *)&server->own};
    return responder_answer(server->responder, &asker, data, size, ret);
}

static ldns_pkt *ask_bytes(struct server *server, const uint8_t *data, size_t size)
{
    const uint8_t *reply;
    size_t len = answer_bytes(server, data, size, &reply);
    assert_true(len >= 12);
    ldns_pkt_free(server->reply);
    free(server->records);
    server->reply = dns_reply(reply, len);
    server->records = dns_records(ldns_pkt_answer(server->reply));
    assert_false(ldns_pkt_ra(server->reply));
    return server->reply;
}

/* Asks; the records of the answer section as text. */
static const char *ask(struct server *server, const char *name, ldns_rr_type type)
{
    uint8_t query[DNS_QUERY_MOST];
    size_t size = dns_query(name, type, server->edns, query);
    ask_bytes(server, query, size);
    assert_int_equal(ldns_pkt_id(server->reply), 4711);
    assert_true(ldns_pkt_rd(server->reply));
    return server->records;
}

static unsigned rcode(const struct server *server)
{
    return (unsigned)ldns_pkt_get_rcode(server->reply);
}

/* There is no record: by this rcode, with the zone's SOA and its time. */
static void assert_none(struct server *server, const char *name, ldns_rr_type type, unsigned expected)
{
    assert_string_equal(ask(server, name, type), "");
    assert_int_equal(rcode(server), expected);
    assert_true(ldns_pkt_aa(server->reply));
    assert_int_equal(ldns_pkt_nscount(server->reply), 1);
    const ldns_rr *soa = ldns_rr_list_rr(ldns_pkt_authority(server->reply), 0);
    assert_int_equal(ldns_rr_get_type(soa), LDNS_RR_TYPE_SOA);
    assert_int_equal(ldns_rr_ttl(soa), 5);
    assert_int_equal(ldns_rdf2native_int32(ldns_rr_rdf(soa, 6)), 5);
    assert_int_equal(ldns_rdf2native_int32(ldns_rr_rdf(soa, 2)), registry_revision(server->registry));
}

static void assert_nothing(struct server *server, const char *name)
{
    assert_none(server, name, LDNS_RR_TYPE_A, LDNS_RCODE_NXDOMAIN);
    assert_none(server, name, LDNS_RR_TYPE_ANY, LDNS_RCODE_NXDOMAIN);
}

static void assert_no_data(struct server *server, const char *name, ldns_rr_type type)
{
    assert_none(server, name, type, LDNS_RCODE_NOERROR);
}

static void resettle(struct server *server)
{
    sample_settle(server->registry);
    zone_refresh(server->zone);
}

static unsigned next_id = 1;

static struct ref add(struct server *server, struct spec *spec, const char *container, const char *address,
                      const char *alias)
{
    char id[13];
    snprintf(id, sizeof id, "%012x", 0xe0000000 + next_id++);
    struct ref ref = sample_add(server->registry, spec, sample_observed(id, container, address, alias),
                                STATUS_HEALTHY);
    resettle(server);
    return ref;
}

/* ---- names ---- */

static void a_service_by_its_name(void **state)
{
    struct server *server = *state;
    assert_string_equal(ask(server, "web.quay", LDNS_RR_TYPE_A), "web.quay. 5 IN A 172.20.0.2\n");
    assert_true(ldns_pkt_aa(server->reply));
    assert_int_equal(rcode(server), LDNS_RCODE_NOERROR);
    assert_int_equal(ldns_pkt_nscount(server->reply), 0);
    assert_string_equal(ask(server, "cache.quay", LDNS_RR_TYPE_AAAA), "cache.quay. 5 IN AAAA fd00::5\n");
    assert_no_data(server, "cache.quay", LDNS_RR_TYPE_A);
    assert_no_data(server, "web.quay", LDNS_RR_TYPE_MX);
    assert_nothing(server, "nobody.quay");
}

static void only_what_serves_is_told(void **state)
{
    struct server *server = *state;
    assert_string_equal(ask(server, "db.quay", LDNS_RR_TYPE_A), "db.quay. 5 IN A 172.20.0.3\n");
    const struct instance *first = registry_service(server->registry, "db")->first;
    sample_status(server->registry, first->ref, STATUS_UNHEALTHY);
    resettle(server);
    assert_no_data(server, "db.quay", LDNS_RR_TYPE_A);
    assert_no_data(server, "db.quay", LDNS_RR_TYPE_TXT);
    assert_no_data(server, "_tcp._tcp.db.quay", LDNS_RR_TYPE_SRV);
    assert_no_data(server, "_tcp.db.quay", LDNS_RR_TYPE_SRV);
    assert_nothing(server, "172-20-0-3.addr.quay");
    sample_status(server->registry, first->next->ref, STATUS_HEALTHY);
    resettle(server);
    assert_string_equal(ask(server, "db.quay", LDNS_RR_TYPE_A), "db.quay. 5 IN A 172.20.0.4\n");
}

static void case_is_kept_and_does_not_matter(void **state)
{
    struct server *server = *state;
    uint8_t query[DNS_QUERY_MOST];
    const uint8_t *reply;
    size_t size = dns_query("wEb.QuAY", LDNS_RR_TYPE_A, 0, query);
    assert_true(answer_bytes(server, query, size, &reply) > size);
    assert_memory_equal(reply + 12, query + 12, size - 12);
    /* The record's name is a pointer to the question's. */
    assert_int_equal(reply[size], 0xc0);
    assert_int_equal(reply[size + 1], 12);
}

static void projects_come_before_tags(void **state)
{
    struct server *server = *state;
    struct spec *api = sample_spec("name:shop:api", "api", 80);
    api->compose_project = arena_copy(&api->arena, "shop");
    strings_add(&api->arena, &api->tags, "canary");
    add(server, api, "shop-api-1", "10.1.0.1", "api");
    /* A service named as that project, with a tag named as that service. */
    struct spec *shop = sample_spec("name:x:shop", "shop", 80);
    strings_add(&shop->arena, &shop->tags, "api");
    strings_add(&shop->arena, &shop->tags, "v1.2");
    add(server, shop, "x-shop-1", "10.1.0.2", NULL);
    assert_string_equal(ask(server, "api.shop.quay", LDNS_RR_TYPE_A), "api.shop.quay. 5 IN A 10.1.0.1\n");
    assert_string_equal(ask(server, "v1-2.shop.quay", LDNS_RR_TYPE_A), "v1-2.shop.quay. 5 IN A 10.1.0.2\n");
    assert_string_equal(ask(server, "canary.api.quay", LDNS_RR_TYPE_A), "canary.api.quay. 5 IN A 10.1.0.1\n");
    assert_string_equal(ask(server, "canary.api.shop.quay", LDNS_RR_TYPE_A),
                        "canary.api.shop.quay. 5 IN A 10.1.0.1\n");
    assert_nothing(server, "other.api.quay");
    assert_nothing(server, "canary.canary.api.quay");
    /* Containers, too. */
    assert_string_equal(ask(server, "shop-api-1.quay", LDNS_RR_TYPE_A), "shop-api-1.quay. 5 IN A 10.1.0.1\n");
}

static void an_alias_means_those_that_have_it(void **state)
{
    struct server *server = *state;
    struct spec *one = sample_spec("name:a:pg", "pg", 5432), *two = sample_spec("name:a:pg", "pg", 5432);
    one->replica = 1;
    two->replica = 2;
    one->project = two->project = "a";
    add(server, one, "pg-1", "10.2.0.1", "primary");
    add(server, two, "pg-2", "10.2.0.2", "replica");
    assert_string_equal(ask(server, "primary.quay", LDNS_RR_TYPE_A), "primary.quay. 5 IN A 10.2.0.1\n");
    assert_string_equal(ask(server, "replica.a.quay", LDNS_RR_TYPE_A), "replica.a.quay. 5 IN A 10.2.0.2\n");
    ask(server, "pg.a.quay", LDNS_RR_TYPE_A);
    assert_int_equal(ldns_pkt_ancount(server->reply), 2);
    /* An alias of two services is nobody's; within its project it is. */
    struct spec *other = sample_spec("name:b:mysql", "mysql", 3306);
    other->project = "b";
    add(server, other, "mysql-1", "10.2.0.3", "primary");
    assert_nothing(server, "primary.quay");
    assert_string_equal(ask(server, "primary.b.quay", LDNS_RR_TYPE_A), "primary.b.quay. 5 IN A 10.2.0.3\n");
    /* Of names that differ in case only the one that is written so has it. */
    add(server, sample_spec("name:c:WEB", "WEB", 80), "c-1", "10.2.0.4", NULL);
    assert_string_equal(ask(server, "web.quay", LDNS_RR_TYPE_A), "web.quay. 5 IN A 172.20.0.2\n");
    assert_no_data(server, "b.quay", LDNS_RR_TYPE_A);
}

static void hostile_names_are_made_names(void **state)
{
    struct server *server = *state;
    struct spec *spec = sample_spec("name:x:odd", "My Odd_App!", 80);
    strings_add(&spec->arena, &spec->tags, "_tcp");
    strings_add(&spec->arena, &spec->tags, "a.b");
    spec->project = "..";
    add(server, spec, "x_y", "10.3.0.1", "\x01\"; DROP");
    assert_string_equal(ask(server, "my-odd-app.quay", LDNS_RR_TYPE_A), "my-odd-app.quay. 5 IN A 10.3.0.1\n");
    assert_string_equal(ask(server, "x_y.quay", LDNS_RR_TYPE_A), "x_y.quay. 5 IN A 10.3.0.1\n");
    assert_string_equal(ask(server, "x-y.quay", LDNS_RR_TYPE_A), "x-y.quay. 5 IN A 10.3.0.1\n");
    assert_string_equal(ask(server, "drop.quay", LDNS_RR_TYPE_A), "drop.quay. 5 IN A 10.3.0.1\n");
    ask(server, "a-b.x-y.quay", LDNS_RR_TYPE_A);
    assert_int_equal(ldns_pkt_ancount(server->reply), 1);
    assert_no_data(server, "_tcp.x-y.quay", LDNS_RR_TYPE_A);
    /* A dot, or worse, inside a label is no name of ours. */
    assert_nothing(server, "a\\.b.x-y.quay");
    assert_nothing(server, "web\\000.quay");
    assert_nothing(server, "web\\.quay.quay");
}

static void names_between_exist(void **state)
{
    struct server *server = *state;
    assert_no_data(server, "bot.quay", LDNS_RR_TYPE_A); /* the project */
    assert_no_data(server, "bot.quay", LDNS_RR_TYPE_ANY);
    assert_no_data(server, "_tcp.web.quay", LDNS_RR_TYPE_SRV);
    assert_no_data(server, "addr.quay", LDNS_RR_TYPE_A);
    assert_nothing(server, "_udp.web.quay");
    assert_nothing(server, "_tcp.quay");
    assert_nothing(server, "_tcp._tcp.quay");
    assert_nothing(server, "_tcp.nobody.quay");
    assert_nothing(server, "_ftp._tcp.web.quay");
    assert_nothing(server, "_http.web.quay");
    assert_nothing(server, "_.quay");
    assert_nothing(server, "x.bot.quay");
}

static void a_change_of_one_service_changes_its_names_only(void **state)
{
    struct server *server = *state;
    struct spec *spec = sample_spec("name:x:new", "new", 80);
    struct ref ref = add(server, spec, "new-1", "10.4.0.1", "fresh");
    assert_int_equal(zone_services(server->zone), 4);
    assert_int_equal(zone_told(server->zone), 4);
    assert_int_equal(zone_endpoints(server->zone), 4);
    sample_status(server->registry, ref, STATUS_UNHEALTHY);
    resettle(server);
    assert_int_equal(zone_services(server->zone), 4);
    assert_int_equal(zone_told(server->zone), 3);
    assert_int_equal(zone_endpoints(server->zone), 3);
    sample_status(server->registry, ref, STATUS_HEALTHY);
    resettle(server);
    assert_string_equal(ask(server, "fresh.quay", LDNS_RR_TYPE_A), "fresh.quay. 5 IN A 10.4.0.1\n");
    registry_apply(server->registry, &(struct change){.kind = CHANGE_GONE, .ref = ref}, sample_moment);
    resettle(server);
    assert_nothing(server, "fresh.quay");
    assert_nothing(server, "new.quay");
    assert_nothing(server, "10-4-0-1.addr.quay");
    assert_int_equal(zone_services(server->zone), 3);
    assert_int_equal(zone_endpoints(server->zone), 3);
    assert_string_equal(ask(server, "web.quay", LDNS_RR_TYPE_A), "web.quay. 5 IN A 172.20.0.2\n");
}

/* After more names left than are remembered, the zone is made anew; the answers are the same. */
static void what_was_forgotten_is_made_anew(void **state)
{
    struct server *server = *state;
    for (unsigned i = 0; i < 1100; i++) {
        char key[24], id[24];
        snprintf(key, sizeof key, "name:x:s%u", i);
        snprintf(id, sizeof id, "%012x", 0xa0000000 + i);
        struct ref ref = sample_add(server->registry, sample_spec(key, key + 7, 80),
                                    sample_observed(id, key + 7, "10.5.0.1", NULL), STATUS_HEALTHY);
        sample_settle(server->registry);
        registry_apply(server->registry, &(struct change){.kind = CHANGE_GONE, .ref = ref}, sample_moment);
        sample_settle(server->registry);
    }
    add(server, sample_spec("name:x:last", "last", 80), "last-1", "10.5.0.2", NULL);
    assert_int_equal(zone_services(server->zone), 4);
    assert_nothing(server, "s7.quay");
    assert_string_equal(ask(server, "last.quay", LDNS_RR_TYPE_A), "last.quay. 5 IN A 10.5.0.2\n");
    assert_string_equal(ask(server, "web.quay", LDNS_RR_TYPE_A), "web.quay. 5 IN A 172.20.0.2\n");
}

/* ---- ports, texts, the top ---- */

static void ports_with_targets(void **state)
{
    struct server *server = *state;
    assert_string_equal(ask(server, "_http._tcp.web.quay", LDNS_RR_TYPE_SRV),
                        "_http._tcp.web.quay. 5 IN SRV 0 256 5000 172-20-0-2.addr.quay.\n");
    char *more = dns_records(ldns_pkt_additional(server->reply));
    assert_string_equal(more, "172-20-0-2.addr.quay. 5 IN A 172.20.0.2\n");
    free(more);
    assert_string_equal(ask(server, "172-20-0-2.addr.quay", LDNS_RR_TYPE_A),
                        "172-20-0-2.addr.quay. 5 IN A 172.20.0.2\n");
    assert_no_data(server, "172-20-0-2.addr.quay", LDNS_RR_TYPE_AAAA);
    assert_string_equal(ask(server, "_tcp._tcp.cache.quay", LDNS_RR_TYPE_SRV),
                        "_tcp._tcp.cache.quay. 5 IN SRV 0 256 6379 "
                        "fd000000000000000000000000000005.addr.quay.\n");
    assert_string_equal(ask(server, "cache.quay", LDNS_RR_TYPE_SRV),
                        "cache.quay. 5 IN SRV 0 256 6379 fd000000000000000000000000000005.addr.quay.\n");
    assert_no_data(server, "_http._tcp.web.quay", LDNS_RR_TYPE_A);
}

/* Two addresses are one target: the weight stands once. */
static void both_families_of_one_instance(void **state)
{
    struct server *server = *state;
    struct registry *registry = server->registry;
    struct spec *spec[3];
    for (int i = 0; i < 3; i++) {
        spec[i] = sample_spec("name:x:both", "both", 80);
        spec[i]->replica = (unsigned)i + 1;
    }
    struct ref one = sample_add_dual(
        registry, spec[0], sample_observed("e00000000001", "both-1", "10.6.0.1", NULL), "fd00:6::1", true);
    struct ref two = sample_add_dual(
        registry, spec[1], sample_observed("e00000000002", "both-2", "10.6.0.2", NULL), "fd00:6::2", false);
    resettle(server);
    ask(server, "both.quay", LDNS_RR_TYPE_A);
    assert_int_equal(ldns_pkt_ancount(server->reply), 2);
    assert_string_equal(ask(server, "both.quay", LDNS_RR_TYPE_AAAA), "both.quay. 5 IN AAAA fd00:6::1\n");
    assert_string_equal(ask(server, "both-1.quay", LDNS_RR_TYPE_AAAA), "both-1.quay. 5 IN AAAA fd00:6::1\n");
    assert_no_data(server, "both-2.quay", LDNS_RR_TYPE_AAAA);
    ask(server, "_http._tcp.both.quay", LDNS_RR_TYPE_SRV);
    assert_int_equal(ldns_pkt_ancount(server->reply), 2);
    assert_int_equal(ldns_pkt_arcount(server->reply), 3);
    assert_string_equal(ask(server, "_http._tcp.both-1.quay", LDNS_RR_TYPE_SRV),
                        "_http._tcp.both-1.quay. 5 IN SRV 0 256 80 10-6-0-1.addr.quay.\n");
    char *more = dns_records(ldns_pkt_additional(server->reply));
    assert_string_equal(more, "10-6-0-1.addr.quay. 5 IN A 10.6.0.1\n"
                              "10-6-0-1.addr.quay. 5 IN AAAA fd00:6::1\n");
    free(more);
    assert_string_equal(ask(server, "10-6-0-1.addr.quay", LDNS_RR_TYPE_A),
                        "10-6-0-1.addr.quay. 5 IN A 10.6.0.1\n");
    assert_string_equal(ask(server, "10-6-0-1.addr.quay", LDNS_RR_TYPE_AAAA),
                        "10-6-0-1.addr.quay. 5 IN AAAA fd00:6::1\n");
    assert_no_data(server, "10-6-0-2.addr.quay", LDNS_RR_TYPE_AAAA);
    assert_nothing(server, "fd000006000000000000000000000001.addr.quay"); /* it is no name of its own */

    /* The other one proves to answer there, too, and one of IPv6 alone comes: each once, in turn. */
    registry_apply(registry, &(struct change){.kind = CHANGE_ADDRESS6, .ref = two, .told = true},
                   sample_moment);
    sample_add(registry, spec[2], sample_observed("e00000000003", "both-3", "fd00:6::3", NULL),
               STATUS_HEALTHY);
    resettle(server);
    ask(server, "both.quay", LDNS_RR_TYPE_A);
    assert_int_equal(ldns_pkt_ancount(server->reply), 2);
    const char *answer = ask(server, "both.quay", LDNS_RR_TYPE_AAAA);
    assert_int_equal(ldns_pkt_ancount(server->reply), 3);
    assert_non_null(strstr(answer, "fd00:6::1\n"));
    assert_non_null(strstr(answer, "fd00:6::2\n"));
    assert_non_null(strstr(answer, "fd00:6::3\n"));
    ask(server, "_http._tcp.both.quay", LDNS_RR_TYPE_SRV);
    assert_int_equal(ldns_pkt_ancount(server->reply), 3);
    assert_int_equal(ldns_pkt_arcount(server->reply), 5);

    /* Who does not serve takes both along. */
    sample_status(registry, one, STATUS_UNHEALTHY);
    resettle(server);
    assert_no_data(server, "both-1.quay", LDNS_RR_TYPE_AAAA);
    assert_nothing(server, "10-6-0-1.addr.quay");
}

static void shared_second_addresses_are_told_once(void **state)
{
    struct server *server = *state;
    for (int i = 0; i < 2; i++) {
        struct spec *spec = sample_spec("name:x:pod", "pod", 80);
        spec->replica = (unsigned)i + 1;
        char id[13];
        snprintf(id, sizeof id, "e1000000000%d", i);
        sample_add_dual(server->registry, spec, sample_observed(id, i ? "pod-2" : "pod-1", "10.7.0.1", NULL),
                        "fd00:7::1", true);
    }
    resettle(server);
    assert_string_equal(ask(server, "pod.quay", LDNS_RR_TYPE_AAAA), "pod.quay. 5 IN AAAA fd00:7::1\n");
    const struct instance *first = registry_service(server->registry, "pod")->first;
    sample_status(server->registry, first->ref, STATUS_UNHEALTHY);
    resettle(server);
    assert_string_equal(ask(server, "10-7-0-1.addr.quay", LDNS_RR_TYPE_AAAA),
                        "10-7-0-1.addr.quay. 5 IN AAAA fd00:7::1\n");
}

static void named_ports_and_weights(void **state)
{
    struct server *server = *state;
    static struct named_port ports[] = {{"Metrics", 9090}, {"http", 81}};
    struct spec *spec = sample_spec("name:x:many", "many", 80);
    spec->ports = ports;
    spec->port_count = 2;
    spec->weight = 256;
    strings_add(&spec->arena, &spec->tags, "canary");
    add(server, spec, "many-1", "10.6.0.1", NULL);
    assert_string_equal(ask(server, "_metrics._tcp.many.quay", LDNS_RR_TYPE_SRV),
                        "_metrics._tcp.many.quay. 5 IN SRV 0 65535 9090 10-6-0-1.addr.quay.\n");
    assert_string_equal(ask(server, "_http._tcp.many.quay", LDNS_RR_TYPE_SRV),
                        "_http._tcp.many.quay. 5 IN SRV 0 65535 81 10-6-0-1.addr.quay.\n");
    assert_string_equal(ask(server, "_http._tcp.canary.many.quay", LDNS_RR_TYPE_SRV),
                        "_http._tcp.canary.many.quay. 5 IN SRV 0 65535 81 10-6-0-1.addr.quay.\n");
    assert_no_data(server, "_tcp.canary.many.quay", LDNS_RR_TYPE_SRV);
    assert_string_equal(ask(server, "many.quay", LDNS_RR_TYPE_SRV),
                        "many.quay. 5 IN SRV 0 65535 80 10-6-0-1.addr.quay.\n");
}

static void texts_hold_no_secrets_and_no_more_than_fits(void **state)
{
    struct server *server = *state;
    struct spec *spec = sample_spec("name:x:told", "told", 80);
    char *longer = mem_new(600);
    for (size_t i = 0; i < 599; i += 1)
        longer[i] = (char)(i % 2 ? 0xbc : 0xc3); /* "ü" */
    longer[598] = '\0';
    spec->version = "1.2.3";
    pairs_set(&spec->arena, &spec->metadata, "note", longer);
    pairs_set(&spec->arena, &spec->metadata, "url", "http://user:secret@host/");
    pairs_set(&spec->arena, &spec->metadata, "x.BasicAuth.users", "secret");
    pairs_set(&spec->arena, &spec->metadata, "team", "a\"b\\c\n");
    add(server, spec, "told-1", "10.7.0.1", NULL);
    ask(server, "told.quay", LDNS_RR_TYPE_TXT);
    assert_int_equal(ldns_pkt_ancount(server->reply), 3);
    assert_non_null(strstr(server->records, "TXT \"version=1.2.3\"\n"));
    assert_non_null(strstr(server->records, "TXT \"team=a\\\"b\\\\c\\010\"\n"));
    assert_null(strstr(server->records, "secret"));
    for (size_t i = 0; i < 3; i++) {
        const ldns_rr *record = ldns_rr_list_rr(ldns_pkt_answer(server->reply), i);
        assert_int_equal(ldns_rr_rd_count(record), 1);
        const uint8_t *text = ldns_rdf_data(ldns_rr_rdf(record, 0));
        if (memcmp(text + 1, "note=", 5) == 0)
            assert_int_equal(text[0], 255); /* 5 and 125 of two bytes each */
    }
    free(longer);
}

static void the_top_of_the_zone(void **state)
{
    struct server *server = *state;
    ask(server, "quay", LDNS_RR_TYPE_SOA);
    assert_non_null(strstr(server->records, "quay. 5 IN SOA ns.quay. hostmaster.quay. "));
    assert_string_equal(ask(server, "quay", LDNS_RR_TYPE_NS), "quay. 5 IN NS ns.quay.\n");
    char *more = dns_records(ldns_pkt_additional(server->reply));
    assert_string_equal(more, "ns.quay. 5 IN A 172.20.0.1\n");
    free(more);
    assert_string_equal(ask(server, "ns.quay", LDNS_RR_TYPE_A), "ns.quay. 5 IN A 172.20.0.1\n");
    assert_no_data(server, "ns.quay", LDNS_RR_TYPE_AAAA);
    assert_no_data(server, "quay", LDNS_RR_TYPE_A);
    assert_string_equal(ask(server, "quay", LDNS_RR_TYPE_ANY), "quay. 5 IN HINFO \"RFC8482\" \"\"\n");
    assert_string_equal(ask(server, "web.quay", LDNS_RR_TYPE_ANY), "web.quay. 5 IN HINFO \"RFC8482\" \"\"\n");
}

static void another_zone(void **state)
{
    struct server *server = *state;
    open_with(server, (struct responder_options){.zone = "svc.Example.org"});
    assert_string_equal(ask(server, "web.svc.example.org", LDNS_RR_TYPE_A),
                        "web.svc.example.org. 5 IN A 172.20.0.2\n");
    static const char *const outside[] = {
        "web.quay", "example.org", "org", ".", "svc", "xsvc.example.org", "web.svc.example.org.quay"};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        assert_string_equal(ask(server, outside[i], LDNS_RR_TYPE_A), "");
        assert_int_equal(rcode(server), LDNS_RCODE_REFUSED);
        assert_false(ldns_pkt_aa(server->reply));
        assert_int_equal(ldns_pkt_nscount(server->reply), 0);
    }
    struct error err = {0};
    static const char *const wrong[] = {"", ".", "a..b", "_x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(responder_new(&(struct responder_options){.zone = wrong[i]}, server->zone, &err));
        assert_non_null(strstr(err.text, "no domain name"));
    }
}

/* ---- order ---- */

static size_t first_address(struct server *server, const char *name)
{
    ask(server, name, LDNS_RR_TYPE_A);
    const ldns_rr *record = ldns_rr_list_rr(ldns_pkt_answer(server->reply), 0);
    return ldns_rdf_data(ldns_rr_rdf(record, 0))[3];
}

static void answers_take_turns(void **state)
{
    struct server *server = *state;
    static const unsigned weights[] = {1, 1, 4};
    for (unsigned i = 0; i < 3; i++) {
        char container[16], address[16];
        struct spec *even = sample_spec("name:x:even", "even", 80),
                    *odd = sample_spec("name:x:odd", "odd", 80);
        even->replica = odd->replica = i + 1;
        odd->weight = weights[i];
        snprintf(container, sizeof container, "even-%u", i);
        snprintf(address, sizeof address, "10.8.0.%u", i);
        add(server, even, container, address, NULL);
        snprintf(container, sizeof container, "odd-%u", i);
        add(server, odd, container, address, NULL);
    }
    size_t count[3] = {0}, before = 9;
    for (size_t i = 0; i < 30; i++) {
        size_t first = first_address(server, "even.quay");
        assert_int_not_equal(first, before);
        count[before = first]++;
        /* Who asks for everything in turn gets each first all the same. */
        ask(server, "even.quay", LDNS_RR_TYPE_AAAA);
        ask(server, "_http._tcp.even.quay", LDNS_RR_TYPE_SRV);
    }
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(count[i], 10);
    memset(count, 0, sizeof count);
    for (size_t i = 0; i < 60; i++)
        count[first_address(server, "odd.quay")]++;
    assert_int_equal(count[0], 10);
    assert_int_equal(count[1], 10);
    assert_int_equal(count[2], 40);
}

static void one_address_is_told_once(void **state)
{
    struct server *server = *state;
    for (unsigned i = 0; i < 2; i++) {
        struct spec *spec = sample_spec("name:x:host", "host", (int)(8000 + i));
        spec->replica = i + 1;
        add(server, spec, i ? "host-2" : "host-1", "127.0.0.1", NULL);
    }
    ask(server, "host.quay", LDNS_RR_TYPE_A);
    assert_int_equal(ldns_pkt_ancount(server->reply), 1);
    ask(server, "_http._tcp.host.quay", LDNS_RR_TYPE_SRV);
    assert_int_equal(ldns_pkt_ancount(server->reply), 2);
    assert_int_equal(ldns_rr_list_rr_count(ldns_pkt_additional(server->reply)), 1);
}

/* ---- sizes ---- */

static void add_many(struct server *server, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char id[24], container[16], address[24];
        struct spec *spec = sample_spec("name:x:many", "many", 80);
        spec->replica = i;
        snprintf(id, sizeof id, "%012x", 0xb0000000 + i);
        snprintf(container, sizeof container, "many-%u", i);
        snprintf(address, sizeof address, "10.9.%u.%u", i / 256, i % 256);
        sample_add(server->registry, spec, sample_observed(id, container, address, NULL), STATUS_HEALTHY);
    }
    resettle(server);
}

static size_t reply_size(struct server *server, const char *name, ldns_rr_type type)
{
    uint8_t query[DNS_QUERY_MOST];
    const uint8_t *reply;
    return answer_bytes(server, query, dns_query(name, type, server->edns, query), &reply);
}

static void what_is_too_large_is_cut_and_whole_over_tcp(void **state)
{
    struct server *server = *state;
    add_many(server, 200);
    static const uint16_t sizes[][2] = {{0, 512}, {100, 512}, {600, 600}, {4096, 1232}, {65535, 1232}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        server->edns = sizes[i][0];
        size_t size = reply_size(server, "many.quay", LDNS_RR_TYPE_A);
        assert_true(size <= sizes[i][1] && size + 16 > sizes[i][1]); /* as many as fit */
        ask(server, "many.quay", LDNS_RR_TYPE_A);
        assert_true(ldns_pkt_tc(server->reply));
        assert_int_equal(ldns_pkt_edns(server->reply), server->edns != 0);
        assert_true(reply_size(server, "_http._tcp.many.quay", LDNS_RR_TYPE_SRV) <= sizes[i][1]);
    }
    server->stream = true;
    ask(server, "many.quay", LDNS_RR_TYPE_A);
    assert_false(ldns_pkt_tc(server->reply));
    assert_int_equal(ldns_pkt_ancount(server->reply), 200);
    ask(server, "_http._tcp.many.quay", LDNS_RR_TYPE_SRV);
    assert_int_equal(ldns_pkt_ancount(server->reply), 200);
    assert_int_equal(ldns_rr_list_rr_count(ldns_pkt_additional(server->reply)), 200);
}

static void more_than_any_message_holds(void **state)
{
    struct server *server = *state;
    add_many(server, 1500);
    server->stream = true;
    ask(server, "many.quay", LDNS_RR_TYPE_A);
    assert_false(ldns_pkt_tc(server->reply));
    assert_int_equal(ldns_pkt_ancount(server->reply), ZONE_MOST);
    ask(server, "_http._tcp.many.quay", LDNS_RR_TYPE_SRV);
    assert_int_equal(ldns_pkt_ancount(server->reply), ZONE_MOST);
    assert_true(reply_size(server, "_http._tcp.many.quay", LDNS_RR_TYPE_SRV) <= 65535);
}

/* ---- what is not answered ---- */

static void edns_as_it_should_be(void **state)
{
    struct server *server = *state;
    uint8_t query[DNS_QUERY_MOST];
    size_t size = dns_query("web.quay", LDNS_RR_TYPE_A, 1400, query);
    ask_bytes(server, query, size);
    assert_true(ldns_pkt_edns(server->reply));
    assert_int_equal(ldns_pkt_edns_udp_size(server->reply), 1232);
    assert_int_equal(ldns_pkt_edns_version(server->reply), 0);
    assert_false(ldns_pkt_edns_do(server->reply));
    /* The OPT record is the last: name, type, size, extended rcode, version, flags, length. */
    uint8_t *opt = query + size - 11;
    assert_int_equal(opt[2], LDNS_RR_TYPE_OPT);
    opt[7] = 0x80; /* DO */
    ask_bytes(server, query, size);
    assert_true(ldns_pkt_edns_do(server->reply));
    opt[6] = 1; /* a version that is not known */
    ask_bytes(server, query, size);
    assert_int_equal(rcode(server), 0);
    assert_int_equal(ldns_pkt_edns_extended_rcode(server->reply), 1); /* BADVERS */
    assert_int_equal(ldns_pkt_ancount(server->reply), 0);
    opt[6] = 0;
    memcpy(query + size, "\0\x0a\0\x02xy", 6); /* an option that is not known */
    opt[10] = 6;
    ask_bytes(server, query, size + 6);
    assert_int_equal(ldns_pkt_ancount(server->reply), 1);
    memmove(query + size, opt, 11);
    opt[10] = query[size + 10] = 0;
    query[11] = 2; /* two of them */
    ask_bytes(server, query, size + 11);
    assert_int_equal(rcode(server), LDNS_RCODE_FORMERR);
    server->edns = 0;
    ask(server, "web.quay", LDNS_RR_TYPE_A);
    assert_false(ldns_pkt_edns(server->reply));
}

static void what_is_broken_or_another_request(void **state)
{
    struct server *server = *state;
    uint8_t query[DNS_QUERY_MOST];
    const uint8_t *reply;
    size_t size = dns_query("web.quay", LDNS_RR_TYPE_A, 0, query);
    for (size_t cut = 0; cut < 12; cut++)
        assert_int_equal(answer_bytes(server, query, cut, &reply), 0);
    for (size_t cut = 12; cut < size; cut++) {
        ask_bytes(server, query, cut);
        assert_int_equal(rcode(server), LDNS_RCODE_FORMERR);
        assert_int_equal(ldns_pkt_qdcount(server->reply), 0);
    }
    query[5] = 0; /* no question */
    ask_bytes(server, query, size);
    assert_int_equal(rcode(server), LDNS_RCODE_FORMERR);
    query[5] = 1;
    static const uint8_t other[] = {1, 2, 3, 4, 5, 6, 15};
    for (size_t i = 0; i < sizeof other; i++) {
        query[2] = (uint8_t)(other[i] << 3);
        ask_bytes(server, query, size);
        assert_int_equal(rcode(server), LDNS_RCODE_NOTIMPL);
        assert_int_equal(ldns_pkt_get_opcode(server->reply), other[i]);
    }
    query[2] = 0x80; /* an answer */
    assert_int_equal(answer_bytes(server, query, size, &reply), 0);
    query[2] = 0;
    query[size - 1] = LDNS_RR_CLASS_CH;
    ask_bytes(server, query, size);
    assert_int_equal(rcode(server), LDNS_RCODE_REFUSED);
    server->stream = true;
    static const struct {
        ldns_rr_type type;
        unsigned rcode;
    } refused[] = {{LDNS_RR_TYPE_AXFR, LDNS_RCODE_REFUSED},
                   {LDNS_RR_TYPE_IXFR, LDNS_RCODE_REFUSED},
                   {LDNS_RR_TYPE_MAILB, LDNS_RCODE_NOTIMPL}};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_string_equal(ask(server, "quay", refused[i].type), "");
        assert_int_equal(rcode(server), refused[i].rcode);
    }
    assert_true(stats_has(&server->counters, "FORMERR", NULL, NULL));
    assert_true(stats_has(&server->counters, "NOTIMP", NULL, NULL));
    assert_true(stats_has(&server->counters, "REFUSED", NULL, NULL));
    assert_false(stats_has(&server->counters, "NOERROR", NULL, NULL));
}

static void who_may_not_ask_is_refused(void **state)
{
    struct server *server = *state;
    static const struct {
        struct responder_options options;
        bool answered;
    } cases[] = {{{.allowed_networks = "192.0.2.0/24"}, true},
                 {{.allowed_networks = "10.0.0.0/8"}, false},
                 {{.blocked_networks = "192.0.2.9"}, false},
                 {{.internal_only = true}, false},
                 {{.blocked_networks = "198.51.100.0/24"}, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_with(server, cases[i].options);
        ask(server, "web.quay", LDNS_RR_TYPE_A);
        assert_int_equal(rcode(server), cases[i].answered ? LDNS_RCODE_NOERROR : LDNS_RCODE_REFUSED);
        assert_int_equal(ldns_pkt_ancount(server->reply), cases[i].answered);
    }
}

/* A negative answer would be kept by others: before it is known what serves there is none. */
static void before_the_first_checks_nothing_is_denied(void **state)
{
    struct server *server = *state;
    server->cold = true;
    open_with(server, (struct responder_options){0});
    ask(server, "nobody.quay", LDNS_RR_TYPE_A);
    assert_int_equal(rcode(server), LDNS_RCODE_SERVFAIL);
    assert_int_equal(ldns_pkt_nscount(server->reply), 0);
    assert_false(ldns_pkt_aa(server->reply));
    assert_string_equal(ask(server, "web.quay", LDNS_RR_TYPE_A), "web.quay. 5 IN A 172.20.0.2\n");
    ask(server, "quay", LDNS_RR_TYPE_SOA);
    assert_int_equal(rcode(server), LDNS_RCODE_NOERROR);
    server->cold = false;
    assert_nothing(server, "nobody.quay");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_service_by_its_name),
        TEST(only_what_serves_is_told),
        TEST(case_is_kept_and_does_not_matter),
        TEST(projects_come_before_tags),
        TEST(an_alias_means_those_that_have_it),
        TEST(hostile_names_are_made_names),
        TEST(names_between_exist),
        TEST(a_change_of_one_service_changes_its_names_only),
        TEST(what_was_forgotten_is_made_anew),
        TEST(ports_with_targets),
        TEST(both_families_of_one_instance),
        TEST(shared_second_addresses_are_told_once),
        TEST(named_ports_and_weights),
        TEST(texts_hold_no_secrets_and_no_more_than_fits),
        TEST(the_top_of_the_zone),
        TEST(another_zone),
        TEST(answers_take_turns),
        TEST(one_address_is_told_once),
        TEST(what_is_too_large_is_cut_and_whole_over_tcp),
        TEST(more_than_any_message_holds),
        TEST(edns_as_it_should_be),
        TEST(what_is_broken_or_another_request),
        TEST(who_may_not_ask_is_refused),
        TEST(before_the_first_checks_nothing_is_denied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
