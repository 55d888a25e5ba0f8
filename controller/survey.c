/* SPDX-License-Identifier: MIT */
/* survey.c: findings that only the whole fleet shows: one alias or one name of variables for two services,
 * circles of dependencies, dependencies on nobody. Worked out anew when services, names, aliases or
 * dependencies changed, and then not at once for each of many changes. */
#include "controller/controller_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/env_name.h"
#include "controller/core/graph.h"
#include "controller/core/text.h"

enum {
    SURVEY_MS = 1000,     /* between two surveys, and */
    SURVEY_SHARE = 50,    /* at least so many times what the latest one took */
    COLLISIONS_SHOWN = 3, /* of one container */
    NEAREST_AMONG = 500,  /* more names are not searched for the one that was meant */
    SENTENCE = 480,
};

enum topic { TOPIC_ALIAS, TOPIC_CIRCLE, TOPIC_UNKNOWN, TOPIC_VARIABLES, TOPIC_COUNT };
static const char *const topic_code[TOPIC_COUNT] = {
    [TOPIC_ALIAS] = "alias-collision",
    [TOPIC_CIRCLE] = "dependency-cycle",
    [TOPIC_UNKNOWN] = "unknown-dependency",
    [TOPIC_VARIABLES] = "env-name-collision",
};

/* What this survey has to say of one container. */
struct survey_note {
    const char *text[TOPIC_COUNT];
    unsigned collisions;
};

static struct survey_note *note_of(struct controller *controller, struct arena *arena,
                                   const struct instance *instance)
{
    struct record *record = record_find(controller, instance->observed->id);
    if (!record)
        return NULL;
    if (!record->note)
        record->note = arena_new(arena, sizeof *record->note);
    return record->note;
}

/* ---- aliases ---- */

/* A running container answers to an alias on a network. */
struct claim {
    const char *network, *alias;
    const struct instance *instance;
};

static int claim_order(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    int order = strcmp(x->network, y->network);
    if (!order)
        order = strcmp(x->alias, y->alias);
    return order ? order : strcmp(x->instance->service->name, y->instance->service->name);
}

static void claims_add(struct claim **claims, size_t *count, size_t *room, const struct instance *instance)
{
    const struct observed *observed = instance->observed;
    if (observed->state != CONTAINER_RUNNING && observed->state != CONTAINER_PAUSED &&
        observed->state != CONTAINER_RESTARTING)
        return;
    for (size_t n = 0; n < observed->network_count; n++) {
        const struct network_view *network = &observed->networks[n];
        for (size_t i = 0; i < network->aliases.count; i++) {
            if (*count == *room) {
                *room = *room ? 2 * *room : 64;
                *claims = mem_resize(*claims, *room, sizeof **claims);
            }
            (*claims)[(*count)++] = (struct claim){network->name, network->aliases.item[i], instance};
        }
    }
}

/* The names of the services that share an alias: `"a" and "b"`, `"a", "b" and 3 more`. */
static void names_join(const struct claim *claims, size_t count, char *ret, size_t size)
{
    enum { NAMED = 3 };
    size_t services = 1, named = 0, used = 0;
    for (size_t i = 1; i < count; i++)
        services += claims[i].instance->service != claims[i - 1].instance->service;
    for (size_t i = 0; i < count && named < NAMED && used < size; i++) {
        if (i && claims[i].instance->service == claims[i - 1].instance->service)
            continue;
        const char *before = !named ? "" : named + 1 == services ? " and " : ", ";
        used += (size_t)snprintf(ret + used, size - used, "%s\"%.48s\"", before,
                                 claims[i].instance->service->name);
        named++;
    }
    if (services > NAMED && used < size)
        snprintf(ret + used, size - used, " and %zu more", services - NAMED);
}

