/* SPDX-License-Identifier: MIT */
/* dns.c: the DNS server as an exit: its places, and the zone that follows the registry. */
#include "exporter/dns/dns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/mem.h"
#include "controller/core/registry.h"
#include "controller/core/text.h"
#include "exporter/dns/dns_address.h"
#include "exporter/dns/tcp.h"
#include "exporter/dns/udp.h"
#include "exporter/dns/zone.h"

/* A port that the system chose for UDP may be taken for TCP: then another is tried. */
enum { PLACES_MOST = 16, PORT_TRIES = 16 };

struct dns_place {
    char text[DNS_ADDRESS_TEXT];
    int port;
    struct udp *udp;
    struct tcp *tcp;
};

struct dns {
    struct exit_surroundings around;
    struct zone *zone;
    struct responder *responder;
    struct dns_place place[PLACES_MOST];
    size_t count;
    enum exit_state state;
    int64_t since_wall_ms, changed_at_wall_ms;
    uint64_t changes;
};

static void dns_report(const void *self, exit_tell *tell, void *user)
{
    const struct dns *dns = self;
    for (size_t i = 0; i < dns->count; i++) {
        const struct exit_report report = {.kind = "dns",
                                           .target = dns->place[i].text,
                                           .state = dns->state,
                                           .sentence = "",
                                           .since_wall_ms = dns->since_wall_ms,
                                           .written_at_wall_ms = dns->changed_at_wall_ms,
                                           .writes = dns->changes,
                                           .bytes = responder_bytes(dns->responder),
                                           .services = zone_told(dns->zone),
                                           .endpoints = zone_endpoints(dns->zone)};
        tell(user, &report);
    }
}

static void dns_settle(void *self, struct moment now)
{
    struct dns *dns = self;
    if (registry_revision(dns->around.registry) != zone_revision(dns->zone)) {
        zone_refresh(dns->zone);
        dns->changed_at_wall_ms = now.wall_ms;
        dns->changes++;
    }
    if (dns->state == EXIT_FINE || (dns->around.warm && !dns->around.warm(dns->around.user)))
        return;
    dns->state = EXIT_FINE;
    dns->since_wall_ms = now.wall_ms;
    dns_report(dns, dns->around.changed, dns->around.user);
}

static int64_t dns_due(const void *self)
{
    (void)self;
    return 0;
}

static void dns_close(void *self)
{
    struct dns *dns = self;
    for (size_t i = 0; i < dns->count; i++) {
        udp_close(dns->place[i].udp);
        tcp_close(dns->place[i].tcp);
    }
    responder_free(dns->responder);
    zone_free(dns->zone);
    free(dns);
}

static const struct exit_kind dns_kind = {
    .settle = dns_settle, .due = dns_due, .report = dns_report, .close = dns_close};

/* UDP and TCP at one place, on the same port. */
static int place_open(struct dns *dns, struct sockaddr_storage address, uint64_t idle_ms, struct error *err)
{
    struct dns_place *place = &dns->place[dns->count];
    bool any_port = dns_address_port(&address) == 0;
    int code = 0;
    for (int tries = any_port ? PORT_TRIES : 1; tries > 0; tries--) {
        if (any_port)
            dns_address_set_port(&address, 0);
        place->udp = udp_open(dns->around.loop, &address, dns->responder, err);
        if (!place->udp)
            return err->code;
        place->tcp = tcp_open(dns->around.loop, &address, dns->responder, idle_ms, &code, err);
        if (place->tcp)
            break;
        udp_close(place->udp);
        if (code != UV_EADDRINUSE)
            break;
    }
    if (!place->tcp)
        return code;
    place->port = dns_address_port(&address);
    dns_address_text(&address, place->text);
    dns->count++;
    return 0;
}

static int places_open(struct dns *dns, const struct dns_options *options, struct error *err)
{
    char *copy = mem_copy(options->listen), *rest = copy, *text;
    int code = 0;
    while (code == 0 && (text = text_cut(&rest, ','))) {
        struct sockaddr_storage address;
        if (dns->count == PLACES_MOST)
            code = error_set(err, -EINVAL, "DNS is answered on %d addresses at most", PLACES_MOST);
        else if ((code = dns_address_parse(text, &address, err)) == 0)
            code = place_open(dns, address, options->idle_ms, err);
    }
    free(copy);
    return code;
}

int dns_open(const struct dns_options *options, const struct exit_surroundings *around, struct exit *ret,
             struct error *err)
{
    struct dns *dns = mem_new(sizeof *dns);
    struct responder_options answers = options->answers;
    dns->around = *around;
    dns->state = EXIT_WAITING;
    dns->zone = zone_new(around->registry);
    answers.warm = around->warm;
    answers.user = around->user;
    dns->responder = responder_new(&answers, dns->zone, err);
    int code = dns->responder ? places_open(dns, options, err) : -EINVAL;
    if (code != 0) {
        dns_close(dns);
        return code;
    }
    zone_refresh(dns->zone);
    *ret = (struct exit){&dns_kind, dns};
    return 0;
}

int dns_may_open(const char *listen, struct error *err)
{
    char *copy = mem_copy(listen), *rest = copy, *text;
    int code = 0;
    while (code == 0 && (text = text_cut(&rest, ','))) {
        struct sockaddr_storage address;
        code = dns_address_parse(text, &address, err);
        if (code == 0)
            code = udp_may_open(&address, err);
    }
    free(copy);
    return code;
}

int dns_port(const struct exit *exit, size_t i)
{
    const struct dns *dns = exit->self;
    return i < dns->count ? dns->place[i].port : 0;
}
