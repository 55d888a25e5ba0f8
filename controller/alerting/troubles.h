/* troubles.h: what is wrong, and when that is told: once when it has lasted, again when it grows worse, now
 * and then while it goes on, and once when it is over. Pure: what is known goes in with its time, messages
 * come out at a door.
 *
 * A trouble that another one causes is its victim: it is named there and not told by itself. A trouble whose
 * cause is over has some time to end, too, before it is told as one of its own. */
#ifndef QUAYWATCH_CONTROLLER_ALERTING_TROUBLES_H
#define QUAYWATCH_CONTROLLER_ALERTING_TROUBLES_H

#include "controller/core/clock.h"
#include "exporter/alerts/alert.h"

struct buf;
struct error;
struct quiet;
struct troubles;

struct trouble_settings {
    int64_t delay_ms;          /* a warning must last so long; a victim has so long to follow its cause */
    int64_t group_wait_ms;     /* so long victims are waited for before anything graver is told */
    int64_t resolve_delay_ms;  /* well for so long, and it is over */
    int64_t remind_ms;         /* between reminders; 0: none */
    enum severity least;       /* what is below is not sent */
    unsigned channels;         /* those that are configured, a bit each */
    const struct quiet *quiet; /* below emergency nothing is sent then; lives as long as the troubles */
};

/* Where messages go: channels may be 0 (nobody is to be sent it; it is news all the same). */
struct trouble_door {
    void *user;
    void (*tell)(void *user, unsigned channels, const struct alert *alert);
    /* Something was not told by itself: reason is static text, "victim", "short", "quiet-hours", … */
    void (*suppressed)(void *user, const char *reason);
};

/* What is wrong with one thing now. Texts are copied, none but root is NULL. */
struct trouble_fact {
    const char *key; /* names the thing for as long as it lives; "service:<key>", "own:engine-away", … */
    const char *name;
    const char *service, *container, *project, *title, *sentence;
    enum severity severity; /* INFO: nothing by itself, it is only to be known as the cause of others */
    int64_t delay_ms;       /* how long it must last; below 0: what the settings say for its severity */
    unsigned channels;      /* who is told, a bit each */
    enum severity least;    /* what is below is not sent for this one, whatever the settings say */
    const char *root;       /* key of its cause, or NULL; the cause is set first */
    bool suspect;           /* its cause may be about to show: it is waited for a little longer */
};

/* Nothing wrong. Free with troubles_free (NULL is fine). */
struct troubles *troubles_new(const struct trouble_door *door);
void troubles_free(struct troubles *troubles);

/* The settings, at first and when they change; copied, but for the quiet hours. */
void troubles_configure(struct troubles *troubles, const struct trouble_settings *settings);

/* It is so now; as often as there is something to say. */
void troubles_set(struct troubles *troubles, const struct trouble_fact *fact, struct moment now);

/* Whether it is still so cannot be judged at present (it is starting); of unknown keys nothing is kept. */
void troubles_undecided(struct troubles *troubles, const char *key, struct moment now);

/* It is not so any more; title says how it is instead ("db is healthy"), as it will be told. NULL: the thing
 * does not exist any more. */
void troubles_clear(struct troubles *troubles, const char *key, const char *title, struct moment now);

/* Nothing is told of it for this reason (static text: "maintenance", …), NULL: any more. What was not told
 * yet begins anew when that ends. */
void troubles_hold(struct troubles *troubles, const char *key, const char *reason, struct moment now);

/* Whether something is known of key; and whether it, or its cause, has been told. */
bool troubles_knows(const struct troubles *troubles, const char *key);
bool troubles_told(const struct troubles *troubles, const char *key);

/* Calls back with the key of each trouble that is not over, in no order. Nothing may be set or cleared
 * meanwhile. */
void troubles_each_open(const struct troubles *troubles, void (*each)(void *user, const char *key),
                        void *user);

/* Tells what is to be told by now. */
void troubles_settle(struct troubles *troubles, struct moment now);

/* When there is something to settle that waits for its time (mono ms); 0: nothing. */
int64_t troubles_due(const struct troubles *troubles);

/* What fires: told, or held back by quiet hours alone, oldest first. Texts live during the call. */
struct trouble_shown {
    struct alert alert;   /* host and url are "" */
    unsigned told;        /* the channels that were told, a bit each */
    int64_t told_wall_ms; /* the latest message; 0: none yet */
    bool quiet, flapping; /* it waits for the end of quiet hours; it comes and goes */
};
void troubles_show(const struct troubles *troubles,
                   void (*each)(void *user, const struct trouble_shown *shown), void *user);

/* A number that grows when there is something new to keep on disk. */
uint64_t troubles_version(const struct troubles *troubles);

/* What must outlive us, as JSON: what is told, and who flapped lately. */
void troubles_render(const struct troubles *troubles, struct buf *out);

/* Reads that again. All that it holds counts as undecided until something is known. -EBADMSG, with nothing
 * read, when it is damaged. */
int troubles_read(struct troubles *troubles, const char *json, size_t len, struct moment now,
                  struct error *err);

#endif
