/* SPDX-License-Identifier: MIT */
/* HTTP, JSON paths and waiting for engine tests. */
#include "tests/support/http.h"

#include <ctype.h>
#include <curl/curl.h>
#include <json.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/core/buf.h"

enum { BODY_MAX = 64 * 1024 * 1024, ASK_MS = 15000, SHOWN = 3000 };

static size_t collect(char *data, size_t size, size_t count, void *user)
{
    return buf_add(user, data, size * count) == 0 ? size * count : 0;
}

const struct http_answer *http_ask(struct world *world, const char *method, const char *path,
                                   const char *const *headers, const char *body)
{
    struct http_answer *answer = arena_new(&world->arena, sizeof *answer);
    struct curl_slist *list = NULL;
    struct buf content, head;
    CURL *curl = curl_easy_init();
    long status = 0;
    buf_init(&content, BODY_MAX);
    buf_init(&head, BODY_MAX);
    for (; headers && *headers; headers++)
        list = curl_slist_append(list, *headers);
    curl_easy_setopt(curl, CURLOPT_URL,
                     arena_format(&world->arena, "http://127.0.0.1:%d%s", world->port, path));
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_NOBODY, (long)(strcmp(method, "HEAD") == 0));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    if (body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ASK_MS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &content);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &head);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(list);
    curl_easy_cleanup(curl);
    answer->status = (int)status;
    answer->len = content.len;
    answer->body = arena_copy_n(&world->arena, buf_string(&content), content.len);
    answer->headers = arena_copy_n(&world->arena, buf_string(&head), head.len);
    buf_free(&content);
    buf_free(&head);
    return answer;
}

const struct http_answer *http_get(struct world *world, const char *path)
{
    return http_ask(world, "GET", path, NULL, NULL);
}

char *http_header(struct world *world, const struct http_answer *answer, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = answer->headers; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncasecmp(line, name, len) != 0 || line[len] != ':')
            continue;
        const char *value = line + len + 1;
        while (*value == ' ')
            value++;
        return arena_copy_n(&world->arena, value, strcspn(value, "\r\n"));
    }
    return NULL;
}

/* --- JSON
 * ----------------------------------------------------------------------------------------------------------
 */

static char *value_text(struct world *world, struct json_object *value)
{
    if (json_object_get_type(value) == json_type_string)
        return arena_copy(&world->arena, json_object_get_string(value));
    return arena_copy(&world->arena, json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
}

/* The element of array that "3" or "name=web" selects; false when there is none. */
static bool array_select(struct json_object *array, const char *selector, struct json_object **ret)
{
    if (json_object_get_type(array) != json_type_array)
        return false;
    const char *equals = strchr(selector, '=');
    size_t count = json_object_array_length(array);
    if (!equals) {
        size_t index = strtoul(selector, NULL, 10);
        if (index >= count)
            return false;
        *ret = json_object_array_get_idx(array, index);
        return true;
    }
    char key[64];
    snprintf(key, sizeof key, "%.*s", (int)(equals - selector), selector);
    for (size_t i = 0; i < count; i++) {
        struct json_object *element = json_object_array_get_idx(array, i), *field;
        if (json_object_object_get_ex(element, key, &field) &&
            strcmp(json_object_get_string(field), equals + 1) == 0) {
            *ret = element;
            return true;
        }
    }
    return false;
}

/* Follows one step, "name" or "[selector]", and moves *path behind it. */
static bool json_step(struct json_object **value, const char **path)
{
    char word[128];
    bool select = **path == '[';
    *path += select || **path == '.';
    if (!select && **path == '[')
        return true;
    size_t len = strcspn(*path, select ? "]" : ".[");
    snprintf(word, sizeof word, "%.*s", (int)len, *path);
    *path += len + select;
    if (select)
        return array_select(*value, word, value);
    return json_object_get_type(*value) == json_type_object && json_object_object_get_ex(*value, word, value);
}

char *json_at(struct world *world, const char *json, const char *path)
{
    struct json_object *root = json_tokener_parse(json), *value = root;
    bool count = strncmp(path, "count(", 6) == 0;
    const char *rest = count ? arena_copy_n(&world->arena, path + 6, strlen(path) - 7) : path;
    bool found = root != NULL;
    while (found && *rest)
        found = json_step(&value, &rest);
    char *text = NULL;
    if (found && count)
        text = arena_format(&world->arena, "%zu", json_object_array_length(value));
    else if (found)
        text = value_text(world, value);
    json_object_put(root);
    return text;
}

char *http_json(struct world *world, const char *url, const char *path)
{
    return json_at(world, http_get(world, url)->body, path);
}

/* --- waiting -------------------- */

static bool matches(const char *value, const char *expected)
{
    if (!expected || !value)
        return !expected && !value;
    switch (*expected) {
    case '*':
        return true;
    case '!':
        return strcmp(value, expected + 1) != 0;
    case '~':
        return strstr(value, expected + 1) != NULL;
    default:
        return strcmp(value, expected) == 0;
    }
}

void http_wait(struct world *world, const char *url, const char *path, const char *expected)
{
    for (int64_t end = clock_now_ms() + PATIENCE_MS;; clock_pause()) {
        const struct http_answer *answer = http_get(world, url);
        const char *value = json_at(world, answer->body, path);
        if (matches(value, expected))
            return;
        if (clock_now_ms() > end)
            world_fail(world, "GET %s: %s should be %s but is %s. The answer (%d): %.*s", url, path,
                       expected ? expected : "absent", value ? value : "absent", answer->status, SHOWN,
                       answer->body);
    }
}

static char *service_path(struct world *world, const char *service, const char *field)
{
    return arena_format(&world->arena, "services[name=%s].%s", service, field);
}

void service_wait(struct world *world, const char *service, const char *field, const char *expected)
{
    http_wait(world, "/api/v1/status", service_path(world, service, field), expected);
}

void service_stays(struct world *world, const char *service, const char *field, const char *expected,
                   int64_t how_long_ms)
{
    const int64_t end = clock_now_ms() + how_long_ms;
    do {
        const char *value = service_field(world, service, field);
        if (!matches(value, expected))
            world_fail(world, "%s of %s should stay %s but became %s. The answer: %.*s", field, service,
                       expected ? expected : "absent", value ? value : "absent", SHOWN,
                       http_get(world, "/api/v1/status")->body);
        clock_pause();
    } while (clock_now_ms() < end);
}

char *service_field(struct world *world, const char *service, const char *field)
{
    return http_json(world, "/api/v1/status", service_path(world, service, field));
}

void service_wait_gone(struct world *world, const char *service)
{
    http_wait(world, "/api/v1/status", arena_format(&world->arena, "services[name=%s]", service), NULL);
}

double metric(struct world *world, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = http_get(world, "/metrics")->body; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, len) == 0 && line[len] == ' ')
            return strtod(line + len + 1, NULL);
    }
    return -1;
}

void log_wait(struct world *world, const char *text)
{
    for (int64_t end = clock_now_ms() + PATIENCE_MS; !strstr(daemon_log(world), text); clock_pause())
        if (clock_now_ms() > end)
            world_fail(world, "the log does not say \"%s\"", text);
}
