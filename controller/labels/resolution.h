/* resolution.h: one container's labels on their way to a spec: where values are looked up, who won, what was
 * wrong. Inside labels/ only. */
#ifndef QUAYWATCH_CONTROLLER_LABELS_RESOLUTION_H
#define QUAYWATCH_CONTROLLER_LABELS_RESOLUTION_H

#include "controller/core/limits.h"
#include "controller/settings/options.h"
#include "docker/container.h"

struct resolution {
    struct spec *spec;     /* being built; everything that stays lives in its arena */
    struct arena *scratch; /* what does not stay */
    const struct container *container;
    const struct options *options;
    struct pairs overrides; /* labels from the overrides file for this container: the first tier */
    struct pairs merged;    /* the container's labels with the overrides over them */
    struct dependency dependencies[LIMIT_DEPENDENCIES];
    size_t dependency_count;
};

/* The labels of one tier: the overrides, or the container's own. */
const struct pairs *resolution_tier(const struct resolution *r, bool override);

/* Records that field (static text) came from source, a label's name or "inspect": static text, too, or in the
 * spec's arena. override puts "overrides:" before it. */
void resolution_won(struct resolution *r, const char *field, const char *source, bool override);

/* All winners are known: sorts them, in as little room as they need. */
void resolution_end(struct resolution *r);

/* Adds the finding code with one sentence, once; beyond LIMIT_FINDINGS nothing is added. */
void resolution_finding(struct resolution *r, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds the finding invalid-value. value NULL keeps it out of the sentence (it may be a secret); of URLs only
 * what is before the query and without userinfo is shown. */
void resolution_invalid(struct resolution *r, const char *label, bool override, const char *value,
                        const char *allowed);

/* Adds the finding too-many: label says more than limit things, the rest is left out. */
void resolution_too_many(struct resolution *r, const char *label, size_t limit);

/* Adds a dependency. One of the same name keeps its type and source: callers add in order of precedence. */
void resolution_depend(struct resolution *r, const char *name, enum dependency_type type, const char *source,
                       bool needs_completion);

#endif
