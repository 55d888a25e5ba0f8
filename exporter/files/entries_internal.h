/* entries_internal.h: reading entries, as its files share it. */
#ifndef QUAYWATCH_EXPORTER_FILES_ENTRIES_INTERNAL_H
#define QUAYWATCH_EXPORTER_FILES_ENTRIES_INTERNAL_H

#include "controller/core/yaml_read.h"
#include "exporter/files/entry.h"

struct entries_reader {
    struct file_entries *entries;
    yaml_document_t document;
    struct error *err;
};

/* ---- entries_value.c ---- */

/* An entry with its defaults; max_wait 0: follows from debounce. */
struct file_entry entry_new(void);

/* Checks and takes one value; -EINVAL with what is allowed. */
int entry_set_path(struct file_entries *entries, struct file_entry *entry, const char *text,
                   struct error *err);
int entry_set_format(struct file_entries *entries, struct file_entry *entry, const char *text,
                     struct error *err);
int entry_set_template(struct file_entries *entries, struct file_entry *entry, const char *text,
                       struct error *err);
int entry_set_mode(struct file_entry *entry, const char *text, struct error *err);

/* Completes an entry, checks that it is whole and adds it. -EINVAL with a sentence. */
int entry_add(struct file_entries *entries, struct file_entry *entry, struct error *err);

/* "line 7: key SENTENCE" from what follows the key; -EINVAL. */
int entries_refuse(struct entries_reader *reader, const yaml_node_t *node, const char *key,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* ---- entries_yaml.c ---- */

/* A node of the document by its number. */
const yaml_node_t *entries_node(struct entries_reader *reader, int number);

/* A text of one line, copied; -EINVAL for anything else. */
int entries_take_text(struct entries_reader *reader, const yaml_node_t *node, const char *key,
                      const char **ret);

/* ---- entries_step.c ---- */

/* validate: a command, or {exec: …} or {command: …}; notify: one of them, {signal: …}, {http: …}, or a list.
 * -EINVAL with a sentence. */
int entries_take_validate(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry);
int entries_take_notify(struct entries_reader *reader, const yaml_node_t *node, struct file_entry *entry);

#endif
