/* SPDX-License-Identifier: MIT */
/* view_usage.c: what instances and services use, as it is shown. */
#include "exporter/render/view.h"

const struct usage *view_usage(const struct instance *instance)
{
    const struct usage *usage = &instance->samples.usage;
    return usage->at_wall_ms && instance->observed->state == CONTAINER_RUNNING ? usage : NULL;
}

struct usage view_service_usage(const struct service *service)
{
    struct usage sum = {.cpu_ratio = -1};
    bool limited = true;
    for (const struct instance *at = service->first; at; at = at->next) {
        const struct usage *usage = view_usage(at);
        if (!usage)
            continue;
        if (!sum.at_wall_ms || usage->at_wall_ms < sum.at_wall_ms)
            sum.at_wall_ms = usage->at_wall_ms;
        if (usage->cpu_ratio >= 0)
            sum.cpu_ratio = (sum.cpu_ratio >= 0 ? sum.cpu_ratio : 0) + usage->cpu_ratio;
        sum.memory_bytes += usage->memory_bytes;
        sum.memory_limit_bytes += usage->memory_limit_bytes;
        limited &= usage->memory_limit_bytes > 0;
    }
    if (!limited)
        sum.memory_limit_bytes = 0;
    return sum;
}
