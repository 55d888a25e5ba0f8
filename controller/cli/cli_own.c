/* SPDX-License-Identifier: MIT */
/* cli_own.c: the commands that run a controller of their own: run, once, check. */
#include "controller/cli/cli.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "controller/cli/cli_client.h"
#include "controller/cli/cli_read.h"
#include "controller/controller.h"
#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/log.h"
#include "controller/core/text.h"
#include "controller/exit_lint.h"
#include "controller/settings/options.h"

static int complain(const struct error *err)
{
    fprintf(stderr, "quaywatch: %s\n", err->text);
    return err->code == -ECONNREFUSED ? EXIT_NO_ENGINE : EXIT_WRONG_USE;
}

static int run_task(const struct options *options, enum controller_task task, struct controller **ret)
{
    struct error err = {0};
    struct controller *controller = controller_open(options, task, &err);
    if (!controller)
        return complain(&err);
    if (controller_run(controller, &err) != 0) {
        controller_close(controller);
        return complain(&err);
    }
    *ret = controller;
    return 0;
}

int command_run(const struct call *call)
{
    const struct options *options = call->options;
    struct controller *controller = NULL;
    int code = run_task(options, TASK_RUN, &controller);
    controller_close(controller);
    if (code == 0)
        log_line(LOG_LEVEL_INFO, NULL, NULL, "Stopped");
    return code;
}

/* Short tasks say only what is wrong. */
static void quiet(const struct options *options)
{
    if (options->log_level <= LOG_LEVEL_INFO)
        log_setup(LOG_LEVEL_ERROR, strcmp(options->log_format, "json") == 0);
}

int command_once(const struct call *call)
{
    const struct options *options = call->options;
    quiet(options);
    struct controller *controller = NULL;
    int code = run_task(options, TASK_ONCE, &controller);
    if (code == 0) {
        struct buf text;
        buf_init(&text, LIMIT_DOCUMENT);
        controller_status(controller, &text);
        puts(buf_string(&text));
        buf_free(&text);
    }
    controller_close(controller);
    return code;
}

/* Findings come container by container: the name of each stands above its own. */
struct printed {
    bool named; /* one was */
    char container[256];
};

static void print_finding(void *user, const char *service, const char *container, const char *code,
                          const char *sentence)
{
    struct printed *printed = user;
    char line[512];
    if (!printed->named || strcmp(printed->container, container) != 0) {
        bool other = container[0] && strcmp(service, container) != 0;
        printf("%s%s%s%s%s\n", printed->named ? "\n" : "", service, other ? " (" : "", other ? container : "",
               other ? ")" : "");
        snprintf(printed->container, sizeof printed->container, "%s", container);
        printed->named = true;
    }
    text_one_line(sentence, line, sizeof line);
    printf("  %-24s %s\n", code, line);
}

/* All findings as one JSON document. */
static void put_finding(void *user, const char *service, const char *container, const char *code,
                        const char *sentence)
{
    struct json_writer *w = user;
    json_begin_object(w);
    json_put_string(w, "service", service);
    json_put_string(w, "container", container);
    json_put_string(w, "code", code);
    json_put_string(w, "sentence", sentence);
    json_end_object(w);
}

/* Those of the settings stand under a name that no service has. */
static void print_setting(void *user, const char *code, const char *sentence)
{
    print_finding(user, "settings", "", code, sentence);
}

static void put_setting(void *user, const char *code, const char *sentence)
{
    put_finding(user, "", "", code, sentence);
}

/* Whether a daemon that runs here has the ports that would be tried. */
static bool answers_dns(const struct options *options)
{
    struct buf body;
    struct error unheard = {0};
    bool found = false;
    size_t count;
    if (!options->dns_listen[0])
        return false;
    buf_init(&body, LIMIT_DOCUMENT);
    bool there = client_get("/api/v1/exports", options, &body, &unheard) == 200;
    json_object *root = there ? json_tokener_parse(buf_string(&body)) : NULL;
    json_object *exports = read_list(root, "exports", &count);
    for (size_t i = 0; i < count; i++)
        found = found || strcmp(read_text(json_object_array_get_idx(exports, i), "kind"), "dns") == 0;
    json_object_put(root);
    buf_free(&body);
    return found;
}

static size_t findings_as_json(const struct options *options, const struct controller *controller)
{
    struct json_writer writer, *w = &writer;
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    json_start(w, &out);
    json_begin_object(w);
    json_key(w, "findings");
    json_begin_array(w);
    size_t count = exits_lint(options, answers_dns(options), put_setting, w);
    count += controller_findings(controller, put_finding, w);
    json_end_array(w);
    json_end_object(w);
    puts(buf_string(&out));
    buf_free(&out);
    return count;
}

/* controller NULL: of the settings only. */
static size_t findings_as_text(const struct options *options, const struct controller *controller)
{
    struct printed printed = {.named = false};
    size_t count = exits_lint(options, answers_dns(options), print_setting, &printed);
    if (controller)
        count += controller_findings(controller, print_finding, &printed);
    if (count)
        printf("\n%zu finding%s\n", count, count == 1 ? "" : "s");
    else if (controller)
        puts("No findings");
    return count;
}

int command_check(const struct call *call)
{
    quiet(call->options);
    if (call->flags & FLAG(EXPLAIN)) {
        FILE *out = call->flags & FLAG(JSON) ? stderr : stdout; /* beside the document */
        options_explain(out, call->options);
        fputc('\n', out);
    }
    struct controller *controller = NULL;
    int code = run_task(call->options, TASK_LINT, &controller);
    if (code == 0) {
        size_t count = call->flags & FLAG(JSON) ? findings_as_json(call->options, controller)
                                                : findings_as_text(call->options, controller);
        code = count ? EXIT_FINDING : EXIT_FINE;
    } else if (code == EXIT_NO_ENGINE && !(call->flags & FLAG(JSON))) {
        findings_as_text(call->options, NULL);
    }
    controller_close(controller);
    return code;
}
