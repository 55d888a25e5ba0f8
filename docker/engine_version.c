/* SPDX-License-Identifier: MIT */
/* Which version of the API is spoken: what the engine says of itself, and what follows from it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/core/text.h"
#include "docker/decode_json.h"
#include "docker/engine_internal.h"

/* "1.41" → 41; 0 for anything else. */
static int parse_minor(const char *text)
{
    char *end;
    if (strncmp(text, "1.", 2) != 0)
        return 0;
    long minor = strtol(text + 2, &end, 10);
    return end != text + 2 && *end == '\0' && minor > 0 && minor < 1000 ? (int)minor : 0;
}

static void set_api(struct engine *engine, int minor)
{
    snprintf(engine->api, sizeof engine->api, "%d.%d", (int)API_MAJOR, minor);
}

int engine_pin(struct engine *engine, const char *version, struct error *err)
{
    if (!version || !version[0])
        return 0;
    if (parse_minor(version) == 0)
        return error_set(err, -EINVAL, "DOCKER_API_VERSION=%s: a version is written like %d.%d", version,
                         (int)API_MAJOR, (int)API_HIGHEST);
    snprintf(engine->pinned_api, sizeof engine->pinned_api, "%s", version);
    return 0;
}

/* "Docker/28.5.2 (linux)", "Libpod/4.3.1 (linux)"; other servers are proxies. */
static void take_server(struct engine *engine, const char *value)
{
    bool docker = strncmp(value, "Docker/", 7) == 0;
    if (!docker && strncmp(value, "Libpod/", 7) != 0)
        return;
    engine->podman = !docker;
    size_t len = strcspn(value + 7, " ");
    char shown[VERSION_TEXT];
    snprintf(shown, sizeof shown, "%s%.*s", docker ? "" : "Podman ", (int)len, value + 7);
    text_one_line(shown, engine->version, sizeof engine->version);
}

void engine_take_header(struct engine *engine, const char *line, size_t len)
{
    char text[128];
    snprintf(text, sizeof text, "%.*s", (int)(len < sizeof text ? len : sizeof text - 1), line);
    char *value = text, *name = text_cut(&value, ':');
    if (!value)
        return;
    value = text_trim(value);
    if (strcasecmp(name, "Api-Version") == 0)
        engine->api_offered = parse_minor(value);
    else if (strcasecmp(name, "Server") == 0)
        take_server(engine, value);
    else if (strcasecmp(name, "Libpod-Api-Version") == 0)
        engine->podman = true;
}

void engine_take_version(struct engine *engine, const char *body, size_t len)
{
    struct json_object *root = json_parse_object(body, len);
    const char *version = field_text(root, "Version");
    if (version) {
        char shown[VERSION_TEXT];
        snprintf(shown, sizeof shown, "%s%s", engine->podman ? "Podman " : "", version);
        text_one_line(shown, engine->version, sizeof engine->version);
    }
    const char *api = field_text(root, "ApiVersion");
    if (api && !engine->api_offered)
        engine->api_offered = parse_minor(api);
    json_object_put(root);
}

bool engine_negotiate(struct engine *engine, char sentence[static SENTENCE])
{
    if (engine->pinned_api[0]) {
        memcpy(engine->api, engine->pinned_api, sizeof engine->api);
        return true;
    }
    int theirs = engine->api_offered;
    engine->api[0] = '\0';
    if (theirs == 0) /* not said: the unversioned paths are the engine's newest */
        return true;
    if (theirs < API_LOWEST) {
        snprintf(sentence, SENTENCE,
                 "the engine %s at %s speaks API 1.%d, and at least %d.%d is needed: update it to Docker "
                 "20.10 or newer",
                 engine->version, engine->address.shown, theirs, (int)API_MAJOR, (int)API_LOWEST);
        return false;
    }
    set_api(engine, theirs < API_HIGHEST ? theirs : API_HIGHEST);
    return true;
}

bool engine_renegotiate(struct engine *engine, const char *message)
{
    static const char mark[] = "Minimum supported API version is ";
    const char *found = strstr(message, mark);
    if (!found || engine->api_forced || engine->pinned_api[0])
        return false;
    char text[API_TEXT];
    const char *number = found + sizeof mark - 1;
    snprintf(text, sizeof text, "%.*s", (int)strspn(number, "0123456789."), number);
    int minimum = parse_minor(text);
    if (minimum <= API_HIGHEST || minimum > engine->api_offered)
        return false;
    /* Newer than what is known: the paths used here have kept their shapes so far. */
    set_api(engine, minimum);
    engine->api_forced = true;
    return true;
}
