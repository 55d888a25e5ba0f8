/* SPDX-License-Identifier: MIT */
/* haproxy_target.c: one HAProxy: asked for all that it has, then told what changes; asked again when another
 * process answers, when it refused something, and now and then. */
#include "exporter/balancers/haproxy_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/mem.h"
#include "controller/core/registry.h"

enum {
    PATIENCE_MS = 5000,
    ASK_MS = 2000,   /* whether it is the same process: one that was reloaded has what its file says */
    LIST_MS = 60000, /* whether somebody else changed what is ours */
    WAITING_MORE = 512
};

struct haproxy_target *haproxy_target_open(const struct exit_surroundings *around, const char *name)
{
    struct haproxy_target *target = mem_new(sizeof *target);
    target->around = around;
    target->name = mem_copy(name);
    target->report = (struct exit_report){.kind = "haproxy", .target = target->name, .state = EXIT_WAITING};
    socket_place_read(name, &target->place);
    return target;
}

void haproxy_target_close(struct haproxy_target *target)
{
    runtime_link_close(target->link);
    runtime_table_clear(&target->table);
    runtime_commands_free(&target->waiting);
    free(target->answer);
    free(target->name);
    free(target);
}

/* ---- exchanges ---- */

static void on_done(void *user, const struct runtime_ended *ended)
{
    struct haproxy_target *target = user;
    target->ended = true;
    target->end_code = ended->code;
    target->answer = mem_copy(ended->answer);
    target->around->wake(target->around->user);
}

static void start(struct haproxy_target *target, enum haproxy_step step, const char *line, struct moment now)
{
    target->step = step;
    target->deadline_mono_ms = now.mono_ms + PATIENCE_MS;
    target->ask_at_mono_ms = now.mono_ms + ASK_MS;
    target->link = runtime_link_open(target->around->loop, &target->place, line, on_done, target);
}

static void start_list(struct haproxy_target *target, struct moment now)
{
    target->list_at_mono_ms = now.mono_ms + LIST_MS;
    start(target, HAPROXY_LIST, "show info;show backend;show servers state\n", now);
}

/* As many of the waiting commands as fit into a line; after those that delete, nothing else is said. */
static void start_say(struct haproxy_target *target, struct moment now)
{
    struct buf line;
    buf_init(&line, RUNTIME_LINE);
    buf_text(&line, "show info");
    target->saying = 0;
    bool deletes = false;
    for (size_t i = 0; i < target->waiting.count; i++) {
        const struct runtime_command *command = &target->waiting.item[i];
        if ((deletes && command->verb != RUNTIME_DELETE) ||
            line.len + strlen(command->text) + 2 > RUNTIME_LINE)
            break;
        deletes = command->verb == RUNTIME_DELETE;
        buf_format(&line, ";%s", command->text);
        target->saying++;
    }
    buf_text(&line, "\n");
    target->saying_bytes = line.len;
    start(target, HAPROXY_SAY, buf_string(&line), now);
    buf_free(&line);
}

/* ---- what came of them ---- */

/* All that was planned was planned for another table. */
static void forget_table(struct haproxy_target *target)
{
    target->table_known = false;
    runtime_commands_drop(&target->waiting, target->waiting.count);
}

static void plan_all(struct haproxy_target *target)
{
    target->warm = target->around->warm(target->around->user);
    target->revision = registry_revision(target->around->registry);
    runtime_plan_all(&target->table, target->around->registry, target->warm, &target->waiting);
    target->waiting_most = target->waiting.count + WAITING_MORE;
}

static void take_list(struct haproxy_target *target, char *text, struct moment now)
{
    const char *trouble;
    forget_table(target);
    runtime_table_clear(&target->table);
    if (runtime_table_read(&target->table, text, &trouble) != 0) {
        haproxy_failing(target, now, "it does not say which servers it has, but \"%.200s\"", trouble);
        return;
    }
    target->table_known = true;
    plan_all(target);
    if (!target->table.backends && registry_count(target->around->registry))
        haproxy_failing(
            target, now,
            "it has no backend whose name begins with \"quaywatch-\", so there is nothing to keep in "
            "step; load the export haproxy, or call a backend quaywatch-<service>");
    else if (!target->waiting.count)
        haproxy_fine(target, now);
}

/* What it refused shows that it is not as we thought: it is asked, at once the first time. A server that
 * still has connections is deleted another time. */
