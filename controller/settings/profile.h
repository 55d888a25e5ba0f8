/* profile.h: named sets of settings (PROFILE), for how quaywatch is run. Whoever sets one of them otherwise
 * wins. */
#ifndef QUAYWATCH_CONTROLLER_PROFILE_H
#define QUAYWATCH_CONTROLLER_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

enum { PROFILE_SETTINGS = 12 };

struct profile {
    const char *name, *also; /* also: its name elsewhere */
    const char *meaning;     /* one line for people */
    struct {
        const char *key, *value; /* key without QUAYWATCH_; NULL behind the last */
    } setting[PROFILE_SETTINGS];
};

extern const struct profile profiles[];
extern const size_t profile_count;

/* The profile of that name or other name, in any case; NULL when there is none. */
const struct profile *profile_find(const char *name);

/* Whether text may be the setting PROFILE: a name, or the path (with a "/") of a file with settings. */
bool profile_is(const char *text);

#endif
