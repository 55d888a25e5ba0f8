/* load.h: HTTP requests without a pause, each one's end counted: what was lost while something happened. */
#ifndef QUAYWATCH_TESTS_LOAD_H
#define QUAYWATCH_TESTS_LOAD_H

#include <stdbool.h>

struct load;

struct load_figures {
    unsigned long requests; /* that ended, one way or the other */
    unsigned long lost;     /* without a whole 200 answer */
    unsigned long unheard;  /* of these: the connection, a new one, ended before anything came */
    unsigned long resent;   /* the connection that was kept had been closed meanwhile, before any answer: sent
                               once   more on a new one, as all clients do */
    char first[128];        /* what became of the first that was lost, "" when none was */
};

/* Asks 127.0.0.1:port for path from as many connections at once, until load_stop; kept: each is used again.
 */
struct load *load_start(int port, const char *path, unsigned connections, bool kept);

/* How many ended so far. */
unsigned long load_count(const struct load *load);

/* Lets what is under way end, and gives the figures. */
struct load_figures load_stop(struct load *load);

/* Two at once: as users who keep their connections, and as users who do not. */
struct loads {
    struct load *kept, *fresh;
};

struct loads_figures {
    struct load_figures kept, fresh;
};

/* load_start with half of the connections each; waits until both are well under way. */
struct loads loads_start(int port, const char *path, unsigned connections);

/* Lets some more requests see how it ended, and ends both. */
struct loads_figures loads_stop(const struct loads *loads);

#endif
