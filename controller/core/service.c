/* SPDX-License-Identifier: MIT */
/* service.c: the names of the closed lists, and the ends of the plain values. */
#include "controller/core/service.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const status_name[STATUS_COUNT] = {
    [STATUS_STARTING] = "starting",   [STATUS_HEALTHY] = "healthy", [STATUS_DEGRADED] = "degraded",
    [STATUS_UNHEALTHY] = "unhealthy", [STATUS_FAILED] = "failed",   [STATUS_UNKNOWN] = "unknown",
    [STATUS_STOPPED] = "stopped",
};

const char *const container_state_name[CONTAINER_STATE_COUNT] = {
    [CONTAINER_CREATED] = "created",   [CONTAINER_RUNNING] = "running",
    [CONTAINER_PAUSED] = "paused",     [CONTAINER_RESTARTING] = "restarting",
    [CONTAINER_REMOVING] = "removing", [CONTAINER_EXITED] = "exited",
    [CONTAINER_DEAD] = "dead",         [CONTAINER_STATE_UNKNOWN] = "unknown",
};

const char *const check_name[CHECK_COUNT] = {
    [CHECK_NONE] = "none",       [CHECK_HTTP] = "http",     [CHECK_TCP] = "tcp",
    [CHECK_COMMAND] = "command", [CHECK_DOCKER] = "docker", [CHECK_FILE] = "file",
    [CHECK_SYSTEMD] = "systemd",
};

const char *const protocol_name[PROTOCOL_COUNT] = {
    [PROTOCOL_HTTP] = "http",
    [PROTOCOL_HTTPS] = "https",
    [PROTOCOL_TCP] = "tcp",
    [PROTOCOL_GRPC] = "grpc",
};

const char *const restart_policy_name[RESTART_POLICY_COUNT] = {
    [RESTART_NO] = "no",
    [RESTART_ON_UNHEALTHY] = "on-unhealthy",
    [RESTART_ON_FAILURE] = "on-failure",
    [RESTART_ALWAYS] = "always",
};

const char *const dependency_type_name[DEPENDENCY_TYPE_COUNT] = {
    [DEPENDENCY_REQUIRED] = "required",
    [DEPENDENCY_OPTIONAL] = "optional",
    [DEPENDENCY_SOFT] = "soft",
    [DEPENDENCY_CIRCULAR] = "circular",
};

const char *const breaker_state_name[BREAKER_STATE_COUNT] = {
    [BREAKER_CLOSED] = "closed",
    [BREAKER_OPEN] = "open",
    [BREAKER_HALF_OPEN] = "half_open",
};

const char *const outcome_name[OUTCOME_KIND_COUNT] = {
    [OUTCOME_PASS] = "pass",
    [OUTCOME_DEGRADED] = "degraded",
    [OUTCOME_REFUSED] = "refused",
    [OUTCOME_CONNECT_TIMEOUT] = "connect-timeout",
    [OUTCOME_READ_TIMEOUT] = "read-timeout",
    [OUTCOME_NO_ROUTE] = "no-route",
    [OUTCOME_STATUS] = "status",
    [OUTCOME_BODY] = "body",
    [OUTCOME_PROTOCOL] = "protocol",
    [OUTCOME_TLS] = "tls",
    [OUTCOME_CUT] = "cut",
    [OUTCOME_NO_ADDRESS] = "no-address",
    [OUTCOME_VERDICT] = "verdict",
    [OUTCOME_LOCAL] = "local",
};

const char *const hold_name[HOLD_COUNT] = {
    [HOLD_ENGINE_DOWN] = "engine-down",
    [HOLD_POLICY] = "policy",
    [HOLD_DRY_RUN] = "dry-run",
    [HOLD_MANUAL_STOP] = "manual-stop",
    [HOLD_ORCHESTRATED] = "orchestrated",
    [HOLD_PAUSED] = "paused",
    [HOLD_ENGINE_RESTARTING] = "engine-restarting",
    [HOLD_DEPLOYING] = "deploying",
    [HOLD_MAINTENANCE] = "maintenance",
    [HOLD_CHECK_WRONG] = "check-wrong",
    [HOLD_CAPACITY] = "capacity",
    [HOLD_START_PERIOD] = "start-period",
    [HOLD_DEPENDENCY] = "dependency",
    [HOLD_UNREACHABLE] = "unreachable",
    [HOLD_SETTLING] = "settling",
    [HOLD_STORM] = "storm",
    [HOLD_BACKOFF] = "backoff",
    [HOLD_BUDGET] = "budget",
};

const char *const action_name[ACTION_COUNT] = {
    [ACTION_NONE] = "none",
    [ACTION_ACT] = "act",
    [ACTION_HOLD] = "hold",
};

const char *const layer_name[LAYER_COUNT] = {
    [LAYER_CONTAINER] = "container",
    [LAYER_SERVICE] = "service",
    [LAYER_APPLICATION] = "application",
    [LAYER_DEPENDENCIES] = "dependencies",
};

static const char *status_error_class(int http_status)
{
    if (http_status == 408)
        return "TIMEOUT_ERROR";
    if (http_status >= 500 && http_status <= 599)
        return "SERVER_ERROR";
    if (http_status >= 400 && http_status <= 499)
        return "CLIENT_ERROR";
    return "UNKNOWN_ERROR";
}

const char *outcome_error_class(enum outcome_kind kind, int http_status)
{
    switch (kind) {
    case OUTCOME_PASS:
    case OUTCOME_DEGRADED:
        return NULL;
    case OUTCOME_REFUSED:
    case OUTCOME_NO_ROUTE:
    case OUTCOME_CUT:
    case OUTCOME_TLS:
    case OUTCOME_NO_ADDRESS:
        return "NETWORK_ERROR";
    case OUTCOME_CONNECT_TIMEOUT:
    case OUTCOME_READ_TIMEOUT:
        return "TIMEOUT_ERROR";
    case OUTCOME_STATUS:
        return status_error_class(http_status);
    case OUTCOME_BODY:
        return "SERVER_ERROR";
    case OUTCOME_PROTOCOL:
    case OUTCOME_VERDICT:
    case OUTCOME_LOCAL:
    case OUTCOME_KIND_COUNT:
        break;
    }
    return "UNKNOWN_ERROR";
}

void findings_add(struct arena *arena, struct findings *list, const char *code, const char *format, ...)
{
    char sentence[512];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);

    /* The capacity is the next power of two of the count. */
    if ((list->count & (list->count - 1)) == 0) {
        size_t room = list->count ? 2 * list->count : 1;
        struct finding *grown = arena_new(arena, room * sizeof *grown);
        if (list->count)
            memcpy(grown, list->item, list->count * sizeof *grown);
        list->item = grown;
    }
    list->item[list->count++] = (struct finding){.code = code, .sentence = arena_copy(arena, sentence)};
}

void spec_free(struct spec *spec)
{
    if (!spec)
        return;
    arena_free(&spec->arena);
    free(spec);
}

void observed_free(struct observed *observed)
{
    if (!observed)
        return;
    arena_free(&observed->arena);
    free(observed);
}