static void collision_note(struct controller *controller, struct arena *arena, const struct claim *claims,
                           size_t count)
{
    char names[200];
    names_join(claims, count, names, sizeof names);
    for (size_t i = 0; i < count; i++) {
        struct survey_note *note = note_of(controller, arena, claims[i].instance);
        if (!note || note->collisions++ >= COLLISIONS_SHOWN)
            continue;
        const char *before = note->text[TOPIC_ALIAS];
        note->text[TOPIC_ALIAS] =
            before ? arena_format(arena, "%.300s Also \"%.63s\" on \"%.63s\".", before, claims[i].alias,
                                  claims[i].network)
                   : arena_format(arena,
                                  "On network \"%.63s\" the alias \"%.63s\" means %s: a lookup answers with "
                                  "either; give one of them another alias or network.",
                                  claims[i].network, claims[i].alias, names);
    }
}

static void survey_aliases(struct controller *controller, struct arena *arena)
{
    struct claim *claims = NULL;
    size_t count = 0, room = 0;
    for (size_t i = 0; i < registry_count(controller->registry); i++)
        for (const struct instance *at = registry_at(controller->registry, i)->first; at; at = at->next)
            claims_add(&claims, &count, &room, at);
    if (count)
        qsort(claims, count, sizeof *claims, claim_order);
    for (size_t from = 0, to; from < count; from = to) {
        bool several = false;
        for (to = from + 1; to < count && strcmp(claims[to].alias, claims[from].alias) == 0 &&
                            strcmp(claims[to].network, claims[from].network) == 0;
             to++)
            several |= claims[to].instance->service != claims[from].instance->service;
        if (several)
            collision_note(controller, arena, &claims[from], to - from);
    }
    free(claims);
}

/* ---- dependencies ---- */

static void survey_circle(struct controller *controller, struct arena *arena, const struct service *service)
{
    if (!service->graph.circle)
        return;
    char circle[SENTENCE];
    graph_circle(service, circle, sizeof circle);
    const char *sentence = arena_format(arena, "Circular dependency detected: %s", circle);
    for (const struct instance *at = service->first; at; at = at->next) {
        struct survey_note *note = note_of(controller, arena, at);
        if (note)
            note->text[TOPIC_CIRCLE] = sentence;
    }
}

static bool is_unknown(const struct service *service, const char *name)
{
    for (size_t i = 0; i < service->dependency_count; i++)
        if (!service->dependencies[i].target && strcmp(service->dependencies[i].name, name) == 0)
            return true;
    return false;
}

/* The registered name that was perhaps meant, or NULL. */
static const char *nearest_name(const struct registry *registry, const char *name)
{
    const char *names[NEAREST_AMONG];
    size_t count = registry_count(registry);
    if (count > NEAREST_AMONG)
        return NULL;
    for (size_t i = 0; i < count; i++)
        names[i] = registry_at(registry, i)->name;
    return text_nearest(name, names, count);
}

/* Only what labels say by hand can be mistyped; compose knows its own services, registered or not. */
static void survey_unknown(struct controller *controller, struct arena *arena,
                           const struct instance *instance)
{
    const struct spec *spec = instance->spec;
    char names[200] = "";
    size_t used = 0, count = 0;
    const char *nearest = NULL, *label = NULL;
    for (size_t i = 0; i < spec->dependency_count; i++) {
        const struct dependency *one = &spec->dependencies[i];
        if (strncmp(one->source, "service.", 8) != 0 || !is_unknown(instance->service, one->name))
            continue;
        label = one->source;
        nearest = nearest_name(controller->registry, one->name);
        if (used < sizeof names)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s\"%.63s\"", count ? ", " : "",
                                     one->name);
        count++;
    }
    const char *owner = instance->observed->network_owner;
    bool stranger = spec->cascade && owner && !instance->observed->network_owner_gone &&
                    !registry_container(controller->registry, owner);
    struct survey_note *note = count || stranger ? note_of(controller, arena, instance) : NULL;
    if (!note)
        return;
    if (count)
        note->text[TOPIC_UNKNOWN] = arena_format(
            arena,
            "%s names %s: no service, or more than one, is registered so, and nothing waits for it%s%s%s",
            label, names, count == 1 && nearest ? "; did you mean \"" : "",
            count == 1 && nearest ? nearest : "", count == 1 && nearest ? "\"?" : ".");
    else
        note->text[TOPIC_UNKNOWN] = arena_format(
            arena,
            "It uses the network of container %.12s, which is not registered: give that one a "
            "label, too, so that its restarts are followed.",
            owner);
}

