/* story.h: what every story uses. A story is one file: what happens to people's services, and what quaywatch
 * makes of it, on a real engine. Read them as the description of how healing behaves. */
#ifndef QUAYWATCH_TESTS_STORY_H
#define QUAYWATCH_TESTS_STORY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/http.h"

/* The fields that stories look at most. */
#define STATUS "status"
#define STATE "instances[0].container_state"
#define RESTARTS "instances[0].restarts.count"
#define ACTION "instances[0].decision.action"
#define REASON "instances[0].decision.reason"
#define SENTENCE "instances[0].decision.sentence"

/* The whole program of a file that tells one story, or two sides of one. */
#define STORY(...)                                                                                           \
    int main(int argc, char **argv)                                                                          \
    {                                                                                                        \
        static const CMUnitTestFunction told[] = {__VA_ARGS__};                                              \
        struct CMUnitTest tests[sizeof told / sizeof *told];                                                 \
        if (argc > 1)                                                                                        \
            cmocka_set_test_filter(argv[1]);                                                                 \
        for (size_t i = 0; i < sizeof told / sizeof *told; i++)                                              \
            tests[i] = (struct CMUnitTest){story_name(#__VA_ARGS__, i), told[i], world_setup,                \
                                           world_teardown, NULL};                                            \
        return cmocka_run_group_tests_name(argv[0], tests, NULL, NULL);                                      \
    }

/* The i-th of the comma-separated words. */
static inline const char *story_name(const char *words, size_t i)
{
    static char name[8][128];
    for (size_t at = 0; at < i; at++)
        words = strchr(words, ',') + 1;
    words += strspn(words, " ");
    snprintf(name[i], sizeof name[i], "%.*s", (int)strcspn(words, ","), words);
    return name[i];
}

#endif
