/* SPDX-License-Identifier: MIT */
/* runtime_answer.c: lines, columns and sentences of HAProxy's runtime socket. */
#include "exporter/balancers/runtime_answer.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "controller/core/text.h"

const char *const runtime_state_name[RUNTIME_STATE_COUNT] = {
    [RUNTIME_READY] = "ready",
    [RUNTIME_DRAIN] = "drain",
    [RUNTIME_MAINT] = "maint",
};

/* The next line without its end; NULL when there is none. */
static char *next_line(char **text)
{
    char *line = *text;
    if (!line || !*line)
        return NULL;
    char *end = strchr(line, '\n');
    *text = end ? end + 1 : line + strlen(line);
    if (end)
        *end = '\0';
    return line;
}

int runtime_read_info(char **text, struct runtime_process *ret, const char **ret_trouble)
{
    *ret = (struct runtime_process){0};
    *ret_trouble = "";
    int64_t number;
    for (char *line; (line = next_line(text)) && *line;) {
        if (!**ret_trouble)
            *ret_trouble = line;
        char *value = line, *key = text_cut(&value, ':');
        if (value && strcmp(key, "Pid") == 0 && text_number(value, 1, INT64_MAX, &number) == 0)
            ret->pid = number;
        if (value && strcmp(key, "Start_time_sec") == 0 && text_number(value, 0, INT64_MAX, &number) == 0)
            ret->started_s = number;
    }
    return ret->pid ? 0 : -EBADMSG;
}

const char *runtime_read_backend(char **text)
{
    const char *line;
    while ((line = next_line(text)) && line[0] == '#')
        continue;
    return line && line[0] ? line : NULL;
}

enum column { BACKEND, SERVER, ADDRESS, PORT, WEIGHT, ADMIN };
static const char *const columns[RUNTIME_COLUMNS] = {
    [BACKEND] = "be_name", [SERVER] = "srv_name",    [ADDRESS] = "srv_addr",
    [PORT] = "srv_port",   [WEIGHT] = "srv_uweight", [ADMIN] = "srv_admin_state",
};

/* What of srv_admin_state takes a server out (forced, inherited, by DNS, by its host name), and what drains
 * it. */
enum { ADMIN_MAINT = 0x01 | 0x02 | 0x20 | 0x40, ADMIN_DRAIN = 0x08 | 0x10 };

int runtime_rows_begin(char *text, struct runtime_rows *ret, const char **ret_trouble)
{
    *ret = (struct runtime_rows){0};
    char *version = next_line(&text), *head = next_line(&text);
    *ret_trouble = version ? version : "";
    if (!head || strcmp(version, "1") != 0 || strncmp(head, "# ", 2) != 0)
        return -EBADMSG;
    size_t found = 0;
    char *rest = head + 2;
    for (int at = 0; rest; at++) {
        const char *name = text_cut(&rest, ' ');
        for (size_t i = 0; i < RUNTIME_COLUMNS; i++)
            if (strcmp(name, columns[i]) == 0) {
                ret->column[i] = at;
                found |= (size_t)1 << i;
            }
    }
    ret->rest = text;
    return found == ((size_t)1 << RUNTIME_COLUMNS) - 1 ? 0 : -EBADMSG;
}

static bool row_read(const char *const cell[RUNTIME_COLUMNS], struct runtime_row *ret)
{
    int64_t port, weight, admin;
    for (size_t i = 0; i < RUNTIME_COLUMNS; i++)
        if (!cell[i])
            return false;
    if (text_number(cell[PORT], 0, UINT16_MAX, &port) != 0 ||
        text_number(cell[WEIGHT], 0, 256, &weight) != 0 ||
        text_number(cell[ADMIN], 0, INT32_MAX, &admin) != 0)
        return false;
    *ret = (struct runtime_row){.backend = cell[BACKEND],
                                .server = cell[SERVER],
                                .address = cell[ADDRESS],
                                .port = (int)port,
                                .weight = (unsigned)weight,
                                .state = admin & ADMIN_MAINT   ? RUNTIME_MAINT
                                         : admin & ADMIN_DRAIN ? RUNTIME_DRAIN
                                                               : RUNTIME_READY};
    return true;
}

bool runtime_rows_next(struct runtime_rows *rows, struct runtime_row *ret)
{
    for (char *rest; (rest = next_line(&rows->rest));) {
        const char *cell[RUNTIME_COLUMNS] = {NULL};
        for (int at = 0; rest; at++) {
            const char *word = text_cut(&rest, ' ');
            for (size_t i = 0; i < RUNTIME_COLUMNS; i++)
                if (rows->column[i] == at)
                    cell[i] = word;
        }
        if (row_read(cell, ret))
            return true;
    }
    return false;
}

static bool worked(const char *line, enum runtime_verb verb)
{
    switch (verb) {
    case RUNTIME_SET:
        return false; /* it would have said nothing */
    case RUNTIME_MOVE:
        return strstr(line, "'stats socket command'") != NULL;
    case RUNTIME_ADD:
        return strncmp(line, "New server registered", 21) == 0;
    case RUNTIME_DELETE:
        return strncmp(line, "Server deleted", 14) == 0;
    }
    return false;
}

/* (An empty line ends an answer. Behind that of del server comes none in 2.6; whoever writes one is
 * understood, too.) */
static const char *trouble_of_delete(char **text)
{
    char *line;
    while ((line = next_line(text)) && !*line)
        continue;
    return !line ? "it did not answer" : worked(line, RUNTIME_DELETE) ? NULL : line;
}

const char *runtime_trouble(char **text, enum runtime_verb verb)
{
    if (verb == RUNTIME_DELETE)
        return trouble_of_delete(text);
    const char *trouble = NULL;
    bool said = false;
    for (char *line; (line = next_line(text)) && *line; said = true)
        if (!said && !worked(line, verb))
            trouble = line;
    return said || verb == RUNTIME_SET ? trouble : "it did not answer";
}
