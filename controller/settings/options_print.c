/* SPDX-License-Identifier: MIT */
/* options_print.c: the table of settings as help, as the README's table, and for programs. */
#include <stdio.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
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

/* Text as roff prints it; none of ours begins with a dot. */
static void print_roff(FILE *out, const char *text)
{
    for (; *text; text++)
        fputs(*text == '\\' ? "\\e" : *text == '-' ? "\\-" : (char[]){*text, '\0'}, out);
}

static void print_roff_row(FILE *out, const struct option_row *row)
{
    char allowed[ALLOWED_MAX];
    option_allowed(row, allowed, sizeof allowed);
    if (row->group)
        fprintf(out, ".SS %s\n", row->group);
    fprintf(out, ".TP\n.B %s\n", row->key);
    print_roff(out, row->help);
    fputs(".\n", out);
    if (row->kind != OPTION_TEXT || row->allowed) {
        fputs("Allowed: ", out);
        print_roff(out, allowed);
        fputs(".\n", out);
    }
    if (row->standard && *row->standard) {
        fputs("Default: ", out);
        print_roff(out, row->standard);
        fputs(".\n", out);
    }
}

static void print_row(FILE *out, const struct option_row *row, enum options_form form, int width)
{
    switch (form) {
    case OPTIONS_AS_TEXT:
        print_text_row(out, row, width);
        break;
    case OPTIONS_AS_MARKDOWN:
        print_markdown_row(out, row);
        break;
    case OPTIONS_AS_ROFF:
        print_roff_row(out, row);
        break;
    case OPTIONS_AS_JSON:
        break; /* as a whole, see print_json */
    }
}

static void put_row(struct json_writer *w, const struct option_row *row)
{
    char allowed[ALLOWED_MAX];
    option_allowed(row, allowed, sizeof allowed);
    json_begin_object(w);
    json_put_string(w, "key", row->key);
    json_key(w, "also");
    json_begin_array(w);
    for (size_t i = 0; i < OPTION_ALIASES && row->also[i]; i++)
        json_string(w, row->also[i]);
    json_end_array(w);
    json_put_string(w, "default", row->standard && *row->standard ? row->standard : NULL);
    json_put_string(w, "allowed", row->kind == OPTION_TEXT && !row->allowed ? "text" : allowed);
    json_put_string(w, "meaning", row->help);
    json_end_object(w);
}

static void print_json(FILE *out)
{
    struct json_writer writer, *w = &writer;
    struct buf text;
    buf_init(&text, LIMIT_DOCUMENT);
    json_start(w, &text);
    json_begin_object(w);
    json_key(w, "settings");
    json_begin_array(w);
    for (size_t i = 0; i < option_count; i++)
        if (!option_table[i].later)
            put_row(w, &option_table[i]);
    json_end_array(w);
    json_end_object(w);
    fprintf(out, "%s\n", buf_string(&text));
    buf_free(&text);
}

void options_print(FILE *out, enum options_form form)
{
    if (form == OPTIONS_AS_JSON) {
        print_json(out);
        return;
    }
    int width = key_width();
    if (form == OPTIONS_AS_MARKDOWN)
        fputs("| Setting | Default | Allowed | Meaning |\n| --- | --- | --- | --- |\n", out);
    else if (form == OPTIONS_AS_TEXT)
        fputs(
            "Settings (--name=value, or QUAYWATCH_NAME in the environment or in the file QUAYWATCH_CONFIG "
            "names;\n"
            "durations: 1500ms, 30s, 5m, 1h, a bare number is milliseconds; secrets also as <name>-file):\n",
            out);
    for (size_t i = 0; i < option_count; i++)
        if (!option_table[i].later)
            print_row(out, &option_table[i], form, width);
}
