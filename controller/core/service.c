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
    [CHECK_SYSTEMD] = "systemd", [CHECK_GRPC] = "grpc",
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

bool check_over_network(enum check_kind kind)
{
    switch (kind) {
    case CHECK_HTTP:
    case CHECK_TCP:
    case CHECK_GRPC:
        return true;
    case CHECK_COMMAND:
    case CHECK_FILE:
    case CHECK_DOCKER:
    case CHECK_SYSTEMD:
    case CHECK_NONE:
    case CHECK_COUNT:
        return false;
    }
    return false;
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
