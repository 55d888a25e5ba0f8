/* SPDX-License-Identifier: MIT */
/* etcd.c: the exit to etcd: its life, its part of a turn, and what is told of it. */
#include "exporter/etcd/etcd.h"

#include <stdio.h>
#include <stdlib.h>

#include "controller/core/due.h"
#include "exporter/etcd/etcd_internal.h"

enum { PAGE_KEYS = 500, WATCH_LONG_MS = 60 * 1000 /* a stream that lived so long is no failure */ };

static void on_wake(void *user)
{
    struct etcd *etcd = user;
    etcd->around.wake(etcd->around.user);
}

/* ---- what is told of it ---- */

static void say_state(struct etcd *etcd, enum exit_state state, const char *sentence, int64_t now_wall_ms)
{
    if (exit_report_stand(&etcd->report, etcd->sentence, sizeof etcd->sentence, state, sentence, now_wall_ms))
        etcd->around.changed(etcd->around.user, &etcd->report);
}

static void judge_state(struct etcd *etcd, struct moment now)
{
    const char *trouble = etcd_link_trouble(etcd->link);
    struct mirror_figures figures;
    char sentence[sizeof etcd->sentence];
    mirror_figures(etcd->mirror, &figures);
    if (trouble[0])
        snprintf(sentence, sizeof sentence, "%s; our keys stay until their lease ends", trouble);
    else if (now.mono_ms < etcd->quarrel.until_mono_ms)
        snprintf(sentence, sizeof sentence,
                 "somebody else keeps changing our keys; is another quaywatch's NODE_NAME \"%s\", too?",
                 etcd->settings.node);
    else if (figures.foreign)
        snprintf(sentence, sizeof sentence, "the key %s is somebody else's and is left alone", etcd->foreign);
    else
        sentence[0] = '\0';
    if (sentence[0])
        say_state(etcd, EXIT_FAILING, sentence, now.wall_ms);
    else if (etcd->list.done && etcd->lease.id && etcd->asked != STEP_WRITE)
        say_state(etcd, EXIT_FINE, "", now.wall_ms);
}

static void etcd_report(const void *self, exit_tell *tell, void *user)
{
    const struct etcd *etcd = self;
    struct exit_report report = etcd->report;
    struct mirror_figures figures;
    mirror_figures(etcd->mirror, &figures);
    report.failures = etcd_link_failures(etcd->link);
    report.spared = figures.spared;
    report.services = figures.services;
    report.endpoints = figures.entries;
    tell(user, &report);
}

/* ---- a turn ---- */

static void watch_settle(struct etcd *etcd, int64_t now_mono_ms)
{
    struct etcd_answer answer;
    bool lost = false;
    while (etcd->watching_wanted && !lost && etcd_watching_take(etcd->watching, &answer)) {
        lost = answer.canceled; /* compacted, or not allowed */
        if (etcd_keys_news(etcd, &answer))
            etcd_step_quarrel(etcd, now_mono_ms);
        etcd_answer_free(&answer);
    }
    if (etcd->watching_wanted && (lost || !etcd_watching_runs(etcd->watching))) {
        bool quick = now_mono_ms - etcd->watch_at_mono_ms < WATCH_LONG_MS;
        int64_t wait_ms = quick ? etcd->watch_wait_ms * 2 : 0;
        if (wait_ms < etcd->settings.retry_base_ms)
            wait_ms = etcd->settings.retry_base_ms;
        etcd->watch_wait_ms = wait_ms < etcd->settings.ttl_ms ? wait_ms : etcd->settings.ttl_ms;
        etcd_keys_forget(etcd);
        etcd->watch_at_mono_ms = now_mono_ms + etcd->watch_wait_ms;
    }
    if (etcd->list.done && !etcd->watching_wanted && now_mono_ms >= etcd->watch_at_mono_ms) {
        etcd_watching_start(etcd->watching, etcd->list.revision + 1);
        etcd->watching_wanted = true;
        etcd->watch_at_mono_ms = now_mono_ms;
    }
}

