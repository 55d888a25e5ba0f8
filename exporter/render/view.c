/* SPDX-License-Identifier: MIT */
/* view.c: values derived from a service for people and programs: URLs, percentiles, text without secrets. */
#include "exporter/render/view.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/endpoint.h"
#include "controller/core/json_writer.h"
#include "controller/core/url.h"

void view_short_id(const char *id, char ret[static VIEW_SHORT_ID])
{
    snprintf(ret, VIEW_SHORT_ID, "%.12s", id);
}

void view_dns_url(const struct instance *instance, char ret[static VIEW_URL])
{
    endpoint_name_url(instance, ret);
}

void view_address_url(const struct instance *instance, char ret[static VIEW_URL])
{
    endpoint_url(instance->spec->protocol, instance->observed->address, instance->spec->port, ret);
}

struct breaker_view view_breaker(const struct service *service)
{
    struct breaker_view all = {.state = BREAKER_OPEN};
    bool closed = !service->first, half_open = false;
    for (const struct instance *at = service->first; at; at = at->next) {
        const struct breaker_view *one = &at->breaker;
        closed |= one->state == BREAKER_CLOSED;
        half_open |= one->state == BREAKER_HALF_OPEN;
        all.tripped |= one->tripped;
        if (one->failure_count > all.failure_count)
            all.failure_count = one->failure_count;
        if (one->last_failure_wall_ms > all.last_failure_wall_ms)
            all.last_failure_wall_ms = one->last_failure_wall_ms;
        if (one->last_change_wall_ms > all.last_change_wall_ms)
            all.last_change_wall_ms = one->last_change_wall_ms;
    }
    if (closed || half_open)
        all.state = closed ? BREAKER_CLOSED : BREAKER_HALF_OPEN;
    return all;
}

static int float_order(const void *a, const void *b)
{
    const float *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double rank_of(const float *sorted, size_t count, double share)
{
    size_t rank = (size_t)ceil(share * (double)count);
    return (double)sorted[rank ? rank - 1 : 0];
}

static struct percentiles percentiles_of(float *values, size_t count)
{
    struct percentiles ret = {.count = count};
    if (!count)
        return ret;
    qsort(values, count, sizeof *values, float_order);
    for (size_t i = 0; i < count; i++)
        ret.mean += (double)values[i] / (double)count;
    ret.p50 = rank_of(values, count, 0.50);
    ret.p95 = rank_of(values, count, 0.95);
    ret.p99 = rank_of(values, count, 0.99);
    return ret;
}

struct percentiles view_percentiles(const struct samples *samples)
{
    float values[SAMPLE_RING];
    memcpy(values, samples->ring, samples->ring_count * sizeof *values);
    return percentiles_of(values, samples->ring_count);
}

struct percentiles view_service_percentiles(const struct service *service)
{
    float *values = mem_resize(NULL, service->instance_count * SAMPLE_RING + 1, sizeof *values);
    size_t count = 0;
    for (const struct instance *at = service->first; at; at = at->next) {
        memcpy(values + count, at->samples.ring, at->samples.ring_count * sizeof *values);
        count += at->samples.ring_count;
    }
    struct percentiles ret = percentiles_of(values, count);
    free(values);
    return ret;
}

void view_put_clean(struct json_writer *w, const char *text)
{
    if (!text || !strstr(text, "://")) {
        json_string(w, text);
        return;
    }
    struct buf clean;
    buf_init(&clean, SIZE_MAX / 2);
    url_clean(text, &clean);
    json_string(w, buf_string(&clean));
    buf_free(&clean);
}

static int finding_order(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    int order = strcmp(x->code, y->code);
    return order ? order : strcmp(x->sentence, y->sentence);
}

void view_put_findings(struct json_writer *w, const struct instance *instance)
{
    const struct findings *fixed = &instance->spec->findings, *running = &instance->findings;
    size_t count = fixed->count + running->count;
    json_begin_array(w);
    if (count) {
        struct finding *all = mem_resize(NULL, count, sizeof *all);
        if (fixed->count)
            memcpy(all, fixed->item, fixed->count * sizeof *all);
        if (running->count)
            memcpy(all + fixed->count, running->item, running->count * sizeof *all);
        qsort(all, count, sizeof *all, finding_order);
        for (size_t i = 0; i < count; i++) {
            json_begin_object(w);
            json_put_string(w, "code", all[i].code);
            json_key(w, "sentence");
            view_put_clean(w, all[i].sentence);
            json_end_object(w);
        }
        free(all);
    }
    json_end_array(w);
}

void view_put_decision(struct json_writer *w, const struct decision_shown *decision)
{
    json_key(w, "decision");
    json_begin_object(w);
    json_put_string(w, "action", action_name[decision->action]);
    json_put_string(w, "reason", decision->reason);
    json_key(w, "sentence");
    view_put_clean(w, decision->sentence);
    json_put_time(w, "next_at", decision->next_at_wall_ms);
    json_end_object(w);
}

void view_put_last_stop(struct json_writer *w, const struct stop_view *stop)
{
    json_key(w, "last_stop");
    if (!stop->at_wall_ms || !stop->intent) {
        json_null(w);
        return;
    }
    json_begin_object(w);
    json_put_string(w, "intent", stop->intent);
    json_put_number(w, "exit_code", stop->exit_code);
    json_put_time(w, "at", stop->at_wall_ms);
    json_end_object(w);
}
