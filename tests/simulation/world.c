/* SPDX-License-Identifier: MIT */
/* world.c: the simulated host: projects of services that lean on each other, who answers, who is sick. */
#include "tests/simulation/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/hash.h"

/* A month begins here: 2026-03-01T00:00:00Z. */
static const int64_t BEGIN_MS = 1772323200000;

/* ---- building ---- */

/* One compose project: a database, a cache, an api on both, a page on the api, and a worker or a daily job.
 */
static void project_fill(struct world *world, struct project *project, unsigned index, unsigned services)
{
    static const char *const roles[PROJECT_SERVICES] = {"db", "cache", "api", "web", "worker"};
    static const int leans_on[PROJECT_SERVICES][DEPENDENCIES_MAX] = {
        {-1, -1}, {-1, -1}, {0, 1}, {2, -1}, {0, -1}};
    uint64_t dice = world->seed * 1000003 + index;
    snprintf(project->name, sizeof project->name, "p%u", index);
    project->count = services;
    for (unsigned i = 0; i < services; i++) {
        struct sim_service *service = &project->service[i];
        *service = (struct sim_service){.project = project, .index = index * PROJECT_SERVICES + i};
        service->job = i == 4 && draw_chance(&dice, 0.1);
        service->role = service->job ? "job" : roles[i];
        snprintf(service->name, sizeof service->name, "%s-%s", project->name, service->role);
        service->slot_count = i >= 2 && !service->job && draw_chance(&dice, 0.2) ? 2 : 1;
        for (unsigned s = 0; s < service->slot_count; s++)
            service->slot[s] = (struct slot){.service = service, .number = s + 1};
        for (unsigned d = 0; d < DEPENDENCIES_MAX && !service->job; d++)
            if (leans_on[i][d] >= 0 && (unsigned)leans_on[i][d] < i)
                service->dependency[service->dependency_count++] = &project->service[leans_on[i][d]];
        service->deep = draw_chance(&dice, 0.6);
        service->healthcheck = draw_chance(&dice, 0.4);
        service->keeps = !service->job && draw_chance(&dice, 0.8);
        service->slow = draw_chance(&dice, 0.03);
        service->start_ms = draw_between(&dice, 2 * SECOND, 20 * SECOND);
        service->start_period_ms = 30 * SECOND;
        service->answering = true;
    }
}

static void project_start(struct world *world, struct project *project)
{
    for (unsigned i = 0; i < project->count; i++)
        for (unsigned s = 0; s < project->service[i].slot_count; s++) {
            struct slot *slot = &project->service[i].slot[s];
            char name[96];
            snprintf(name, sizeof name, "%s-%u", slot->service->name, slot->number);
            slot->current = contained_create(world, slot, name);
            contained_start(world, slot->current);
            slot->current->ready = world->now; /* long since */
        }
    project_changed(world, project);
}

void world_open(struct world *world, size_t services, unsigned days, uint64_t seed, enum healer healer,
                struct tally *tally)
{
    *world = (struct world){.now = BEGIN_MS - HOUR,
                            .end = BEGIN_MS + (int64_t)days * DAY,
                            .seed = seed,
                            .random = seed,
                            .engine_up = true,
                            .service_count = services,
                            .healer = healer,
                            .tally = tally};
    world->project_count = (services + PROJECT_SERVICES - 1) / PROJECT_SERVICES;
    world->projects = mem_new(world->project_count * sizeof *world->projects);
    for (size_t i = 0; i < world->project_count; i++) {
        size_t left = services - i * PROJECT_SERVICES;
        project_fill(world, &world->projects[i], (unsigned)i,
                     (unsigned)(left < PROJECT_SERVICES ? left : PROJECT_SERVICES));
        project_start(world, &world->projects[i]);
    }
    if (healer == HEALER_QUAYWATCH)
        world->daemon = daemon_open(world);
    if (healer == HEALER_NAIVE)
        world->naive = naive_open(world);
    incidents_plan(world);
}

void world_close(struct world *world)
{
    for (size_t i = 0; i < world->project_count; i++)
        for (unsigned s = 0; s < world->projects[i].count; s++) {
            const struct sim_service *service = &world->projects[i].service[s];
            if (service->sick)
                world->tally->sick_ms += world->end - service->sick_since;
        }
    daemon_close(world->daemon);
    naive_close(world->naive);
    HASH_CLEAR(hh, world->containers);
    for (size_t i = 0; i < world->all_count; i++)
        free(world->all[i]);
    free(world->all);
    arena_free(&world->arena);
    free(world->projects);
    free(world->queue);
}

