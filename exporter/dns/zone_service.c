/* SPDX-License-Identifier: MIT */
/* zone_service.c: one service of the registry as the zone keeps it: its places, ports, tags, texts, and the
 * names that it claims. */
#include "exporter/dns/zone_internal.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/endpoint.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "controller/core/url.h"

/* Of an instance that does not serve. */
#define NO_PLACE UINT32_MAX

enum { TEXT_MOST = 255, TEXTS_MOST = 64, SHORT_ID = 12 };

/* One word (of a claim, a tag, a port) and the places that have it. */
struct word {
    UT_hash_handle hh;
    unsigned right;
    uint32_t *place;
    uint16_t *number;
    size_t count;
    char text[];
};

static struct word *word_get(struct word **words, const char *text, unsigned right)
{
    struct word *word;
    size_t len = strlen(text);
    HASH_FIND(hh, *words, text, len, word);
    if (!word) {
        word = mem_new(sizeof *word + len + 1);
        memcpy(word->text, text, len);
        word->right = right;
        HASH_ADD_KEYPTR(hh, *words, word->text, len, word);
    }
    return word;
}

/* A place (or NO_PLACE: an instance that does not serve) has a word. Of several rights to one word the
 * strongest stands. */
static void word_add(struct word **words, const char *text, unsigned right, uint32_t place, uint16_t number)
{
    struct word *word = word_get(words, text, right);
    if (right > word->right)
        return;
    if (right < word->right)
        word->count = 0;
    word->right = right;
    if (place == NO_PLACE || (word->count && word->place[word->count - 1] == place))
        return;
    if ((word->count & (word->count - 1)) == 0) {
        size_t room = word->count ? 2 * word->count : 1;
        word->place = mem_resize(word->place, room, sizeof *word->place);
        word->number = mem_resize(word->number, room, sizeof *word->number);
    }
    word->place[word->count] = place;
    word->number[word->count++] = number;
}

static void words_free(struct word *words)
{
    struct word *word, *next;
    HASH_ITER(hh, words, word, next)
    { /* NOLINT: uthash's own casts */
        HASH_DEL(words, word);
        free(word->place);
        free(word->number);
        free(word);
    }
}

static const void *kept(struct arena *arena, const void *item, size_t count, size_t size)
{
    return count ? memcpy(arena_new(arena, count * size), item, count * size) : NULL;
}

static struct zone_set kept_set(struct arena *arena, const struct word *word)
{
    return (struct zone_set){kept(arena, word->place, word->count, sizeof *word->place), word->count};
}

/* ---- the names it claims ---- */

static void claim_text(struct word **words, const char *text, enum claim_kind kind, uint32_t place)
{
    char written[NAME_TEXT], host[NAME_TEXT];
    bool folded, as_written = name_as_written(text, written, &folded);
    unsigned right = (unsigned)kind * FORM_COUNT;
    if (as_written)
        word_add(words, written, right + (folded ? FORM_FOLDED : FORM_WRITTEN), place, 0);
    if (name_as_host(text, host) && (!as_written || strcmp(written, host) != 0))
        word_add(words, host, right + FORM_HOST, place, 0);
}

static void claim_in_projects(struct word **words, const struct spec *spec, const char *text,
                              enum claim_kind kind, uint32_t place)
{
    const char *const project[] = {spec->compose_project, spec->project};
    for (size_t i = 0; i < 2; i++) {
        if (!project[i] || !project[i][0])
            continue;
        char *name = mem_format("%s.%s", text, project[i]);
        claim_text(words, name, kind, place);
        free(name);
    }
}

static void claim_instance(struct word **words, const struct instance *instance, uint32_t place)
{
    const struct spec *spec = instance->spec;
    const struct observed *observed = instance->observed;
    claim_in_projects(words, spec, spec->name, CLAIM_PROJECT, place);
    if (observed->container)
        claim_text(words, observed->container, CLAIM_CONTAINER, place);
    if (spec->compose_service)
        claim_in_projects(words, spec, spec->compose_service, CLAIM_ALIAS_PROJECT, place);
    for (size_t n = 0; n < observed->network_count; n++) {
        const struct strings *aliases = &observed->networks[n].aliases;
        for (size_t a = 0; a < aliases->count; a++) {
            const char *alias = aliases->item[a];
            /* Some engines add the beginning of the container's id. */
            if (strlen(alias) == SHORT_ID && strncmp(alias, observed->id, SHORT_ID) == 0)
                continue;
            claim_text(words, alias, CLAIM_ALIAS, place);
            claim_in_projects(words, spec, alias, CLAIM_ALIAS_PROJECT, place);
        }
    }
}

