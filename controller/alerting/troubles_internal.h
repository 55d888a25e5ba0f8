/* troubles_internal.h: the troubles as their files share them: troubles.c (what is known), announce.c (when
 * it is told), trouble_message.c (in which words), fold.c (many at once), troubles_file.c (on disk). */
#ifndef QUAYWATCH_CONTROLLER_ALERTING_TROUBLES_INTERNAL_H
#define QUAYWATCH_CONTROLLER_ALERTING_TROUBLES_INTERNAL_H

#include <uthash.h>

#include "controller/alerting/troubles.h"

enum {
    SUSPECT_MS = 30 * 1000,          /* three checks at the default interval: by then a cause has shown */
    UNDECIDED_MS = 15 * 60 * 1000,   /* what nobody can judge for so long is over as far as we know */
    FLAP_WINDOW_MS = 60 * 60 * 1000, /* told so often within this, */
    FLAP_TIMES = 3,                  /* it flaps: then */
    FLAP_CALM_MS = 15 * 60 * 1000,   /* it must be well for so long until it is over */
    STORM_AT_ONCE = 5,               /* more at once are told as one; */
    STORM_BURST = 10,                /* so many may be told by themselves, and then */
    STORM_EACH_MS = 60 * 1000,       /* one more each minute; the rest is told as one */
    TROUBLE_ID = 24
};

enum present { PRESENT_WELL, PRESENT_SICK, PRESENT_UNDECIDED };

struct trouble {
    UT_hash_handle hh;
    char *key, *name, *service, *container, *project, *title, *sentence;
    char *ended; /* how it is instead, once it is well; NULL: nobody said */
    enum present present;
    enum severity severity;                /* of itself, INFO when it is only a cause, or well */
    int64_t since_wall_ms;                 /* it became sick */
    int64_t began_mono_ms[SEVERITY_COUNT]; /* it became so grave, 0: it is not */
    int64_t undecided_mono_ms, well_mono_ms;
    int64_t delay_ms;
    unsigned channels;
    enum severity least;
    bool cause;             /* others may have it as their cause: it is sick, or was said to be one */
    bool suspect, restored; /* restored: nothing was heard of it since it was read from disk */
    const char *held;       /* static text, NULL: told as usual */

    /* It was grave, and that is told even if it is over before its time (CONTRACT section 5). */
    enum severity peak; /* INFO: nothing of the kind */
    int64_t peak_due_mono_ms;

    /* As a victim. */
    struct trouble *parent;
    char *root;             /* key of its cause, NULL: none */
    bool folded;            /* its parent only holds many together: it stays until it is well */
    int64_t orphan_mono_ms; /* its cause is over since then, 0: it is not */

    /* As one that is told by itself. */
    bool told, blocked_quiet, flapping;
    char id[TROUBLE_ID];
    enum severity level;     /* at which it is known to people */
    enum severity told_peak; /* the gravest that it was told with */
    unsigned told_set;
    int64_t told_wall_ms;
    int64_t lower_mono_ms;             /* it is less grave than level since then, 0: it is not */
    int64_t fired_wall_ms[FLAP_TIMES]; /* when it was told lately, the latest first */
    unsigned counted;                  /* reasons of suppression that were counted, a bit each */

    /* Worked out anew in each settle, over itself and its victims. */
    size_t open, sick_victims, bound; /* bound: victims that are not over, held ones as well */
    enum severity grave;              /* INFO when none is open */
    int64_t ready_mono_ms;            /* 0: nothing to wait for */
    int64_t first_wall_ms;            /* the earliest since */
    unsigned wanted, possible;        /* channels that are to be told; and that would, were it graver */
};

struct troubles {
    struct trouble *all;
    struct trouble_door door;
    struct trouble_settings settings;
    bool dirty;
    int64_t due_mono_ms;
    uint64_t version;
    double tokens; /* see STORM_BURST */
    int64_t tokens_mono_ms;
    bool quiet; /* at the latest settle, until: */
    int64_t quiet_end_wall_ms;
    struct trouble *storm; /* the latest fold of many at once, and who joined it last */
    int64_t storm_mono_ms;
};

/* Why something is not told by itself. */
enum suppression { NOT_SHORT, NOT_VICTIM, NOT_QUIET, NOT_SEVERITY, NOT_STORM, NOT_FLAPPING, NOT_HELD };

/* The trouble of a key, or NULL; and one that is made when there is none. */
struct trouble *trouble_find(const struct troubles *troubles, const char *key);
struct trouble *trouble_get(struct troubles *troubles, const char *key);

/* It must last for so long before it is told at this severity. */
int64_t trouble_wait(const struct troubles *troubles, const struct trouble *trouble, enum severity severity);

/* Forgets it; nobody may be its victim. */
void trouble_drop(struct troubles *troubles, struct trouble *trouble);

/* Replaces a text. */
void trouble_text(char **at, const char *text);

/* Counts that it was not told by itself, once a trouble and reason. */
void trouble_suppressed(struct troubles *troubles, struct trouble *trouble, enum suppression why);

/* Whether it is not over: sick, or not judged. */
bool trouble_open(const struct trouble *trouble);

/* Whether a trouble only holds others together. */
bool trouble_is_fold(const struct trouble *trouble);

/* ---- fold.c ---- */

/* Who of the ready ones are too many, or waited for the end of quiet hours together, become victims of a
 * fold: that one is to be told. True when any did. */
bool fold_ready(struct troubles *troubles, struct trouble **ready, size_t count, struct moment now);

/* How a fold is called; or, when it is over, was. */
void fold_title(const struct trouble *fold, bool over, char *ret, size_t size);

/* ---- trouble_message.c ---- */

/* One message about a trouble to these channels: its texts, with its victims (all that it ever had when it is
 * over, else the present ones). */
void message_tell(struct troubles *troubles, struct trouble *trouble, enum alert_state state,
                  unsigned channels, struct moment now);

#endif
