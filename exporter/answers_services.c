/* SPDX-License-Identifier: MIT */
/* answers_services.c: service discovery: lists with filters, one service, statistics, and which instance to
 * use. */
#include "exporter/answers.h"

#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "exporter/answer_object.h"
#include "exporter/render/render_views.h"
#include "exporter/resolve.h"
#include "exporter/render/view.h"

struct filter {
    const char *tag; /* NULL: any */
    int status;      /* -1: any */
    int healthy;     /* -1: any */
};

static bool service_has_tag(const struct service *service, const char *tag)
{
    for (const struct instance *at = service->first; at; at = at->next)
        if (strings_has(&at->spec->tags, tag))
            return true;
    return false;
}

static bool filter_wants(const struct service *service, const void *user)
{
    const struct filter *filter = user;
    if (filter->tag && !service_has_tag(service, filter->tag))
        return false;
    if (filter->status >= 0 && (int)service->status != filter->status)
        return false;
    return filter->healthy < 0 || (service->status == STATUS_HEALTHY) == (filter->healthy == 1);
}

/* Reads the query into a filter; false after answering 400. */
static bool filter_read(const struct request *request, struct answer *answer, struct filter *ret)
{
    const char *status = request_query(request, "status"), *healthy = request_query(request, "healthy");
    *ret = (struct filter){.tag = request_query(request, "tag"), .status = -1, .healthy = -1};
    for (int i = 0; status && i < STATUS_COUNT; i++)
        if (strcmp(status, status_name[i]) == 0)
            ret->status = i;
    if (status && ret->status < 0) {
        answer_problem(
            answer, 400,
            "The status \"%s\" is not known; allowed are starting, healthy, degraded, unhealthy, failed, "
            "unknown and stopped.",
            status);
        return false;
    }
    bool value;
    if (healthy && text_bool(healthy, &value)) {
        answer_problem(answer, 400, "The value \"%s\" of healthy is neither true nor false.", healthy);
        return false;
    }
    if (healthy)
        ret->healthy = value;
    return true;
}

static int make_filtered(const struct exporter_context *context, const void *wish, struct buf *out,
                         struct error *err)
{
    (void)err;
    render_services(context->registry, filter_wants, wish, out);
    return 0;
}

void answer_services(const struct request *request, struct answer *answer)
{
    struct filter filter;
    if (!filter_read(request, answer, &filter))
        return;
    if (!filter.tag && filter.status < 0 && filter.healthy < 0) {
        answer_document(request, answer, DOCUMENT_SERVICES);
        return;
    }
    struct buf key;
    buf_init(&key, SIZE_MAX / 2);
    buf_format(&key, "services %d %d ", filter.status, filter.healthy);
    document_key(&key, filter.tag);
    answer_made(
        request, answer,
        &(struct document_answer){
            .type = type_json, .wish = {.key = buf_string(&key), .render = make_filtered, .wish = &filter}});
    buf_free(&key);
}

void answer_service(const struct request *request, struct answer *answer)
{
    const struct service *service = request_service(request, answer);
    if (!service)
        return;
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    render_one_service(service, &out);
    answer_text(answer, 200, type_json, &out);
}

void answer_services_health(const struct request *request, struct answer *answer)
{
    answer_document(request, answer, DOCUMENT_SERVICES_HEALTH);
}

static void put_breaker(struct json_writer *w, const struct service *service)
{
    const struct breaker_view breaker = view_breaker(service);
    json_key(w, "circuitBreaker");
    json_begin_object(w);
    json_put_string(w, "state", breaker_state_name[breaker.state]);
    json_put_number(w, "failureCount", breaker.failure_count);
    json_put_time(w, "lastFailure", breaker.last_failure_wall_ms);
    json_put_time(w, "lastStateChange", breaker.last_change_wall_ms);
    json_end_object(w);
}