static void keep_claims(struct zone_service *service, struct word *words)
{
    for (const struct word *word = words; word; word = word->hh.next) {
        struct zone_claim *claim = arena_new(&service->arena, sizeof *claim);
        bool whole = word->right < CLAIM_ALIAS * FORM_COUNT || word->count == service->place_count;
        *claim = (struct zone_claim){.service = service,
                                     .text = arena_copy(&service->arena, word->text),
                                     .right = word->right,
                                     .whole = whole,
                                     .next_of_service = service->claims};
        if (!whole)
            claim->set = kept_set(&service->arena, word);
        service->claims = claim;
    }
}

/* ---- tags and ports ---- */

/* A text that is one label in its name, in both forms. */
static void add_label(struct word **words, const char *text, uint32_t place, uint16_t number)
{
    char written[NAME_TEXT], host[LABEL_TEXT];
    bool folded;
    if (!strchr(text, '.') && name_as_written(text, written, &folded))
        word_add(words, written, 0, place, number);
    if (label_as_host(text, host))
        word_add(words, host, 0, place, number);
}

static void add_tags(struct word **words, const struct spec *spec, uint32_t place)
{
    for (size_t i = 0; i < spec->tags.count; i++)
        add_label(words, spec->tags.item[i], place, 0);
}

/* Named ports first: a port that is named as a protocol is that. */
static void add_ports(struct word **words, const struct spec *spec, uint32_t place)
{
    for (size_t i = 0; i < spec->port_count; i++)
        if (spec->ports[i].port > 0)
            add_label(words, spec->ports[i].name, place, (uint16_t)spec->ports[i].port);
    if (spec->port > 0)
        add_label(words, protocol_name[spec->protocol], place, (uint16_t)spec->port);
}

static void keep_tags(struct zone_service *service, struct word *words)
{
    service->tag_count = HASH_COUNT(words);
    service->tag = arena_new(&service->arena, service->tag_count * sizeof *service->tag);
    struct zone_tag *tag = service->tag;
    for (const struct word *word = words; word; word = word->hh.next)
        *tag++ = (struct zone_tag){arena_copy(&service->arena, word->text), kept_set(&service->arena, word)};
}

static void keep_ports(struct zone_service *service, struct word *words)
{
    service->port_count = HASH_COUNT(words);
    service->port = arena_new(&service->arena, service->port_count * sizeof *service->port);
    struct zone_port *port = service->port;
    for (const struct word *word = words; word; word = word->hh.next)
        *port++ = (struct zone_port){arena_copy(&service->arena, word->text), kept_set(&service->arena, word),
                                     kept(&service->arena, word->number, word->count, sizeof *word->number)};
}

/* ---- texts ---- */

/* What may hold a password (a URL's user, its query) is not told at all. */
static void add_text(struct zone_service *service, const char *key, const char *value)
{
    if (!value || !value[0] || strstr(value, "://") || metadata_is_secret(key) ||
        service->texts.count >= TEXTS_MOST)
        return;
    char *text = mem_format("%s=%s", key, value);
    size_t len = 0, step;
    /* Cut between characters. */
    while (text[len] &&
           len + (step = text_utf8_length(text + len) ? text_utf8_length(text + len) : 1) <= TEXT_MOST)
        len += step;
    text[len] = '\0';
    if (!strings_has(&service->texts, text))
        strings_add(&service->arena, &service->texts, text);
    free(text);
}

static void add_texts(struct zone_service *service, const struct spec *spec)
{
    add_text(service, "version", spec->version);
    add_text(service, "environment", spec->environment);
    add_text(service, "project", spec->project);
    for (size_t i = 0; i < spec->tags.count; i++)
        add_text(service, "tag", spec->tags.item[i]);
    for (size_t i = 0; i < spec->metadata.count; i++)
        add_text(service, spec->metadata.item[i].key, spec->metadata.item[i].value);
}

/* ---- all of it ---- */

