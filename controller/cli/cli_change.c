/* SPDX-License-Identifier: MIT */
/* cli_change.c: the commands by which a person changes something in the running daemon: restart, maintenance.
 */
#include "controller/cli/cli.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "controller/settings/options.h"

/* The text member key of an answer as one printable line; "" when there is none. */
static const char *answer_text_of(json_object *root, const char *key, char ret[static 256])
{
    json_object *value = NULL;
    ret[0] = '\0';
    if (json_object_is_type(root, json_type_object))
        value = json_object_object_get(root, key);
    if (value && json_object_is_type(value, json_type_string))
        text_one_line(json_object_get_string(value), ret, 256);
    return ret;
}

/* POST; the answer's JSON in *ret_root (put by the caller). An exit code; what went wrong is said. */
static int change(const struct options *options, const char *path, const char *body, json_object **ret_root)
{
    struct buf answer;
    struct error err = {0};
    char detail[256];
    buf_init(&answer, LIMIT_DOCUMENT);
    int http = client_post(path, body, options, &answer, &err);
    *ret_root = http > 0 ? json_tokener_parse(buf_string(&answer)) : NULL;
    buf_free(&answer);
    if (http < 0) {
        fprintf(stderr, "quaywatch: %s\n", err.text);
        return EXIT_NO_ENGINE;
    }
    if (http >= 200 && http < 300)
        return EXIT_FINE;
    answer_text_of(*ret_root, "detail", detail);
    fprintf(stderr, "quaywatch: %s\n", detail[0] ? detail : "the daemon refused without a reason");
    return http == 400 || http == 404 ? EXIT_WRONG_USE : EXIT_FINDING;
}

int command_restart(const struct options *options, int argc, char **argv)
{
    const char *name = NULL;
    bool force = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--force") == 0)
            force = true;
        else
            name = argv[i];
    }
    if (!name) {
        fprintf(stderr, "quaywatch restart: name a service; `quaywatch status` lists them\n");
        return EXIT_WRONG_USE;
    }
    char *path = client_path("/api/v1/services/", name, force ? "/reload?force=true" : "/reload");
    char service[256];
    json_object *root;
    int code = change(options, path, "", &root);
    if (code == EXIT_FINE)
        printf("%s: restarting, one instance after another\n", answer_text_of(root, "service", service));
    json_object_put(root);
    free(path);
    return code;
}

int command_maintenance(const struct options *options, int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "quaywatch maintenance: name a service and a duration such as 1h, or off\n");
        return EXIT_WRONG_USE;
    }
    json_object *wish = json_object_new_object();
    json_object_object_add(wish, "duration", json_object_new_string(argv[2]));
    char *path = client_path("/api/v1/services/", argv[1], "/maintenance");
    char service[256], until[256];
    json_object *root;
    int code = change(options, path, json_object_to_json_string(wish), &root);
    answer_text_of(root, "service", service);
    answer_text_of(root, "maintenance_until", until);
    if (code == EXIT_FINE && until[0])
        printf("%s: under maintenance until %s; not healed\n", service, until);
    else if (code == EXIT_FINE)
        printf("%s: no maintenance\n", service);
    json_object_put(wish);
    json_object_put(root);
    free(path);
    return code;
}
