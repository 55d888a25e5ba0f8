/* SPDX-License-Identifier: MIT */
/* haproxy.c: the exit: one or more HAProxys, each by itself. */
#include "exporter/balancers/haproxy_internal.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/due.h"
#include "controller/core/mem.h"
#include "controller/core/text.h"

struct haproxy {
    struct exit_surroundings around;
    struct haproxy_target **target;
    size_t count;
};

static void haproxy_settle(void *self, struct moment now)
{
    struct haproxy *haproxy = self;
    for (size_t i = 0; i < haproxy->count; i++)
        haproxy_target_settle(haproxy->target[i], now);
}

static int64_t haproxy_due(const void *self)
{
    const struct haproxy *haproxy = self;
    int64_t first = 0;
    for (size_t i = 0; i < haproxy->count; i++)
        first = due_earlier(first, haproxy_target_due(haproxy->target[i]));
    return first;
}

static void haproxy_report(const void *self, exit_tell *tell, void *user)
{
    const struct haproxy *haproxy = self;
    for (size_t i = 0; i < haproxy->count; i++) {
        struct exit_report report = haproxy_target_report(haproxy->target[i]);
        tell(user, &report);
    }
}

static void haproxy_close(void *self)
{
    struct haproxy *haproxy = self;
    for (size_t i = 0; i < haproxy->count; i++)
        haproxy_target_close(haproxy->target[i]);
    free(haproxy->target);
    free(haproxy);
}

static const struct exit_kind haproxy_kind = {
    .settle = haproxy_settle, .due = haproxy_due, .report = haproxy_report, .close = haproxy_close};

struct exit haproxy_open(const struct exit_surroundings *around, const char *list)
{
    struct haproxy *haproxy = mem_new(sizeof *haproxy);
    haproxy->around = *around;
    char *copy = mem_copy(list), *rest = copy;
    while (rest) {
        const char *name = text_cut(&rest, ',');
        haproxy->target = mem_resize(haproxy->target, haproxy->count + 1, sizeof *haproxy->target);
        haproxy->target[haproxy->count++] = haproxy_target_open(&haproxy->around, name);
    }
    free(copy);
    return (struct exit){.kind = &haproxy_kind, .self = haproxy};
}