/* The place that is added now, by its IPv6 address, as soon as there is a second one. */
static void add_six(struct zone_service *service, size_t most, const char *address6)
{
    size_t at = service->place_count;
    if (!service->six && address6) {
        service->six = arena_new(&service->arena, most * sizeof *service->six);
        memcpy(service->six, service->place, at * sizeof *service->six);
    }
    if (!service->six)
        return;
    service->six[at] = service->place[at];
    if (address6 && inet_pton(AF_INET6, address6, service->six[at].address) == 1)
        service->six[at].ipv6 = true;
}

/* The place of an instance, or NO_PLACE. */
static uint32_t add_place(struct zone_service *service, const struct instance *instance)
{
    struct endpoint endpoint;
    if (!endpoint_of(instance, &endpoint))
        return NO_PLACE;
    struct zone_place *place = &service->place[service->place_count];
    *place = (struct zone_place){
        .ipv6 = endpoint.ipv6, .port = (uint16_t)endpoint.port, .weight = (uint16_t)endpoint.weight};
    if (inet_pton(endpoint.ipv6 ? AF_INET6 : AF_INET, endpoint.address, place->address) != 1)
        return NO_PLACE;
    add_six(service, instance->service->instance_count, endpoint.address6);
    return (uint32_t)service->place_count++;
}

static int place_order(const void *a, const void *b)
{
    const struct zone_place *const *x = a, *const *y = b;
    int order = memcmp((*x)->address, (*y)->address, sizeof(*x)->address);
    if (!order)
        order = (*x)->ipv6 - (*y)->ipv6;
    return order ? order : (*x > *y) - (*x < *y);
}

/* Instances in the host's network share its address. */
static void find_same(struct zone_place *place, size_t count)
{
    struct zone_place **sorted = mem_resize(NULL, count + 1, sizeof(struct zone_place *));
    for (size_t i = 0; i < count; i++)
        sorted[i] = &place[i];
    if (count > 1)
        qsort(sorted, count, sizeof(struct zone_place *), place_order);
    for (size_t i = 0; i < count; i++) {
        const struct zone_place *before = i ? sorted[i - 1] : NULL;
        bool same = before && before->ipv6 == sorted[i]->ipv6 &&
                    memcmp(before->address, sorted[i]->address, sizeof before->address) == 0;
        sorted[i]->same = same ? before->same : (uint32_t)(sorted[i] - place);
    }
    free(sorted);
}

struct zone_service *zone_service_new(const struct service *service)
{
    struct zone_service *ret = mem_new(sizeof *ret);
    struct word *claims = NULL, *tags = NULL, *ports = NULL;
    ret->name = arena_copy(&ret->arena, service->name);
    ret->place = arena_new(&ret->arena, service->instance_count * sizeof *ret->place);
    claim_text(&claims, service->name, CLAIM_SERVICE, NO_PLACE);
    for (const struct instance *at = service->first; at; at = at->next) {
        uint32_t place = add_place(ret, at);
        claim_instance(&claims, at, place);
        add_tags(&tags, at->spec, place);
        add_ports(&ports, at->spec, place);
        if (place != NO_PLACE)
            add_texts(ret, at->spec);
    }
    find_same(ret->place, ret->place_count);
    if (ret->six)
        find_same(ret->six, ret->place_count);
    keep_claims(ret, claims);
    keep_tags(ret, tags);
    keep_ports(ret, ports);
    words_free(claims);
    words_free(tags);
    words_free(ports);
    return ret;
}

void zone_service_free(struct zone_service *service)
{
    if (!service)
        return;
    arena_free(&service->arena);
    free(service);
}

const uint8_t *zone_service_second(const struct zone_service *service, size_t place)
{
    bool second = service->six && service->six[place].ipv6 && !service->place[place].ipv6;
    return second ? service->six[place].address : NULL;
}

static bool is_label(const char *own, const char *label, size_t len)
{
    return strncmp(own, label, len) == 0 && own[len] == '\0';
}

const struct zone_port *zone_service_port(const struct zone_service *service, const char *label, size_t len)
{
    for (size_t i = 0; i < service->port_count; i++)
        if (is_label(service->port[i].label, label, len))
            return &service->port[i];
    return NULL;
}

const struct zone_tag *zone_service_tag(const struct zone_service *service, const char *label, size_t len)
{
    for (size_t i = 0; i < service->tag_count; i++)
        if (is_label(service->tag[i].label, label, len))
            return &service->tag[i];
    return NULL;
}
