/* exit_lint.h: what is wrong with the settings of exits that can be read, before anything is opened: for
 * `quaywatch check`. */
#ifndef QUAYWATCH_CONTROLLER_EXIT_LINT_H
#define QUAYWATCH_CONTROLLER_EXIT_LINT_H

#include <stdbool.h>
#include <stddef.h>

struct options;

/* code: static text; the sentence names the setting (and the line), what is wrong, and what is allowed. */
typedef void exit_lint_tell(void *user, const char *code, const char *sentence);

/* Tells of files that are not there or cannot be read, of entries of EXPORTS that cannot work here, of places
 * where DNS cannot be answered; returns how many. answering: a quaywatch that runs answers DNS, so that ports
 * which are taken are no finding. Blocks. */
size_t exits_lint(const struct options *options, bool answering, exit_lint_tell *each, void *user);

#endif
