/* SPDX-License-Identifier: MIT */
/* cli_change.c: the commands by which a person changes something in the running daemon: restart, maintenance,
 * breaker. */
#include "controller/cli/cli.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/cli/cli_client.h"
#include "controller/cli/cli_read.h"
#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"

/* POST; the answer's JSON in *ret_root (put by the caller). An exit code; what went wrong is said. */
static int change(const struct call *call, const char *path, const char *body, json_object **ret_root)
{
    struct buf answer;
    struct error err = {0};
    buf_init(&answer, LIMIT_DOCUMENT);
    int http = client_post(path, body, call->options, &answer, &err);
    *ret_root = http > 0 ? json_tokener_parse(buf_string(&answer)) : NULL;
    buf_free(&answer);
    if (http < 0) {
        fprintf(stderr, "quaywatch: %s\n", err.text);
        return EXIT_NO_ENGINE;
    }
    if (http >= 200 && http < 300)
        return EXIT_FINE;
    if (http == 404 && *ret_root)
        return read_no_service(call->options, call->argument[0]);
    return read_refusal(json_object_get(*ret_root), http);
}

/* Says what was done: the daemon's JSON where that was asked for, else a sentence about the service. */
static void tell(const struct call *call, json_object *root, const char *sentence)
{
    char service[READ_LINE];
    if (call->flags & FLAG(JSON))
        print_json(root);
    else
        printf("%s: %s\n", read_line(root, "service", service), sentence);
}

int command_restart(const struct call *call)
{
    bool force = call->flags & FLAG(FORCE);
    char *path = client_path("/api/v1/services/", call->argument[0],
                             force ? "/reload?force=true" : "/reload");
    json_object *root;
    int code = change(call, path, "", &root);
    if (code == EXIT_FINE)
        tell(call, root, "restarting, one instance after another");
    json_object_put(root);
    free(path);
    return code;
}

int command_maintenance(const struct call *call)
{
    json_object *wish = json_object_new_object();
    json_object_object_add(wish, "duration", json_object_new_string(call->argument[1]));
    char *path = client_path("/api/v1/services/", call->argument[0], "/maintenance");
    char until[READ_LINE], sentence[READ_LINE + 64];
    json_object *root;
    int code = change(call, path, json_object_to_json_string(wish), &root);
    read_line(root, "maintenance_until", until);
    snprintf(sentence, sizeof sentence, "under maintenance until %s; not healed", until);
    if (code == EXIT_FINE)
        tell(call, root, until[0] ? sentence : "no maintenance");
    json_object_put(wish);
    json_object_put(root);
    free(path);
    return code;
}

int command_breaker(const struct call *call)
{
    bool trip = strcmp(call->argument[1], "trip") == 0;
    char *path = client_path("/api/v1/services/", call->argument[0],
                             trip ? "/breaker/trip" : "/breaker/reset");
    json_object *root;
    int code = change(call, path, "", &root);
    if (code == EXIT_FINE)
        tell(call, root, trip ? "breaker open; it serves nobody" : "breaker closed");
    json_object_put(root);
    free(path);
    return code;
}
