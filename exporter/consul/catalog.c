/* SPDX-License-Identifier: MIT */
/* catalog.c: who is told, with which checks, tags and index. */
#include "exporter/consul/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/endpoint.h"
#include "controller/core/hash.h"
#include "controller/core/text.h"

const char *const consul_status_name[CONSUL_STATUS_COUNT] = {
    [CONSUL_PASSING] = "passing", [CONSUL_WARNING] = "warning", [CONSUL_CRITICAL] = "critical"};

/* A million revisions a second are more than there are turns of the loop: a later start is always beyond what
 * an earlier life told, and still a number that JavaScript can count with. */
uint64_t consul_index(const struct consul_catalog *catalog, uint64_t revision)
{
    int64_t started_s = registry_controller(catalog->registry)->started_at_wall_ms / 1000;
    return (uint64_t)(started_s > 0 ? started_s : 0) * 1000000 + revision + 1;
}

bool consul_tells(const struct instance *instance)
{
    const char *address = instance->observed->address;
    return address && address[0];
}

const char *consul_service_id(const struct instance *instance)
{
    const char *said = instance->spec->external_id;
    return said ? said : instance->observed->container;
}

const char *consul_node_name(const struct consul_catalog *catalog)
{
    const char *host = registry_controller(catalog->registry)->host;
    return host[0] ? host : "quaywatch";
}

void consul_node_id(const struct consul_catalog *catalog, char ret[static CONSUL_NODE_ID])
{
    uint64_t high = hash_text(hash_text(HASH_START, "node"), consul_node_name(catalog));
    uint64_t low = hash_text(high, "id");
    /* The form of a random UUID (RFC 9562, version 4), as Consul's agents have them. */
    snprintf(ret, CONSUL_NODE_ID, "%08" PRIx32 "-%04x-4%03x-%04x-%012" PRIx64, (uint32_t)(high >> 32),
             (unsigned)(high >> 16) & 0xffff, (unsigned)high & 0xfff,
             ((unsigned)(low >> 48) & 0x3fff) | 0x8000, low & UINT64_C(0xffffffffffff));
}

bool consul_has_tag(const struct instance *instance, const char *tag)
{
    return strings_has(&instance->spec->tags, tag) || strings_has(&instance->spec->proxy_tags, tag);
}

/* ---- checks ---- */

static const char *check_type(enum check_kind kind)
{
    switch (kind) {
    case CHECK_HTTP:
        return "http";
    case CHECK_TCP:
        return "tcp";
    case CHECK_GRPC:
        return "grpc";
    case CHECK_DOCKER:
        return "docker";
    case CHECK_COMMAND:
    case CHECK_FILE:
    case CHECK_SYSTEMD:
        return "script";
    case CHECK_NONE:
    case CHECK_COUNT:
        break;
    }
    return "";
}

/* What quaywatch itself says of an instance: it passes when it serves. */
static void own_check(const struct instance *instance, const char *prefix, struct consul_check *ret)
{
    const struct health_shown *health = &instance->health;
    struct endpoint endpoint;
    bool serves = endpoint_of(instance, &endpoint);
    bool isolated = instance->breaker.state != BREAKER_CLOSED;
    char text[CONSUL_OUTPUT];
    snprintf(text, sizeof text, "%s%s: %s", serves || !isolated ? "" : "circuit breaker open, ",
             status_name[health->status], health->message[0] ? health->message : "nothing is known");
    text_one_line(text, ret->output, sizeof ret->output);
    snprintf(ret->id, sizeof ret->id, "%s:%s", prefix, consul_service_id(instance));
    snprintf(ret->name, sizeof ret->name, "Service '%.120s' check", instance->service->name);
    ret->status = serves ? CONSUL_PASSING : CONSUL_CRITICAL;
    ret->type = check_type(health->check);
    ret->notes = "";
}

static enum consul_status reported_status(enum status status)
{
    return status == STATUS_HEALTHY || status == STATUS_UNKNOWN ? CONSUL_PASSING
           : status == STATUS_DEGRADED                          ? CONSUL_WARNING
                                                                : CONSUL_CRITICAL;
}

