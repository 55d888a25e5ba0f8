/* SPDX-License-Identifier: MIT */
/* The overrides file: sections of labels, found by the container's name, its identity key or its compose
 * service. */
#include "controller/labels/overrides.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"

struct section {
    const char *selector;
    struct pairs labels;
    struct section *next;
};

struct overrides {
    struct arena arena;
    struct section *first, **end; /* in the order of the file */
};

static struct section *section_open(struct overrides *overrides, const char *selector)
{
    struct section *section = arena_new(&overrides->arena, sizeof *section);
    section->selector = arena_copy(&overrides->arena, selector);
    *overrides->end = section;
    overrides->end = &section->next;
    return section;
}

/* "[selector]": returns the selector, or NULL when it is empty or not closed. Writes into the line. */
static char *selector_read(char *line)
{
    size_t length = strlen(line);
    if (length < 2 || line[length - 1] != ']')
        return NULL;
    line[length - 1] = '\0';
    char *selector = text_trim(line + 1);
    return *selector ? selector : NULL;
}

static bool label_valid(const char *label)
{
    if (*label == '\0')
        return false;
    for (const char *c = label; *c; c++)
        if (!isgraph((unsigned char)*c))
            return false;
    return true;
}

static int line_read(struct overrides *overrides, struct section **section, char *line, int number,
                     struct error *err)
{
    if (*line == '\0' || *line == '#')
        return 0;
    if (*line == '[') {
        char *selector = selector_read(line);
        if (!selector)
            return error_set(
                err, -EINVAL,
                "overrides line %d: a selector must be [container name], [key] or [project/service]", number);
        *section = section_open(overrides, selector);
        return 0;
    }
    char *value = line;
    const char *label = text_cut(&value, '=');
    if (!value || !label_valid(label))
        return error_set(err, -EINVAL, "overrides line %d: must be label=value, [selector] or # comment",
                         number);
    if (!*section)
        return error_set(err, -EINVAL,
                         "overrides line %d: a [selector] line must come before the first label", number);
    pairs_set(&overrides->arena, &(*section)->labels, label, text_trim(value));
    return 0;
}

struct overrides *overrides_parse(const char *text, struct error *err)
{
    if (strlen(text) > LIMIT_CONFIG_FILE) {
        error_set(err, -EFBIG, "overrides: larger than %d KiB", LIMIT_CONFIG_FILE / 1024);
        return NULL;
    }
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0) /* a byte order mark, as some editors write it */
        text += 3;
    struct overrides *overrides = mem_new(sizeof *overrides);
    overrides->end = &overrides->first;
    char *copy = mem_copy(text), *rest = copy;
    struct section *section = NULL;
    int number = 0;
    for (char *line; (line = text_cut(&rest, '\n')) != NULL;)
        if (line_read(overrides, &section, line, ++number, err) < 0) {
            overrides_free(overrides);
            overrides = NULL;
            break;
        }
    free(copy);
    return overrides;
}

static bool is_compose(const char *selector, const char *project, const char *service)
{
    size_t length = project ? strlen(project) : 0;
    return length && service && strncmp(selector, project, length) == 0 && selector[length] == '/' &&
           strcmp(selector + length + 1, service) == 0;
}

/* How near the selector is to the container: 3 its name, 2 its key, 1 its compose service, 0 another's. */
static int selector_rank(const char *selector, const char *container, const char *key, const char *project,
                         const char *service)
{
    if (container && strcmp(selector, container) == 0)
        return 3;
    if (key && strcmp(selector, key) == 0)
        return 2;
    return is_compose(selector, project, service) ? 1 : 0;
}

void overrides_for(const struct overrides *overrides, struct arena *arena, const char *container,
                   const char *key, const char *project, const char *service, struct pairs *ret)
{
    for (int rank = 1; rank <= 3; rank++)
        for (const struct section *section = overrides->first; section; section = section->next)
            if (selector_rank(section->selector, container, key, project, service) == rank)
                for (size_t i = 0; i < section->labels.count; i++)
                    pairs_set(arena, ret, section->labels.item[i].key, section->labels.item[i].value);
}

void overrides_free(struct overrides *overrides)
{
    if (!overrides)
        return;
    arena_free(&overrides->arena);
    free(overrides);
}
