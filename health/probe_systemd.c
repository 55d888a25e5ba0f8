/* SPDX-License-Identifier: MIT */
/* probe_systemd.c: the systemd check: the state of a unit on the host, for a container that is only as good
 * as a service beside it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "health/probe_kind.h"
#include "health/unit_bus.h"

/* What systemd says about a unit that it knows. */
static void judge_known(const struct probe_spec *spec, const struct unit_state *state,
                        struct outcome *outcome)
{
    static const struct {
        const char *active;
        enum outcome_kind kind;
    } rows[] = {
        {"active", OUTCOME_PASS},
        {"reloading", OUTCOME_PASS},
        {"refreshing", OUTCOME_PASS},
        {"activating", OUTCOME_DEGRADED}, /* on its way: neither sick nor ready */
    };
    char text[320];
    if (strcmp(state->load, "not-found") == 0) {
        outcome->kind = OUTCOME_MISSING;
        snprintf(text, sizeof text, "There is no unit %.80s on the host; service.health.unit names it",
                 spec->unit);
    } else {
        outcome->kind = OUTCOME_VERDICT;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            if (strcmp(rows[i].active, state->active) == 0)
                outcome->kind = rows[i].kind;
        /* systemd tries again and again to start what ends again and again: that is no start. */
        if (strcmp(state->sub, "auto-restart") == 0)
            outcome->kind = OUTCOME_VERDICT;
        bool masked = strcmp(state->load, "masked") == 0;
        snprintf(text, sizeof text, "The host's unit %.80s is %s (%s)%s", spec->unit, state->active,
                 state->sub, masked ? " and masked, so that it cannot be started" : "");
    }
    outcome_sentence(outcome->kind, text, outcome->message, sizeof outcome->message);
}

void probe_judge_unit(const struct probe_spec *spec, const struct unit_state *state, struct outcome *outcome)
{
    *outcome = (struct outcome){.kind = OUTCOME_NOT_MADE, .response_ms = state->total_ms};
    const char *reason = NULL;
    char text[256];
    switch (state->end) {
    case UNIT_KNOWN:
        judge_known(spec, state, outcome);
        probe_judge_pace(spec, outcome);
        return;
    case UNIT_NO_BUS:
        reason =
            "the host's D-Bus is not there; mount /run/dbus/system_bus_socket into quaywatch's container";
        break;
    case UNIT_DENIED:
        reason = "the host's D-Bus does not allow quaywatch to ask systemd";
        break;
    case UNIT_STRANGER:
        snprintf(text, sizeof text,
                 "the host's D-Bus lets in only users that the host knows: run useradd --system --uid %u "
                 "quaywatch there",
                 (unsigned)geteuid());
        reason = text;
        break;
    case UNIT_LOST:
        reason = "the host's D-Bus closed the connection before it answered";
        break;
    case UNIT_TIMEOUT:
        reason = "the host's systemd did not answer in time";
        break;
    case UNIT_NO_SYSTEMD:
        reason = "there is no systemd on this D-Bus";
        break;
    case UNIT_FAILED:
        snprintf(text, sizeof text, "systemd says: %s", state->message);
        reason = text;
        break;
    }
    outcome_sentence(outcome->kind, reason, outcome->message, sizeof outcome->message);
}

static void on_done(void *user, const struct unit_state *state)
{
    struct probe *probe = user;
    struct outcome outcome;
    probe_judge_unit(probe->spec, state, &outcome);
    probe_finish(probe, &outcome);
}

static void systemd_start(struct probe *probe, const struct probe_tools *tools)
{
    probe->running = unit_bus_ask(tools->units, probe->spec->unit, probe->spec->timeout_ms, on_done, probe);
}

static void systemd_cancel(struct probe *probe)
{
    unit_call_cancel(probe->running);
}

const struct probe_kind probe_systemd = {systemd_start, systemd_cancel};
