/* SPDX-License-Identifier: MIT */
/* unit_bus.c: sd-bus on the libuv loop. Answers are only recorded while sd-bus is on the stack and told
 * afterwards, so that whoever is told may ask again, cancel, or free the bus. */
#include "health/unit_bus.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <uv.h>

#include "controller/core/mem.h"

enum { WORD_SIZE = 32, MESSAGE_SIZE = 160 };

struct unit_call {
    TAILQ_ENTRY(unit_call) link;
    struct unit_bus *bus;
    sd_bus_slot *slot; /* of the question under way, or NULL */
    uv_timer_t timer;  /* its deadline; at once when it could not be asked */
    unit_done *done;
    void *user;
    uint64_t started_ns;
    bool ended; /* state is set: it is told next */
    enum unit_end end;
    char load[WORD_SIZE], active[WORD_SIZE], sub[WORD_SIZE], message[MESSAGE_SIZE];
};
TAILQ_HEAD(call_list, unit_call);

/* The handles that libuv closes later, apart from the bus. */
struct handles {
    uv_poll_t poll;
    uv_timer_t timer;
    unsigned open;
    int fd; /* that is polled: of several addresses of a bus, only the first that takes us is tried */
};

struct unit_bus {
    uv_loop_t *loop;
    sd_bus *connection;      /* NULL: not connected */
    struct handles *handles; /* of this connection */
    struct call_list calls;
    bool greeted;    /* the connection is open: we were let in */
    bool processing; /* the bus is on the stack */
    bool freed;      /* unit_bus_free was called meanwhile */
};

static void bus_process(struct unit_bus *bus);

/* ---- the connection ---- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct handles *handles = handle->data;
    if (--handles->open == 0)
        free(handles);
}

static void bus_disconnect(struct unit_bus *bus)
{
    if (!bus->connection)
        return;
    struct unit_call *call;
    TAILQ_FOREACH(call, &bus->calls, link)
    call->slot = sd_bus_slot_unref(call->slot);
    struct handles *handles = bus->handles;
    handles->poll.data = handles->timer.data = handles;
    uv_poll_stop(&handles->poll);
    uv_close((uv_handle_t *)&handles->poll, on_handle_closed);
    uv_close((uv_handle_t *)&handles->timer, on_handle_closed);
    bus->handles = NULL;
    sd_bus_close(bus->connection);
    bus->connection = sd_bus_unref(bus->connection);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status; /* sd-bus finds out itself */
    (void)events;
    bus_process(poll->data);
}

static void on_bus_timer(uv_timer_t *timer)
{
    bus_process(timer->data);
}

/* Waits for what sd-bus waits for. */
static void bus_arm(struct unit_bus *bus)
{
    int events = sd_bus_get_events(bus->connection);
    if (events < 0) /* it has ended: the next bus_process finds out */
        events = POLLIN;
    int wanted = (events & POLLIN ? UV_READABLE : 0) | (events & POLLOUT ? UV_WRITABLE : 0);
    uv_poll_start(&bus->handles->poll, wanted, on_poll);

    uint64_t at_us = UINT64_MAX;
    struct timespec now;
    sd_bus_get_timeout(bus->connection, &at_us);
    if (at_us == UINT64_MAX) {
        uv_timer_stop(&bus->handles->timer);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &now); /* sd-bus's clock */
    uint64_t now_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
    uint64_t wait_ms = at_us > now_us ? (at_us - now_us) / 1000 + 1 : 0;
    uv_timer_start(&bus->handles->timer, on_bus_timer, wait_ms, 0);
}

static int bus_connect(struct unit_bus *bus)
{
    sd_bus *connection = NULL;
    int code = sd_bus_open_system(&connection);
    if (code < 0)
        return code;
    struct handles *handles = mem_new(sizeof *handles);
    handles->open = 2;
    handles->fd = sd_bus_get_fd(connection);
    code = uv_poll_init(bus->loop, &handles->poll, handles->fd);
    if (code < 0) {
        free(handles);
        sd_bus_unref(connection);
        return code;
    }
    uv_timer_init(bus->loop, &handles->timer);
    handles->poll.data = handles->timer.data = bus;
    bus->greeted = false;
    bus->connection = connection;
    bus->handles = handles;
    return 0;
}

