/* SPDX-License-Identifier: MIT */
/* cli_completion.c: `quaywatch completion`: what bash, zsh and fish need to complete its command lines, made
 * from the tables of commands and flags; names of services come from the running daemon. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_client.h"
#include "controller/cli/cli_read.h"
#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "exporter/formats/format.h"

/* ---- what can be at a place ---- */

/* The commands' names, separated by blanks. */
static void print_command_names(void)
{
    for (size_t i = 0; i < command_count; i++)
        printf("%s%s", i ? " " : "", commands[i].name);
}

static void print_flags(const struct command *command)
{
    for (size_t i = 0; i < FLAG_COUNT; i++)
        if (command->flags & 1u << i)
            printf(" --%s", flag_rows[i].name);
}

static bool takes_file(size_t flag)
{
    return flag_rows[flag].value && strcmp(flag_rows[flag].value, "FILE") == 0;
}

/* The formats' names, separated by blanks. */
static void print_format_names(void)
{
    for (size_t i = 0; i < format_count; i++)
        printf("%s%s", i ? " " : "", formats[i].name);
}

/* The words of an argument, separated by blanks. */
static void print_words(const struct argument *argument)
{
    for (size_t i = 0; i < ARGUMENT_WORDS_MAX && argument->word[i]; i++)
        printf("%s%s", i ? " " : "", argument->word[i]);
}

/* What an argument can be, where that is a closed list. */
static void print_choice(const struct argument *argument)
{
    if (argument->kind == ARGUMENT_COMMAND)
        print_command_names();
    else if (argument->kind == ARGUMENT_FORMAT)
        print_format_names();
    else
        print_words(argument);
}

/* The text in single quotes for a shell. */
static void print_quoted(const char *text)
{
    putchar('\'');
    for (; *text; text++)
        fputs(*text == '\'' ? "'\\''" : (char[]){*text, '\0'}, stdout);
    putchar('\'');
}

/* ---- bash ---- */

/* One branch of the case: what argument number place (1, 2, …) of a command can be. */
static void bash_argument(const struct command *command, size_t place)
{
    const struct argument *argument = &command->argument[place - 1];
    printf("    %s:%zu) words=", command->name, place);
    switch (argument->kind) {
    case ARGUMENT_SERVICE:
        fputs("$(quaywatch completion services 2>/dev/null)", stdout);
        break;
    case ARGUMENT_COMMAND:
    case ARGUMENT_FORMAT:
    case ARGUMENT_WORDS:
        putchar('"');
        print_choice(argument);
        putchar('"');
        break;
    case ARGUMENT_FILE:
        fputs("$(compgen -f -- \"$word\")", stdout);
        break;
    case ARGUMENT_NONE:
    case ARGUMENT_FREE:
        break;
    }
    puts(" ;;");
}

static void bash(void)
{
    puts(
        "# bash completion for quaywatch: source <(quaywatch completion bash)\n"
        "_quaywatch() {\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} command= place=0 words= i\n"
        "    COMPREPLY=()\n"
        "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
        "        case ${COMP_WORDS[i]} in\n"
        "        -*) ;;\n"
        "        *) if [ -z \"$command\" ]; then command=${COMP_WORDS[i]}; else place=$((place + 1)); fi ;;\n"
        "        esac\n"
        "    done\n"
        "    place=$((place + 1))");
    puts("    if [[ $word == -* ]]; then\n    case $command in");
    for (size_t i = 0; i < command_count; i++) {
        printf("    %s) words=\"", commands[i].name);
        print_flags(&commands[i]);
        puts(" --help\" ;;");
    }
    fputs("    *) words=\"--help --version\" ;;\n    esac\n    elif [ -z \"$command\" ]; then words=\"",
          stdout);
    print_command_names();
    puts("\"\n    else\n    case $command:$place in");
    for (size_t i = 0; i < command_count; i++)
        for (size_t a = 0; a < CALL_ARGUMENTS && commands[i].argument[a].name; a++)
            bash_argument(&commands[i], a + 1);
    puts("    esac\n    fi\n"
         "    while IFS= read -r i; do COMPREPLY+=(\"$i\"); done < <(compgen -W \"$words\" -- \"$word\")\n"
         "}\n"
         "complete -F _quaywatch quaywatch");
}

/* ---- zsh ---- */

static void zsh_argument(const struct argument *argument, size_t place)
{
    printf(" '%zu:%s:", place, argument->optional ? ":" : "");
    switch (argument->kind) {
    case ARGUMENT_SERVICE:
        fputs("($(quaywatch completion services 2>/dev/null))", stdout);
        break;
    case ARGUMENT_COMMAND:
    case ARGUMENT_FORMAT:
    case ARGUMENT_WORDS:
        putchar('(');
        print_choice(argument);
        putchar(')');
        break;
    case ARGUMENT_FILE:
        fputs("_files", stdout);
        break;
    case ARGUMENT_NONE:
    case ARGUMENT_FREE:
        putchar(' ');
        break;
    }
    putchar('\'');
}

