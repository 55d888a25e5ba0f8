/* SPDX-License-Identifier: MIT */
/* second.c: which of several controllers heals: the oldest running container that carries
 * quaywatch.controller=<scope>. A quaywatch that is in no container of this engine yields to each of them:
 * they cannot see it, so it is the only one that can give way. */
#include "controller/second.h"

#include <stdlib.h>
#include <string.h>

enum { SECOND_MS = 1000 }; /* listings tell a creation to the second */

struct other_controller {
    UT_hash_handle hh;
    int64_t created_at_wall_ms;
    bool runs;
    char *name, *scope;
    char id[];
};

static bool is_self(const struct controller *controller, const char *id)
{
    size_t length = strlen(controller->self_id);
    return length && strncmp(id, controller->self_id, length) == 0;
}

static void see_self(struct controller *controller, const char *id, const struct pairs *labels,
                     int64_t created_at_wall_ms)
{
    snprintf(controller->self_id, sizeof controller->self_id, "%s", id);
    const char *project = pairs_get(labels, "com.docker.compose.project");
    snprintf(controller->self_project, sizeof controller->self_project, "%s", project ? project : "");
    if (created_at_wall_ms)
        controller->self_created_wall_ms = created_at_wall_ms;
    controller->others_dirty = true;
}

static void other_free(struct controller *controller, struct other_controller *other)
{
    HASH_DEL(controller->others, other);
    free(other->name);
    free(other->scope);
    free(other);
}

bool second_see(struct controller *controller, const char *id, const char *name, const struct pairs *labels,
                bool runs, int64_t created_at_wall_ms)
{
    if (is_self(controller, id)) {
        see_self(controller, id, labels, created_at_wall_ms);
        return false;
    }
    const char *scope = pairs_get(labels, "quaywatch.controller");
    if (!scope)
        return false;
    struct other_controller *other;
    HASH_FIND_STR(controller->others, id, other);
    if (!other) {
        size_t length = strlen(id);
        other = mem_new(sizeof *other + length + 1);
        memcpy(other->id, id, length + 1);
        other->name = mem_copy(name);
        other->scope = mem_copy(scope);
        other->created_at_wall_ms = controller->now.wall_ms;
        HASH_ADD_KEYPTR(hh, controller->others, other->id, length, other);
    }
    if (created_at_wall_ms)
        other->created_at_wall_ms = created_at_wall_ms;
    other->runs = runs;
    controller->others_dirty = true;
    return true;
}

void second_born(struct controller *controller, const char *id, int64_t created_at_wall_ms)
{
    struct other_controller *other;
    HASH_FIND_STR(controller->others, id, other);
    if (is_self(controller, id))
        controller->self_created_wall_ms = created_at_wall_ms;
    else if (other)
        other->created_at_wall_ms = created_at_wall_ms;
    else
        return;
    controller->others_dirty = true;
}

void second_gone(struct controller *controller, const char *id)
{
    struct other_controller *other;
    HASH_FIND_STR(controller->others, id, other);
    if (!other)
        return;
    other_free(controller, other);
    controller->others_dirty = true;
}

static bool is_older(const struct controller *controller, const struct other_controller *other)
{
    if (!controller->self_created_wall_ms)
        return true;
    int64_t theirs = other->created_at_wall_ms / SECOND_MS,
            ours = controller->self_created_wall_ms / SECOND_MS;
    return theirs != ours ? theirs < ours : strcmp(other->id, controller->self_id) < 0;
}

static const struct other_controller *find_older(const struct controller *controller)
{
    const char *scope = "all";
    if (controller->options->scope == SCOPE_PROJECT)
        scope = controller->options->scope_project[0] ? controller->options->scope_project
                                                      : controller->self_project;
    const struct other_controller *oldest = NULL;
    for (const struct other_controller *at = controller->others; at; at = at->hh.next)
        if (at->runs && strcmp(at->scope, scope) == 0 && is_older(controller, at) &&
            (!oldest || at->created_at_wall_ms < oldest->created_at_wall_ms))
            oldest = at;
    return oldest;
}

/* Where our own container is watched, it shows the finding; /health and all decisions say it anyway. */
static void show_finding(struct controller *controller)
{
    const struct record *self = controller->self_id[0] ? record_find(controller, controller->self_id) : NULL;
    if (self)
        registry_apply(controller->registry,
                       &(struct change){.kind = CHANGE_FINDING,
                                        .ref = self->ref,
                                        .code = "second-controller",
                                        .text = controller->second[0] ? controller->second : NULL},
                       controller->now);
}

/* Who heals instead of us; "" when nobody does. */
static void find_first(const struct controller *controller, char *ret, size_t size)
{
    const struct other_controller *older = find_older(controller);
    ret[0] = '\0';
    if (older)
        snprintf(
            ret, size,
            "second-controller: %.80s heals here already (quaywatch.controller=%.60s); this ends when it "
            "stops",
            older->name, older->scope);
    else if (controller->state_holder[0])
        snprintf(
            ret, size,
            "second-controller: another quaywatch (%.100s) has this STATE_DIR; this ends when it stops, or "
            "give each a folder of its own",
            controller->state_holder);
}

void second_settle(struct controller *controller)
{
    if (!controller->others_dirty || !watch_synced(controller->watch))
        return;
    controller->others_dirty = false;
    char sentence[sizeof controller->second];
    find_first(controller, sentence, sizeof sentence);
    if (strcmp(sentence, controller->second) == 0)
        return;
    memcpy(controller->second, sentence, sizeof sentence);
    observe_show(controller);
    show_finding(controller);
    if (sentence[0])
        tell(controller, SEVERITY_WARNING, "second-controller", NULL, "Observing only: %s", sentence);
    else
        tell(controller, SEVERITY_INFO, "second-controller", NULL,
             "No older controller runs any more: healing again");
}

void second_free(struct controller *controller)
{
    while (controller->others)
        other_free(controller, controller->others);
}