static void put_balancer(struct json_writer *w, const struct request *request, const struct service *service)
{
    int64_t serving = 0;
    json_key(w, "loadBalancer");
    json_begin_object(w);
    json_put_string(w, "strategy", request->context->load_balancing);
    json_key(w, "resolves");
    json_begin_object(w);
    for (const struct instance *at = service->first; at; at = at->next) {
        serving += at->serving;
        json_put_number(w, at->observed->container, (int64_t)resolver_handed(request->resolver, at));
    }
    json_end_object(w);
    json_put_number(w, "serving", serving);
    json_end_object(w);
}

static void put_response_time(struct json_writer *w, const struct service *service)
{
    const struct percentiles times = view_service_percentiles(service);
    json_key(w, "responseTime");
    json_begin_object(w);
    json_put_number(w, "samples", (int64_t)times.count);
    json_put_decimal(w, "mean", times.mean);
    json_put_decimal(w, "p50", times.p50);
    json_put_decimal(w, "p95", times.p95);
    json_put_decimal(w, "p99", times.p99);
    json_end_object(w);
}

static void put_usage(struct json_writer *w, const struct service *service)
{
    const struct usage usage = view_service_usage(service);
    json_key(w, "usage");
    if (!usage.at_wall_ms) {
        json_null(w);
        return;
    }
    json_begin_object(w);
    json_put_time(w, "at", usage.at_wall_ms);
    json_key(w, "cpuRatio");
    if (usage.cpu_ratio >= 0)
        json_decimal(w, usage.cpu_ratio);
    else
        json_null(w);
    json_put_number(w, "memoryBytes", (int64_t)usage.memory_bytes);
    json_key(w, "memoryLimitBytes");
    if (usage.memory_limit_bytes)
        json_number(w, (int64_t)usage.memory_limit_bytes);
    else
        json_null(w);
    json_end_object(w);
}

static void put_stats(struct json_writer *w, const struct request *request, const struct service *service)
{
    int64_t restarts = 0, passed = 0, failed = 0, last_restart = 0;
    for (const struct instance *at = service->first; at; at = at->next) {
        restarts += at->restarts.count;
        passed += (int64_t)at->samples.passed;
        failed += (int64_t)at->samples.failed;
        if (at->restarts.last_at_wall_ms > last_restart)
            last_restart = at->restarts.last_at_wall_ms;
    }
    json_begin_object(w);
    put_breaker(w, service);
    put_balancer(w, request, service);
    put_response_time(w, service);
    put_usage(w, service);
    json_key(w, "restarts");
    json_begin_object(w);
    json_put_number(w, "count", restarts);
    json_put_time(w, "lastAt", last_restart);
    json_end_object(w);
    json_key(w, "checks");
    json_begin_object(w);
    json_put_number(w, "passed", passed);
    json_put_number(w, "failed", failed);
    json_end_object(w);
    json_end_object(w);
}

void answer_services_stats(const struct request *request, struct answer *answer)
{
    const struct registry *registry = request->context->registry;
    struct answer_object object;
    struct json_writer *w = answer_object_begin(&object, LIMIT_DOCUMENT);
    json_key(w, "services");
    json_begin_object(w);
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        json_key(w, service->name);
        put_stats(w, request, service);
    }
    json_end_object(w);
    json_put_time(w, "timestamp", request->now.wall_ms);
    answer_object_end(&object, answer, 200);
}

/* The chain of a resolve: the picked instance first (its name or its address before the other), then the
 * siblings that serve, then the fallbacks that labels name. */
static void put_chain(struct json_writer *w, const struct instance *picked, bool dns_first, const char *tag)
{
    char dns[VIEW_URL], address[VIEW_URL], url[VIEW_URL];
    view_dns_url(picked, dns);
    view_address_url(picked, address);
    const char *first = dns_first ? dns : address, *second = dns_first ? address : dns;
    json_begin_array(w);
    if (first[0])
        json_string(w, first);
    if (second[0])
        json_string(w, second);
    for (const struct instance *at = picked->service->first; at; at = at->next) {
        view_address_url(at, url);
        if (at != picked && at->serving && url[0] && (!tag || strings_has(&at->spec->tags, tag)))
            json_string(w, url);
    }
    const struct strings *fallbacks = &picked->spec->fallback_urls;
    for (size_t i = 0; i < fallbacks->count && i < LIMIT_FALLBACK_URLS; i++)
        view_put_clean(w, fallbacks->item[i]);
    json_end_array(w);
}