/* ---- questions ---- */

static void call_end(struct unit_call *call, enum unit_end end, const char *message)
{
    if (call->ended)
        return;
    call->ended = true;
    call->end = end == UNIT_LOST && !call->bus->greeted ? UNIT_STRANGER : end;
    snprintf(call->message, sizeof call->message, "%s", message ? message : "");
}

static enum unit_end end_of_code(int code)
{
    switch (code) {
    case -EACCES:
    case -EPERM:
        return UNIT_DENIED;
    case -ENOENT:
    case -ENOTDIR:
    case -ECONNREFUSED:
    case -ENOMEDIUM:
        return UNIT_NO_BUS;
    case -ECONNRESET:
    case -EPIPE:
    case -ENOTCONN:
        return UNIT_LOST;
    default:
        return UNIT_FAILED;
    }
}

static enum unit_end end_of_error(const sd_bus_error *error)
{
    static const struct {
        const char *name;
        enum unit_end end;
    } names[] = {
        {SD_BUS_ERROR_ACCESS_DENIED, UNIT_DENIED},
        {SD_BUS_ERROR_AUTH_FAILED, UNIT_DENIED},
        {SD_BUS_ERROR_SERVICE_UNKNOWN, UNIT_NO_SYSTEMD},
        {SD_BUS_ERROR_NAME_HAS_NO_OWNER, UNIT_NO_SYSTEMD},
        {SD_BUS_ERROR_NO_REPLY, UNIT_LOST},
        {SD_BUS_ERROR_DISCONNECTED, UNIT_LOST},
        {SD_BUS_ERROR_TIMEOUT, UNIT_TIMEOUT},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (sd_bus_error_has_name(error, names[i].name))
            return names[i].end;
    return strncmp(error->name, "org.freedesktop.DBus.Error.Spawn", 32) == 0 ? UNIT_NO_SYSTEMD : UNIT_FAILED;
}

/* Of the one unit that was asked for; the names of the rest of the row are in systemd's manual,
 * org.freedesktop.systemd1(5). */
static int answer_read(struct unit_call *call, sd_bus_message *reply)
{
    const char *load, *active, *sub;
    int code = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
    if (code < 0)
        return code;
    code = sd_bus_message_read(reply, "(ssssssouso)", NULL, NULL, &load, &active, &sub, NULL, NULL, NULL,
                               NULL, NULL);
    if (code < 0)
        return code;
    if (code == 0) { /* a name that is none is left out */
        snprintf(call->load, sizeof call->load, "not-found");
        return 0;
    }
    snprintf(call->load, sizeof call->load, "%s", load);
    snprintf(call->active, sizeof call->active, "%s", active);
    snprintf(call->sub, sizeof call->sub, "%s", sub);
    return 0;
}

static int on_reply(sd_bus_message *reply, void *user, sd_bus_error *ret_error)
{
    (void)ret_error;
    struct unit_call *call = user;
    const sd_bus_error *error = sd_bus_message_get_error(reply);
    if (error) {
        call_end(call, end_of_error(error), error->message ? error->message : error->name);
        return 0;
    }
    int code = answer_read(call, reply);
    call_end(call, code < 0 ? UNIT_FAILED : UNIT_KNOWN, code < 0 ? "the answer is not understood" : NULL);
    return 0;
}

static int call_send(struct unit_call *call, const char *unit)
{
    struct unit_bus *bus = call->bus;
    int code = bus->connection ? 0 : bus_connect(bus);
    if (code < 0)
        return code;
    sd_bus_message *message = NULL;
    code = sd_bus_message_new_method_call(bus->connection, &message, "org.freedesktop.systemd1",
                                          "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                                          "ListUnitsByNames");
    if (code >= 0)
        code = sd_bus_message_append(message, "as", 1, unit);
    if (code >= 0)
        code = sd_bus_message_set_auto_start(message, 0); /* a question starts nothing */
    if (code >= 0) /* the deadline is ours: sd-bus counts only from the end of the greeting */
        code = sd_bus_call_async(bus->connection, &call->slot, message, on_reply, call, UINT64_MAX);
    sd_bus_message_unref(message);
    return code < 0 ? code : 0;
}

static void on_call_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void call_free(struct unit_call *call)
{
    TAILQ_REMOVE(&call->bus->calls, call, link);
    sd_bus_slot_unref(call->slot);
    uv_close((uv_handle_t *)&call->timer, on_call_closed);
}

static void call_tell(struct unit_call *call)
{
    struct unit_call told = *call; /* the text outlives the call, which is gone before anybody is told */
    struct unit_state state = {.end = told.end,
                               .load = told.load,
                               .active = told.active,
                               .sub = told.sub,
                               .message = told.message,
                               .total_ms = (double)(uv_hrtime() - told.started_ns) / 1e6};
    call_free(call);
    told.done(told.user, &state);
}

/* Tells one after the other, from the beginning each time: whoever is told may change the list. */
static void bus_tell(struct unit_bus *bus)
{
    for (struct unit_call *call = TAILQ_FIRST(&bus->calls); call && !bus->freed;) {
        struct unit_call *next = TAILQ_NEXT(call, link);
        if (call->ended) {
            call_tell(call);
            next = bus->freed ? NULL : TAILQ_FIRST(&bus->calls);
        }
        call = next;
    }
}

static void bus_lost(struct unit_bus *bus, int code)
{
    struct unit_call *call;
    enum unit_end end = end_of_code(code);
    TAILQ_FOREACH(call, &bus->calls, link)
    call_end(call, end == UNIT_FAILED ? UNIT_LOST : end, strerror(-code));
    bus_disconnect(bus);
}

static void bus_release(struct unit_bus *bus)
{
    while (!TAILQ_EMPTY(&bus->calls))
        call_free(TAILQ_FIRST(&bus->calls));
    bus_disconnect(bus);
    free(bus);
}

static void bus_process(struct unit_bus *bus)
{
    assert(!bus->processing);
    bus->processing = true;
    int code = 0;
    while (bus->connection && (code = sd_bus_process(bus->connection, NULL)) > 0)
        continue;
    if (bus->connection && sd_bus_is_ready(bus->connection) > 0)
        bus->greeted = true;
    if (bus->connection && (code < 0 || sd_bus_is_open(bus->connection) <= 0 ||
                            sd_bus_get_fd(bus->connection) != bus->handles->fd))
        bus_lost(bus, code < 0 ? code : -ECONNRESET);
    bus_tell(bus);
    if (bus->connection && !bus->freed)
        bus_arm(bus);
    bus->processing = false;
    if (bus->freed)
        bus_release(bus);
}

static void on_deadline(uv_timer_t *timer)
{
    struct unit_call *call = timer->data;
    call_end(call, UNIT_TIMEOUT, NULL);
    call_tell(call); /* it may be the last thing that is done to the bus */
}

/* ---- the door ---- */

struct unit_bus *unit_bus_new(uv_loop_t *loop)
{
    struct unit_bus *bus = mem_new(sizeof *bus);
    bus->loop = loop;
    TAILQ_INIT(&bus->calls);
    return bus;
}

void unit_bus_free(struct unit_bus *bus)
{
    if (!bus)
        return;
    bus->freed = true;
    if (!bus->processing)
        bus_release(bus);
}

struct unit_call *unit_bus_ask(struct unit_bus *bus, const char *unit, int64_t timeout_ms, unit_done *done,
                               void *user)
{
    assert(!bus->freed && timeout_ms > 0);
    struct unit_call *call = mem_new(sizeof *call);
    call->bus = bus;
    call->done = done;
    call->user = user;
    call->started_ns = uv_hrtime();
    uv_timer_init(bus->loop, &call->timer);
    call->timer.data = call;
    TAILQ_INSERT_TAIL(&bus->calls, call, link);
    int code = call_send(call, unit);
    if (code < 0)
        call_end(call, end_of_code(code), strerror(-code));
    uv_update_time(bus->loop);
    uv_timer_start(&call->timer, on_deadline, code < 0 ? 0 : (uint64_t)timeout_ms, 0);
    if (bus->connection && !bus->processing)
        bus_arm(bus);
    return call;
}

void unit_call_cancel(struct unit_call *call)
{
    call_free(call);
}
