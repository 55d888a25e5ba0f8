/* SPDX-License-Identifier: MIT */
/* contained.c: the life of a simulated container, as an engine sees it: create, start, die, stop, restart,
 * destroy. */
#include "tests/simulation/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/hash.h"

enum { STOP_MS = 1 * SECOND, STOP_TIMEOUT_MS = 10 * SECOND, JOB_MS = 5 * MINUTE, RESTART_GAP_MS = 200 };

void world_tell(struct world *world, struct contained *contained, enum engine_action action, int number)
{
    if (world->daemon && world->engine_up)
        daemon_event(world->daemon, contained, action, number);
}

struct contained *contained_create(struct world *world, struct slot *slot, const char *name)
{
    struct contained *contained = mem_new(sizeof *contained);
    uint64_t word = hash_number(world->seed, (int64_t)++world->ids);
    for (int i = 0; i < 4; i++)
        snprintf(contained->id + 16 * i, 17, "%016" PRIx64, draw(&word));
    snprintf(contained->name, sizeof contained->name, "%s", name);
    snprintf(contained->address, sizeof contained->address, "10.%u.%u.%u", (unsigned)(world->ids >> 16) & 255,
             (unsigned)(world->ids >> 8) & 255, (unsigned)world->ids & 255);
    contained->slot = slot;
    contained->state = CONTAINER_CREATED;
    contained->created = world->now;
    HASH_ADD_STR(world->containers, id, contained);
    if (world->all_count == world->all_cap) {
        world->all_cap = world->all_cap ? world->all_cap * 2 : 256;
        world->all = mem_resize(world->all, world->all_cap, sizeof *world->all);
    }
    world->all[world->all_count++] = contained;
    world_tell(world, contained, EVENT_CREATE, 0);
    return contained;
}

/* ---- start ---- */

static void on_ready(struct world *world, void *subject, uint64_t run)
{
    struct contained *contained = subject;
    if (contained->run == run)
        project_changed(world, contained->slot->service->project);
}

static void on_crash(struct world *world, void *subject, uint64_t run)
{
    struct contained *contained = subject;
    if (contained->run == run && contained->state == CONTAINER_RUNNING && !contained->busy)
        contained_die(world, contained, 1, false);
}

static void on_job_done(struct world *world, void *subject, uint64_t run)
{
    struct contained *contained = subject;
    if (contained->run != run || contained->state != CONTAINER_RUNNING || contained->busy)
        return;
    contained->finished = true;
    contained_die(world, contained, 0, false);
}

void contained_start(struct world *world, struct contained *contained)
{
    const struct sim_service *service = contained->slot->service;
    uint64_t dice = hash_number(hash_text(world->seed, contained->id), (int64_t)++contained->run);
    bool slow = service->slow && draw_chance(&dice, 0.5);
    int64_t start_ms = slow ? draw_between(&dice, 40 * SECOND, 150 * SECOND)
                            : service->start_ms * draw_between(&dice, 70, 130) / 100;
    tally_curable(world, contained, false);
    contained->state = CONTAINER_RUNNING;
    contained->started = world->now;
    contained->ready = world->now + start_ms;
    contained->by_person = contained->by_engine = contained->finished = contained->oom = false;
    contained->exit_code = 0;
    contained->fault = FAULT_NONE;
    contained->restart_seen = false;
    if (contained->release == RELEASE_CRASHES)
        world_at(world, world->now + 5 * SECOND, on_crash, contained, contained->run);
    else if (service->job)
        world_at(world, world->now + JOB_MS, on_job_done, contained, contained->run);
    else
        world_at(world, contained->ready, on_ready, contained, contained->run);
    checker_begin(world, contained);
    world_tell(world, contained, EVENT_START, 0);
    project_changed(world, service->project);
}

/* ---- end ---- */

static void on_docker_restart(struct world *world, void *subject, uint64_t run)
{
    struct contained *contained = subject;
    if (contained->run == run && contained->state == CONTAINER_RESTARTING && world->engine_up)
        contained_start(world, contained);
}

