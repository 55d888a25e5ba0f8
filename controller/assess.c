/* SPDX-License-Identifier: MIT */
/* assess.c: container state, Docker's verdict, our probe and the dependencies, put together. */
#include "controller/assess.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/graph.h"
#include "controller/core/hash.h"
#include "controller/watch/network.h"

static void obstacle(struct check_plan *plan, const char *code, const char *reason)
{
    plan->finding = code;
    plan->reason = reason;
}

/* Needs no network. A command's words may hold secrets: they are shown nowhere. */
static void plan_inside(const struct spec *spec, struct check_plan *ret)
{
    ret->probe = spec->check;
    ret->target = mem_copy(spec->check == CHECK_COMMAND ? "command" : spec->health_file);
}

static void plan_probe(const struct spec *spec, const struct observed *observed, enum check_kind kind,
                       struct check_plan *ret)
{
    int port = spec->health_port ? spec->health_port : spec->port;
    if (!port) {
        obstacle(ret, "missing-port",
                 "No port is known to check; say it with service.port or service.health.port");
        return;
    }
    if (!observed->probe_address || !observed->probe_address[0]) {
        obstacle(ret,
                 !spec->external        ? "unreachable-network"
                 : observed->address[0] ? "outside-external-networks"
                                        : "unresolved-host",
                 observed->unreachable ? observed->unreachable : "the container has no address");
        return;
    }
    ret->probe = kind;
    enum protocol protocol = kind == CHECK_TCP                  ? PROTOCOL_TCP
                             : spec->protocol == PROTOCOL_HTTPS ? PROTOCOL_HTTPS
                             : kind == CHECK_GRPC               ? PROTOCOL_GRPC
                                                                : PROTOCOL_HTTP;
    char url[256];
    network_url(url, sizeof url, protocol, observed->probe_address, port,
                kind == CHECK_HTTP ? spec->health_path : "");
    ret->target = mem_copy(url);
}

void check_plan_free(struct check_plan *plan)
{
    free(plan->target);
    *plan = (struct check_plan){.probe = CHECK_NONE};
}

void check_plan(const struct spec *spec, const struct observed *observed, bool enabled, bool tcp_instead,
                struct check_plan *ret)
{
    *ret = (struct check_plan){.probe = CHECK_NONE};
    if (spec->check_explicit) {
        switch (spec->check) {
        case CHECK_DOCKER:
            ret->docker = true;
            if (!spec->has_healthcheck)
                obstacle(ret, "no-healthcheck",
                         "service.health.check=docker, but the container has no HEALTHCHECK");
            return;
        case CHECK_HTTP:
        case CHECK_TCP:
        case CHECK_GRPC:
        case CHECK_SYSTEMD:
        case CHECK_COMMAND:
        case CHECK_FILE:
            break;
        case CHECK_NONE:
        case CHECK_COUNT:
            return;
        }
    } else {
        ret->docker = spec->has_healthcheck;
        ret->implicit = true;
    }
    if (observed->state != CONTAINER_RUNNING || !enabled || spec->check_disabled)
        return;
    enum check_kind kind = spec->check_explicit ? spec->check : spec->implicit;
    if (kind == CHECK_NONE) {
        if (!spec->has_healthcheck && !spec->check_explicit && !spec->never_heal)
            obstacle(
                ret, "no-healthcheck",
                "Nothing is checked: the image has no HEALTHCHECK and no port is known; add one of them, or "
                "service.health.command");
        return;
    }
    if (kind == CHECK_SYSTEMD) { /* the host is asked, so that no address is needed */
        ret->probe = kind;
        ret->target = mem_copy(spec->health_unit);
        return;
    }
    if (kind == CHECK_COMMAND || kind == CHECK_FILE) {
        plan_inside(spec, ret);
        return;
    }
    plan_probe(spec, observed, ret->implicit && tcp_instead ? CHECK_TCP : kind, ret);
    if (ret->implicit && ret->finding && strcmp(ret->finding, "missing-port") == 0)
        ret->finding = NULL; /* nobody asked for this check */
    /* A database answers its connections or is not there; of other things an open port says little. */
    if (ret->implicit && ret->probe == CHECK_TCP && !tcp_instead && !ret->finding && !spec->has_healthcheck &&
        !spec->database && !spec->never_heal)
        obstacle(ret, "no-healthcheck",
                 "Only its port is tried, since the image has no HEALTHCHECK; add one, or say "
                 "service.health.check=tcp if that is enough");
}