static void take_said(struct haproxy_target *target, char *text, struct moment now)
{
    const char *refused = NULL, *command = "";
    for (size_t i = 0; i < target->saying; i++) {
        const struct runtime_command *said = &target->waiting.item[i];
        const char *trouble = runtime_trouble(&text, said->verb);
        if (!trouble || said->verb == RUNTIME_DELETE || refused)
            continue;
        refused = trouble;
        command = said->text;
    }
    target->report.writes++;
    target->report.bytes += target->saying_bytes;
    target->report.written_at_wall_ms = now.wall_ms;
    if (refused && strstr(refused, "Permission denied"))
        haproxy_failing(target, now,
                        "it lets us only read; its line \"stats socket\" must say \"level admin\"");
    else if (refused)
        haproxy_failing(target, now, "it refuses \"%.120s\": %.160s", command, refused);
    runtime_commands_drop(&target->waiting, target->saying);
    if (refused)
        forget_table(target);
    else if (!target->waiting.count)
        haproxy_fine(target, now);
}

static void take(struct haproxy_target *target, struct moment now)
{
    enum haproxy_step step = target->step;
    char *answer = target->answer, *text = answer;
    struct runtime_process process;
    const char *trouble;
    runtime_link_close(target->link);
    target->link = NULL;
    target->answer = NULL;
    target->ended = false;
    target->step = HAPROXY_IDLE;
    if (target->end_code != 0) {
        forget_table(target);
        haproxy_link_failed(target, now, target->end_code);
    } else if (runtime_read_info(&text, &process, &trouble) != 0) {
        forget_table(target);
        haproxy_failing(target, now, "what answers is not HAProxy's runtime socket: \"%.200s\"", trouble);
    } else if (step == HAPROXY_LIST) {
        target->process = process;
        take_list(target, text, now);
    } else if (memcmp(&process, &target->process, sizeof process) != 0) {
        forget_table(target); /* everything is compared anew */
        haproxy_stranger(target, now);
    } else if (step == HAPROXY_SAY) {
        take_said(target, text, now);
    }
    free(answer);
}

/* ---- what changed ---- */

static void plan_left(void *user, const char *name)
{
    struct haproxy_target *target = user;
    if (target->warm && !registry_service(target->around->registry, name))
        runtime_plan_gone(&target->table, name, &target->waiting);
}

static void plan_changes(struct haproxy_target *target)
{
    const struct registry *registry = target->around->registry;
    uint64_t since = target->revision;
    if (registry_revision(registry) == since && target->warm)
        return;
    if (!target->warm && target->around->warm(target->around->user)) {
        plan_all(target);
        return;
    }
    if (registry_revision(registry) == since)
        return;
    size_t before = target->waiting.count;
    target->revision = registry_revision(registry);
    if (!registry_left(registry, since, plan_left, target)) {
        plan_all(target);
        return;
    }
    for (const struct service *service = registry_latest(registry); service && service->revision > since;
         service = registry_earlier(service))
        runtime_plan_service(&target->table, service, target->warm, &target->waiting);
    target->report.spared += target->waiting.count == before;
}

void haproxy_target_settle(struct haproxy_target *target, struct moment now)
{
    if (target->link && !target->ended && now.mono_ms >= target->deadline_mono_ms) {
        target->ended = true;
        target->end_code = -ETIMEDOUT;
        target->answer = mem_copy("");
    }
    if (target->ended)
        take(target, now);
    if (target->table_known)
        plan_changes(target);
    if (target->link || now.mono_ms < target->retry_at_mono_ms)
        return;
    if (target->waiting.count > target->waiting_most)
        forget_table(target); /* it is slower than what changes */
    if (!target->table_known || (now.mono_ms >= target->list_at_mono_ms && !target->waiting.count))
        start_list(target, now);
    else if (target->waiting.count)
        start_say(target, now);
    else if (now.mono_ms >= target->ask_at_mono_ms)
        start(target, HAPROXY_ASK, "show info\n", now);
}

int64_t haproxy_target_due(const struct haproxy_target *target)
{
    if (target->link)
        return target->deadline_mono_ms;
    return target->retry_at_mono_ms ? target->retry_at_mono_ms : target->ask_at_mono_ms;
}

struct exit_report haproxy_target_report(const struct haproxy_target *target)
{
    struct exit_report report = target->report;
    report.sentence = target->sentence;
    for (const struct runtime_backend *backend = target->table.backends; backend;
         backend = backend->hh.next) {
        report.services++;
        for (const struct runtime_server *server = backend->first; server; server = server->next)
            report.endpoints += server->state == RUNTIME_READY;
    }
    return report;
}