static void reported_check(const struct instance *instance, const struct report_view *report,
                           struct consul_check *ret)
{
    if (report->status == STATUS_STOPPED)
        snprintf(ret->id, sizeof ret->id, "%s:%s", report->id, consul_service_id(instance));
    else
        snprintf(ret->id, sizeof ret->id, "%s", report->id);
    snprintf(ret->name, sizeof ret->name, "%s", report->name);
    snprintf(ret->output, sizeof ret->output, "%s", report->output);
    ret->notes = report->notes;
    ret->type = report->probed                     ? check_type(instance->health.check)
                : report->status == STATUS_STOPPED ? "maintenance"
                                                   : "ttl";
    /* Of what is probed, "degraded" means that it still answers. */
    ret->status = report->probed && report->status == STATUS_DEGRADED ? CONSUL_PASSING
                                                                      : reported_status(report->status);
}

size_t consul_checks(const struct consul_catalog *catalog, const struct instance *instance,
                     struct consul_check ret[static CONSUL_CHECKS])
{
    struct report_view report[REPORTS_MAX];
    struct endpoint endpoint;
    size_t count = catalog->reports && instance->spec->external
                       ? catalog->reports(catalog->user, instance, report)
                       : 0;
    bool says_why = false;
    for (size_t i = 0; i < count; i++) {
        ret[i] = (struct consul_check){.instance = instance};
        reported_check(instance, &report[i], &ret[i]);
        says_why |= ret[i].status == CONSUL_CRITICAL;
    }
    /* Whoever does not serve must not pass, whatever its owner says. */
    if (!count || (!says_why && !endpoint_of(instance, &endpoint))) {
        ret[count] = (struct consul_check){.instance = instance};
        own_check(instance, count ? "quaywatch" : "service", &ret[count]);
        count++;
    }
    return count;
}

void consul_node_check(struct consul_check *ret)
{
    *ret = (struct consul_check){.id = "serfHealth",
                                 .name = "Serf Health Status",
                                 .output = "Agent alive and reachable",
                                 .notes = "",
                                 .type = "",
                                 .status = CONSUL_PASSING};
}

enum consul_status consul_worst(const struct consul_check *check, size_t count)
{
    enum consul_status worst = CONSUL_PASSING;
    for (size_t i = 0; i < count; i++)
        worst = check[i].status > worst ? check[i].status : worst;
    return worst;
}

enum consul_status consul_status_of(const struct consul_catalog *catalog, const struct instance *instance)
{
    struct consul_check check[CONSUL_CHECKS];
    return consul_worst(check, consul_checks(catalog, instance, check));
}

/* ---- tags of a service ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t consul_service_tags(const struct service *service, const char ***ret)
{
    const char **tags = NULL;
    size_t count = 0, kept = 0;
    for (const struct instance *at = service->first; at; at = at->next) {
        const struct strings *lists[] = {&at->spec->tags, &at->spec->proxy_tags};
        for (size_t l = 0; consul_tells(at) && l < sizeof lists / sizeof *lists; l++) {
            tags = mem_resize(tags, count + lists[l]->count + 1, sizeof *tags);
            for (size_t i = 0; i < lists[l]->count; i++)
                tags[count++] = lists[l]->item[i];
        }
    }
    if (count)
        qsort(tags, count, sizeof *tags, by_text);
    for (size_t i = 0; i < count; i++)
        if (!kept || strcmp(tags[kept - 1], tags[i]) != 0)
            tags[kept++] = tags[i];
    *ret = tags;
    return kept;
}

bool consul_tells_service(const struct service *service)
{
    for (const struct instance *at = service->first; at; at = at->next)
        if (consul_tells(at))
            return true;
    return false;
}

uint64_t consul_tags_digest(const struct service *service)
{
    const char **tags;
    if (!consul_tells_service(service))
        return 0;
    size_t count = consul_service_tags(service, &tags);
    uint64_t hash = hash_text(HASH_START, "tags");
    for (size_t i = 0; i < count; i++)
        hash = hash_text(hash, tags[i]);
    free(tags);
    return hash;
}
