/* unit_bus.h: the states of the host's systemd units, asked over D-Bus on the loop. One connection for all
 * questions, made with the first one and again after it was lost; DBUS_SYSTEM_BUS_ADDRESS is honoured. */
#ifndef QUAYWATCH_HEALTH_UNIT_BUS_H
#define QUAYWATCH_HEALTH_UNIT_BUS_H

#include <stdint.h>

typedef struct uv_loop_s uv_loop_t;
struct unit_bus;
struct unit_call;

enum unit_end {
    UNIT_KNOWN,      /* systemd has answered: load, active and sub are set */
    UNIT_NO_BUS,     /* nobody answers at the bus's address */
    UNIT_DENIED,     /* the bus does not let us ask */
    UNIT_STRANGER,   /* the bus hung up during the greeting: it lets in only users that its machine knows */
    UNIT_LOST,       /* the connection ended before the answer */
    UNIT_TIMEOUT,    /* no answer in time */
    UNIT_NO_SYSTEMD, /* there is a bus, but no systemd on it */
    UNIT_FAILED      /* any other error; message says which */
};

/* How a question ended. Text is valid during the callback and never NULL. */
struct unit_state {
    enum unit_end end;
    const char *load;   /* "loaded", "not-found", "masked", "error", … */
    const char *active; /* "active", "reloading", "inactive", "failed", "activating", "deactivating", … */
    const char *sub;    /* of the kind of unit: "running", "auto-restart", "dead", … */
    const char *message;
    double total_ms;
};

typedef void unit_done(void *user, const struct unit_state *state);

/* A bus on loop, not connected yet. */
struct unit_bus *unit_bus_new(uv_loop_t *loop);

/* Cancels all questions, closes the connection and frees; the loop must run once more. NULL is fine. */
void unit_bus_free(struct unit_bus *bus);

/* Asks for the state of a unit by its full name; text is copied. done is called exactly once unless
 * cancelled, never before this returns, at the latest after timeout_ms. */
struct unit_call *unit_bus_ask(struct unit_bus *bus, const char *unit, int64_t timeout_ms, unit_done *done,
                               void *user);

/* Ends a question without callback. Not once done was called. */
void unit_call_cancel(struct unit_call *call);

#endif
