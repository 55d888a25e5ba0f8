/* SPDX-License-Identifier: MIT */
/* cli_own.c: the commands that run a controller of their own: run, once, check. */
#include "controller/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "controller/controller.h"
#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/log.h"
#include "controller/core/text.h"
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
    char container[256];
};

static void print_finding(void *user, const char *service, const char *container, const char *code,
                          const char *sentence)
{
    struct printed *printed = user;
    char line[512];
    if (strcmp(printed->container, container) != 0) {
        bool other = strcmp(service, container) != 0;
        printf("%s%s%s%s%s\n", printed->container[0] ? "\n" : "", service, other ? " (" : "",
               other ? container : "", other ? ")" : "");
        snprintf(printed->container, sizeof printed->container, "%s", container);
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

static size_t findings_as_json(const struct controller *controller)
{
    struct json_writer writer, *w = &writer;
    struct buf out;
    buf_init(&out, LIMIT_DOCUMENT);
    json_start(w, &out);
    json_begin_object(w);
    json_key(w, "findings");
    json_begin_array(w);
    size_t count = controller_findings(controller, put_finding, w);
    json_end_array(w);
    json_end_object(w);
    puts(buf_string(&out));
    buf_free(&out);
    return count;
}

static size_t findings_as_text(const struct controller *controller)
{
    struct printed printed = {.container = ""};
    size_t count = controller_findings(controller, print_finding, &printed);
    if (count)
        printf("\n%zu finding%s\n", count, count == 1 ? "" : "s");
    else
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
        size_t count = call->flags & FLAG(JSON) ? findings_as_json(controller) : findings_as_text(controller);
        code = count ? EXIT_FINDING : EXIT_FINE;
    }
    controller_close(controller);
    return code;
}
