/* entries_lint.h: what is wrong with entries that can be read, as far as this machine tells before anything
 * is written. */
#ifndef QUAYWATCH_EXPORTER_FILES_ENTRIES_LINT_H
#define QUAYWATCH_EXPORTER_FILES_ENTRIES_LINT_H

#include "exporter/files/entry.h"

/* code: static text, such as "export-owner"; the sentence names the entry by its line, else by its path, and
 * what is allowed. */
typedef void entries_lint_tell(void *user, const char *code, const char *sentence);

/* Tells of owners and groups that are not there, of programs that are not there, of templates whose variables
 * have no value or which never ask for one that is given, and of files that two entries write. Blocks. */
void entries_lint(const struct file_entries *entries, entries_lint_tell *each, void *user);

#endif
