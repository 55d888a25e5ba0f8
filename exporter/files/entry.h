/* entry.h: what EXPORTS asks for: files that tell of the registry, how each is written and who is told of it.
 * Pure. */
#ifndef QUAYWATCH_EXPORTER_FILES_ENTRY_H
#define QUAYWATCH_EXPORTER_FILES_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/core/mem.h"

struct error;
struct registry;

enum file_step_kind {
    FILE_STEP_COMMAND, /* of this machine */
    FILE_STEP_EXEC,    /* a command inside a container */
    FILE_STEP_SIGNAL,  /* to a container */
    FILE_STEP_HTTP,
    FILE_STEP_KIND_COUNT
};
extern const char *const file_step_name[FILE_STEP_KIND_COUNT];

/* One thing that is done with a file: it is validated, or somebody is told of it. */
struct file_step {
    enum file_step_kind kind;
    const char *line;                /* a command as one text; NULL: */
    struct strings argv;             /* as a list. In both {} is the file, {name} its name alone */
    const char *container, *service; /* exec, signal: one of both; the other is NULL */
    const char *signal;              /* "HUP" */
    const char *url, *method, *body; /* http; body may be NULL. URL and headers are secrets */
    struct strings headers;
};

/* How many endpoints of one service there must be. */
struct file_minimum {
    const char *service;
    unsigned count;
};

/* One file. Texts that were not given are NULL. */
struct file_entry {
    size_t line;        /* of the file of entries, from 1; 0: of none */
    const char *format; /* a name in the table of formats; NULL: */
    const char *template_path;
    struct pairs variables; /* of the template; they win over the environment's */
    const char *path;       /* absolute; without what a shell would take for more than a name */
    unsigned mode;
    const char *owner, *group; /* a name or a number */
    const char *tag, *project, *version, *prefix;
    bool has_validate;
    struct file_step validate;
    struct file_step *notify;
    size_t notify_count;
    unsigned minimum; /* endpoints of all services together */
    struct file_minimum *each;
    size_t each_count;
    int64_t debounce_ms; /* so long nothing changed, but */
    int64_t max_wait_ms; /* no longer than that after the first change */
    int64_t timeout_ms;  /* of validate, and of each that is notified */
};

enum {
    FILE_ENTRIES_MAX = 64,
    FILE_NOTIFY_MAX = 16,
    FILE_EACH_MAX = 64,
    FILE_HEADERS_MAX = 16,
    FILE_VARIABLES_MAX = 256
};

/* All of them; what they hold lives as long. */
struct file_entries {
    struct arena arena;
    struct file_entry item[FILE_ENTRIES_MAX];
    size_t count;
    size_t users; /* of whoever shares them */
};

/* Whether the setting is itself the list ("json=/run/q.json,…"), not the path of a file. */
bool entries_is_inline(const char *setting);

/* Reads the short form: FORMAT=PATH pairs by comma; a FORMAT that begins with / is a template. NULL with a
 * sentence. */
struct file_entries *entries_read_inline(const char *setting, struct error *err);

/* Reads a file: YAML, a list of entries by itself or under the key exports. NULL with a sentence that names
 * the line, the key and what is allowed. */
struct file_entries *entries_read_yaml(const char *text, size_t length, struct error *err);

/* Whether two entries ask for the same, in every word, wherever they stand. */
bool entry_same(const struct file_entry *a, const struct file_entry *b);

/* The entry that writes this path; NULL when none does. */
const struct file_entry *entries_find(const struct file_entries *entries, const char *path);

/* Frees them. NULL is fine. */
void entries_free(struct file_entries *entries);

#endif
