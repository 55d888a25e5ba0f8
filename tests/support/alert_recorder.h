/* alert_recorder.h: troubles with a door that writes down what comes out of it. */
#ifndef QUAYWATCH_TESTS_ALERT_RECORDER_H
#define QUAYWATCH_TESTS_ALERT_RECORDER_H

#include "controller/alerting/troubles.h"
#include "controller/core/quiet.h"

enum { RECORDED_MESSAGES = 4096, RECORDED_REASONS = 16 };

struct recorded_message {
    char id[24], name[64], title[256], sentence[1024], victims[256];
    enum alert_state state;
    enum severity severity;
    unsigned channels;
    size_t victim_count;
    int64_t since_wall_ms, at_wall_ms;
};

struct recorder {
    struct troubles *troubles;
    struct trouble_settings settings; /* change them, then recorder_configure */
    struct quiet quiet;
    struct moment now;
    struct recorded_message *message; /* all so far */
    size_t count;
    struct recorded_reason {
        const char *reason;
        unsigned count;
    } reason[RECORDED_REASONS];
};

/* Nothing wrong, at wall_ms; the contract's default settings, channels 1, 2 and 4. */
void recorder_open(struct recorder *recorder, int64_t wall_ms);
void recorder_close(struct recorder *recorder);

/* The settings apply. */
void recorder_configure(struct recorder *recorder);

/* A fact with plain texts: key "k", told to channel 1; root may be NULL. */
struct trouble_fact recorder_fact(const char *key, enum severity severity, const char *root);

/* Something is wrong, or well, now. */
void recorder_sick(struct recorder *recorder, const char *key, enum severity severity, const char *root);
void recorder_well(struct recorder *recorder, const char *key);

/* Time passes, by steps of a second: what is due is settled in each. */
void recorder_wait(struct recorder *recorder, int64_t seconds);

/* quaywatch ends without warning and begins again after so many seconds, with what it had on disk. */
void recorder_restart(struct recorder *recorder, int64_t seconds);

/* How many messages of this state there were; of this id, too, where it is not NULL. */
size_t recorder_count(const struct recorder *recorder, enum alert_state state, const char *id);

/* The latest message. */
const struct recorded_message *recorder_last(const struct recorder *recorder);

/* How often something was held back for this reason. */
unsigned recorder_suppressed(const struct recorder *recorder, const char *reason);

#endif
