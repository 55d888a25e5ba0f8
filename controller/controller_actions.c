/* SPDX-License-Identifier: MIT */
/* controller_actions.c: what the exporters ask of the controller: restarts, the ladder, what is wrong. */
#include "controller/controller_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "controller/external.h"
#include "controller/heal.h"
#include "controller/core/log.h"
#include "controller/healing/history.h"
#include "exporter/history/annals.h"

static int action_ladder(void *user, const struct instance *instance,
                         struct ladder_row row[static HOLD_COUNT])
{
    struct controller *controller = user;
    struct record *record = record_find(controller, instance->observed->id);
    if (!record)
        return -ENOENT;
    controller->now = clock_now();
    struct facts facts;
    judge_facts(controller, record, instance, &facts);
    decide_ladder(&facts, row);
    return 0;
}

static int action_explain(void *user, const struct instance *instance, struct explained *ret)
{
    struct controller *controller = user;
    const struct record *record = record_find(controller, instance->observed->id);
    if (!record)
        return -ENOENT;
    const struct healing *healing = record->healing;
    const struct spec *spec = instance->spec;
    int64_t backoff_end = healing->failed_since ? 0 : healing_backoff_end(healing, spec);
    *ret = (struct explained){
        .restarts_left = healing_budget_used(healing, spec) ? 0 : spec->restart_max - healing->counted,
        .backoff_ends_wall_ms = backoff_end > clock_now().wall_ms ? backoff_end : 0,
        .healthy_since_wall_ms = healing->healthy_since,
        .failed_since_wall_ms = healing->failed_since,
        .next_trial_at_wall_ms = healing->failed_since ? healing->next_trial_at : 0,
        .passed_check = healing->passed_check,
    };
    ret->item = history_items(healing->history, &ret->count);
    return 0;
}

static int action_stranger(void *user, const char *name, struct stranger *ret)
{
    struct controller *controller = user;
    struct watch_stranger seen;
    if (!watch_stranger(controller->watch, name, &seen))
        return -ENOENT;
    *ret = (struct stranger){
        .id = seen.id,
        .name = seen.name,
        .state = seen.state,
        .sentence = strcmp(seen.why, "service.ignore") == 0
                        ? "The label service.ignore hides it"
                        : "No service.*, coolify.* or autoheal label asks for it; add service.name, or set "
                          "QUAYWATCH_WATCH=all"};
    return 0;
}

static const char *action_trouble(void *user)
{
    struct controller *controller = user;
    const char *external = externals_trouble(controller->externals);
    const char *text = controller->state_trouble[0]         ? controller->state_trouble
                       : external[0]                        ? external
                       : controller->file_trouble[0]        ? controller->file_trouble
                       : annals_trouble(controller->annals) ? annals_trouble(controller->annals)
                       : controller->observe_only[0]        ? controller->observe_only
                       : controller->second[0]              ? controller->second
                                                            : NULL;
    if (!text && controller->unreachable_many) {
        snprintf(controller->trouble, sizeof controller->trouble,
                 "%u of %u checked instances cannot be reached; restarts are held",
                 controller->unreachable_count, controller->checked_count);
        text = controller->trouble;
    }
    return text;
}

/* ---- the log of requests ---- */

static void serving(const char *request_id)
{
    log_request(request_id);
}

/* The access log: a line a request, for those who look for something. */
static void answered(const struct answered *answered)
{
    char client[INET6_ADDRSTRLEN] = "-";
    if (!log_wants(LOG_LEVEL_DEBUG))
        return;
    if (answered->local)
        snprintf(client, sizeof client, "local");
    else if (answered->client->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)answered->client)->sin_addr, client,
                  sizeof client);
    else if (answered->client->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)answered->client)->sin6_addr, client,
                  sizeof client);
    const struct log_field fields[] = {
        {"method", answered->method, 0},    {"path", answered->path, 0},
        {"status", NULL, answered->status}, {"bytes", NULL, (double)answered->bytes},
        {"ms", NULL, answered->ms},         {"client", client, 0}};
    const char *before = log_request(answered->request_id);
    log_fields(LOG_LEVEL_DEBUG, fields, sizeof fields / sizeof *fields, "%s %s %d, %zu bytes, %.2f ms, %s",
               answered->method, answered->path, answered->status, answered->bytes, answered->ms, client);
    log_request(before);
}

void controller_log_requests(struct exporter_context *context)
{
    context->serving = serving;
    context->answered = answered;
}

struct actions controller_actions(struct controller *controller)
{
    struct actions actions = {.user = controller,
                              .restart = heal_person,
                              .maintain = maintenance_set,
                              .breaker = breaker_person,
                              .ladder = action_ladder,
                              .explain = action_explain,
                              .stranger = action_stranger,
                              .trouble = action_trouble};
    external_actions(&actions);
    return actions;
}