static void ended(struct world *world, struct contained *contained, int exit_code)
{
    contained->state = CONTAINER_EXITED;
    contained->exit_code = exit_code;
    contained->finished_at = world->now;
    contained->run++;
    contained->fault = FAULT_NONE;
    tally_curable(world, contained, false);
}

/* It ends by itself: Docker restarts what it shall keep, waiting twice as long each time. */
void contained_die(struct world *world, struct contained *contained, int exit_code, bool oom)
{
    bool long_run = world->now - contained->started >= 10 * SECOND;
    ended(world, contained, exit_code);
    contained->oom = oom;
    if (oom)
        world_tell(world, contained, EVENT_OOM, 0);
    if (contained->slot->service->keeps) {
        contained->state = CONTAINER_RESTARTING;
        contained->crashes = long_run ? 0 : contained->crashes + 1;
        int64_t wait = contained->crashes < 10 ? (int64_t)100 << contained->crashes : MINUTE;
        world_at(world, world->now + wait, on_docker_restart, contained, contained->run);
    } else if (!contained->finished && contained->release == RELEASE_GOOD) {
        tally_curable(world, contained, true);
    }
    world_tell(world, contained, EVENT_DIE, exit_code);
    project_changed(world, contained->slot->service->project);
}

void contained_destroy(struct world *world, struct contained *contained)
{
    tally_curable(world, contained, false);
    contained->gone = true;
    contained->run++;
    contained->life++;
    HASH_DEL(world->containers, contained);
    world_tell(world, contained, EVENT_DESTROY, 0);
}

void contained_fault(struct world *world, struct contained *contained, enum fault fault)
{
    contained->fault = fault;
    tally_curable(world, contained, fault != FAULT_NONE && fault != FAULT_FLAPPING);
}

/* ---- stop and restart ---- */

struct operation {
    struct contained *contained;
    uint64_t life;
    world_step *then; /* of a stop */
    uint64_t tag;
    restart_done *done; /* of a restart */
    void *user;
};

static void operation_lost(struct world *world, struct operation *operation)
{
    if (operation->done)
        operation->done(world, operation->user, false);
}

static void on_restart_start(struct world *world, void *subject, uint64_t tag)
{
    struct operation *operation = subject;
    struct contained *contained = operation->contained;
    (void)tag;
    if (contained->life != operation->life) {
        operation_lost(world, operation);
        return;
    }
    contained->busy = false;
    contained_start(world, contained);
    world_tell(world, contained, EVENT_RESTART, 0);
    operation->done(world, operation->user, true);
}

static void on_stopped(struct world *world, void *subject, uint64_t was_running)
{
    struct operation *operation = subject;
    struct contained *contained = operation->contained;
    if (contained->life != operation->life) {
        operation_lost(world, operation);
        return;
    }
    if (was_running) {
        int signal = contained->fault == FAULT_HANG ? 9 : 15;
        if (signal == 9)
            world_tell(world, contained, EVENT_KILL, 9);
        ended(world, contained, 128 + signal);
        world_tell(world, contained, EVENT_DIE, 128 + signal);
        world_tell(world, contained, EVENT_STOP, 0);
    }
    contained->state = CONTAINER_EXITED;
    project_changed(world, contained->slot->service->project);
    if (operation->done) {
        world_at(world, world->now + RESTART_GAP_MS, on_restart_start, operation, 0);
        return;
    }
    contained->busy = false;
    operation->then(world, contained, operation->tag);
}

static void operation_begin(struct world *world, const struct operation *what)
{
    struct operation *operation = arena_new(&world->arena, sizeof *operation);
    struct contained *contained = what->contained;
    *operation = *what;
    operation->life = ++contained->life;
    contained->busy = true;
    bool running = contained->state == CONTAINER_RUNNING || contained->state == CONTAINER_PAUSED;
    if (running)
        world_tell(world, contained, EVENT_KILL, 15);
    int64_t took = !running ? 0 : contained->fault == FAULT_HANG ? STOP_TIMEOUT_MS : STOP_MS;
    world_at(world, world->now + took, on_stopped, operation, running);
}

