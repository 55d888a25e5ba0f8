/* SPDX-License-Identifier: MIT */
/* entries_inline.c: EXPORTS written in one line. */
#include "exporter/files/entries_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/text.h"

bool entries_is_inline(const char *setting)
{
    return strchr(setting, '=') != NULL;
}

/* "FORMAT=PATH"; written into. */
static int read_pair(struct file_entries *entries, char *pair, struct error *err)
{
    struct file_entry entry = entry_new();
    char *path = pair, *word = text_cut(&path, '=');
    if (!path || !*word) {
        char shown[80];
        text_one_line(pair, shown, sizeof shown);
        return error_set(err, -EINVAL, "\"%s\" is no entry; allowed is FORMAT=PATH, such as json=/run/q.json",
                         shown);
    }
    bool template = word[0] == '/';
    struct error own = {0};
    if (template ? entry_set_template(entries, &entry, word, &own)
                 : entry_set_format(entries, &entry, word, &own))
        return error_set(err, -EINVAL, "the %s %s", template ? "template" : "format", own.text);
    if (entry_set_path(entries, &entry, text_trim(path), &own) != 0)
        return error_set(err, -EINVAL, "the path for %.40s %s", word, own.text);
    return entry_add(entries, &entry, err);
}

struct file_entries *entries_read_inline(const char *setting, struct error *err)
{
    struct file_entries *entries = mem_new(sizeof *entries);
    char *copy = mem_copy(setting), *rest = copy, *pair;
    int code = 0;
    while (code == 0 && (pair = text_cut(&rest, ',')))
        if (*pair)
            code = read_pair(entries, pair, err);
    free(copy);
    if (code == 0)
        return entries;
    entries_free(entries);
    return NULL;
}