/* ---- who answers ---- */

struct contained *world_find(struct world *world, const char *id)
{
    struct contained *contained;
    HASH_FIND_STR(world->containers, id, contained);
    return contained;
}

bool service_victim(const struct world *world, const struct sim_service *service)
{
    for (unsigned i = 0; service->deep && i < service->dependency_count; i++)
        if (strcmp(service->dependency[i]->role, "cache") != 0 &&
            !service_answers(world, service->dependency[i]))
            return true;
    return false;
}

enum answer contained_answers(const struct world *world, const struct contained *contained)
{
    if (contained->state == CONTAINER_PAUSED)
        return ANSWER_TIMEOUT;
    if (contained->state != CONTAINER_RUNNING || world->now < contained->ready)
        return ANSWER_REFUSED;
    if (contained->release != RELEASE_GOOD || contained->slot->overload_until > world->now)
        return ANSWER_ERROR;
    switch (contained->fault) {
    case FAULT_HANG:
        return ANSWER_TIMEOUT;
    case FAULT_ERRORS:
    case FAULT_STALE:
        return ANSWER_ERROR;
    case FAULT_FLAPPING:
        if (contained->flap_down)
            return ANSWER_ERROR;
        break;
    case FAULT_NONE:
    case FAULT_COUNT:
        break;
    }
    return service_victim(world, contained->slot->service) ? ANSWER_ERROR : ANSWER_OK;
}

bool service_answers(const struct world *world, const struct sim_service *service)
{
    for (unsigned i = 0; i < service->slot_count; i++) {
        const struct slot *slot = &service->slot[i];
        if (slot->current && contained_answers(world, slot->current) == ANSWER_OK)
            return true;
        if (slot->incoming && contained_answers(world, slot->incoming) == ANSWER_OK)
            return true;
    }
    return false;
}

/* Somebody wants it to serve. */
static bool service_wanted(const struct sim_service *service)
{
    for (unsigned i = 0; !service->job && i < service->slot_count; i++) {
        const struct contained *current = service->slot[i].current;
        if (current && !current->by_person && !current->finished)
            return true;
    }
    return false;
}

/* Some of those whose dependency was away for a while do not come back by themselves: dead connections in a
 * pool. */
static void stale_victims(struct world *world, const struct sim_service *root)
{
    struct project *project = root->project;
    for (unsigned i = 0; i < project->count; i++) {
        struct sim_service *service = &project->service[i];
        for (unsigned d = 0; service->deep && d < service->dependency_count; d++)
            for (unsigned s = 0; service->dependency[d] == root && s < service->slot_count; s++) {
                struct contained *current = service->slot[s].current;
                uint64_t dice = hash_number(hash_text(world->seed, service->name), root->down_since);
                if (current && current->state == CONTAINER_RUNNING && current->fault == FAULT_NONE &&
                    draw_chance(&dice, 0.15))
                    contained_fault(world, current, FAULT_STALE);
            }
    }
}

static void service_changed(struct world *world, struct sim_service *service)
{
    bool answers = service_answers(world, service), sick = service_wanted(service) && !answers;
    if (sick != service->sick) {
        if (!sick)
            world->tally->sick_ms += world->now - service->sick_since;
        service->sick_since = world->now;
        service->sick = sick;
    }
    if (answers == service->answering)
        return;
    service->answering = answers;
    if (!answers)
        service->down_since = world->now;
    else if (world->now - service->down_since > 20 * SECOND)
        stale_victims(world, service);
}

void project_changed(struct world *world, struct project *project)
{
    world->changes++;
    for (unsigned i = 0; i < project->count; i++) /* what leans on another comes behind it */
        service_changed(world, &project->service[i]);
    for (unsigned i = 0; i < project->count; i++)
        for (unsigned s = 0; s < project->service[i].slot_count; s++) {
            struct slot *slot = &project->service[i].slot[s];
            struct contained *both[] = {slot->current, slot->incoming};
            for (size_t c = 0; c < 2; c++) {
                if (!both[c])
                    continue;
                checker_wake(world, both[c]);
                if (world->daemon)
                    daemon_wake(world->daemon, both[c]);
            }
        }
}