void contained_stop(struct world *world, struct contained *contained, world_step *then, uint64_t tag)
{
    operation_begin(world, &(struct operation){.contained = contained, .then = then, .tag = tag});
}

void contained_restart(struct world *world, struct contained *contained, restart_done *done, void *user)
{
    operation_begin(world, &(struct operation){.contained = contained, .done = done, .user = user});
}

/* ---- inspect ---- */

static void label(struct container *container, const char *key, const char *value)
{
    pairs_set(&container->arena, &container->labels, key, value);
}

static void labels_fill(struct container *container, const struct slot *slot)
{
    const struct sim_service *service = slot->service;
    char text[160], number[16];
    snprintf(number, sizeof number, "%u", slot->number);
    label(container, "com.docker.compose.project", service->project->name);
    label(container, "com.docker.compose.service", service->role);
    label(container, "com.docker.compose.container-number", number);
    label(container, "service.name", service->name);
    label(container, "service.restart", "on-failure");
    label(container, "service.port", "8080");
    label(container, "service.health.check",
          service->job           ? "none"
          : service->healthcheck ? "docker"
                                 : "http");
    size_t used = 0;
    for (unsigned i = 0; i < service->dependency_count; i++)
        used += (size_t)snprintf(
            text + used, sizeof text - used, "%s%s:%s", i ? "," : "", service->dependency[i]->name,
            strcmp(service->dependency[i]->role, "cache") == 0 ? "optional" : "required");
    if (used)
        label(container, "service.depends_on", text);
    snprintf(text, sizeof text, "%s-%" PRIu64, service->name, slot->generation);
    label(container, "com.docker.compose.config-hash", text);
    pairs_sort(&container->labels);
}

struct container *contained_inspect(const struct world *world, const struct contained *contained)
{
    struct container *container = mem_new(sizeof *container);
    const struct sim_service *service = contained->slot->service;
    struct arena *arena = &container->arena;
    (void)world;
    container->id = arena_copy(arena, contained->id);
    container->name = arena_copy(arena, contained->name);
    container->image = arena_format(arena, "example/%s:%" PRIu64, service->role, contained->slot->generation);
    container->image_id = container->image;
    container->created_at_wall_ms = contained->created;
    container->started_at_wall_ms = contained->started;
    container->finished_at_wall_ms = contained->finished_at;
    container->state = contained->state;
    container->exit_code = contained->exit_code;
    container->oom_killed = contained->oom;
    container->has_healthcheck = service->healthcheck && !service->job;
    container->has_health = container->has_healthcheck && contained->state == CONTAINER_RUNNING;
    container->health = container->has_health ? contained->checker.status : STATUS_UNKNOWN;
    container->health_interval_ms = CHECK_INTERVAL_MS;
    container->health_timeout_ms = CHECK_TIMEOUT_MS;
    container->health_start_period_ms = service->start_period_ms;
    container->health_retries = CHECK_RETRIES;
    container->restart_policy = service->keeps ? "unless-stopped" : "no";
    container->stop_timeout_ms = -1;
    container->network_mode = arena_format(arena, "%s_default", service->project->name);
    container->networks = arena_new(arena, sizeof *container->networks);
    container->network_count = 1;
    bool up = contained->state == CONTAINER_RUNNING || contained->state == CONTAINER_PAUSED;
    container->networks[0] = (struct container_network){.name = container->network_mode,
                                                        .address = up ? arena_copy(arena, contained->address)
                                                                      : "",
                                                        .address6 = "",
                                                        .gateway = "",
                                                        .prefix = 8};
    strings_add(arena, &container->networks[0].aliases, service->role);
    labels_fill(container, contained->slot);
    return container;
}
