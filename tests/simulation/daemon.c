/* SPDX-License-Identifier: MIT */
/* daemon.c: quaywatch in the simulated world: its own intake, judging, healing and memory, without loop and
 * sockets. What it asks of the clock and the engine is answered here, in place of the product's own (the link
 * takes ours first). */
#include "controller/controller_internal.h"
#include "tests/simulation/seam.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/log.h"

enum { ANSWER_MS = 5, DIED_LOOK_MS = 500, SYNC_MS = 1 * SECOND };

static struct world *the_world; /* clock_now takes no argument */

struct watch {
    struct watch_callbacks callbacks;
    bool synced;
};

struct daemon {
    struct world *world;
    struct options options;
    struct controller *controller;
    struct watch watch;
    uint64_t life;    /* of the process: answers to an earlier one are lost */
    int64_t wakes_at; /* 0: not */
};

/* ---- life ---- */

static void render(const struct service *service, struct buf *out)
{
    buf_text(out, service->name);
    buf_text(out, status_name[service->status]);
}

static const char *no_environment(const char *key)
{
    return strcmp(key, "QUAYWATCH_CONFIG") == 0 ? "/dev/null" : NULL;
}

static void on_synced(struct world *world, void *subject, uint64_t life)
{
    struct daemon *daemon = subject;
    if (life != daemon->life || !world->engine_up)
        return;
    for (struct contained *at = world->containers; at; at = at->hh.next)
        daemon->watch.callbacks.container(daemon->watch.callbacks.user, contained_inspect(world, at), NULL);
    daemon->watch.synced = true;
    daemon->watch.callbacks.synced(daemon->watch.callbacks.user);
}

static void connect_engine(struct daemon *daemon)
{
    struct world *world = daemon->world;
    daemon->watch.callbacks.live(daemon->watch.callbacks.user, "20.10.24", "1.41", true);
    world_at(world, world->now + SYNC_MS, on_synced, daemon, daemon->life);
}

/* As controller_open does. */
static void process_begin(struct daemon *daemon, const struct buf *memory)
{
    struct controller *controller = mem_new(sizeof *controller);
    struct error err = {0};
    daemon->life++;
    daemon->controller = controller;
    controller->options = &daemon->options;
    controller->task = TASK_RUN;
    controller->now = clock_now();
    controller->state_dir = "";
    uv_loop_init(&controller->loop); /* for what wants one; it never turns */
    controller->watch = &daemon->watch;
    parts_open(controller, render);
    controller->prober = seam_prober(daemon->world, controller);
    daemon->watch.synced = false;
    intake_callbacks(controller, &daemon->watch.callbacks);
    if (memory && memory_read(controller->memory, memory->data, memory->len, &err) != 0)
        abort();
    failure_open(controller);
    if (daemon->world->engine_up)
        connect_engine(daemon);
}

static void process_end(struct daemon *daemon)
{
    struct controller *controller = daemon->controller;
    const struct counters *holds = &controller->stats.holds;
    for (size_t i = 0; i < holds->count; i++)
        for (size_t h = 0; h < HOLD_COUNT; h++)
            if (strcmp(holds->set[i].label[0], hold_name[h]) == 0)
                daemon->world->tally->holds[h] += holds->set[i].count;
    failure_close(controller);
    prober_free(controller->prober);
    uv_run(&controller->loop, UV_RUN_DEFAULT);
    uv_loop_close(&controller->loop);
    parts_close(controller);
    arena_free(&controller->kept);
    free(controller);
}

struct daemon *daemon_open(struct world *world)
{
    struct daemon *daemon = mem_new(sizeof *daemon);
    struct error err = {0};
    char name[] = "quaywatch", *arguments[] = {name, NULL};
    int count = 1;
    the_world = world;
    daemon->world = world;
    if (options_read(&daemon->options, &count, arguments, no_environment, &err) != 0)
        abort();
    process_begin(daemon, NULL);
    return daemon;
}

void daemon_kill(struct daemon *daemon)
{
    struct buf memory;
    buf_init(&memory, SIZE_MAX / 2);
    memory_render(daemon->controller->memory, &memory);
    process_end(daemon);
    daemon->world->tally->flight = 0;
    process_begin(daemon, &memory);
    buf_free(&memory);
}

