/* SPDX-License-Identifier: MIT */
/* entries_lint.c: looks at what entries name on this machine. */
#include "exporter/files/entries_lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/child.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/text.h"
#include "exporter/files/disk.h"
#include "exporter/files/step.h"
#include "exporter/templates/template.h"

struct lint {
    entries_lint_tell *each;
    void *user;
};

static void say(const struct lint *lint, const struct file_entry *entry, const char *code, const char *format,
                ...) __attribute__((format(printf, 4, 5)));
static void say(const struct lint *lint, const struct file_entry *entry, const char *code, const char *format,
                ...)
{
    char words[400], sentence[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    if (entry->line)
        snprintf(sentence, sizeof sentence, "line %zu: %s", entry->line, words);
    else
        snprintf(sentence, sizeof sentence, "%.180s: %s", entry->path, words);
    lint->each(lint->user, code, sentence);
}

/* ---- owners ---- */

static void look_at_owner(const struct lint *lint, const struct file_entry *entry)
{
    struct error err = {0};
    if (disk_check_owner(entry->owner, NULL, &err) != 0)
        say(lint, entry, "export-owner", "%s", err.text);
    if (disk_check_owner(NULL, entry->group, &err) != 0)
        say(lint, entry, "export-owner", "%s", err.text);
}

/* ---- programs ---- */

/* Words that a shell knows by itself. */
static bool is_shells_own(const char *word)
{
    static const char *const own[] = {
        ".",      ":",    "[",    "alias",    "break",  "case",  "cd",    "command", "continue",
        "echo",   "eval", "exec", "exit",     "export", "false", "for",   "if",      "kill",
        "printf", "pwd",  "read", "readonly", "return", "set",   "shift", "test",    "times",
        "trap",   "true", "type", "ulimit",   "umask",  "unset", "until", "wait",    "while"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(own[i], word) == 0)
            return true;
    return false;
}

static bool in_path(const char *program)
{
    const char *given = getenv("PATH");
    char *copy = mem_copy(given ? given : "/usr/local/bin:/usr/bin:/bin"), *rest = copy, *folder;
    bool found = false;
    while (!found && (folder = text_cut(&rest, ':'))) {
        char *path = mem_format("%s/%s", *folder ? folder : ".", program);
        found = access(path, X_OK) == 0;
        free(path);
    }
    free(copy);
    return found;
}

static bool is_there(const char *program)
{
    return strchr(program, '/') ? access(program, X_OK) == 0 : in_path(program);
}

/* The program that a shell's line begins with, in arena; NULL when that is not plain to see. */
static const char *first_word(struct arena *arena, const char *line)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+/";
    line += strspn(line, " \t\n");
    size_t length = strspn(line, plain);
    if (!length || (line[length] && !strchr(" \t\n;&|", line[length])))
        return NULL;
    const char *word = arena_copy_n(arena, line, length);
    return is_shells_own(word) ? NULL : word;
}

static void look_at_command(const struct lint *lint, const struct file_entry *entry, const char *what,
                            const struct file_step *step)
{
    static const char shell[] = "/bin/sh";
    struct arena arena = {0};
    struct strings argv = step->argv;
    struct error err = {0};
    if (step->line && child_command(step->line, shell, &arena, &argv, &err) != 0) {
        say(lint, entry, "export-program", "%s: %s", what, err.text);
    } else {
        bool line = step->line && strcmp(argv.item[0], shell) == 0;
        const char *program = line ? first_word(&arena, step->line) : argv.item[0];
        if (program && !strchr(program, '{') && !is_there(program))
            say(lint, entry, "export-program",
                "%s: there is no program %.100s here; allowed is one of this machine (for one inside of a "
                "container there is exec)",
                what, program);
    }
    arena_free(&arena);
}

static void look_at_programs(const struct lint *lint, const struct file_entry *entry)
{
    if (entry->has_validate && entry->validate.kind == FILE_STEP_COMMAND)
        look_at_command(lint, entry, "validate", &entry->validate);
    for (size_t i = 0; i < entry->notify_count; i++)
        if (entry->notify[i].kind == FILE_STEP_COMMAND)
            look_at_command(lint, entry, "notify", &entry->notify[i]);
}

/* ---- templates ---- */

static void look_at_template(const struct lint *lint, const struct file_entry *entry)
{
    struct arena arena = {0};
    struct pairs environment = {0};
    struct error err = {0};
    char *text = NULL;
    size_t length = 0;
    step_variables(environ, &arena, &environment);
    const struct template_wish wish = {.variables = &entry->variables, .environment = &environment};
    int code = file_read(entry->template_path, TEMPLATE_SIZE, &text, &length, &err);
    struct template *template = code ? NULL : template_parse(entry->template_path, text, length, &err);
    if (!template)
        say(lint, entry, "export-template", "template %s", err.text);
    else if (template_check(template, &wish, &err) != 0 ||
             template_check_given(template, &entry->variables, &err) != 0)
        say(lint, entry, "export-variable", "template %s", err.text);
    template_free(template);
    free(text);
    arena_free(&arena);
}

/* ---- paths ---- */

/* The path without links and detours in its folder; NULL while that is not there. */
static char *real_path(const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    char *folder = mem_format("%.*s", (int)(name - path), path), *real = realpath(folder, NULL);
    char *ret = real ? mem_format("%s/%s", real, name) : NULL;
    free(real);
    free(folder);
    return ret;
}

static void look_at_paths(const struct lint *lint, const struct file_entries *entries)
{
    char *real[FILE_ENTRIES_MAX];
    for (size_t i = 0; i < entries->count; i++) {
        real[i] = real_path(entries->item[i].path);
        for (size_t j = 0; real[i] && j < i; j++)
            if (real[j] && strcmp(real[i], real[j]) == 0)
                say(lint, &entries->item[i], "export-path",
                    "path %.150s is the same file as %.150s of another entry; allowed is one entry a file",
                    entries->item[i].path, entries->item[j].path);
    }
    for (size_t i = 0; i < entries->count; i++)
        free(real[i]);
}

void entries_lint(const struct file_entries *entries, entries_lint_tell *each, void *user)
{
    const struct lint lint = {each, user};
    for (size_t i = 0; i < entries->count; i++) {
        look_at_owner(&lint, &entries->item[i]);
        look_at_programs(&lint, &entries->item[i]);
        if (entries->item[i].template_path)
            look_at_template(&lint, &entries->item[i]);
    }
    look_at_paths(&lint, entries);
}
