/* SPDX-License-Identifier: MIT */
/* cli.c: the tables of commands and flags, and how a command line becomes a call. */
#include "controller/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/controller.h"
#include "controller/core/buf.h"
#include "controller/core/log.h"
#include "controller/core/text.h"
#include "controller/settings/options.h"

const struct flag_row flag_rows[FLAG_COUNT] = {
    [FLAG_JSON] = {"json", 0, NULL, "print JSON, for programs"},
    [FLAG_FOLLOW] = {"follow", 'f', NULL, "go on with what happens from now"},
    [FLAG_FORCE] = {"force", 0, NULL, "also while a deployment is under way"},
    [FLAG_DOT] = {"dot", 0, NULL, "for Graphviz"},
    [FLAG_MERMAID] = {"mermaid", 0, NULL, "for Mermaid"},
    [FLAG_OUTPUT] = {"output", 'o', "FILE", "write to this file, whole or not at all"},
    [FLAG_MARKDOWN] = {"markdown", 0, NULL, "as a Markdown table"},
    [FLAG_TAG] = {"tag", 0, "TAG", "only services with this tag"},
    [FLAG_PROJECT] = {"project", 0, "PROJECT", "only services of this project"},
    [FLAG_VERSION] = {"version", 0, "VERSION", "of the tool that reads it, where that matters"},
    [FLAG_PREFIX] = {"prefix", 0, "PREFIX", "what the names in env begin with"},
    [FLAG_FORMAT] = {"format", 0, "FORMAT", "text, json, yaml, toml, env or ini, whatever its name says"},
    [FLAG_SET] = {"set", 0, "NAME=VALUE", "the value of a variable; may be given often"},
    [FLAG_EXPLAIN] = {"explain", 0, NULL, "first which settings are in force, and why"},
    [FLAG_HELP] = {"help", 'h', NULL, "how to call it"},
};

/* clang-format off */
#define SERVICE {"SERVICE", ARGUMENT_SERVICE, false, {0}}
#define SERVICE_MAYBE {"SERVICE", ARGUMENT_SERVICE, true, {0}}

const struct command commands[] = {
    {"run", "watch, check, heal and serve until SIGTERM (the default)", .speaks_of_settings = true,
     .run = command_run},
    {"status", "what the running daemon sees", .argument = {SERVICE_MAYBE}, .flags = FLAG(JSON),
     .run = command_status},
    {"watch", "the same, live", .flags = FLAG(JSON), .run = command_watch},
    {"explain", "why it is registered, checked and healed as it is",
     .argument = {{"SERVICE|CONTAINER", ARGUMENT_SERVICE, false, {0}}}, .flags = FLAG(JSON),
     .run = command_explain},
    {"events", "what happened lately", .flags = FLAG(FOLLOW) | FLAG(JSON), .run = command_events},
    {"history", "uptime, response times and restarts beside their targets", .argument = {SERVICE_MAYBE},
     .flags = FLAG(JSON), .run = command_history},
    {"alerts", "what fires now, and since when", .flags = FLAG(JSON), .run = command_alerts},
    {"graph", "who depends on whom, and in which order all start", .flags = FLAG(DOT) | FLAG(MERMAID) | FLAG(JSON) | FLAG(OUTPUT),
     .run = command_graph},
    {"export", "the registry in another tool's format", .argument = {{"FORMAT", ARGUMENT_FORMAT, false, {0}}},
     .flags = FLAG(OUTPUT) | FLAG(TAG) | FLAG(PROJECT) | FLAG(VERSION) | FLAG(PREFIX), .run = command_export},
    {"exports", "what is kept in step with the registry, and how that goes", .flags = FLAG(JSON),
     .run = command_exports},
    {"render", "what a template makes of the registry", .argument = {{"TEMPLATE", ARGUMENT_FILE, false, {0}}},
     .flags = FLAG(FORMAT) | FLAG(SET) | FLAG(TAG) | FLAG(PROJECT) | FLAG(OUTPUT), .run = command_render},
    {"restart", "restart its instances, one after another", .argument = {SERVICE},
     .flags = FLAG(FORCE) | FLAG(JSON), .run = command_restart},
    {"maintenance", "do not heal it for a while",
     .argument = {SERVICE, {"DURATION|off", ARGUMENT_FREE, false, {0}}}, .flags = FLAG(JSON),
     .run = command_maintenance},
    {"breaker", "take its instances out, or back in",
     .argument = {SERVICE, {"trip|reset", ARGUMENT_WORDS, false, {"trip", "reset"}}}, .flags = FLAG(JSON),
     .run = command_breaker},
    {"alert", "try a channel for alerts",
     .argument = {{"test", ARGUMENT_WORDS, false, {"test"}},
                  {"CHANNEL",
                   ARGUMENT_WORDS,
                   false,
                   {"webhook", "slack", "discord", "ntfy", "gotify", "email", "alertmanager", "healthchecks"}}},
     .flags = FLAG(JSON), .run = command_alert},
    {"check", "lint the settings and all labels; exit 1 on findings", .flags = FLAG(EXPLAIN) | FLAG(JSON),
     .speaks_of_settings = true, .run = command_check},
    {"once", "list, inspect, one round of checks; print the status JSON", .flags = FLAG(JSON), .run = command_once},
    {"healthcheck", "exit 0 when the running daemon is well, 1 when not", .flags = FLAG(JSON),
     .run = command_healthcheck},
    {"settings", "all settings", .flags = FLAG(JSON) | FLAG(MARKDOWN), .needs_no_options = true,
     .run = command_settings},
    {"completion", "a shell's completion, to be sourced by it",
     .argument = {{"bash|zsh|fish", ARGUMENT_WORDS, false, {"bash", "zsh", "fish", "services"}}},
     .run = command_completion},
    {"manual", "the manual page, for man -l -", .needs_no_options = true, .run = command_manual},
    {"help", "this text, or how to call a command", .argument = {{"COMMAND", ARGUMENT_COMMAND, true, {0}}},
     .needs_no_options = true, .run = command_help},
    {"version", "the version", .flags = FLAG(JSON), .needs_no_options = true, .run = command_version},
};
/* clang-format on */
enum { COMMANDS = sizeof commands / sizeof commands[0] };
const size_t command_count = COMMANDS;