void check_plan_name(const struct check_plan *plan, const struct spec *spec, char ret[static 96])
{
    if (plan->probe == CHECK_HTTP)
        snprintf(ret, 96, "http %d %.70s", spec->health_port ? spec->health_port : spec->port,
                 spec->health_path);
    else if (plan->probe == CHECK_SYSTEMD)
        snprintf(ret, 96, "systemd %.80s", spec->health_unit);
    else if (plan->probe == CHECK_GRPC)
        snprintf(ret, 96, "grpc %d %.70s", spec->health_port ? spec->health_port : spec->port,
                 spec->grpc_service ? spec->grpc_service : "");
    else if (plan->probe == CHECK_TCP)
        snprintf(ret, 96, "tcp %d", spec->health_port ? spec->health_port : spec->port);
    else if (plan->probe == CHECK_COMMAND) /* kept on disk: not even there in plain words */
        snprintf(ret, 96, "command %016llx", (unsigned long long)hash_text(HASH_START, spec->health_command));
    else if (plan->probe == CHECK_FILE)
        snprintf(ret, 96, "file %.80s", spec->health_file);
    else
        snprintf(ret, 96, "docker");
}

/* ---- the view ---- */

static void set_layer(struct health_view *view, enum layer layer, enum status status)
{
    view->has_layer[layer] = true;
    view->layer[layer] = status;
}

static void say(struct health_view *view, enum status status, const char *message)
{
    view->status = status;
    snprintf(view->message, sizeof view->message, "%.159s", message);
}

/* Of what exited, a crash is sick, and so is what we stopped for a restart; the rest is stopped. */
static bool is_sick(const struct assessment *input)
{
    enum intent intent = input->healing->intent;
    return intent == INTENT_OURS || intent == INTENT_OOM ||
           (intent == INTENT_CRASH && input->observed->exit_code);
}

/* A container that does not run: its state speaks for itself. */
static void assess_down(const struct assessment *input, struct health_view *view)
{
    const struct observed *observed = input->observed;
    view->check = CHECK_NONE;
    char text[160];
    switch (observed->state) {
    case CONTAINER_RESTARTING:
        snprintf(text, sizeof text, "Exited with code %d; Docker is restarting it", observed->exit_code);
        say(view, STATUS_UNHEALTHY, text);
        break;
    case CONTAINER_EXITED:
        if (input->healing->intent == INTENT_OURS)
            snprintf(text, sizeof text, "Stopped for a restart");
        else if (input->healing->intent == INTENT_OOM)
            snprintf(text, sizeof text, "Ended for lack of memory (code %d)", observed->exit_code);
        else
            snprintf(text, sizeof text, "Exited with code %d", observed->exit_code);
        say(view, is_sick(input) ? STATUS_UNHEALTHY : STATUS_STOPPED, text);
        break;
    case CONTAINER_CREATED:
        snprintf(text, sizeof text, "%s%s",
                 observed->engine_error ? "Could not start: " : "Created, not started",
                 observed->engine_error ? observed->engine_error : "");
        say(view, STATUS_STOPPED, text);
        break;
    case CONTAINER_PAUSED:
        say(view, STATUS_STOPPED, "Paused");
        break;
    case CONTAINER_DEAD:
    case CONTAINER_REMOVING:
        say(view, STATUS_STOPPED, "Being removed");
        break;
    case CONTAINER_RUNNING:
    case CONTAINER_STATE_UNKNOWN:
    case CONTAINER_STATE_COUNT:
        say(view, STATUS_UNKNOWN, "");
        break;
    }
    set_layer(view, LAYER_CONTAINER, view->status);
}

static void assess_docker(const struct assessment *input, struct health_view *view)
{
    enum status verdict = input->observed->docker_health;
    say(view, verdict,
        verdict == STATUS_HEALTHY     ? "Docker's HEALTHCHECK passes"
        : verdict == STATUS_UNHEALTHY ? "Docker's HEALTHCHECK fails"
        : verdict == STATUS_STARTING  ? "Docker's HEALTHCHECK has not passed yet"
                                      : "Docker says nothing about its health");
    view->check = CHECK_DOCKER;
    view->implicit = false;
    view->latest_passed = verdict == STATUS_HEALTHY;
}

static void copy_checks(const struct outcome *outcome, struct health_view *view)
{
    if (!outcome->check_count)
        return;
    view->check_count = outcome->check_count;
    view->check_items = mem_new(outcome->check_count * sizeof *view->check_items);
    memcpy(view->check_items, outcome->check, outcome->check_count * sizeof *view->check_items);
}

