/* SPDX-License-Identifier: MIT */
/* options_explain.c: which settings are in force, where they were said, and what profiles would say. */
#include <stdio.h>
#include <string.h>

#include "controller/core/text.h"
#include "controller/settings/options.h"
#include "controller/settings/options_table.h"
#include "controller/settings/profile.h"

enum { LINE = 256 };

static void print_set(FILE *out, const struct options *options)
{
    int width = 0;
    for (size_t i = 0; i < options->values.count; i++)
        if ((int)strlen(options->values.item[i].key) > width)
            width = (int)strlen(options->values.item[i].key);
    fprintf(out, "%s\n",
            width ? "Settings that are not left to their default:" : "All settings have their default.");
    for (size_t i = 0; i < option_count; i++) {
        const char *value = pairs_get(&options->values, option_table[i].key);
        char line[LINE];
        if (!value)
            continue;
        text_one_line(value, line, sizeof line);
        fprintf(out, "  %-*s  %-12s  %s\n", width, option_table[i].key, line,
                pairs_get(&options->origins, option_table[i].key));
    }
}

static void print_profiles(FILE *out)
{
    fputs("\nProfiles (PROFILE=…; what is set elsewhere wins):\n", out);
    for (size_t i = 0; i < profile_count; i++) {
        const struct profile *profile = &profiles[i];
        fprintf(out, "  %s%s%s%s: %s\n", profile->name, profile->also ? " (" : "",
                profile->also ? profile->also : "", profile->also ? ")" : "", profile->meaning);
        for (size_t j = 0; j < PROFILE_SETTINGS && profile->setting[j].key; j++)
            fprintf(out, "    %s=%s\n", profile->setting[j].key, profile->setting[j].value);
    }
}

void options_explain(FILE *out, const struct options *options)
{
    print_set(out, options);
    print_profiles(out);
}
