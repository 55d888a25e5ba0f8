/* cli_table.h: aligned columns. What is put in may be foreign text: it comes out as one printable line. */
#ifndef QUAYWATCH_CONTROLLER_CLI_TABLE_H
#define QUAYWATCH_CONTROLLER_CLI_TABLE_H

#include "controller/cli/cli_terminal.h"

struct table;

/* An empty table with these titles, NULL-terminated; they must outlive it. */
struct table *table_new(const char *const *titles);

/* The next cell, in the order of the titles; a row is full when all are given. "" is an empty cell. */
void table_put(struct table *table, enum tone tone, const char *text);

/* Prints titles and rows, at most max_rows of them (0: all) and on a terminal no wider than it is: the last
 * column is cut. A column without any text is left out. Returns the rows that were not printed. */
int table_print(const struct table *table, const struct terminal *terminal, int max_rows);

/* Frees it. NULL is fine. */
void table_free(struct table *table);

#endif