static void assess_probe(const struct assessment *input, struct health_view *view)
{
    const struct outcome *outcome = input->outcome;
    view->check = input->plan->probe;
    view->implicit = input->plan->implicit;
    snprintf(view->target, sizeof view->target, "%s", input->plan->target ? input->plan->target : "");
    if (!outcome) {
        say(view, STATUS_STARTING, "Not checked yet");
        return;
    }
    say(view, input->verdict->status, outcome->message);
    view->consecutive_failures = input->verdict->failures;
    view->latest_passed = input->verdict->latest_passed;
    view->http_status = outcome->http_status;
    view->error_class = input->verdict->latest_passed
                            ? ERROR_CLASS_NONE
                            : outcome_error_class(outcome->kind, outcome->http_status);
    if (outcome->has_body_status)
        set_layer(view, LAYER_APPLICATION, outcome->body_status);
    copy_checks(outcome, view);
}

/* Both Docker's check and an implicit one run: the worse counts, but the implicit one alone makes degraded at
 * most. */
static void assess_both(const struct assessment *input, struct health_view *view)
{
    struct health_view docker = *view;
    assess_docker(input, &docker);
    assess_probe(input, view);
    enum status probe = view->status;
    set_layer(view, LAYER_CONTAINER, docker.status);
    set_layer(view, LAYER_SERVICE, probe);
    bool docker_speaks = docker.status != STATUS_UNKNOWN;
    if (docker.status == STATUS_HEALTHY && probe != STATUS_HEALTHY && probe != STATUS_STARTING) {
        view->status = STATUS_DEGRADED;
    } else if (docker_speaks && (docker.status != STATUS_HEALTHY || probe == STATUS_STARTING)) {
        view->status = docker.status;
        view->check = CHECK_DOCKER;
        view->implicit = false;
        view->latest_passed = docker.latest_passed;
        memcpy(view->message, docker.message, sizeof view->message);
    }
}

static bool is_down(const struct service *service, const struct service_dependency *dependency)
{
    const struct service *target = dependency->target;
    if (dependency->type == DEPENDENCY_REQUIRED) {
        enum status unmet = graph_unmet(service, dependency);
        return unmet != STATUS_COUNT && unmet != STATUS_STARTING;
    }
    return target && (target->status == STATUS_UNHEALTHY || target->status == STATUS_FAILED ||
                      (target->status == STATUS_STOPPED && !dependency->needs_completion));
}

static void assess_dependencies(const struct assessment *input, struct health_view *view)
{
    if (!input->service || !input->service->dependency_count)
        return;
    enum status worst = STATUS_HEALTHY;
    for (size_t i = 0; i < input->service->dependency_count; i++) {
        const struct service_dependency *dependency = &input->service->dependencies[i];
        if (!is_down(input->service, dependency))
            continue;
        if (dependency->type == DEPENDENCY_REQUIRED)
            worst = STATUS_UNHEALTHY;
        else if (worst == STATUS_HEALTHY && dependency->type == DEPENDENCY_OPTIONAL)
            worst = STATUS_DEGRADED;
        if (dependency->type == DEPENDENCY_OPTIONAL && view->status == STATUS_HEALTHY) {
            view->status = STATUS_DEGRADED;
            snprintf(view->message, sizeof view->message, "Optional dependency %.80s is %s", dependency->name,
                     status_name[dependency->target->status]);
        }
    }
    set_layer(view, LAYER_DEPENDENCIES, worst);
}

void assess(const struct assessment *input, struct health_view *ret)
{
    *ret = (struct health_view){.status = STATUS_UNKNOWN, .check = CHECK_NONE};
    const struct check_plan *plan = input->plan;
    if (input->observed->state != CONTAINER_RUNNING) {
        assess_down(input, ret);
        return;
    }
    if (plan->docker && plan->probe != CHECK_NONE) {
        assess_both(input, ret);
    } else if (plan->docker) {
        assess_docker(input, ret);
        set_layer(ret, LAYER_CONTAINER, ret->status);
    } else if (plan->probe != CHECK_NONE) {
        assess_probe(input, ret);
        set_layer(ret, LAYER_SERVICE, ret->status);
    } else {
        say(ret, STATUS_UNKNOWN, plan->finding ? plan->reason : "Nothing is checked");
    }
    assess_dependencies(input, ret);
}
