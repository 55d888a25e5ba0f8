/* SPDX-License-Identifier: MIT */
/* Whether quaywatch may restart a container that says nothing about it itself. */
#include "controller/labels/policy.h"

#include "controller/labels/coolify.h"
#include "controller/labels/database.h"
#include "controller/labels/service.h"

static enum restart_policy setting_policy(enum restart_default setting, enum restart_policy automatic)
{
    switch (setting) {
    case RESTART_DEFAULT_AUTO:
        return automatic;
    case RESTART_DEFAULT_NO:
        return RESTART_NO;
    case RESTART_DEFAULT_ON_UNHEALTHY:
        return RESTART_ON_UNHEALTHY;
    case RESTART_DEFAULT_ON_FAILURE:
        return RESTART_ON_FAILURE;
    case RESTART_DEFAULT_ALWAYS:
        return RESTART_ALWAYS;
    }
    return RESTART_NO;
}

/* Who labels a container with our labels wants it healed; what Coolify deployed is Coolify's unless told
 * otherwise. */
static enum restart_policy default_policy(const struct resolution *r)
{
    const struct spec *spec = r->spec;
    bool labelled = service_labelled(&r->merged);
    if (spec->coolify && !labelled)
        return setting_policy(r->options->coolify_restart, RESTART_NO);
    bool asked = labelled || coolify_mission_label(&r->merged);
    return setting_policy(r->options->restart_default,
                          asked && !spec->database ? RESTART_ON_UNHEALTHY : RESTART_NO);
}

void policy_healing(struct resolution *r)
{
    struct spec *spec = r->spec;
    if (!pairs_get(&spec->sources, "restart"))
        spec->restart = default_policy(r);
    if (spec->backoff_max_ms < spec->backoff_ms) {
        if (pairs_get(&spec->sources, "restart.backoff_max"))
            resolution_finding(r, "invalid-value",
                               "Label service.restart.backoff_max is shorter than "
                               "service.restart.backoff; the longer one is used for both.");
        spec->backoff_max_ms = spec->backoff_ms;
    }
}
