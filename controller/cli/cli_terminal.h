/* cli_terminal.h: what stdout is: its size, and whether colours are wanted there. */
#ifndef QUAYWATCH_CONTROLLER_CLI_TERMINAL_H
#define QUAYWATCH_CONTROLLER_CLI_TERMINAL_H

#include <stdbool.h>

struct terminal {
    bool is, colours;  /* colours: on a terminal that is not "dumb", unless NO_COLOR is set */
    int width, height; /* in characters; 0 when it is no terminal: no bound */
};

enum tone { TONE_PLAIN, TONE_GOOD, TONE_WARNING, TONE_BAD, TONE_QUIET, TONE_STRONG, TONE_COUNT };

/* Looks at stdout; its size may change at any time. */
struct terminal terminal_look(void);

/* What begins and ends a tone there: "" without colours. */
const char *tone_begin(const struct terminal *terminal, enum tone tone);
const char *tone_end(const struct terminal *terminal, enum tone tone);

/* The tone of a status, severity or breaker state by its word. */
enum tone tone_of(const char *word);

#endif
