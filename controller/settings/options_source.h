/* options_source.h: where the value of a setting comes from; for the options*.c files only. */
#ifndef QUAYWATCH_CONTROLLER_OPTIONS_SOURCE_H
#define QUAYWATCH_CONTROLLER_OPTIONS_SOURCE_H

#include "controller/settings/options.h"
#include "controller/settings/options_table.h"

enum { OPTION_FLAG = 64 };
#define OPTION_PREFIX "QUAYWATCH_"

/* What is read from. */
struct option_reader {
    struct options *options;
    const char *(*getter)(const char *key);
    struct pairs arguments; /* by key without prefix */
    struct pairs file;      /* by whole name */
    bool explicit_file;
    struct pairs profile; /* by whole name */
    const char *profile_base,
        *profile_unknown; /* of a user's profile: what it is built on; a key that is none */
    struct error *err;
};

/* A value and where it stands, in words. */
struct option_source {
    const char *value;
    char *name;
    bool argument;
};

/* "HEALTH_CHECK_INTERVAL" → "health-check-interval" */
void option_flag(const char *key, char flag[static OPTION_FLAG]);

/* The names without QUAYWATCH_ under which a setting is read, in order; NULL behind the last. */
const char *option_alias(const struct option_row *row, size_t i);

/* Whether name, whole as it stands in environment or file, is a setting's. */
bool option_is_name(const char *name);

/* Looks for a setting: command line, environment, file, profile. 1 found, 0 not there, or -EINVAL (the file
 * of a secret cannot be read) with a sentence in reader->err. */
int option_find(struct option_reader *reader, const struct option_row *row, struct option_source *source);

/* Finds out the profile that is asked for and reads what it sets into reader->profile. 0, or -EINVAL with a
 * sentence in reader->err. */
int option_read_profile(struct option_reader *reader);

#endif
