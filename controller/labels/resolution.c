/* SPDX-License-Identifier: MIT */
/* The bookkeeping of one resolution: winners, findings and dependencies. */
#include "controller/labels/resolution.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/text.h"

const struct pairs *resolution_tier(const struct resolution *r, bool override)
{
    return override ? &r->overrides : &r->container->labels;
}

/* The list grows in the scratch, where outgrown ones cost nothing. */
void resolution_won(struct resolution *r, const char *field, const char *source, bool override)
{
    const char *text = override ? arena_format(&r->spec->arena, "overrides:%s", source) : source;
    pairs_put(r->scratch, &r->spec->sources, field, text);
}

void resolution_end(struct resolution *r)
{
    struct pairs *sources = &r->spec->sources;
    struct pair *grown = sources->item;
    pairs_sort(sources);
    sources->item = arena_new(&r->spec->arena, sources->count * sizeof *grown);
    if (sources->count)
        memcpy(sources->item, grown, sources->count * sizeof *grown);
}

void resolution_finding(struct resolution *r, const char *code, const char *format, ...)
{
    if (r->spec->findings.count >= LIMIT_FINDINGS)
        return;
    char sentence[512];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    for (size_t i = 0; i < r->spec->findings.count; i++)
        if (strcmp(r->spec->findings.item[i].sentence, sentence) == 0)
            return;
    findings_add(&r->spec->arena, &r->spec->findings, code, "%s", sentence);
}

/* What may be shown of a value: no query, no userinfo, one short line. */
static void value_shown(const char *value, char *ret, size_t size)
{
    char copy[160];
    /* Where the whole value does not fit, what is left could be the userinfo itself. */
    bool cut = snprintf(copy, sizeof copy, "%s", value) >= (int)sizeof copy;
    copy[strcspn(copy, "?#")] = '\0';
    char *scheme_end = strstr(copy, "://");
    char *authority = scheme_end ? scheme_end + 3 : copy;
    char *at = strrchr(authority, '@');
    if (at)
        memmove(authority, at + 1, strlen(at + 1) + 1);
    else if (cut && scheme_end)
        *authority = '\0';
    text_one_line(copy, ret, size);
}

void resolution_invalid(struct resolution *r, const char *label, bool override, const char *value,
                        const char *allowed)
{
    char name[128], shown[96];
    text_one_line(label, name, sizeof name);
    const char *what = override ? "Override" : "Label";
    if (!value) {
        resolution_finding(r, "invalid-value", "%s %s has a value that is not allowed; allowed is %s.", what,
                           name, allowed);
        return;
    }
    value_shown(value, shown, sizeof shown);
    resolution_finding(r, "invalid-value", "%s %s has the value \"%s\"; allowed is %s.", what, name, shown,
                       allowed);
}

void resolution_too_many(struct resolution *r, const char *label, size_t limit)
{
    resolution_finding(r, "too-many", "Label %s says more than %zu things; the rest is left out.", label,
                       limit);
}

void resolution_depend(struct resolution *r, const char *name, enum dependency_type type, const char *source,
                       bool needs_completion)
{
    for (size_t i = 0; i < r->dependency_count; i++)
        if (strcmp(r->dependencies[i].name, name) == 0) {
            r->dependencies[i].needs_completion |= needs_completion;
            return;
        }
    if (r->dependency_count == LIMIT_DEPENDENCIES) {
        resolution_too_many(r, source, LIMIT_DEPENDENCIES);
        return;
    }
    r->dependencies[r->dependency_count++] = (struct dependency){.name = arena_copy(&r->spec->arena, name),
                                                                 .type = type,
                                                                 .source = source,
                                                                 .needs_completion = needs_completion};
}