/* ---- which command ---- */

static const struct command *command_named(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void say_unknown_command(const char *word)
{
    const char *names[COMMANDS];
    char shown[64];
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    const char *nearest = text_nearest(word, names, COMMANDS);
    text_one_line(word, shown, sizeof shown);
    fprintf(stderr, "quaywatch: unknown command \"%s\"%s%s%s; `quaywatch help` lists them\n", shown,
            nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

const struct command *cli_find(int *argc, char **argv)
{
    if (*argc < 2)
        return &commands[0];
    const char *word = argv[1];
    if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
        word = "help";
    if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0)
        word = "version";
    const struct command *command = command_named(word);
    if (!command && word[0] == '-')
        return &commands[0]; /* an option of `run` */
    if (!command) {
        say_unknown_command(word);
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

/* ---- how to call it ---- */

void cli_usage(const struct command *command, char *text, size_t size)
{
    struct buf usage;
    buf_init(&usage, size - 1);
    buf_text(&usage, command->name);
    for (size_t i = 0; i < CALL_ARGUMENTS && command->argument[i].name; i++)
        buf_format(&usage, command->argument[i].optional ? " [%s]" : " %s", command->argument[i].name);
    for (size_t i = 0; i < FLAG_COUNT; i++)
        if (command->flags & 1u << i)
            buf_format(&usage, " [--%s%s%s]", flag_rows[i].name, flag_rows[i].value ? " " : "",
                       flag_rows[i].value ? flag_rows[i].value : "");
    snprintf(text, size, "%s", buf_string(&usage));
    buf_free(&usage);
}

static int wrong_use(const struct command *command, const char *what, const char *word, const char *nearest)
{
    char usage[256], shown[64];
    cli_usage(command, usage, sizeof usage);
    text_one_line(word, shown, sizeof shown);
    fprintf(stderr, "quaywatch %s: %s \"%s\"%s%s%s (usage: quaywatch %s)\n", command->name, what, shown,
            nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "", usage);
    return EXIT_WRONG_USE;
}

/* ---- what it is called with ---- */

/* The flag that word is ("--json", "-o"), FLAG_COUNT when there is none such. */
static enum flag flag_of(const char *word, const char **ret_value)
{
    *ret_value = NULL;
    for (unsigned i = 0; i < FLAG_COUNT; i++) {
        const struct flag_row *row = &flag_rows[i];
        size_t length = strlen(row->name);
        if (row->letter && word[0] == '-' && word[1] == row->letter && !word[2])
            return (enum flag)i;
        if (strncmp(word, "--", 2) != 0 || strncmp(word + 2, row->name, length) != 0)
            continue;
        if (word[2 + length] == '=')
            *ret_value = word + 2 + length + 1;
        if (*ret_value || !word[2 + length])
            return (enum flag)i;
    }
    return FLAG_COUNT;
}

/* The flag of command that is spelled most like word, or NULL. */
static const char *nearest_flag(const struct command *command, const char *word)
{
    const char *names[FLAG_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < FLAG_COUNT; i++)
        if (command->flags & 1u << i)
            names[count++] = flag_rows[i].name;
    return text_nearest(word + strspn(word, "-"), names, count);
}

/* Takes the flag at argv[*at], with its value. */
static int read_flag(struct call *call, int argc, char **argv, int *at)
{
    const struct command *command = call->command;
    const char *value, *word = argv[*at];
    enum flag flag = flag_of(word, &value);
    if (flag == FLAG_COUNT)
        return wrong_use(command, "unknown option", word, nearest_flag(command, word));
    if (flag != FLAG_HELP && !(command->flags & 1u << flag))
        return wrong_use(command, "it has no option", word, NULL);
    if (value && !flag_rows[flag].value)
        return wrong_use(command, "no value belongs to", word, NULL);
    if (flag_rows[flag].value && !value && ++*at >= argc)
        return wrong_use(command, "a value is missing behind", word, NULL);
    call->flags |= 1u << flag;
    if (flag_rows[flag].value)
        call->value[flag] = value ? value : argv[*at];
    if (flag == FLAG_SET && call->set_count == CALL_SETS)
        return wrong_use(command, "too many of", word, NULL);
    if (flag == FLAG_SET)
        call->set[call->set_count++] = call->value[flag];
    return 0;
}

/* Whether word is one of those that the argument allows. */
static int check_word(const struct command *command, const struct argument *argument, const char *word)
{
    size_t count = 0;
    for (; count < ARGUMENT_WORDS_MAX && argument->word[count]; count++)
        if (strcmp(argument->word[count], word) == 0)
            return 0;
    if (!count)
        return 0;
    return wrong_use(command, "unknown word", word, text_nearest(word, argument->word, count));
}

int cli_read_call(const struct command *command, const struct options *options, int argc, char **argv,
                  struct call *ret)
{
    *ret = (struct call){.command = command, .options = options};
    for (int i = 1; i < argc; i++) {
        int rc = 0;
        if (argv[i][0] == '-' && argv[i][1])
            rc = read_flag(ret, argc, argv, &i);
        else if (ret->count >= CALL_ARGUMENTS || !command->argument[ret->count].name)
            rc = wrong_use(command, "unexpected argument", argv[i], NULL);
        else if ((rc = check_word(command, &command->argument[ret->count], argv[i])) == 0)
            ret->argument[ret->count++] = argv[i];
        if (rc)
            return rc;
    }
    const struct argument *next = ret->count < CALL_ARGUMENTS ? &command->argument[ret->count] : NULL;
    if (next && next->name && !next->optional && !(ret->flags & FLAG(HELP)))
        return wrong_use(command, "missing", next->name, NULL);
    return 0;
}

/* ---- running it ---- */

static void warn_unknown(void *user, const char *key, const char *nearest)
{
    (void)user;
    log_line(LOG_LEVEL_WARN, NULL, NULL, "Unknown setting %s is ignored%s%s%s", key,
             nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

int cli_run(const struct call *call)
{
    const struct options *options = call->options;
    if (call->flags & FLAG(HELP)) {
        const struct call help = {
            .command = command_named("help"), .argument = {call->command->name}, .count = 1};
        return command_help(&help);
    }
    if (options)
        controller_setup_log(options);
    if (options && call->command->speaks_of_settings) {
        options_unknown(environ, warn_unknown, NULL);
        for (size_t i = 0; i < options->notices.count; i++)
            log_line(LOG_LEVEL_WARN, NULL, NULL, "%s", options->notices.item[i]);
    }
    return call->command->run(call);
}
