/* SPDX-License-Identifier: MIT */
/* probe_tcp.c: the tcp check: a connection is opened and closed, no byte is sent. */
#include "controller/core/transfer.h"
#include "health/probe_kind.h"

static void on_done(void *user, const struct transfer_result *result)
{
    struct probe *probe = user;
    struct outcome outcome;
    probe_judge(probe->spec, result, &outcome);
    probe_finish(probe, &outcome);
}

static void tcp_start(struct probe *probe, const struct probe_tools *tools)
{
    struct transfer_request request = {
        .url = probe->spec->url,
        .total_timeout_ms = probe->spec->timeout_ms,
        .connect_only = true,
        .fresh = true,
        .on_done = on_done,
        .user = probe,
    };
    probe->running = transfer_start(tools->pool, &request);
}

static void tcp_cancel(struct probe *probe)
{
    transfer_cancel(probe->running);
}

const struct probe_kind probe_tcp = {tcp_start, tcp_cancel};
