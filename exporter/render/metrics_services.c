/* SPDX-License-Identifier: MIT */
/* metrics_services.c: the registry as metrics: every service's state, and what its containers use. */
#include "exporter/render/metrics_services.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "controller/core/registry.h"
#include "exporter/render/metrics_text.h"
#include "exporter/render/view.h"

/* One gauge of every service; value returns NAN where there is nothing to say. */
static void put_per_service(const struct metrics_page *page, const struct registry *registry,
                            const char *name, const char *help,
                            double (*value)(const struct service *service))
{
    static const char *const keys[] = {"service", NULL};
    metrics_family(page, name, "gauge", help);
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        const char *values[] = {service->name};
        double number = value(service);
        if (!isnan(number))
            metrics_sample(page, name, keys, values, number);
    }
}

static double value_health(const struct service *service)
{
    return service->serving ? 1 : 0;
}

/* The mean over the instances of their latest check. */
static double value_response_ms(const struct service *service)
{
    double sum = 0;
    unsigned count = 0;
    for (const struct instance *at = service->first; at; at = at->next) {
        if (!at->samples.ring_count)
            continue;
        sum += at->samples.response_ms;
        count++;
    }
    return count ? sum / count : (double)NAN;
}

static double value_response_s(const struct service *service)
{
    return value_response_ms(service) / 1000;
}

static double value_breaker(const struct service *service)
{
    switch (view_breaker(service).state) {
    case BREAKER_OPEN:
        return 1;
    case BREAKER_HALF_OPEN:
        return 2;
    case BREAKER_CLOSED:
    case BREAKER_STATE_COUNT:
        break;
    }
    return 0;
}

static void put_by_status(const struct metrics_page *page, const struct registry *registry, const char *name,
                          const char *help, bool instances)
{
    static const char *const keys[] = {"service", "status", NULL};
    metrics_family(page, name, "gauge", help);
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        size_t count[STATUS_COUNT] = {0};
        if (!instances)
            count[service->status] = 1;
        for (const struct instance *at = service->first; instances && at; at = at->next)
            count[at->health.status]++;
        for (size_t status = 0; status < STATUS_COUNT; status++) {
            const char *values[] = {service->name, status_name[status]};
            metrics_sample(page, name, keys, values, (double)count[status]);
        }
    }
}

/* What a replica of a service uses. Those that share a number (two generations during a deployment,
 * containers outside compose) are one: a label with anything of theirs would grow with every container there
 * ever was. */
struct replica_usage {
    unsigned replica;
    bool limited;     /* all of them have a memory limit */
    double cpu_ratio; /* NAN: not known */
    uint64_t memory_bytes, memory_limit_bytes;
};

/* The usages of a service by replica, in order of the numbers as the instances are; those that were never
 * measured are left out. Gives their number; ret has room for all instances. */
static size_t collect_usage(const struct service *service, struct replica_usage *ret)
{
    size_t count = 0;
    for (const struct instance *at = service->first; at; at = at->next) {
        const struct usage *usage = view_usage(at);
        if (!usage)
            continue;
        if (!count || ret[count - 1].replica != at->spec->replica)
            ret[count++] = (struct replica_usage){
                .replica = at->spec->replica, .limited = true, .cpu_ratio = (double)NAN};
        struct replica_usage *sum = &ret[count - 1];
        if (usage->cpu_ratio >= 0)
            sum->cpu_ratio = isnan(sum->cpu_ratio) ? usage->cpu_ratio : sum->cpu_ratio + usage->cpu_ratio;
        sum->memory_bytes += usage->memory_bytes;
        sum->memory_limit_bytes += usage->memory_limit_bytes;
        sum->limited &= usage->memory_limit_bytes > 0;
    }
    return count;
}

static double usage_cpu(const struct replica_usage *usage)
{
    return usage->cpu_ratio;
}

static double usage_memory(const struct replica_usage *usage)
{
    return (double)usage->memory_bytes;
}

static double usage_limit(const struct replica_usage *usage)
{
    return usage->limited ? (double)usage->memory_limit_bytes : (double)NAN;
}

static void put_per_replica(const struct metrics_page *page, const struct registry *registry,
                            const char *name, const char *help,
                            double (*value)(const struct replica_usage *usage))
{
    static const char *const keys[] = {"service", "replica", NULL};
    metrics_family(page, name, "gauge", help);
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        struct replica_usage *usage = mem_new(service->instance_count * sizeof *usage);
        size_t count = collect_usage(service, usage);
        for (size_t r = 0; r < count; r++) {
            char replica[16];
            snprintf(replica, sizeof replica, "%u", usage[r].replica);
            const char *values[] = {service->name, replica};
            double number = value(&usage[r]);
            if (!isnan(number))
                metrics_sample(page, name, keys, values, number);
        }
        free(usage);
    }
}

void metrics_services(const struct metrics_page *page, const struct registry *registry)
{
    put_per_service(page, registry, "service_health", "Whether the service is serving (1) or not (0).",
                    value_health);
    put_per_service(page, registry, "service_response_time_ms",
                    "Response time of the latest checks in milliseconds.", value_response_ms);
    put_per_service(page, registry, "service_response_time_seconds",
                    "Response time of the latest checks in seconds.", value_response_s);
    put_per_service(page, registry, "circuit_breaker_state",
                    "Circuit breaker: 0 closed, 1 open, 2 half-open.", value_breaker);
    put_by_status(page, registry, "service_status",
                  "Status of the service as a state set: 1 for the present one.", false);
    put_by_status(page, registry, "service_instances", "Instances of the service in each status.", true);
    put_per_replica(page, registry, "container_cpu_ratio",
                    "Processor time used per second; 1 is one processor in full.", usage_cpu);
    put_per_replica(page, registry, "container_memory_bytes",
                    "Memory in use, without the page cache that is not.", usage_memory);
    put_per_replica(page, registry, "container_memory_limit_bytes",
                    "Memory limit of the containers that have one.", usage_limit);
}
