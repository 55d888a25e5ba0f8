/* SPDX-License-Identifier: MIT */
/* cli_client.c: the commands that ask the running daemon over HTTP: the request, status, healthcheck. */
#include "controller/cli/cli.h"
#include "controller/cli/cli_read.h"

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
    char name[READ_LINE], status[READ_LINE], sentence[READ_LINE];
    size_t count;
    json_object *instances = read_list(service, "instances", &count);
    for (size_t i = 0; i < count; i++) {
        json_object *instance = json_object_array_get_idx(instances, i);
        printf("%-24s %-10s %-24.24s %s\n", i ? "" : read_clean(read_text(service, "name"), name),
               read_clean(read_text(instance, "status"), status), read_text(instance, "container"),
               read_clean(read_text(json_object_object_get(instance, "decision"), "sentence"), sentence));
    }
}

static void print_head(json_object *root)
{
    json_object *engine = json_object_object_get(root, "engine");
    json_object *summary = json_object_object_get(root, "summary");
    char text[READ_LINE];
    printf("%s: %s services, %s instances\n", read_clean(read_text(summary, "status"), text),
           read_text(summary, "services"), read_text(summary, "instances"));
    const char *error = read_text(engine, "error");
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
    json_object *service = read_json(options, path, &http);
    free(path);
    int code = EXIT_NO_ENGINE;
    if (http == 404) {
        fprintf(stderr, "quaywatch: no service \"%s\"; `quaywatch status` lists them\n", name);
        code = EXIT_WRONG_USE;
    } else if (service) {
        if (json)
            print_json(service);
        else
            print_service(service);
        code = exit_of_status(read_text(service, "status"));
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
    json_object *root = read_json(options, "/api/v1/status", &http);
    if (!root)
        return EXIT_NO_ENGINE;
    size_t count;
    json_object *services = read_list(root, "services", &count);
    if (json) {
        print_json(root);
    } else {
        print_head(root);
        for (size_t i = 0; i < count; i++)
            print_service(json_object_array_get_idx(services, i));
    }
    int code = exit_of_status(read_text(json_object_object_get(root, "summary"), "status"));
    json_object_put(root);
    return code;
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
