/* SPDX-License-Identifier: MIT */
/* push.c: the exit to a Consul agent: its life, its part of a turn, and what is told of it. */
#include "exporter/consul/push.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/hash.h"
#include "controller/core/transfer.h"
#include "exporter/consul/push_internal.h"

/* ---- entries ---- */

enum consul_status consul_push_text_status(const char *text)
{
    return (enum consul_status)(text[0] - '0');
}

const char *consul_push_text_body(const char *text)
{
    return text + 1;
}

uint64_t consul_push_mark(const char *body)
{
    uint64_t mark = hash_text(HASH_START, body);
    return mark ? mark : 1;
}

int64_t consul_push_told_at(const struct mirror_entry *entry)
{
    return entry->tag / CONSUL_STATUS_COUNT;
}

enum consul_status consul_push_told(const struct mirror_entry *entry)
{
    return (enum consul_status)(entry->tag % CONSUL_STATUS_COUNT);
}

void consul_push_set_told(struct mirror_entry *entry, int64_t mono_ms, enum consul_status status)
{
    entry->tag = mono_ms * CONSUL_STATUS_COUNT + (int64_t)status;
}

void consul_push_release(struct push *push, enum mirror_outcome outcome)
{
    if (push->taken)
        mirror_done(push->mirror, push->taken, outcome);
    push->taken = NULL;
}

static enum mirror_wish push_render(void *user, const struct instance *instance, struct buf *name,
                                    struct buf *text)
{
    const struct push *push = user;
    const struct consul_push_settings *settings = &push->settings;
    bool runs = instance->spec->external || instance->observed->state == CONTAINER_RUNNING;
    /* What another quaywatch, or we ourselves, registered here is not passed on: no circles. */
    if (pairs_get(&instance->spec->metadata, ENROL_META))
        return MIRROR_NOTHING;
    if (!runs || !consul_tells(instance) || instance->spec->port <= 0)
        return MIRROR_NOTHING;
    enum consul_status status = consul_enrol_status(instance);
    consul_enrol_id(settings->node, instance, name);
    buf_format(text, "%d", (int)status);
    consul_enrol_body(settings->node, instance, settings->ttl_ms, settings->deregister_after_ms, text);
    return status == CONSUL_CRITICAL ? MIRROR_KEEP : MIRROR_ENTRY;
}

/* ---- what is told of it ---- */

static void say_state(struct push *push, enum exit_state state, const char *sentence, int64_t now_wall_ms)
{
    if (exit_report_stand(&push->report, push->sentence, sizeof push->sentence, state, sentence, now_wall_ms))
        push->around.changed(push->around.user, &push->report);
}

static void judge_state(struct push *push, struct moment now)
{
    struct mirror_figures figures;
    char sentence[sizeof push->sentence];
    mirror_figures(push->mirror, &figures);
    if (push->trouble[0]) {
        snprintf(sentence, sizeof sentence, "%s; our services there become critical after their TTL",
                 push->trouble);
        say_state(push, EXIT_FAILING, sentence, now.wall_ms);
    } else if (figures.foreign && push->refused[0]) {
        say_state(push, EXIT_FAILING, push->refused, now.wall_ms);
    } else if (push->checked && push->asked != PUSH_ENROL) {
        say_state(push, EXIT_FINE, "", now.wall_ms);
    }
}

static void push_report(const void *self, exit_tell *tell, void *user)
{
    const struct push *push = self;
    struct exit_report report = push->report;
    struct mirror_figures figures;
    mirror_figures(push->mirror, &figures);
    report.spared = figures.spared;
    report.services = figures.services;
    report.endpoints = figures.entries;
    tell(user, &report);
}

/* ---- a turn ---- */

static void push_settle(void *self, struct moment now)
{
    struct push *push = self;
    push->now_mono_ms = now.mono_ms;
    mirror_follow(push->mirror);
    if (push->ended)
        consul_push_end(push, now);
    if (!push->transfer && now.mono_ms >= push->held_mono_ms) {
        enum push_step step = consul_push_next(push, now.mono_ms);
        if (step != PUSH_NOTHING)
            consul_push_start(push, step, now.mono_ms);
    }
    judge_state(push, now);
}

static int64_t due(const void *self)
{
    return consul_push_due(self);
}

/* ---- life ---- */

static void push_close(void *self)
{
    struct push *push = self;
    transfer_pool_free(push->pool);
    mirror_free(push->mirror);
    free(push->body);
    free(push->name);
    arena_free(&push->arena);
    free(push);
}

static const struct exit_kind push_kind = {
    .settle = push_settle, .due = due, .report = push_report, .close = push_close};

void consul_push_open(const struct consul_push_settings *settings, const struct exit_surroundings *around,
                      struct exit *ret)
{
    struct push *push = mem_new(sizeof *push);
    struct arena *arena = &push->arena;
    push->settings = *settings;
    push->settings.url = arena_copy(arena, settings->url);
    size_t len = strlen(settings->url);
    if (len && settings->url[len - 1] == '/')
        push->settings.url = arena_copy_n(arena, settings->url, len - 1);
    push->settings.token = arena_copy(arena, settings->token);
    push->settings.ca_file = arena_copy(arena, settings->ca_file);
    push->settings.node = arena_copy(arena, settings->node);
    push->settings.lock = arena_copy(arena, settings->lock);
    push->around = *around;
    push->pool = transfer_pool_new(around->loop, 1);
    push->mirror = mirror_new(around->registry, push_render, push);
    push->report = (struct exit_report){
        .kind = "consul", .target = push->settings.url, .sentence = push->sentence};
    *ret = (struct exit){.kind = &push_kind, .self = push};
}
