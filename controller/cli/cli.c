/* SPDX-License-Identifier: MIT */
/* cli.c: the table of commands, and those that run a controller of their own. */
#include "controller/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/controller.h"
#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/log.h"
#include "controller/core/text.h"

static int command_run(const struct options *options, int argc, char **argv);
static int command_once(const struct options *options, int argc, char **argv);
static int command_check(const struct options *options, int argc, char **argv);
static int command_help(const struct options *options, int argc, char **argv);
static int command_version(const struct options *options, int argc, char **argv);
static int command_settings(const struct options *options, int argc, char **argv);

static const struct command commands[] = {
    {"run", "", "watch, check, heal and serve until SIGTERM (the default)", true, 0, command_run},
    {"once", "", "list, inspect, one round of checks; print the status JSON", true, 0, command_once},
    {"check", "", "lint the settings and all labels; exit 1 on findings", true, 0, command_check},
    {"status", "[SERVICE] [--json]", "what the running daemon sees", true, 2, command_status},
    {"explain", "SERVICE|CONTAINER [--json]", "why it is registered, checked and healed as it is", true, 2,
     command_explain},
    {"events", "[--json]", "what happened lately", true, 1, command_events},
    {"restart", "SERVICE [--force]", "restart its instances, one after another", true, 2, command_restart},
    {"maintenance", "SERVICE DURATION|off", "do not heal it for a while", true, 2, command_maintenance},
    {"healthcheck", "", "exit 0 when the running daemon is well, 1 when not", true, 0, command_healthcheck},
    {"settings", "", "the settings as a Markdown table", false, 0, command_settings},
    {"--help", "", "this text", false, 0, command_help},
    {"--version", "", "the version", false, 0, command_version},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static const struct command *command_named(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

const struct command *cli_find(int *argc, char **argv)
{
    if (*argc < 2)
        return &commands[0];
    const char *word = argv[1];
    if (strcmp(word, "-h") == 0 || strcmp(word, "help") == 0)
        word = "--help";
    if (strcmp(word, "-V") == 0 || strcmp(word, "version") == 0)
        word = "--version";
    const struct command *command = command_named(word);
    if (!command && word[0] == '-')
        return &commands[0]; /* an option of `run` */
    if (!command) {
        const char *names[COMMANDS];
        for (size_t i = 0; i < COMMANDS; i++)
            names[i] = commands[i].name;
        const char *nearest = text_nearest(word, names, COMMANDS);
        fprintf(stderr, "quaywatch: unknown command \"%s\"%s%s%s; `quaywatch --help` lists them\n", word,
                nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
        return NULL;
    }
    memmove(argv + 1, argv + 2, (size_t)(*argc - 1) * sizeof *argv);
    (*argc)--;
    return command;
}

const char *cli_environment(const char *key)
{
    return getenv(key);
}

static void warn_unknown(void *user, const char *key, const char *nearest)
{
    (void)user;
    log_line(LOG_LEVEL_WARN, NULL, NULL, "Unknown setting %s is ignored%s%s%s", key,
             nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

int cli_prepare(const struct options *options, const struct command *command, int argc, char **argv)
{
    controller_setup_log(options);
    if (argc - 1 > command->max_arguments) {
        fprintf(stderr, "quaywatch %s: unexpected argument \"%s\"; allowed: %s\n", command->name,
                argv[command->max_arguments + 1],
                command->arguments[0] ? command->arguments : "options only");
        return EXIT_WRONG_USE;
    }
    if (strcmp(command->name, "run") == 0 || strcmp(command->name, "check") == 0) {
        options_unknown(environ, warn_unknown, NULL);
        for (size_t i = 0; i < options->notices.count; i++)
            log_line(LOG_LEVEL_WARN, NULL, NULL, "%s", options->notices.item[i]);
    }
    return 0;
}

/* ---- commands with a controller of their own ---- */

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

static int command_run(const struct options *options, int argc, char **argv)
{
    (void)argc, (void)argv;
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

static int command_once(const struct options *options, int argc, char **argv)
{
    (void)argc, (void)argv;
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

static int command_check(const struct options *options, int argc, char **argv)
{
    (void)argc, (void)argv;
    quiet(options);
    struct controller *controller = NULL;
    int code = run_task(options, TASK_LINT, &controller);
    if (code == 0) {
        struct printed printed = {.container = ""};
        size_t count = controller_findings(controller, print_finding, &printed);
        if (count)
            printf("\n%zu finding%s\n", count, count == 1 ? "" : "s");
        else
            puts("No findings");
        code = count ? EXIT_FINDING : EXIT_FINE;
    }
    controller_close(controller);
    return code;
}

/* ---- texts ---- */

static int command_help(const struct options *options, int argc, char **argv)
{
    (void)options, (void)argc, (void)argv;
    puts("quaywatch watches Docker containers by their labels, checks their health, restarts what is sick "
         "and says why."
         "\n\nUsage: quaywatch [COMMAND] [OPTIONS]\n\nCommands:");
    for (size_t i = 0; i < COMMANDS; i++) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", commands[i].name, commands[i].arguments);
        printf("  %-28s %s\n", left, commands[i].help);
    }
    putchar('\n');
    options_print(stdout, false);
    puts("\nExit codes: 0 fine, 1 finding or unhealthy, 2 wrong usage or setting, 3 engine unreachable.");
    return EXIT_FINE;
}

static int command_settings(const struct options *options, int argc, char **argv)
{
    (void)options, (void)argc, (void)argv;
    options_print(stdout, true);
    return EXIT_FINE;
}

static int command_version(const struct options *options, int argc, char **argv)
{
    (void)options, (void)argc, (void)argv;
    puts("quaywatch " QUAYWATCH_VERSION);
    return EXIT_FINE;
}
