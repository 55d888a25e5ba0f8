/* SPDX-License-Identifier: MIT */
/* cli_help.c: `quaywatch help`, `version` and `settings`: what the tables say, for a reader. */
#include <stdio.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/core/text.h"
#include "controller/settings/options.h"
#include "exporter/formats/format.h"

enum { USAGE_MAX = 256, USAGE_COLUMN = 30 };

static void help_all(void)
{
    puts("quaywatch watches Docker containers by their labels, checks their health, restarts what is sick "
         "and says why."
         "\n\nUsage: quaywatch [COMMAND] [OPTIONS]\n\nCommands:");
    for (size_t i = 0; i < command_count; i++) {
        char usage[USAGE_MAX];
        cli_usage(&commands[i], usage, sizeof usage);
        if (strlen(usage) > USAGE_COLUMN)
            printf("  %s\n  %-*s  %s\n", usage, USAGE_COLUMN, "", commands[i].help);
        else
            printf("  %-*s  %s\n", USAGE_COLUMN, usage, commands[i].help);
    }
    putchar('\n');
    options_print(stdout, OPTIONS_AS_TEXT);
    puts("\nExit codes: 0 fine, 1 finding or unhealthy, 2 wrong usage or setting, 3 engine or daemon "
         "unreachable.");
}

static void print_formats(void)
{
    puts("\nFormats:");
    for (size_t i = 0; i < format_count; i++)
        printf("  %-20s %s\n", formats[i].name, formats[i].meaning);
}

static int help_one(const char *name)
{
    const struct command *command = NULL;
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            command = &commands[i];
    if (!command) {
        int argc = 2;
        char program[] = "quaywatch", word[64], *argv[] = {program, word, NULL};
        text_one_line(name, word, sizeof word);
        cli_find(&argc, argv); /* says that there is none, and which is near */
        return EXIT_WRONG_USE;
    }
    char usage[USAGE_MAX];
    cli_usage(command, usage, sizeof usage);
    printf("Usage: quaywatch %s\n\n%c%s.\n", usage, command->help[0] & ~0x20, command->help + 1);
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        if (!(command->flags & 1u << i))
            continue;
        char flag[64];
        snprintf(flag, sizeof flag, "--%s%s%s", flag_rows[i].name, flag_rows[i].value ? " " : "",
                 flag_rows[i].value ? flag_rows[i].value : "");
        printf("  %-20s %s\n", flag, flag_rows[i].help);
    }
    for (size_t a = 0; a < CALL_ARGUMENTS; a++)
        if (command->argument[a].kind == ARGUMENT_FORMAT)
            print_formats();
    puts("\n`quaywatch help` lists the settings, each of which can be given as an option, too.");
    return EXIT_FINE;
}

int command_help(const struct call *call)
{
    if (call->argument[0])
        return help_one(call->argument[0]);
    help_all();
    return EXIT_FINE;
}

int command_settings(const struct call *call)
{
    options_print(stdout, call->flags & FLAG(JSON)       ? OPTIONS_AS_JSON
                          : call->flags & FLAG(MARKDOWN) ? OPTIONS_AS_MARKDOWN
                                                         : OPTIONS_AS_TEXT);
    return EXIT_FINE;
}

int command_version(const struct call *call)
{
    puts(call->flags & FLAG(JSON) ? "{\"version\":\"" QUAYWATCH_VERSION "\"}"
                                  : "quaywatch " QUAYWATCH_VERSION);
    return EXIT_FINE;
}
