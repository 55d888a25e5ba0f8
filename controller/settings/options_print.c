/* SPDX-License-Identifier: MIT */
/* options_print.c: the table of settings as help and as the README's table. */
#include <stdio.h>
#include <string.h>

#include "controller/settings/options.h"
#include "controller/settings/options_table.h"

enum { ALLOWED_MAX = 160 };

static const char *standard_of(const struct option_row *row)
{
    return row->standard && *row->standard ? row->standard : "–";
}

/* "--health-check-interval" */
static void print_flag(FILE *out, const char *key)
{
    fputs("--", out);
    for (; *key; key++)
        fputc(*key == '_' ? '-' : *key >= 'A' && *key <= 'Z' ? *key - 'A' + 'a' : *key, out);
}

static void print_text_row(FILE *out, const struct option_row *row, int width)
{
    char allowed[ALLOWED_MAX];
    if (row->group)
        fprintf(out, "\n%s\n", row->group);
    fputs("  ", out);
    print_flag(out, row->key);
    fprintf(out, "%*s  %s", width - (int)strlen(row->key), "", row->help);
    bool words = row->kind == OPTION_CHOICE || row->kind == OPTION_WORD;
    option_allowed(row, allowed, sizeof allowed);
    /* Words get a line of their own; the two are for "--". */
    if (words)
        fprintf(out, "\n%*s%s", width + 6, "", allowed);
    if (row->standard && *row->standard)
        fprintf(out, " (default %s)", row->standard);
    fputc('\n', out);
}

static void print_markdown_row(FILE *out, const struct option_row *row)
{
    char allowed[ALLOWED_MAX];
    if (row->group)
        fprintf(out, "| **%s** | | | |\n", row->group);
    fprintf(out, "| `%s`", row->key);
    for (size_t i = 0; i < OPTION_ALIASES && row->also[i]; i++)
        fprintf(out, ", `%s`", row->also[i]);
    option_allowed(row, allowed, sizeof allowed);
    const char *tick = row->standard && *row->standard ? "`" : "";
    fprintf(out, " | %s%s%s | %s | %s |\n", tick, standard_of(row), tick,
            row->kind == OPTION_TEXT && !row->allowed ? "text" : allowed, row->help);
}

static int key_width(void)
{
    size_t width = 0;
    for (size_t i = 0; i < option_count; i++)
        if (!option_table[i].later && strlen(option_table[i].key) > width)
            width = strlen(option_table[i].key);
    return (int)width;
}

void options_print(FILE *out, bool markdown)
{
    int width = key_width();
    if (markdown)
        fputs("| Setting | Default | Allowed | Meaning |\n| --- | --- | --- | --- |\n", out);
    else
        fputs(
            "Settings (--name=value, or QUAYWATCH_NAME in the environment or in the file QUAYWATCH_CONFIG "
            "names;\n"
            "durations: 1500ms, 30s, 5m, 1h, a bare number is milliseconds; secrets also as <name>-file):\n",
            out);
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        if (row->later)
            continue;
        if (markdown)
            print_markdown_row(out, row);
        else
            print_text_row(out, row, width);
    }
}
