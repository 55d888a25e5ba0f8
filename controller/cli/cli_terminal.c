/* SPDX-License-Identifier: MIT */
/* cli_terminal.c: stdout's size and colours (ECMA-48; https://no-color.org). */
#include "controller/cli/cli_terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct terminal terminal_look(void)
{
    struct terminal terminal = {.is = isatty(STDOUT_FILENO) == 1};
    const char *kind = getenv("TERM"), *none = getenv("NO_COLOR");
    struct winsize size = {0};
    if (!terminal.is)
        return terminal;
    terminal.colours = kind && strcmp(kind, "dumb") != 0 && !(none && none[0]);
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        terminal.width = size.ws_col;
        terminal.height = size.ws_row;
    }
    return terminal;
}

const char *tone_begin(const struct terminal *terminal, enum tone tone)
{
    static const char *const begin[TONE_COUNT] = {
        [TONE_PLAIN] = "",         [TONE_GOOD] = "\033[32m", [TONE_WARNING] = "\033[33m",
        [TONE_BAD] = "\033[1;31m", [TONE_QUIET] = "\033[2m", [TONE_STRONG] = "\033[1m",
    };
    return terminal->colours ? begin[tone] : "";
}

const char *tone_end(const struct terminal *terminal, enum tone tone)
{
    return terminal->colours && tone != TONE_PLAIN ? "\033[0m" : "";
}

enum tone tone_of(const char *word)
{
    static const struct {
        const char *word;
        enum tone tone;
    } tones[] = {
        {"healthy", TONE_GOOD},     {"closed", TONE_GOOD},   {"degraded", TONE_WARNING},
        {"starting", TONE_WARNING}, {"open", TONE_BAD},      {"half_open", TONE_WARNING},
        {"unhealthy", TONE_BAD},    {"failed", TONE_BAD},    {"warning", TONE_WARNING},
        {"critical", TONE_BAD},     {"emergency", TONE_BAD}, {"stopped", TONE_QUIET},
        {"unknown", TONE_QUIET},
    };
    for (size_t i = 0; i < sizeof tones / sizeof tones[0]; i++)
        if (strcmp(tones[i].word, word) == 0)
            return tones[i].tone;
    return TONE_PLAIN;
}