static void etcd_settle(void *self, struct moment now)
{
    struct etcd *etcd = self;
    struct link_reply reply;
    etcd->now_mono_ms = now.mono_ms;
    mirror_follow(etcd->mirror);
    if (etcd_link_take(etcd->link, now.mono_ms, &reply)) {
        etcd_step_end(etcd, &reply, now);
        etcd_answer_free(&reply.answer);
    }
    bool again = etcd->list.done && now.mono_ms >= etcd->list.at_mono_ms;
    if (again || etcd->breaks != etcd_link_breaks(etcd->link))
        etcd_keys_forget(etcd);
    etcd->breaks = etcd_link_breaks(etcd->link);
    watch_settle(etcd, now.mono_ms);
    for (;;) { /* (a step that finds nothing to ask for leaves the link ready for the next one) */
        enum step step = etcd_step_next(etcd, now.mono_ms);
        if (step == STEP_NONE || !etcd_link_ready(etcd->link, now.mono_ms))
            break;
        etcd_step_start(etcd, step);
    }
    judge_state(etcd, now);
}

/* (What could begin in the latest settle has begun: only time is missing, or an answer, which calls wake.) */
static int64_t etcd_due(const void *self)
{
    const struct etcd *etcd = self;
    int64_t due = etcd->list.done ? etcd->list.at_mono_ms : 0;
    int64_t link = etcd_link_due(etcd->link);
    if (etcd->list.done && !etcd->watching_wanted)
        due = due_earlier(due, etcd->watch_at_mono_ms);
    if (!link)
        return due;
    if (etcd_step_next(etcd, etcd->now_mono_ms) != STEP_NONE)
        return due_earlier(due, link);
    if (etcd->quarrel.until_mono_ms > etcd->now_mono_ms)
        due = due_earlier(due, etcd->quarrel.until_mono_ms);
    return due_earlier(due, etcd->lease.alive_at_mono_ms);
}

/* ---- life ---- */

static void etcd_close(void *self)
{
    struct etcd *etcd = self;
    etcd_watching_free(etcd->watching);
    etcd_link_free(etcd->link);
    mirror_free(etcd->mirror);
    free(etcd->list.from);
    arena_free(&etcd->arena);
    free(etcd);
}

static const struct exit_kind etcd_kind = {
    .settle = etcd_settle, .due = etcd_due, .report = etcd_report, .close = etcd_close};

static void settings_copy(struct etcd *etcd, const struct etcd_settings *settings)
{
    struct arena *arena = &etcd->arena;
    etcd->settings = *settings;
    etcd->settings.endpoints = arena_copy(arena, settings->endpoints);
    etcd->settings.prefix = arena_copy(arena, settings->prefix);
    etcd->settings.node = arena_copy(arena, settings->node);
    etcd->settings.user = arena_copy(arena, settings->user);
    etcd->settings.password = arena_copy(arena, settings->password);
    etcd->settings.ca_file = arena_copy(arena, settings->ca_file);
    etcd->settings.cert_file = arena_copy(arena, settings->cert_file);
    etcd->settings.key_file = arena_copy(arena, settings->key_file);
    etcd->below = arena_format(arena, "%s/services/", settings->prefix);
}

void etcd_open(const struct etcd_settings *settings, const struct exit_surroundings *around, struct exit *ret)
{
    struct etcd *etcd = mem_new(sizeof *etcd);
    settings_copy(etcd, settings);
    etcd->around = *around;
    etcd->list.page = PAGE_KEYS;
    etcd->mirror = mirror_new(around->registry, etcd_render, etcd);
    etcd->link = etcd_link_new(around->loop, &etcd->settings, on_wake, etcd);
    etcd->watching = etcd_watching_new(etcd->link, etcd->below, on_wake, etcd);
    etcd->report = (struct exit_report){
        .kind = "etcd", .target = etcd->settings.endpoints, .sentence = etcd->sentence};
    *ret = (struct exit){.kind = &etcd_kind, .self = etcd};
}
