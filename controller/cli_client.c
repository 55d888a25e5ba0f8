/* SPDX-License-Identifier: MIT */
/* cli_client.c: the commands that ask the running daemon over HTTP: status, explain, healthcheck. */
#include "controller/cli.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "controller/core/transfer.h"
#include "controller/settings/options.h"

enum { CLIENT_TIMEOUT_MS = 10000 };

/* ---- the request ---- */

struct answer {
    struct buf *body;
    int status;
    enum transfer_end end;
    char message[200];
};

static void on_done(void *user, const struct transfer_result *result)
{
    struct answer *answer = user;
    answer->status = result->http_status;
    answer->end = result->end;
    snprintf(answer->message, sizeof answer->message, "%s", result->message);
    buf_add(answer->body, result->body, result->body_len);
}

/* LISTEN as a client reaches it: a wildcard address is this machine. */
static char *daemon_url(const struct options *options, const char *path)
{
    const char *base = getenv("QUAYWATCH_URL");
    if (base && base[0]) {
        size_t length = strlen(base);
        return mem_format("%.*s%s", (int)(base[length - 1] == '/' ? length - 1 : length), base, path);
    }
    const char *colon = strrchr(options->listen, ':');
    const char *port = colon ? colon + 1 : "8080";
    size_t host_length = colon ? (size_t)(colon - options->listen) : 0;
    bool wildcard = host_length == 0 || strncmp(options->listen, "0.0.0.0:", 8) == 0 ||
                    strncmp(options->listen, "[::]:", 5) == 0;
    if (wildcard)
        return mem_format("http://127.0.0.1:%s%s", port, path);
    return mem_format("http://%.*s:%s%s", (int)host_length, options->listen, port, path);
}

/* One request, whose answer is waited for: the HTTP status, or -ECONNREFUSED with err. */
static int client_ask(const struct options *options, const char *method, const char *path, const char *token,
                      const char *body, struct buf *ret, struct error *err)
{
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct transfer_pool *pool = transfer_pool_new(&loop, 1);
    char *url = daemon_url(options, path);
    char *bearer = mem_format("Authorization: Bearer %s", token);
    const char *headers[] = {"Accept: application/json", token[0] ? bearer : NULL, NULL};
    struct answer answer = {.body = ret};
    struct transfer_request request = {.method = method,
                                       .url = url,
                                       .headers = headers,
                                       .body = body,
                                       .max_body = LIMIT_DOCUMENT,
                                       .total_timeout_ms = CLIENT_TIMEOUT_MS,
                                       .resolve = true,
                                       .on_done = on_done,
                                       .user = &answer};
    transfer_start(pool, &request);
    uv_run(&loop, UV_RUN_DEFAULT);
    transfer_pool_free(pool);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    int code = answer.status;
    if (answer.end != TRANSFER_DONE)
        code = error_set(err, -ECONNREFUSED,
                         "no quaywatch answers at %s (%s); is `quaywatch run` up, and is this "
                         "LISTEN or QUAYWATCH_URL?",
                         url, transfer_end_name(answer.end));
    else if (!method && (code == 401 || code == 403))
        code = error_set(err, -EACCES, "%s answers %d; READ_TOKEN must be the daemon's", url, code);
    free(bearer);
    free(url);
    return code;
}

int client_get(const char *path, const struct options *options, struct buf *ret, struct error *err)
{
    return client_ask(options, NULL, path, options->read_token, NULL, ret, err);
}

int client_post(const char *path, const char *body, const struct options *options, struct buf *ret,
                struct error *err)
{
    return client_ask(options, "POST", path, options->auth_token, body, ret, err);
}

static json_object *get_json(const struct options *options, const char *path, int *ret_status)
{
    struct buf body;
    struct error err = {0};
    buf_init(&body, LIMIT_DOCUMENT);
    *ret_status = client_get(path, options, &body, &err);
    json_object *root = *ret_status > 0 ? json_tokener_parse(buf_string(&body)) : NULL;
    if (*ret_status < 0)
        fprintf(stderr, "quaywatch: %s\n", err.text);
    buf_free(&body);
    return root;
}

/* ---- reading ---- */

static const char *text_of(json_object *object, const char *key)
{
    json_object *value = object ? json_object_object_get(object, key) : NULL;
    return value ? json_object_get_string(value) : "";
}

static json_object *list_of(json_object *object, const char *key, size_t *ret_count)
{
    json_object *list = object ? json_object_object_get(object, key) : NULL;
    bool is_list = list && json_object_is_type(list, json_type_array);
    *ret_count = is_list ? json_object_array_length(list) : 0;
    return is_list ? list : NULL;
}

/* Foreign text goes to a terminal: one line, no control characters. */
static const char *clean(const char *text, char ret[static 256])
{
    text_one_line(text, ret, 256);
    return ret;
}

char *client_path(const char *prefix, const char *name, const char *suffix)
{
    struct buf path;
    buf_init(&path, 4096);
    buf_text(&path, prefix);
    for (const char *at = name; *at; at++) {
        bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') ||
                     strchr("._-~", *at);
        if (plain)
            buf_add(&path, at, 1);
        else
            buf_format(&path, "%%%02X", (unsigned)(unsigned char)*at);
    }
    buf_text(&path, suffix);
    return buf_take(&path, NULL);
}

/* ---- status ---- */

