/* haproxy_internal.h: one HAProxy that is kept in step, for the haproxy*.c files. */
#ifndef QUAYWATCH_EXPORTER_BALANCERS_HAPROXY_INTERNAL_H
#define QUAYWATCH_EXPORTER_BALANCERS_HAPROXY_INTERNAL_H

#include "exporter/balancers/haproxy.h"
#include "exporter/balancers/runtime_link.h"
#include "exporter/balancers/runtime_plan.h"

/* What the exchange under way is for. */
enum haproxy_step {
    HAPROXY_IDLE,
    HAPROXY_LIST, /* all servers are asked for */
    HAPROXY_SAY,  /* commands are said */
    HAPROXY_ASK   /* is it still the same process? */
};

struct haproxy_target {
    const struct exit_surroundings *around;
    char *name; /* as it was set */
    struct socket_place place;

    enum haproxy_step step;
    struct runtime_link *link; /* of the step */
    int64_t deadline_mono_ms;  /* of it */
    bool ended;                /* it did, with: */
    int end_code;
    char *answer;

    struct runtime_process process; /* that the table is of */
    struct runtime_table table;     /* what it has, once everything that waits is said */
    bool table_known;
    uint64_t revision; /* of the registry, that the table and what waits are of */
    bool warm;         /* and whether things were taken out by then */
    struct runtime_commands waiting;
    size_t waiting_most; /* beyond, it is asked anew: what changed twice meanwhile is said once */
    size_t saying;       /* how many of these are in the exchange */
    size_t saying_bytes;

    int64_t ask_at_mono_ms, list_at_mono_ms, retry_at_mono_ms;
    unsigned failed_in_row;
    unsigned strangers; /* other processes than that of the table, each soon after the one before */
    int64_t stranger_mono_ms;
    struct exit_report report; /* kind, target and counts are kept up to date */
    char sentence[384];
};

/* One HAProxy at a place whose text is name. The surroundings must outlive it. */
struct haproxy_target *haproxy_target_open(const struct exit_surroundings *around, const char *name);

/* Ends it and frees it; the loop must run once more. */
void haproxy_target_close(struct haproxy_target *target);

/* Its part of a turn; and when it waits for its time (mono ms), 0: it does not. */
void haproxy_target_settle(struct haproxy_target *target, struct moment now);
int64_t haproxy_target_due(const struct haproxy_target *target);

/* How it stands now. */
struct exit_report haproxy_target_report(const struct haproxy_target *target);

/* haproxy_state.c: it is as it should be from now, or it is not, for the reason that is formatted; told when
 * that is news. */
void haproxy_fine(struct haproxy_target *target, struct moment now);
void haproxy_failing(struct haproxy_target *target, struct moment now, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Another process answered than the one whose servers are known. It was reloaded or restarted, unless that
 * happens without end: then several answer in turn, and are not asked as fast as they can answer. */
void haproxy_stranger(struct haproxy_target *target, struct moment now);

/* Why an exchange did not come about, for people: code is a negative errno value or libuv's. */
void haproxy_link_failed(struct haproxy_target *target, struct moment now, int code);

#endif
