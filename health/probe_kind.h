/* probe_kind.h: what probe.c asks of each kind of check. Inside health/ only: one file probe_<kind>.c a kind.
 */
#ifndef QUAYWATCH_HEALTH_PROBE_KIND_H
#define QUAYWATCH_HEALTH_PROBE_KIND_H

#include "health/probe.h"

/* One check under way. */
struct probe {
    struct probe_spec *spec;
    const struct probe_kind *kind;
    probe_done *done;
    void *user;
    void *running; /* the kind's own: a struct transfer, … */
};

struct probe_kind {
    /* Starts the check with those of the tools that this kind needs; ends in probe_finish, in a later turn.
     */
    void (*start)(struct probe *probe, const struct probe_tools *tools);
    /* Ends what start began, so that probe_finish is not called. */
    void (*cancel)(struct probe *probe);
};

extern const struct probe_kind probe_http, probe_tcp, probe_inside, probe_systemd, probe_grpc;

/* A pass that took longer than the check allows becomes degraded. */
void probe_judge_pace(const struct probe_spec *spec, struct outcome *outcome);

/* What is made of a transfer that brought no answer, or (tcp) of one that connected. Pure. */
void probe_judge_failure(const struct probe_spec *spec, const struct transfer_result *result,
                         struct outcome *outcome);

/* The check's headers and those standard ones (NULL-terminated "Name: value") that it does not replace, as
 * transfer wants them; what is not static is in arena. Headers that could break the request are left out. */
const char *const *probe_header_lines(struct arena *arena, const struct pairs *headers,
                                      const char *const *standard);

struct unit_state;

/* What a unit's state means for a check of it. Pure. */
void probe_judge_unit(const struct probe_spec *spec, const struct unit_state *state, struct outcome *outcome);

/* What the end of a call of the gRPC health service means; status is the call's own, -1: none came. Pure. */
void probe_judge_call(const struct probe_spec *spec, const struct transfer_result *result, int status,
                      struct outcome *outcome);

/* Hands the outcome on and frees the probe: the last that a kind does with it. */
void probe_finish(struct probe *probe, struct outcome *outcome);

#endif