static void zsh(void)
{
    puts("#compdef quaywatch\n"
         "# zsh completion for quaywatch: source <(quaywatch completion zsh)\n"
         "_quaywatch() {\n"
         "    local -a commands\n    commands=(");
    for (size_t i = 0; i < command_count; i++) {
        char row[256];
        snprintf(row, sizeof row, "%s:%s", commands[i].name, commands[i].help);
        fputs("        ", stdout);
        print_quoted(row);
        putchar('\n');
    }
    puts("    )\n"
         "    if ((CURRENT == 2)); then _describe command commands; return; fi\n"
         "    local command=$words[2]\n"
         "    shift words\n    ((CURRENT--))\n"
         "    case $command in");
    for (size_t i = 0; i < command_count; i++) {
        printf("    %s) _arguments '--help[how to call it]'", commands[i].name);
        for (size_t f = 0; f < FLAG_COUNT; f++)
            if (commands[i].flags & 1u << f)
                printf(" '--%s[%s]%s'", flag_rows[f].name, flag_rows[f].help,
                       takes_file(f)        ? ":file:_files"
                       : flag_rows[f].value ? ":value: "
                                            : "");
        for (size_t a = 0; a < CALL_ARGUMENTS && commands[i].argument[a].name; a++)
            zsh_argument(&commands[i].argument[a], a + 1);
        puts(" ;;");
    }
    puts("    esac\n}\n"
         "if [ \"$funcstack[1]\" = _quaywatch ]; then _quaywatch \"$@\"; else compdef _quaywatch quaywatch; "
         "fi");
}

/* ---- fish ---- */

static void fish_argument(const struct command *command, const struct argument *argument)
{
    bool file = argument->kind == ARGUMENT_FILE;
    printf("complete -c quaywatch %s -n '__fish_seen_subcommand_from %s'%s", file ? "-F" : "-f",
           command->name, file ? "" : " -a ");
    switch (argument->kind) {
    case ARGUMENT_SERVICE:
        puts("'(quaywatch completion services 2>/dev/null)'");
        break;
    case ARGUMENT_COMMAND:
    case ARGUMENT_FORMAT:
    case ARGUMENT_WORDS:
        putchar('\'');
        print_choice(argument);
        puts("'");
        break;
    case ARGUMENT_FILE:
        putchar('\n');
        break;
    case ARGUMENT_NONE:
    case ARGUMENT_FREE:
        puts("''");
        break;
    }
}

static void fish(void)
{
    puts("# fish completion for quaywatch: quaywatch completion fish | source\n"
         "complete -c quaywatch -f");
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &commands[i];
        printf("complete -c quaywatch -n __fish_use_subcommand -a %s -d ", command->name);
        print_quoted(command->help);
        putchar('\n');
        for (size_t f = 0; f < FLAG_COUNT; f++) {
            if (!(command->flags & 1u << f))
                continue;
            printf("complete -c quaywatch -n '__fish_seen_subcommand_from %s' -l %s%s -d ", command->name,
                   flag_rows[f].name,
                   takes_file(f)        ? " -r -F"
                   : flag_rows[f].value ? " -x"
                                        : "");
            print_quoted(flag_rows[f].help);
            putchar('\n');
        }
        for (size_t a = 0; a < CALL_ARGUMENTS && command->argument[a].name; a++)
            fish_argument(command, &command->argument[a]);
    }
}

/* ---- names ---- */

/* The names of all services, a line each; nothing when no daemon answers: a completion does not complain. */
static int services(const struct options *options)
{
    struct buf body;
    struct error err = {0};
    char name[READ_LINE];
    size_t count;
    buf_init(&body, LIMIT_DOCUMENT);
    json_object *root = client_get("/services", options, &body, &err) == 200
                            ? json_tokener_parse(buf_string(&body))
                            : NULL;
    json_object *list = read_list(root, "services", &count);
    for (size_t i = 0; i < count; i++)
        puts(read_line(json_object_array_get_idx(list, i), "name", name));
    json_object_put(root);
    buf_free(&body);
    return EXIT_FINE;
}

int command_completion(const struct call *call)
{
    const char *word = call->argument[0];
    if (strcmp(word, "services") == 0)
        return services(call->options);
    if (strcmp(word, "bash") == 0)
        bash();
    else if (strcmp(word, "zsh") == 0)
        zsh();
    else
        fish();
    return EXIT_FINE;
}