static void print_service(json_object *service)
{
    char name[256], status[256], sentence[256];
    size_t count;
    json_object *instances = list_of(service, "instances", &count);
    for (size_t i = 0; i < count; i++) {
        json_object *instance = json_object_array_get_idx(instances, i);
        printf("%-24s %-10s %-24.24s %s\n", i ? "" : clean(text_of(service, "name"), name),
               clean(text_of(instance, "status"), status), text_of(instance, "container"),
               clean(text_of(json_object_object_get(instance, "decision"), "sentence"), sentence));
    }
}

static void print_head(json_object *root)
{
    json_object *engine = json_object_object_get(root, "engine");
    json_object *summary = json_object_object_get(root, "summary");
    char text[256];
    printf("%s: %s services, %s instances\n", clean(text_of(summary, "status"), text),
           text_of(summary, "services"), text_of(summary, "instances"));
    const char *error = text_of(engine, "error");
    if (error[0])
        printf("Engine: %s\n", error);
}

static int exit_of_status(const char *status)
{
    return strcmp(status, "unhealthy") == 0 || strcmp(status, "failed") == 0 ? EXIT_FINDING : EXIT_FINE;
}

static int status_one(const struct options *options, const char *name, bool json)
{
    char *path = client_path("/services/", name, "");
    int http;
    json_object *service = get_json(options, path, &http);
    free(path);
    int code = EXIT_NO_ENGINE;
    if (http == 404) {
        fprintf(stderr, "quaywatch: no service \"%s\"; `quaywatch status` lists them\n", name);
        code = EXIT_WRONG_USE;
    } else if (service) {
        if (json)
            puts(json_object_to_json_string_ext(service, JSON_C_TO_STRING_NOSLASHESCAPE));
        else
            print_service(service);
        code = exit_of_status(text_of(service, "status"));
    }
    json_object_put(service);
    return code;
}

int command_status(const struct options *options, int argc, char **argv)
{
    bool json = false;
    const char *name = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else
            name = argv[i];
    }
    if (name)
        return status_one(options, name, json);
    int http;
    json_object *root = get_json(options, "/api/v1/status", &http);
    if (!root)
        return EXIT_NO_ENGINE;
    size_t count;
    json_object *services = list_of(root, "services", &count);
    if (json) {
        puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_NOSLASHESCAPE));
    } else {
        print_head(root);
        for (size_t i = 0; i < count; i++)
            print_service(json_object_array_get_idx(services, i));
    }
    int code = exit_of_status(text_of(json_object_object_get(root, "summary"), "status"));
    json_object_put(root);
    return code;
}

/* ---- explain ---- */

static void explain_instance(json_object *instance)
{
    char text[256];
    json_object *check = json_object_object_get(instance, "check");
    json_object *decision = json_object_object_get(instance, "decision");
    printf("\n%s: %s\n", clean(text_of(instance, "container"), text), text_of(instance, "status"));
    printf("  check     %s %s\n", text_of(check, "check"), clean(text_of(check, "target"), text));
    printf("  answer    %s\n", clean(text_of(check, "message"), text));
    printf("  decision  %s (%s): %s\n", text_of(decision, "action"), text_of(decision, "reason"),
           clean(text_of(decision, "sentence"), text));
    json_object *sources = json_object_object_get(instance, "sources");
    if (sources && json_object_is_type(sources, json_type_object)) {
        json_object_object_foreach(sources, key, value)
            printf("  source    %s from %s\n", key, clean(json_object_get_string(value), text));
    }
    size_t count;
    json_object *rows = list_of(instance, "ladder", &count);
    for (size_t i = 0; i < count; i++) {
        json_object *row = json_object_array_get_idx(rows, i);
        printf("  %-3s %-18s %s\n", strcmp(text_of(row, "state"), "holds") == 0 ? "->" : "",
               text_of(row, "hold"), clean(text_of(row, "sentence"), text));
    }
}

int command_explain(const struct options *options, int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "quaywatch explain: name a service; `quaywatch status` lists them\n");
        return EXIT_WRONG_USE;
    }
    char *path = client_path("/api/v1/services/", argv[1], "/explain");
    int http;
    json_object *root = get_json(options, path, &http);
    free(path);
    if (http == 404) {
        fprintf(stderr, "quaywatch: no service \"%s\"; `quaywatch status` lists them\n", argv[1]);
        json_object_put(root);
        return EXIT_WRONG_USE;
    }
    if (!root)
        return EXIT_NO_ENGINE;
    char text[256];
    printf("%s (key %s)\n", clean(text_of(root, "service"), text), text_of(root, "key"));
    size_t count;
    json_object *instances = list_of(root, "instances", &count);
    for (size_t i = 0; i < count; i++)
        explain_instance(json_object_array_get_idx(instances, i));
    json_object_put(root);
    return EXIT_FINE;
}

/* ---- healthcheck ---- */

int command_healthcheck(const struct options *options, int argc, char **argv)
{
    (void)argc, (void)argv;
    struct buf body;
    struct error err = {0};
    buf_init(&body, LIMIT_DOCUMENT);
    int http = client_get("/health", options, &body, &err);
    buf_free(&body);
    if (http < 0)
        fprintf(stderr, "quaywatch: %s\n", err.text);
    return http == 200 ? EXIT_FINE : EXIT_FINDING;
}
