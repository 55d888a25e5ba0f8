/* SPDX-License-Identifier: MIT */
/* child_command.c: a command line as the arguments of a process. */
#include "controller/core/child.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"

/* What stands for something else in a shell. ({} does not, by itself.) */
static bool is_shell_only(char c)
{
    return c && strchr("|&;<>()$`*?[]#~!\n", c);
}

/* Reads one word from *at on, without its quotes. */
static int read_word(const char **at, struct buf *word, struct error *err)
{
    const char *c = *at;
    char quote = '\0';
    for (; *c && (quote || (*c != ' ' && *c != '\t')); c++) {
        if (quote && *c == quote) {
            quote = '\0';
        } else if (!quote && (*c == '\'' || *c == '"')) {
            quote = *c;
        } else if (*c == '\\' && quote != '\'' && c[1]) {
            buf_add(word, ++c, 1);
        } else if ((!quote && is_shell_only(*c)) || (quote == '"' && (*c == '$' || *c == '`'))) {
            return error_set(err, -EINVAL,
                             "the command needs a shell for its \"%c\", and there is none here; allowed are "
                             "a program and its arguments",
                             *c == '\n' ? 'n' : *c);
        } else {
            buf_add(word, c, 1);
        }
    }
    *at = c;
    return quote ? error_set(err, -EINVAL, "the command has a quote (%c) that is not closed", quote) : 0;
}

static int split(const char *line, struct arena *arena, struct strings *ret, struct error *err)
{
    struct buf word;
    int code = 0;
    buf_init(&word, strlen(line) + 1);
    for (const char *at = line; code == 0;) {
        at += strspn(at, " \t");
        if (!*at)
            break;
        buf_clear(&word);
        code = read_word(&at, &word, err);
        if (code == 0)
            strings_add(arena, ret, buf_string(&word));
    }
    buf_free(&word);
    return code;
}

int child_command(const char *line, const char *shell, struct arena *arena, struct strings *ret,
                  struct error *err)
{
    struct strings list = {0};
    int code = 0;
    if (!line[strspn(line, " \t\n")])
        return error_set(err, -EINVAL, "the command is empty");
    if (shell && access(shell, X_OK) == 0) {
        strings_add(arena, &list, shell);
        strings_add(arena, &list, "-c");
        strings_add(arena, &list, line);
    } else {
        code = split(line, arena, &list, err);
    }
    if (code == 0)
        *ret = list;
    return code;
}