void daemon_close(struct daemon *daemon)
{
    if (!daemon)
        return;
    process_end(daemon);
    options_free(&daemon->options);
    free(daemon);
}

/* ---- the turn: as the controller's settle does ---- */

static void on_wake(struct world *world, void *subject, uint64_t tag)
{
    struct daemon *daemon = subject;
    (void)tag;
    if (daemon->wakes_at == world->now)
        daemon->wakes_at = 0; /* daemon_turn follows anyhow */
}

void daemon_turn(struct daemon *daemon)
{
    struct moment now = clock_now();
    parts_turn(daemon->controller);
    int64_t due = daemon->controller->dirty ? now.mono_ms : parts_due(daemon->controller);
    int64_t wakes_at = now.wall_ms + (due > now.mono_ms ? due - now.mono_ms : 1);
    if (due && (!daemon->wakes_at || wakes_at < daemon->wakes_at)) {
        daemon->wakes_at = wakes_at;
        world_at(daemon->world, wakes_at, on_wake, daemon, 0);
    }
}

const char *daemon_reason(struct daemon *daemon, const struct contained *contained)
{
    const struct record *record = record_find(daemon->controller, contained->id);
    const struct instance *instance = record ? registry_instance(daemon->controller->registry, record->ref)
                                             : NULL;
    return instance ? instance->decision.sentence : "not known";
}

bool daemon_waited(struct daemon *daemon, const struct contained *contained)
{
    struct controller *controller = daemon->controller;
    const struct record *record = record_find(controller, contained->id);
    const struct instance *instance = record ? registry_instance(controller->registry, record->ref) : NULL;
    struct facts facts;
    if (!instance)
        return false;
    judge_facts(controller, record, instance, &facts);
    return !facts.dependency.holds && facts.dependency.sentence[0];
}

/* ---- what the engine says ---- */

static void on_look(struct world *world, void *subject, uint64_t life)
{
    struct contained *contained = subject;
    struct daemon *daemon = world->daemon;
    if (contained->look_due <= world->now)
        contained->look_due = 0;
    if (life == daemon->life && !contained->gone && world->engine_up)
        daemon->watch.callbacks.container(daemon->watch.callbacks.user, contained_inspect(world, contained),
                                          NULL);
}

static void look_at(struct daemon *daemon, struct contained *contained, int64_t wait_ms)
{
    int64_t at = daemon->world->now + wait_ms;
    if (contained->look_due && contained->look_due <= at && contained->look_due > daemon->world->now)
        return; /* that one will see it as well */
    contained->look_due = at;
    world_at(daemon->world, at, on_look, contained, daemon->life);
}

void daemon_event(struct daemon *daemon, struct contained *contained, enum engine_action action, int number)
{
    const struct watch_callbacks *callbacks = &daemon->watch.callbacks;
    struct engine_event event = {.action = action,
                                 .id = contained->id,
                                 .name = contained->name,
                                 .signal = action == EVENT_KILL ? number : 0,
                                 .exit_code = action == EVENT_DIE ? number : -1,
                                 .health = action == EVENT_HEALTH ? (enum status)number : STATUS_UNKNOWN,
                                 .time_ns = daemon->world->now * 1000000};
    /* The labels stand in every event of a container. */
    struct container *labels = contained_inspect(daemon->world, contained);
    event.labels = labels->labels;
    callbacks->event(callbacks->user, &event);
    container_free(labels);
    switch (action) {
    case EVENT_DIE:
        look_at(daemon, contained, DIED_LOOK_MS);
        break;
    case EVENT_CREATE:
    case EVENT_START:
    case EVENT_RESTART:
    case EVENT_RENAME:
    case EVENT_UPDATE:
    case EVENT_PAUSE:
    case EVENT_UNPAUSE:
    case EVENT_CONNECT:
    case EVENT_DISCONNECT:
        look_at(daemon, contained, ANSWER_MS);
        break;
    case EVENT_DESTROY:
        callbacks->gone(callbacks->user, contained->id);
        break;
    case EVENT_KILL:
    case EVENT_STOP:
    case EVENT_OOM:
    case EVENT_HEALTH:
    case EVENT_OTHER:
    case EVENT_COUNT:
        break;
    }
}

