/* SPDX-License-Identifier: MIT */
/* cli_table.c: columns as wide as their widest cell. */
#include "controller/cli/cli_table.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "controller/core/mem.h"
#include "controller/core/text.h"

enum { COLUMNS_MAX = 12, CELL_MAX = 512, GAP = 2, LEAST_LAST = 12 };

struct cell {
    enum tone tone;
    const char *text; /* in the arena */
};

struct table {
    struct arena arena;
    const char *const *titles;
    int columns;
    struct cell *cell; /* row by row */
    size_t count, room;
};

struct table *table_new(const char *const *titles)
{
    struct table *table = mem_new(sizeof *table);
    table->titles = titles;
    while (titles[table->columns])
        table->columns++;
    assert(table->columns && table->columns <= COLUMNS_MAX);
    return table;
}

void table_put(struct table *table, enum tone tone, const char *text)
{
    char line[CELL_MAX];
    text_one_line(text, line, sizeof line);
    if (table->count == table->room) {
        table->room = table->room ? 2 * table->room : 64;
        table->cell = mem_resize(table->cell, table->room, sizeof *table->cell);
    }
    table->cell[table->count++] = (struct cell){tone, arena_copy(&table->arena, line)};
}

/* Characters, not bytes: what continues one in UTF-8 is not counted. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* The bytes of the first width characters. */
static int bytes_of(const char *text, int width)
{
    int bytes = 0;
    for (; text[bytes]; bytes++)
        if (((unsigned char)text[bytes] & 0xc0) != 0x80 && width-- == 0)
            break;
    return bytes;
}

static void print_cell(const struct terminal *terminal, enum tone tone, const char *text, int width,
                       bool last, int room)
{
    int own = width_of(text);
    bool cut = last && room && own > room;
    printf("%s%.*s%s%s", tone_begin(terminal, tone), cut ? bytes_of(text, room - 1) : (int)CELL_MAX, text,
           cut ? "…" : "", tone_end(terminal, tone));
    if (!last)
        printf("%*s", width - own + GAP, "");
}

/* Prints one row; title: the cells are titles. */
static void print_row(const struct table *table, const struct terminal *terminal, const int *width,
                      const struct cell *row)
{
    int last = table->columns - 1, used = 0;
    while (last > 0 && !width[last])
        last--;
    for (int c = 0; c < last; c++)
        used += width[c] ? width[c] + GAP : 0;
    int room = terminal->width ? terminal->width - used : 0;
    if (terminal->width && room < LEAST_LAST)
        room = LEAST_LAST;
    for (int c = 0; c <= last; c++)
        if (width[c])
            print_cell(terminal, row[c].tone, row[c].text, width[c], c == last, room);
    putchar('\n');
}

int table_print(const struct table *table, const struct terminal *terminal, int max_rows)
{
    int width[COLUMNS_MAX] = {0};
    struct cell titles[COLUMNS_MAX];
    int rows = (int)(table->count / (size_t)table->columns), shown = rows;
    for (size_t i = 0; i < table->count; i++) {
        int own = width_of(table->cell[i].text), *most = &width[i % (size_t)table->columns];
        *most = own > *most ? own : *most;
    }
    for (int c = 0; c < table->columns; c++) {
        titles[c] = (struct cell){TONE_QUIET, table->titles[c]};
        int own = width_of(table->titles[c]);
        width[c] = width[c] && own > width[c] ? own : width[c];
    }
    if (max_rows && rows > max_rows)
        shown = max_rows;
    if (rows)
        print_row(table, terminal, width, titles);
    for (int r = 0; r < shown; r++)
        print_row(table, terminal, width, &table->cell[(size_t)r * (size_t)table->columns]);
    return rows - shown;
}

void table_free(struct table *table)
{
    if (!table)
        return;
    arena_free(&table->arena);
    free(table->cell);
    free(table);
}
