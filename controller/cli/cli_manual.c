/* SPDX-License-Identifier: MIT */
/* cli_manual.c: `quaywatch manual`: quaywatch(1) in the man macros, made from the tables of commands, flags
 * and settings. */
#include <stdio.h>

#include "controller/cli/cli.h"
#include "controller/settings/options.h"

/* Text as roff prints it: backslashes and dashes are themselves, a line never begins a request. */
static void roff(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text; text++)
        fputs(*text == '\\' ? "\\e" : *text == '-' ? "\\-" : (char[]){*text, '\0'}, stdout);
}

static void print_command(const struct command *command)
{
    char usage[256];
    cli_usage(command, usage, sizeof usage);
    fputs(".TP\n.B ", stdout);
    roff(usage);
    putchar('\n');
    putchar(command->help[0] & ~0x20);
    roff(command->help + 1);
    puts(".");
}

static void print_flag(const struct flag_row *row)
{
    fputs(".TP\n.B ", stdout);
    if (row->letter)
        printf("\\-%c, ", row->letter);
    fputs("\\-\\-", stdout);
    roff(row->name);
    if (row->value)
        printf(" %s", row->value);
    putchar('\n');
    roff(row->help);
    puts(".");
}

int command_manual(const struct call *call)
{
    (void)call;
    puts(".TH QUAYWATCH 1 2026-11-27 \"quaywatch " QUAYWATCH_VERSION "\" \"User Commands\"\n"
         ".SH NAME\nquaywatch \\- registry, health and healing for the containers of a Docker host\n"
         ".SH SYNOPSIS\n.B quaywatch\n[\\fICOMMAND\\fR] [\\fIOPTIONS\\fR]\n"
         ".SH DESCRIPTION\n"
         "One daemon watches a Docker Engine, builds a registry of services from labels, checks their "
         "health,\n"
         "restarts what is sick by policy, explains each decision, and serves all of it as JSON, as metrics\n"
         "and as a page on port 8080. The other commands ask that daemon: at\n.B QUAYWATCH_URL\n"
         "if that is set, else through the socket\n.I quaywatch.sock\nin STATE_DIR, else at LISTEN.\n"
         ".SH COMMANDS");
    for (size_t i = 0; i < command_count; i++)
        print_command(&commands[i]);
    puts(".SH OPTIONS");
    for (size_t i = 0; i < FLAG_COUNT; i++)
        print_flag(&flag_rows[i]);
    puts(".SH SETTINGS\n"
         "Each is an option\n.RB ( \\-\\-listen=:8080 ),\n"
         "a variable of the environment\n.RB ( QUAYWATCH_LISTEN )\n"
         "or a line of the file that\n.B QUAYWATCH_CONFIG\nnames, in this order.\n"
         "Durations are written 1500ms, 30s, 5m or 1h; secrets can also be files (AUTH_TOKEN_FILE).");
    options_print(stdout, OPTIONS_AS_ROFF);
    puts(".SH EXIT STATUS\n"
         ".TP\n.B 0\nFine.\n.TP\n.B 1\nA finding, something unhealthy, or the daemon refused.\n"
         ".TP\n.B 2\nWrong usage or setting.\n.TP\n.B 3\nNo engine or no daemon answers.\n"
         ".SH ENVIRONMENT\n"
         ".TP\n.B NO_COLOR\nNo colours, also on a terminal.\n"
         ".TP\n.B QUAYWATCH_URL\nWhere the daemon is, for the commands that ask it.\n"
         ".TP\n.B DOCKER_HOST\nWhere the engine is.");
    return EXIT_FINE;
}
