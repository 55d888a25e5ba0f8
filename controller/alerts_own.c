/* SPDX-License-Identifier: MIT */
/* alerts_own.c: quaywatch's own troubles, as a table: what of it is wrong makes all the rest worth less. */
#include "controller/alerts_internal.h"

#include <string.h>

#include "controller/core/decision.h"
#include "controller/exits.h"
#include "exporter/history/annals.h"

enum { ENGINE_MS = 30 * 1000 }; /* an engine's restart is no trouble */

static const char engine_key[] = "own:engine-away", network_key[] = "own:network";

/* Room for a sentence that is made at the look. */
struct made {
    char text[480];
};

/* The sentence of a trouble that is there, else NULL or "". */
typedef const char *own_look(const struct controller *controller, struct made *made);

static const char *look_engine(const struct controller *controller, struct made *made)
{
    if (controller->engine.connected)
        return NULL;
    snprintf(made->text, sizeof made->text,
             "%.300s. Nothing is healed, and what containers do is not seen, until it answers.",
             controller->engine.error[0] ? controller->engine.error : "The engine does not answer");
    return made->text;
}

static const char *look_network(const struct controller *controller, struct made *made)
{
    if (!controller->unreachable_many)
        return NULL;
    snprintf(
        made->text, sizeof made->text,
        "%u of %u checked instances cannot be reached: the fault may be quaywatch's own network. Restarts "
        "are held.",
        controller->unreachable_count, controller->checked_count);
    return made->text;
}

static const char *look_observe(const struct controller *controller, struct made *made)
{
    (void)made;
    return controller->observe_only;
}

static const char *look_state(const struct controller *controller, struct made *made)
{
    (void)made;
    return controller->state_trouble;
}

static const char *look_file(const struct controller *controller, struct made *made)
{
    (void)made;
    return controller->file_trouble;
}

static const char *look_second(const struct controller *controller, struct made *made)
{
    (void)made;
    return controller->second;
}

static const char *look_history(const struct controller *controller, struct made *made)
{
    (void)made;
    return controller->annals ? annals_trouble(controller->annals) : NULL;
}

static const char *look_exports(const struct controller *controller, struct made *made)
{
    (void)made;
    return exits_trouble(controller->exits);
}

static const struct own {
    const char *key, *name, *title, *over;
    enum severity severity;
    int64_t delay_ms; /* below 0: the settings' */
    own_look *look;
} owns[] = {
    {engine_key, "engine-away", "The container engine does not answer", "The container engine answers again",
     SEVERITY_CRITICAL, ENGINE_MS, look_engine},
    {network_key, "network-unreachable", "Most checked services cannot be reached",
     "Most services can be reached again", SEVERITY_CRITICAL, -1, look_network},
    {"own:observe-only", "observe-only", "quaywatch may only observe", "quaywatch heals again",
     SEVERITY_WARNING, -1, look_observe},
    {"own:state", "state-not-written", "quaywatch cannot write its memory",
     "quaywatch writes its memory again", SEVERITY_WARNING, -1, look_state},
    {"own:history", "history-off", "quaywatch records no history", "quaywatch records history again",
     SEVERITY_WARNING, -1, look_history},
    {"own:status-file", "status-file-not-written", "quaywatch cannot write the status file",
     "quaywatch writes the status file again", SEVERITY_WARNING, -1, look_file},
    {"own:exports", "export-failing", "An export is behind the registry", "All exports are in step again",
     SEVERITY_WARNING, -1, look_exports},
    {"own:second", "second-controller", "Another quaywatch heals here already",
     "No other quaywatch heals here any more", SEVERITY_WARNING, -1, look_second},
};

/* Each turn looks whether one came or went; what is said of it is renewed every now and then. */
void alerts_look_own(struct controller *controller)
{
    struct alerts *alerts = controller->alerts;
    struct troubles *troubles = alerts->troubles;
    bool renew = controller->now.mono_ms - alerts->own_mono_ms >= LOOK_MS;
    if (renew)
        alerts->own_mono_ms = controller->now.mono_ms;
    for (size_t i = 0; i < sizeof owns / sizeof *owns; i++) {
        const struct own *own = &owns[i];
        struct made made;
        unsigned bit = 1U << i;
        const char *sentence = own->look(controller, &made);
        bool there = sentence && sentence[0], was = alerts->own_there & bit;
        if (there == was && (!renew || (!there && !troubles_knows(troubles, own->key))))
            continue;
        alerts->own_there = there ? alerts->own_there | bit : alerts->own_there & ~bit;
        alerts->moved |= there != was;
        if (there)
            troubles_set(troubles,
                         &(struct trouble_fact){.key = own->key,
                                                .name = own->name,
                                                .service = "",
                                                .container = "",
                                                .project = "",
                                                .title = own->title,
                                                .sentence = sentence,
                                                .severity = own->severity,
                                                .delay_ms = own->delay_ms,
                                                .channels = alerts_channels(NULL)},
                         controller->now);
        else
            troubles_clear(troubles, own->key, own->over, controller->now);
    }
}

const char *alerts_own_cause(const struct controller *controller, const struct service *service)
{
    char key[ALERT_KEY];
    snprintf(key, sizeof key, "service:%s", service->key);
    if (controller->engine.connected && !controller->unreachable_many)
        return NULL;
    if (troubles_told(controller->alerts->troubles, key)) /* it began before */
        return NULL;
    if (!controller->engine.connected)
        return engine_key;
    for (const struct instance *at = service->first; at; at = at->next)
        if (at->decision.reason && strcmp(at->decision.reason, hold_name[HOLD_UNREACHABLE]) == 0)
            return network_key;
    return NULL;
}