/* ---- names of variables ---- */

/* Services whose names differ only in what variables cannot have: the first keeps them. */
static void survey_variables(struct controller *controller, struct arena *arena)
{
    const struct registry *registry = controller->registry;
    size_t count = registry_count(registry);
    const struct service **service = mem_resize(NULL, count + 1, sizeof *service);
    for (size_t i = 0; i < count; i++)
        service[i] = registry_at(registry, i);
    const struct service **owner = env_name_owners(service, count);
    for (size_t i = 0; i < count; i++) {
        struct survey_note *note = owner[i] && service[i]->first
                                       ? note_of(controller, arena, service[i]->first)
                                       : NULL;
        char name[ENV_NAME];
        env_name(service[i]->name, controller->options->env_prefix, name);
        if (note)
            note->text[TOPIC_VARIABLES] = arena_format(
                arena,
                "The export env leaves it out: the variables %.100s_* are those of \"%.100s\"; give one "
                "of both another name.",
                name, owner[i]->name);
    }
    free(owner);
    free(service);
}

/* ---- the survey ---- */

static void show(struct controller *controller, struct record *record)
{
    const struct instance *instance = registry_instance(controller->registry, record->ref);
    for (unsigned topic = 0; topic < TOPIC_COUNT; topic++) {
        const char *text = record->note ? record->note->text[topic] : NULL;
        bool shown = record->surveyed >> topic & 1;
        if (!text && !shown)
            continue;
        registry_apply(
            controller->registry,
            &(struct change){
                .kind = CHANGE_FINDING, .ref = record->ref, .code = topic_code[topic], .text = text},
            controller->now);
        bool first = instance && instance->service->first == instance;
        if (text && !shown && first && topic == TOPIC_CIRCLE)
            tell(controller, SEVERITY_WARNING, "dependency", instance, "%s", text);
        record->surveyed = (record->surveyed & ~(1U << topic)) | (unsigned)(text != NULL) << topic;
    }
    record->note = NULL;
}

int64_t survey_due(const struct controller *controller)
{
    if (!watch_synced(controller->watch) ||
        registry_topology(controller->registry) == controller->survey_topology)
        return 0;
    bool wait = controller->task == TASK_RUN && controller->survey_next_mono_ms > controller->now.mono_ms;
    return wait ? controller->survey_next_mono_ms : controller->now.mono_ms;
}

void survey_settle(struct controller *controller)
{
    int64_t due = survey_due(controller);
    if (!due || due > controller->now.mono_ms)
        return;
    uint64_t began_ns = uv_hrtime();
    struct arena arena = {0};
    struct registry *registry = controller->registry;
    controller->survey_topology = registry_topology(registry);
    survey_aliases(controller, &arena);
    survey_variables(controller, &arena);
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        survey_circle(controller, &arena, service);
        for (const struct instance *at = service->first; at; at = at->next)
            survey_unknown(controller, &arena, at);
    }
    for (struct record *record = controller->records; record; record = record->hh.next)
        show(controller, record);
    arena_free(&arena);
    int64_t wait_ms = (int64_t)((uv_hrtime() - began_ns) / 1000000) * SURVEY_SHARE;
    controller->survey_next_mono_ms = controller->now.mono_ms + (wait_ms > SURVEY_MS ? wait_ms : SURVEY_MS);
}
