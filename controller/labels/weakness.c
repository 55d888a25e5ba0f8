/* SPDX-License-Identifier: MIT */
/* weakness.c: what labels and image allow, and what is still weak: found only where a person can mend it. */
#include "controller/labels/policy.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/text.h"
#include "controller/labels/service.h"

/* Whether a person said the value of this field, rather than the image or nobody. */
static bool said_by_label(const struct spec *spec, const char *field)
{
    const char *source = pairs_get(&spec->sources, field);
    return source && strcmp(source, "inspect") != 0;
}

static bool checks_itself(const struct spec *spec)
{
    if (spec->check_disabled)
        return false;
    return spec->check_explicit ? spec->check != CHECK_DOCKER && spec->check != CHECK_NONE
                                : spec->implicit != CHECK_NONE;
}

static void intervals(struct resolution *r)
{
    const struct spec *spec = r->spec;
    if (!checks_itself(spec) || !said_by_label(spec, "health.timeout") ||
        spec->timeout_ms <= spec->interval_ms)
        return;
    char timeout[24], interval[24];
    text_format_duration(spec->timeout_ms, timeout);
    text_format_duration(spec->interval_ms, interval);
    resolution_finding(
        r, "interval-below-timeout",
        "A check may take %s, but the next is due after %s: one that hangs delays those behind "
        "it; make service.health.timeout the shorter one.",
        timeout, interval);
}

/* Several ports are there to choose from, and who labelled the container did not. */
static void ports(struct resolution *r)
{
    const struct container *container = r->container;
    if (r->spec->port || r->spec->health_port || container->exposed_tcp_count < 2 ||
        !service_labelled(&r->merged))
        return;
    char list[64] = "";
    size_t used = 0, shown = container->exposed_tcp_count < 4 ? container->exposed_tcp_count : 4;
    for (size_t i = 0; i < shown; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%d", i ? ", " : "",
                                 container->exposed_tcp[i]);
    resolution_finding(r, "missing-port",
                       "It exposes several ports (%s%s) and no label says at which one it serves: add "
                       "service.port.",
                       list, shown < container->exposed_tcp_count ? ", …" : "");
}

void policy_weaknesses(struct resolution *r)
{
    intervals(r);
    ports(r);
}
