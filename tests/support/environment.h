/* environment.h: the settings of a test: an environment of its own, and files. */
#ifndef QUAYWATCH_TESTS_ENVIRONMENT_H
#define QUAYWATCH_TESTS_ENVIRONMENT_H

#include <stdio.h>
#include <string.h>

/* The environment of the running case: key, value, …, NULL. */
static const char *const *environment;

/* What options_read asks for a variable. */
static const char *environment_get(const char *key)
{
    for (const char *const *at = environment; at && at[0]; at += 2)
        if (strcmp(at[0], key) == 0)
            return at[1];
    return NULL;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

#endif
