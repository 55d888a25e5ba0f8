/* SPDX-License-Identifier: MIT */
/* Fuzz target: whatever comes as a DNS message is answered within the bounds of its transport, by what can be
 * read back and is no question; and a stream of messages is taken apart the same however it is cut. */
#include <assert.h>
#include <ldns/ldns.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/dns/framing.h"
#include "exporter/dns/message.h"
#include "exporter/dns/responder.h"
#include "exporter/dns/zone.h"
#include "controller/core/error.h"
#include "controller/core/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INSTANCES = 40, HEADER = 12 };

static void render_nothing(const struct service *service, struct buf *out)
{
    (void)service;
    (void)out;
}

static void add(struct registry *registry, const char *name, unsigned number)
{
    struct moment now = {.mono_ms = 1, .wall_ms = 1};
    struct spec *spec = mem_new(sizeof *spec);
    struct observed *observed = mem_new(sizeof *observed);
    spec->key = arena_format(&spec->arena, "name:x:%s", name);
    spec->name = arena_copy(&spec->arena, name);
    spec->replica = number;
    spec->port = 80;
    spec->project = "p";
    spec->version = "1";
    spec->weight = number % 3 + 1;
    strings_add(&spec->arena, &spec->tags, number % 2 ? "odd" : "even");
    observed->id = arena_format(&observed->arena, "%s%060u", name, number);
    observed->container = arena_format(&observed->arena, "%s-%u", name, number);
    observed->state = CONTAINER_RUNNING;
    observed->address = arena_format(&observed->arena, number % 4 ? "10.0.0.%u" : "fd00::%u", number);
    const struct change change = {.kind = CHANGE_INSTANCE, .spec = spec, .observed = observed};
    const struct health_view health = {.status = STATUS_HEALTHY};
    struct ref ref = registry_apply(registry, &change, now)->ref;
    registry_apply(registry, &(struct change){.kind = CHANGE_HEALTH, .ref = ref, .health = &health}, now);
}

/* Answers one message; its rcode, -1 for none. */
static int answer(struct responder *responder, const uint8_t *data, size_t size, bool stream)
{
    const struct sockaddr_in own = {.sin_family = AF_INET};
    const struct asker asker = {
        .stream = stream, .from = (const struct sockaddr *)&own, .own = (const struct sockaddr *)&own};
    const uint8_t *reply;
    size_t len = responder_answer(responder, &asker, data, size, &reply);
    if (!len)
        return -1;
    assert(len >= HEADER && len <= (stream ? MESSAGE_MOST : MESSAGE_UDP));
    assert(memcmp(reply, data, 2) == 0 && reply[2] & 0x80 && !(reply[3] & 0x80));
    ldns_pkt *packet;
    assert(ldns_wire2pkt(&packet, reply, len) == LDNS_STATUS_OK);
    assert(!stream || !ldns_pkt_tc(packet));
    ldns_pkt_free(packet);
    return reply[3] & 15;
}

static void cut_apart(struct responder *responder, const uint8_t *data, size_t size, size_t step)
{
    struct framing framing = {0};
    for (size_t at = 0; at < size;) {
        size_t room, len, piece = step < size - at ? step : size - at;
        const uint8_t *message;
        uint8_t *into = framing_room(&framing, &room);
        assert(room);
        piece = piece < room ? piece : room;
        memcpy(into, data + at, piece);
        framing_came(&framing, piece);
        at += piece;
        while (framing_next(&framing, &message, &len)) {
            uint8_t *copy = malloc(len ? len : 1); /* a block of its own: reading beyond is seen */
            assert(copy);
            memcpy(copy, message, len);
            answer(responder, copy, len, true);
            free(copy);
        }
    }
    framing_free(&framing);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct registry *registry;
    static struct zone *zone;
    static struct responder *responder;
    if (!responder) {
        struct error err;
        const struct responder_options options = {.zone = "quay", .ttl_s = 5};
        registry = registry_new(render_nothing);
        for (unsigned i = 0; i < INSTANCES; i++)
            add(registry, "web", i);
        add(registry, "Odd name.x", 1);
        registry_settle(registry, (struct moment){.mono_ms = 1, .wall_ms = 1});
        zone = zone_new(registry);
        zone_refresh(zone);
        responder = responder_new(&options, zone, &err);
        assert(responder && zone_services(zone) == 2);
    }
    if (size < 1)
        return 0;
    uint8_t *copy = malloc(size);
    assert(copy);
    memcpy(copy, data, size);
    int first = answer(responder, copy, size, false), other = answer(responder, copy, size, true);
    assert(first == other);
    cut_apart(responder, copy, size, 1 + copy[size - 1] % 64U);
    free(copy);
    return 0;
}
