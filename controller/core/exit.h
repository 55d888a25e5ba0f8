/* exit.h: the registry's standing exits (files, DNS, etcd, Consul, HAProxy, …) as the controller drives them
 * and as people are shown them. Each exit is one value with four functions; none knows of another.
 *
 * An exit works level-triggered: settle compares what is outside with what the registry says now and starts
 * what is missing; its callbacks only record and call wake. It keeps what it wrote last when it cannot write.
 */
#ifndef QUAYWATCH_CORE_EXIT_H
#define QUAYWATCH_CORE_EXIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "controller/core/clock.h"

struct registry;

enum exit_state {
    EXIT_WAITING, /* nothing was written yet, and nothing failed */
    EXIT_FINE,    /* what is outside is what the registry says, or is on its way */
    EXIT_FAILING, /* it is not, and cannot be brought there now */
    EXIT_STATE_COUNT
};
extern const char *const exit_state_name[EXIT_STATE_COUNT];

/* How one exit stands. No text holds a secret (userinfo, query strings, tokens). */
struct exit_report {
    const char *kind;   /* static text: "file", "dns", "etcd", "consul", "haproxy", "caddy", … */
    const char *target; /* where to: a path, an address, a URL; unique within the kind */
    enum exit_state state;
    const char *sentence;       /* failing: what is wrong, and what stands there meanwhile; else "" */
    int64_t since_wall_ms;      /* of the state */
    int64_t written_at_wall_ms; /* of the latest write that succeeded; 0: none */
    uint64_t writes, failures;  /* since the start */
    uint64_t spared;            /* changes of the registry that needed no write, since the bytes were equal */
    uint64_t bytes;             /* written since the start */
    size_t services, endpoints; /* that stand outside now, as far as it is known */
};

/* Notes how one stands now; own, of size bytes, is what its sentence points to: a longer one is cut. True
 * when that is news (another state, or another sentence), which is to be told by changed. */
bool exit_report_stand(struct exit_report *report, char *own, size_t size, enum exit_state state,
                       const char *sentence, int64_t now_wall_ms);

/* Tells of one; texts live during the call. */
typedef void exit_tell(void *user, const struct exit_report *report);

/* What an exit gets when it is opened. */
struct exit_surroundings {
    uv_loop_t *loop;
    const struct registry *registry;
    const char *state_dir; /* "" when none */
    /* Whether what the registry does not tell is really not there: the engine's list was seen once and every
     * instance had time for its first check. Before, an exit adds and renews, but removes and empties
     * nothing: what stands outside is of the run before, and likely still true. Once true it stays so, and
     * settle is called. */
    bool (*warm)(void *user);
    /* Something is to be settled: calls settle in this turn or the next. */
    void (*wake)(void *user);
    /* Its state changed, or the sentence of failing did: told to people by whoever drives it. */
    exit_tell *changed;
    /* A target is wished no more; the sentence says what stays there. Told likewise. May be NULL. */
    exit_tell *ended;
    void *user; /* of all of them */
};

struct exit_kind {
    /* Once a turn, after the registry was settled. Must cost next to nothing when registry_revision is what
     * it was and nothing is due. */
    void (*settle)(void *self, struct moment now);
    /* When there is something that waits for its time (mono ms); 0: nothing. */
    int64_t (*due)(const void *self);
    /* Calls tell for each target. */
    void (*report)(const void *self, exit_tell *tell, void *user);
    /* Ends it: nothing calls back afterwards; handles of the loop are closed by its next turns. */
    void (*close)(void *self);
    /* The same when the settings ask for it no more, or for another place: what was written stays, for
     * whoever still reads it, which is told by ended; what only stood beside it is removed. NULL: close will
     * do. */
    void (*end)(void *self);
};

/* An exit that was opened; self NULL: it is switched off. */
struct exit {
    const struct exit_kind *kind;
    void *self;
};

#endif
