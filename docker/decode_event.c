/* SPDX-License-Identifier: MIT */
/* One line of GET /events → struct engine_event, in Docker's words and Podman's. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "docker/decode.h"
#include "docker/decode_json.h"

static const char health_word[] = "health_status";

static enum engine_action action_of(const char *word)
{
    for (int i = 0; i < EVENT_OTHER; i++)
        if (strcmp(word, engine_action_name[i]) == 0)
            return (enum engine_action)i;
    if (strncmp(word, health_word, sizeof health_word - 1) == 0) /* "health_status: healthy" */
        return EVENT_HEALTH;
    if (strcmp(word, "died") == 0) /* Podman */
        return EVENT_DIE;
    if (strcmp(word, "remove") == 0) /* Podman */
        return EVENT_DESTROY;
    return EVENT_OTHER;
}

/* Docker says it behind the action's colon, Podman in a field of its own, at the top or among the attributes.
 */
static enum status health_of(const char *word, struct json_object *root, struct json_object *attributes)
{
    static const char *const field[] = {"HealthStatus", "health_status", "healthStatus"};
    const char *colon = strchr(word, ':');
    if (colon)
        return decode_health(colon + 1 + strspn(colon + 1, " "));
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        const char *said = field_text(root, field[i]);
        if (!said)
            said = field_text(attributes, field[i]);
        if (said)
            return decode_health(said);
    }
    return STATUS_UNKNOWN;
}

/* A number that may be written as text. */
static int attribute_number(struct json_object *attributes, const char *key, int fallback)
{
    const char *text = field_text(attributes, key);
    int64_t number;
    if (text)
        return text_number(text, INT_MIN, INT_MAX, &number) == 0 ? (int)number : fallback;
    return field_int(attributes, key, fallback);
}

static int64_t time_of(struct json_object *root)
{
    int64_t ns = field_number(root, "timeNano", 0), seconds = field_number(root, "time", 0);
    if (ns > 0)
        return ns;
    return seconds > 0 && seconds < INT64_MAX / 1000000000 ? seconds * 1000000000 : 0;
}

/* The container that the event is about, or NULL. A network event names it in an attribute; Podman in the
 * actor. */
static const char *container_of(struct json_object *root, const char *type, enum engine_action action)
{
    struct json_object *actor = json_member(root, "Actor");
    const char *id = field_text(actor, "ID");
    if (!type || strcmp(type, "container") == 0)
        return id ? id : field_text(root, "id");
    if (strcmp(type, "network") != 0 || (action != EVENT_CONNECT && action != EVENT_DISCONNECT))
        return NULL;
    const char *container = field_text(json_member(actor, "Attributes"), "container");
    return container ? container : id;
}

static void take_event(struct json_object *root, const char *word, struct arena *arena,
                       struct engine_event *ret)
{
    struct json_object *attributes = json_member(json_member(root, "Actor"), "Attributes");
    const char *name = field_text(attributes, "name"), *old_name = field_text(attributes, "oldName");
    bool network = ret->action == EVENT_CONNECT || ret->action == EVENT_DISCONNECT;
    /* Docker names the network, Podman the container. */
    bool names_network = network && field_text(attributes, "container");
    ret->name = name && !names_network ? arena_copy(arena, decode_name(name)) : "";
    if (network)
        ret->network = arena_copy(arena, names_network ? name : field_text(attributes, "network"));
    if (ret->action == EVENT_RENAME && old_name)
        ret->old_name = arena_copy(arena, decode_name(old_name));
    if (ret->action == EVENT_KILL)
        ret->signal = attribute_number(attributes, "signal", 0);
    if (ret->action == EVENT_DIE)
        ret->exit_code = attribute_number(attributes, "exitCode",
                                          attribute_number(attributes, "containerExitCode", -1));
    if (ret->action == EVENT_HEALTH)
        ret->health = health_of(word, root, attributes);
    ret->time_ns = time_of(root);
    field_pairs(attributes, LIMIT_EVENT_LINE, arena, &ret->labels);
}

int decode_event(const char *json, size_t len, struct arena *arena, struct engine_event *ret,
                 struct error *err)
{
    struct json_object *root = json_parse_object(json, len);
    if (!root)
        return error_set(err, -EBADMSG, "an event is no JSON object");
    const char *type = field_text(root, "Type"), *word = field_text(root, "Action");
    if (!word)
        word = field_text(root, "status"); /* engines before API 1.22, and proxies that imitate them */
    struct engine_event event = {.action = word ? action_of(word) : EVENT_OTHER, .exit_code = -1};
    event.health = STATUS_UNKNOWN;
    const char *id = word ? container_of(root, type, event.action) : NULL;
    if (!id) {
        json_object_put(root);
        return error_set(err, -ENOENT, "an event does not concern a container");
    }
    event.id = arena_copy(arena, id);
    take_event(root, word, arena, &event);
    json_object_put(root);
    *ret = event;
    return 0;
}