static void put_picked(struct json_writer *w, const struct instance *picked)
{
    char id[VIEW_SHORT_ID];
    view_short_id(picked->observed->id, id);
    json_key(w, "instance");
    json_begin_object(w);
    json_put_string(w, "id", id);
    json_put_string(w, "container", picked->observed->container);
    json_put_string(w, "status", status_name[picked->health.status]);
    json_put_string(w, "address", picked->observed->address[0] ? picked->observed->address : NULL);
    json_put_number(w, "port", picked->spec->port);
    json_put_string(w, "protocol", protocol_name[picked->spec->protocol]);
    json_put_number(w, "weight", picked->spec->weight);
    json_end_object(w);
}

static void answer_picked(struct answer *answer, const struct instance *picked, enum strategy strategy,
                          bool dns_first, const char *tag)
{
    char dns[VIEW_URL], address[VIEW_URL];
    view_dns_url(picked, dns);
    view_address_url(picked, address);
    const char *url = dns_first && dns[0] ? dns : address[0] ? address : dns;
    const struct spec *spec = picked->spec;
    struct answer_object object;
    struct json_writer *w = answer_object_begin(&object, LIMIT_DOCUMENT);
    json_put_string(w, "service", picked->service->name);
    json_put_string(w, "strategy", strategy_name[strategy]);
    json_put_string(w, "order", dns_first ? "dns-first" : "address-first");
    json_put_string(w, "url", url[0] ? url : NULL);
    put_picked(w, picked);
    json_key(w, "fallback_chain");
    put_chain(w, picked, dns_first, tag);
    json_put_number(w, "timeout_ms", spec->call_timeout_ms);
    json_put_number(w, "retry_max", spec->retry_max);
    json_put_number(w, "retry_base_delay_ms", spec->retry_delay_ms);
    answer_object_end(&object, answer, 200);
}

/* Without a wish: the name where there is one instance, the picked address where there are several (a name
 * would let the engine's DNS pick again). */
static bool order_read(const struct request *request, struct answer *answer, const struct service *service,
                       bool *ret_dns_first)
{
    const char *order = request_query(request, "order");
    *ret_dns_first = order ? strcmp(order, "dns-first") == 0 : service->instance_count == 1;
    if (!order || *ret_dns_first || strcmp(order, "address-first") == 0)
        return true;
    answer_problem(answer, 400, "The order \"%s\" is not known; allowed are dns-first and address-first.",
                   order);
    return false;
}

void answer_resolve(const struct request *request, struct answer *answer)
{
    const struct service *service = request_service(request, answer);
    bool dns_first;
    if (!service || !order_read(request, answer, service, &dns_first))
        return;
    const char *wish = request_query(request, "strategy"), *tag = request_query(request, "tag");
    int strategy = strategy_find(wish ? wish : request->context->load_balancing);
    if (strategy < 0 && wish) {
        answer_problem(answer, 400,
                       "The strategy \"%s\" is not known; allowed are round_robin, least_connections, "
                       "weighted_round_robin, random and health_based.",
                       wish);
        return;
    }
    enum strategy known = strategy < 0 ? STRATEGY_HEALTH_BASED : (enum strategy)strategy;
    const struct instance *picked = resolver_pick(request->resolver, service, known, tag);
    if (picked)
        answer_picked(answer, picked, known, dns_first, tag);
    else
        answer_problem(answer, 503, "No instance of \"%s\"%s%s%s serves at present (its status is %s).",
                       service->name, tag ? " with the tag \"" : "", tag ? tag : "", tag ? "\"" : "",
                       status_name[service->status]);
}
