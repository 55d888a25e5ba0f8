/* SPDX-License-Identifier: MIT */
/* The dialect of Docker Compose (and the slot of Swarm tasks): project, service, replica, dependencies. */
#include "controller/labels/compose.h"

#include <string.h>
#include <strings.h>

#include "controller/core/text.h"

static const char *copied(struct resolution *r, const char *label)
{
    const char *value = pairs_get(&r->merged, label);
    return value && *value ? arena_copy(&r->spec->arena, value) : NULL;
}

/* "web.3.k2w…" is slot 3; tasks of global services have a node's id there, and no slot. */
static unsigned swarm_slot(struct resolution *r)
{
    char *rest = arena_copy(&r->spec->arena, pairs_get(&r->merged, "com.docker.swarm.task.name"));
    char *task = rest ? strrchr(rest, '.') : NULL;
    if (!task)
        return 0;
    *task = '\0';
    const char *slot = strrchr(rest, '.');
    int64_t number;
    return slot && text_number(slot + 1, 1, 1000000, &number) == 0 ? (unsigned)number : 0;
}

void compose_facts(struct resolution *r)
{
    struct spec *spec = r->spec;
    spec->compose_project = copied(r, "com.docker.compose.project");
    spec->compose_service = copied(r, "com.docker.compose.service");
    spec->working_dir = copied(r, "com.docker.compose.project.working_dir");
    const char *oneoff = pairs_get(&r->merged, "com.docker.compose.oneoff");
    spec->oneoff = oneoff && strcasecmp(oneoff, "true") == 0;
    const char *replica = pairs_get(&r->merged, "com.docker.compose.container-number");
    int64_t number;
    if (replica && text_number(replica, 0, 1000000, &number) == 0)
        spec->replica = (unsigned)number;
    else
        spec->replica = swarm_slot(r);
}

void compose_dependencies(struct resolution *r)
{
    char *rest = arena_copy(&r->spec->arena, pairs_get(&r->merged, "com.docker.compose.depends_on"));
    for (char *part; (part = text_cut(&rest, ',')) != NULL;) {
        char *fields = part;
        const char *name = text_cut(&fields, ':');
        const char *condition = text_cut(&fields, ':');
        if (!text_is_name(name))
            continue;
        bool completion = condition && strcmp(condition, "service_completed_successfully") == 0;
        resolution_depend(r, name, DEPENDENCY_REQUIRED, "compose", completion);
    }
    if (strncmp(r->container->network_mode, "container:", 10) == 0 && r->container->network_mode[10] != '\0')
        resolution_depend(r, r->container->network_mode, DEPENDENCY_REQUIRED, "network_mode", false);
}