void daemon_engine(struct daemon *daemon, bool up)
{
    if (up)
        connect_engine(daemon);
    else
        daemon->watch.callbacks.lost(daemon->watch.callbacks.user, "The engine does not answer");
}

void daemon_wake(struct daemon *daemon, struct contained *contained)
{
    seam_prober_wake(daemon->controller->prober, contained);
}

/* ---- in place of the product's own ---- */

struct moment clock_now(void)
{
    static const int64_t booted_ms = 1700000000000;
    return (struct moment){.mono_ms = the_world->now - booted_ms, .wall_ms = the_world->now};
}

void log_line(enum log_level level, const char *service, const char *instance, const char *format, ...)
{
    (void)level;
    (void)service;
    (void)instance;
    (void)format;
}

void network_place_read(struct network_place *ret)
{
    *ret = (struct network_place){.own = mem_new(sizeof *ret->own), .own_count = 1};
    ret->own[0] = (struct own_address){.bytes = {10, 255, 0, 1}, .length = 4, .prefix = 8};
}

struct engine *watch_engine(struct watch *watch)
{
    (void)watch;
    return NULL;
}

void watch_refresh(struct watch *watch, const char *id)
{
    struct contained *contained = world_find(the_world, id);
    (void)watch;
    if (contained)
        look_at(the_world->daemon, contained, ANSWER_MS);
}

void watch_settle(struct watch *watch)
{
    (void)watch;
}

uint64_t watch_differences(const struct watch *watch)
{
    (void)watch;
    return 0;
}

bool watch_synced(const struct watch *watch)
{
    return watch->synced;
}

struct question {
    char id[65];
    uint64_t life;
    engine_inspected *inspected;
    engine_restarted *restarted;
    void *user;
};

static struct question *question_new(const char *id, void *user)
{
    struct question *question = arena_new(&the_world->arena, sizeof *question);
    memcpy(question->id, id, strlen(id) + 1);
    question->life = the_world->daemon->life;
    question->user = user;
    return question;
}

static void on_inspect(struct world *world, void *subject, uint64_t tag)
{
    struct question *question = subject;
    struct error err = {0};
    const struct contained *contained = world->engine_up ? world_find(world, question->id) : NULL;
    (void)tag;
    if (!world->engine_up)
        error_set(&err, -EIO, "the engine does not answer");
    else if (!contained)
        error_set(&err, -ENOENT, "no such container");
    if (question->life == world->daemon->life)
        question->inspected(question->user, question->id,
                            contained ? contained_inspect(world, contained) : NULL, contained ? NULL : &err);
}

void engine_inspect(struct engine *engine, const char *id, engine_inspected *done, void *user)
{
    struct question *question = question_new(id, user);
    (void)engine;
    question->inspected = done;
    world_at(the_world, the_world->now + ANSWER_MS, on_inspect, question, 0);
}

static void on_restarted(struct world *world, void *user, bool worked)
{
    struct question *question = user;
    struct error err = {0};
    if (!worked)
        error_set(&err, -EPIPE, "the connection was cut");
    if (question->life == world->daemon->life) {
        world->tally->flight--;
        question->restarted(question->user, question->id, worked ? NULL : &err);
    }
}

static void on_restart(struct world *world, void *subject, uint64_t tag)
{
    struct question *question = subject;
    struct contained *contained = world->engine_up ? world_find(world, question->id) : NULL;
    if (!contained)
        on_restarted(world, question, false);
    else if (contained->busy) /* the engine does one thing at a time to a container */
        world_at(world, world->now + SECOND, on_restart, question, tag);
    else
        contained_restart(world, contained, on_restarted, question);
}

void engine_restart(struct engine *engine, const char *id, int stop_timeout_s, int grace_s,
                    engine_restarted *done, void *user)
{
    struct question *question = question_new(id, user);
    struct contained *contained = world_find(the_world, id);
    struct tally *tally = the_world->tally;
    (void)engine;
    (void)stop_timeout_s;
    (void)grace_s;
    question->restarted = done;
    if (contained)
        tally_restart(the_world, contained);
    if (++tally->flight > tally->peak_flight)
        tally->peak_flight = tally->flight;
    world_at(the_world, the_world->now + 1, on_restart, question, 0);
}

uint64_t engine_reconnects(const struct engine *engine)
{
    (void)engine;
    return 0;
}
