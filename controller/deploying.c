/* SPDX-License-Identifier: MIT */
/* deploying.c: feeds the tracker of deployments, and tells how they ended. Records only. */
#include "controller/deploying.h"

#include <string.h>
#include <strings.h>

#include "controller/core/generation.h"

/* A sign without a known end is looked at again this often, within these bounds: its end is nobody's event.
 */
enum { LOOK_LEAST_MS = 500, LOOK_MOST_MS = 60 * 1000 };

void deploying_configure(struct controller *controller)
{
    deployments_set(controller->deployments, controller->options->deploy_settle_ms,
                    controller->options->deploy_verify_ms);
}

static struct deployment_subject subject_of(const struct instance *instance)
{
    const struct spec *spec = instance->spec;
    return (struct deployment_subject){.key = spec->key,
                                       .project = spec->compose_project,
                                       .artifact = deployment_artifact(spec->working_dir),
                                       .coolify_application = spec->coolify_application};
}

/* ---- what is seen ---- */

static bool is_helper(struct controller *controller, const struct watch_other *other)
{
    bool backup;
    if (!deployment_is_helper(other->image, other->name, &backup))
        return false;
    bool works = other->state == CONTAINER_RUNNING && other->action != EVENT_DESTROY;
    if (works)
        deployment_helper(controller->deployments, other->id, other->name, backup, other->created_at_wall_ms,
                          controller->now);
    else
        deployment_gone(controller->deployments, other->id);
    return true;
}

bool deploying_other(struct controller *controller, const struct watch_other *other)
{
    if (is_helper(controller, other))
        return true;
    const char *project = pairs_get(other->labels, "com.docker.compose.project");
    const char *oneoff = project ? pairs_get(other->labels, "com.docker.compose.oneoff") : NULL;
    if (!project || !project[0] || (oneoff && strcasecmp(oneoff, "true") == 0))
        return false;
    if (other->action == EVENT_CREATE || other->action == EVENT_RENAME || other->action == EVENT_DESTROY)
        deployment_step(controller->deployments, NULL, project, controller->now);
    if (other->action != EVENT_DESTROY)
        deployment_see(controller->deployments,
                       &(struct deployment_container){.id = other->id,
                                                      .name = other->name,
                                                      .project = project,
                                                      .state = other->state,
                                                      .created_at_wall_ms = other->created_at_wall_ms},
                       controller->now);
    return true;
}

void deploying_container(struct controller *controller, struct record *record,
                         const struct instance *instance)
{
    const struct spec *spec = instance->spec;
    const struct observed *observed = instance->observed;
    if (spec->oneoff)
        return;
    deployment_see(controller->deployments,
                   &(struct deployment_container){.id = observed->id,
                                                  .name = observed->container,
                                                  .key = spec->key,
                                                  .project = spec->compose_project,
                                                  .artifact = deployment_artifact(spec->working_dir),
                                                  .state = observed->state,
                                                  .failed_start = observed->engine_error != NULL,
                                                  .created_at_wall_ms = observed->created_at_wall_ms},
                   controller->now);
    /* Compose 1 stops the old one before it renames it, so its reason shows only afterwards. */
    bool stopped = observed->state == CONTAINER_EXITED &&
                   strcmp(record->healing->intent_container, record->id) == 0 &&
                   record->healing->intent == INTENT_MANUAL;
    if (stopped && deployment_name_passes(observed->container))
        intake_set_intent(controller, record, INTENT_DEPLOY);
}

void deploying_event(struct controller *controller, const struct instance *instance,
                     const struct engine_event *event)
{
    const struct spec *spec = instance->spec;
    if (!spec->oneoff && (event->action == EVENT_RENAME || event->action == EVENT_DESTROY))
        deployment_step(controller->deployments, spec->key, spec->compose_project, controller->now);
}

bool deploying_replaces(const struct controller *controller, const struct record *record)
{
    const struct instance *instance = registry_instance(controller->registry, record->ref);
    return instance && deployment_replaces(controller->deployments, instance->spec->key, record->id);
}

/* Feeds what only the whole service shows. */
static void see_service(struct controller *controller, const struct service *service)
{
    deployment_generations(controller->deployments, service->key,
                           service->instance_count > 1 ? generation_since(service) : 0, controller->now);
}

void deploying_gone(struct controller *controller, const char *id, const struct service *service)
{
    deployment_gone(controller->deployments, id);
    if (!service)
        return;
    if (!service->instance_count) {
        deployment_forget(controller->deployments, service->key);
        return;
    }
    see_service(controller, service);
}

/* ---- what follows ---- */

enum deployment_sign deploying_told(const struct controller *controller, const struct instance *instance,
                                    struct told *ret)
{
    struct deployment_subject subject = subject_of(instance);
    return deployment_judge(controller->deployments, &subject, controller->now, ret);
}

/* Until when the youngest of those that are starting may take. */
static int64_t starting_until(const struct service *service)
{
    int64_t until = 0;
    for (const struct instance *at = service->first; at; at = at->next) {
        int64_t end = at->observed->started_at_wall_ms + at->spec->start_period_ms;
        if (at->health.status == STATUS_STARTING && end > until)
            until = end;
    }
    return until;
}

/* Whom an event about the whole service names: its newest container. */
static const struct instance *newest(const struct service *service)
{
    const struct instance *newest = service->first;
    for (const struct instance *at = service->first; at; at = at->next)
        if (at->observed->created_at_wall_ms > newest->observed->created_at_wall_ms)
            newest = at;
    return newest;
}

/* Tells how the deployment of a service ended, once; gives when to ask again. */
static int64_t verify(struct controller *controller, const struct service *service)
{
    struct deployment_subject subject = subject_of(service->first);
    enum status status = service->status;
    int64_t look_at;
    switch (deployment_verify(controller->deployments, &subject, status, starting_until(service),
                              controller->now, &look_at)) {
    case DEPLOYMENT_OPEN:
        break;
    case DEPLOYMENT_VERIFIED:
        tell(controller, SEVERITY_INFO, "deploy-verified", newest(service),
             "Deployment verified: the service is healthy");
        break;
    case DEPLOYMENT_FAILED:
        tell(controller, status == STATUS_DEGRADED ? SEVERITY_WARNING : SEVERITY_CRITICAL, "deploy-failed",
             newest(service),
             "Deployment failed: the service is %s, not healthy within DEPLOY_VERIFY_TIMEOUT",
             status_name[status]);
        break;
    }
    return look_at;
}

void deploying_look(struct controller *controller, struct record *record, const struct instance *instance)
{
    see_service(controller, instance->service);
    struct deployment_subject subject = subject_of(instance);
    struct told told;
    enum deployment_sign sign = deployment_judge(controller->deployments, &subject, controller->now, &told);
    if (sign != DEPLOYMENT_NONE && sign != DEPLOYMENT_STEPS) {
        int64_t wait = controller->options->deploy_settle_ms;
        wait = wait < LOOK_LEAST_MS ? LOOK_LEAST_MS : wait > LOOK_MOST_MS ? LOOK_MOST_MS : wait;
        record_look_at(controller, record, controller->now.wall_ms + wait);
    }
    char sentence[200];
    while (told.sentence[0] &&
           deployment_overdue(controller->deployments, &subject, controller->now, sentence))
        tell(controller, SEVERITY_WARNING, "deploy-long", instance, "%s", sentence);
    record_look_at(controller, record, verify(controller, instance->service));
}

void deploying_moved(struct controller *controller, const struct service *service)
{
    struct record *record = service->first ? record_find(controller, service->first->observed->id) : NULL;
    if (record)
        record_look_at(controller, record, verify(controller, service));
}
