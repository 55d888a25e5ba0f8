/* SPDX-License-Identifier: MIT */
/* probe.c: starts one check of whatever kind, and hands its outcome on. */
#include <assert.h>
#include <stdlib.h>

#include "health/probe_kind.h"

/* NULL: nothing that is probed. */
static const struct probe_kind *const kinds[CHECK_COUNT] = {
    [CHECK_HTTP] = &probe_http,   [CHECK_TCP] = &probe_tcp,         [CHECK_COMMAND] = &probe_inside,
    [CHECK_FILE] = &probe_inside, [CHECK_SYSTEMD] = &probe_systemd, [CHECK_GRPC] = &probe_grpc,
};

static void probe_free(struct probe *probe)
{
    free(probe->spec);
    free(probe);
}

struct probe *probe_start(const struct probe_tools *tools, const struct probe_spec *spec, probe_done *done,
                          void *user)
{
    const struct probe_kind *kind = kinds[spec->kind];
    assert(kind);
    struct probe *probe = mem_new(sizeof *probe);
    probe->spec = probe_spec_copy(spec);
    probe->kind = kind;
    probe->done = done;
    probe->user = user;
    kind->start(probe, tools);
    return probe;
}

void probe_finish(struct probe *probe, struct outcome *outcome)
{
    probe_done *done = probe->done;
    void *user = probe->user;
    probe_free(probe); /* before the call, in which the next check of the same target may start */
    done(user, outcome);
}

void probe_cancel(struct probe *probe)
{
    if (!probe)
        return;
    probe->kind->cancel(probe);
    probe_free(probe);
}
