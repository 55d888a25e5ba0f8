/* SPDX-License-Identifier: MIT */
/* cli_alert.c: trying a channel for alerts. */
#include "controller/cli/cli.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "controller/cli/cli_client.h"
#include "controller/cli/cli_read.h"
#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"

int command_alert(const struct call *call)
{
    struct buf answer;
    struct error err = {0};
    char sentence[READ_LINE];
    buf_init(&answer, LIMIT_HTTP_BODY);
    char *path = client_path("/api/v1/alerts/test/", call->argument[1], "");
    int http = client_post(path, "", call->options, &answer, &err);
    json_object *root = http > 0 ? json_tokener_parse(buf_string(&answer)) : NULL;
    buf_free(&answer);
    free(path);
    if (http < 0) {
        fprintf(stderr, "quaywatch: %s\n", err.text);
        return EXIT_NO_ENGINE;
    }
    if (http != 200)
        return read_refusal(root, http);
    if (call->flags & FLAG(JSON))
        print_json(root);
    else
        printf("A test alert was sent by %s: %s\n", call->argument[1], read_line(root, "sentence", sentence));
    json_object_put(root);
    return EXIT_FINE;
}
