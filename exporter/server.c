/* SPDX-License-Identifier: MIT */
/* server.c: libmicrohttpd on the loop. Its epoll descriptor is watched by a uv_poll; the callbacks of the
 * poll phase only note that there is work, which is done at the start of the next turn, when the registry has
 * settled: so a reader sees whole turns only. */
#include "exporter/server.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "exporter/exchange.h"
#include "exporter/http/listen.h"
#include "exporter/live.h"
#include "exporter/http/local.h"
#include "exporter/http/tls.h"

enum {
    /* The head of a request, what the library keeps about it, and the head of the answer. */
    CONNECTION_MEMORY = LIMIT_HTTP_HEAD + 8 * 1024,
    ENDING_CONNECTIONS = 64, /* room for those that make room */
    /* What a stream may still have to tell (events, the document, its end), a step of the library each. */
    LAST_WORDS = 8,
};

struct server {
    struct MHD_Daemon *daemon;
    struct access *access;
    struct tls *tls; /* NULL: plain HTTP */
    struct live *live;
    struct local *local;             /* NULL: there is none, nor … */
    struct MHD_Daemon *local_daemon; /* … its own, which speaks plain HTTP whatever the other one does */
    uv_loop_t *loop;
    struct exchanges *exchanges;
    struct client *clients;
    size_t client_count, ending_count; /* all, and those of them that are ended but not dropped yet */
    int64_t idle_ms;
    int port;
    bool due;       /* the library has work */
    bool woken;     /* for a sleeping connection: the timeout is only there to turn the loop */
    uv_poll_t poll; /* its descriptor */
    uv_poll_t local_poll;
    uv_timer_t timeout; /* its next timeout */
    uv_prepare_t turn;  /* the start of a turn */
    uv_timer_t sweep;   /* ends slow clients; runs while there are clients, or documents for more */
    unsigned open_handles;
};

/* Ends a connection; the library drops it when it is served next. */
static void client_end(struct server *server, struct client *client)
{
    client->ending = true;
    server->ending_count++;
    shutdown(client->fd, SHUT_RDWR);
    server->due = true;
}

/* The one that has kept us waiting for a whole request the longest; NULL: all are being answered. */
static struct client *client_idlest(struct server *server)
{
    struct client *idlest = NULL;
    for (struct client *at = server->clients; at; at = at->next)
        if (at->waiting_since_ms && !at->ending &&
            (!idlest || at->waiting_since_ms <= idlest->waiting_since_ms))
            idlest = at; /* of equals the last in the list, which came first */
    return idlest;
}

/* At the limit the idlest connection makes room, so that many idle ones keep nobody out. */
static enum MHD_Result client_admit(void *cls, const struct sockaddr *address, socklen_t length)
{
    struct server *server = cls;
    (void)length;
    /* However many come from outside, this machine's own commands get through. */
    size_t most = LIMIT_HTTP_CONNECTIONS + (address->sa_family == AF_UNIX ? LIMIT_HTTP_LOCAL : 0);
    if (server->client_count - server->ending_count < most)
        return MHD_YES;
    struct client *idlest = client_idlest(server);
    if (!idlest)
        return MHD_NO;
    client_end(server, idlest);
    return MHD_YES;
}

/* An idle connection ends by itself; one that sends a byte now and then is given as long again for its whole
 * request. */
static void sweep_clients(uv_timer_t *timer)
{
    struct server *server = timer->data;
    int64_t now = clock_now().mono_ms;
    for (struct client *at = server->clients; at; at = at->next)
        if (at->waiting_since_ms && !at->ending && now - at->waiting_since_ms > 2 * server->idle_ms)
            client_end(server, at);
    if (!exchanges_rest(server->exchanges) && !server->clients)
        uv_timer_stop(timer);
}

static void client_add(struct server *server, struct MHD_Connection *connection, void **socket_context)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection,
                                                                   MHD_CONNECTION_INFO_CONNECTION_FD);
    struct client *client = mem_new(sizeof *client);
    client->fd = info ? info->connect_fd : -1;
    client->waiting_since_ms = clock_now().mono_ms;
    const union MHD_ConnectionInfo *session = MHD_get_connection_info(connection,
                                                                      MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (server->tls && session && session->tls_session)
        client->pair = tls_begin(server->tls, session->tls_session);
    client->next = server->clients;
    if (client->next)
        client->next->previous = client;
    server->clients = client;
    server->client_count++;
    *socket_context = client;
    if (!uv_is_active((uv_handle_t *)&server->sweep) && !uv_is_closing((uv_handle_t *)&server->sweep))
        uv_timer_start(&server->sweep, sweep_clients, (uint64_t)server->idle_ms * 2,
                       (uint64_t)server->idle_ms / 2);
}

static void client_remove(struct server *server, struct client *client)
{
    if (client->previous)
        client->previous->next = client->next;
    else
        server->clients = client->next;
    if (client->next)
        client->next->previous = client->previous;
    server->client_count--;
    server->ending_count -= client->ending;
    tls_release(client->pair);
    free(client);
}

static void client_notify(void *cls, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = cls;
    switch (code) {
    case MHD_CONNECTION_NOTIFY_STARTED:
        client_add(server, connection, socket_context);
        return;
    case MHD_CONNECTION_NOTIFY_CLOSED:
        client_remove(server, *socket_context);
        *socket_context = NULL;
        return;
    }
}

static void note_timeout(uv_timer_t *timer)
{
    struct server *server = timer->data;
    server->due = true;
}

static void note_readable(uv_poll_t *poll, int status, int events)
{
    struct server *server = poll->data;
    (void)status, (void)events;
    server->due = true;
}

/* A sleeping connection is to go on. The library tells nobody of that: the loop is turned by hand. */
static void wake(void *user)
{
    struct server *server = user;
    if (server->woken || uv_is_closing((uv_handle_t *)&server->timeout))
        return;
    server->due = server->woken = true;
    uv_timer_start(&server->timeout, note_timeout, 0, 0);
}

static void run_library(struct server *server)
{
    MHD_run(server->daemon);
    if (server->local_daemon)
        MHD_run(server->local_daemon);
}

/* When the library wants to be run again at the latest; -1: only when something comes. */
static int64_t library_timeout(struct server *server)
{
    struct MHD_Daemon *daemons[] = {server->daemon, server->local_daemon};
    int64_t first_ms = -1;
    for (size_t i = 0; i < 2 && daemons[i]; i++) {
        MHD_UNSIGNED_LONG_LONG wait_ms;
        if (MHD_get_timeout(daemons[i], &wait_ms) == MHD_YES && (first_ms < 0 || (int64_t)wait_ms < first_ms))
            first_ms = (int64_t)wait_ms;
    }
    return first_ms;
}

static void serve(uv_prepare_t *turn)
{
    struct server *server = turn->data;
    live_turn(server->live);
    if (!server->due)
        return;
    server->due = false;
    if (server->woken)
        uv_timer_stop(&server->timeout);
    server->woken = false;
    run_library(server);
    int64_t wait_ms = library_timeout(server);
    if (server->woken || wait_ms < 0)
        return;
    /* A timer that fires too early only asks again, so it is not moved for every request. */
    bool waiting = uv_is_active((uv_handle_t *)&server->timeout);
    if (!waiting || uv_timer_get_due_in(&server->timeout) > (uint64_t)wait_ms)
        uv_timer_start(&server->timeout, note_timeout, (uint64_t)wait_ms, 0);
}

static int take_listener(const struct server_options *options, struct error *err)
{
    if (options->listen_fd < 0)
        return listen_open(options->listen, err);
    int flags = fcntl(options->listen_fd, F_GETFL);
    if (flags < 0 || fcntl(options->listen_fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(options->listen_fd, F_SETFD, FD_CLOEXEC) < 0)
        return error_set(err, -errno, "cannot use the inherited socket %d: %s", options->listen_fd,
                         strerror(errno));
    return options->listen_fd;
}

static struct MHD_Daemon *start_daemon(struct server *server, int fd)
{
    const struct MHD_OptionItem encrypted[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)tls_no_callback()},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)tls_priorities},
        {MHD_OPTION_END, 0, NULL},
    };
    const struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (server->tls ? MHD_USE_TLS : 0U);
    return MHD_start_daemon(
        flags, 0, client_admit, server, exchange_handle, server->exchanges, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)LIMIT_HTTP_CONNECTIONS + ENDING_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)(server->idle_ms / 1000), MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, server->exchanges, MHD_OPTION_NOTIFY_CONNECTION,
        client_notify, server, MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, server->exchanges,
        MHD_OPTION_ARRAY, server->tls ? encrypted : plain, MHD_OPTION_END);
}

/* Whether TLS is wished, and is possible: then server->tls is there. False with a sentence in err. */
static bool open_tls(struct server *server, const struct server_options *options, struct error *err)
{
    const char *cert = options->tls_cert ? options->tls_cert : "";
    const char *key = options->tls_key ? options->tls_key : "";
    if (!cert[0] && !key[0])
        return true;
    if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES) {
        error_set(err, -ENOTSUP, "TLS_CERT: this libmicrohttpd was built without TLS");
        return false;
    }
    server->tls = tls_open(cert, key, err);
    return server->tls != NULL;
}

/* A client that goes away must not end the process; the library relies on that. Only the default is changed.
 */
static void ignore_sigpipe(void)
{
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        sigaction(SIGPIPE, &action, NULL);
    }
}

static void watch_daemon(struct server *server, struct MHD_Daemon *daemon, uv_poll_t *poll)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    int rc = uv_poll_init(server->loop, poll, info->epoll_fd);
    assert(rc == 0);
    poll->data = server;
    server->open_handles++;
    uv_poll_start(poll, UV_READABLE, note_readable);
}

static void watch(struct server *server, uv_loop_t *loop)
{
    watch_daemon(server, server->daemon, &server->poll);
    uv_timer_init(loop, &server->timeout);
    uv_timer_init(loop, &server->sweep);
    uv_prepare_init(loop, &server->turn);
    server->timeout.data = server->sweep.data = server->turn.data = server;
    server->open_handles += 3;
    uv_prepare_start(&server->turn, serve);
}

static void free_parts(struct server *server)
{
    exchanges_free(server->exchanges);
    live_close(server->live);
    tls_close(server->tls);
    access_free(server->access);
}

struct server *server_open(uv_loop_t *loop, const struct server_options *options,
                           struct exporter_context *context, struct error *err)
{
    struct server *server = mem_new(sizeof *server);
    int fd = -1;
    server->idle_ms = (options->idle_s ? options->idle_s : LIMIT_HTTP_IDLE_S) * INT64_C(1000);
    server->loop = loop;
    server->access = access_new(options, err);
    if (!server->access || !open_tls(server, options, err) ||
        !(server->live = live_open(loop, context, wake, server, err)) ||
        (fd = take_listener(options, err)) < 0)
        goto failed;
    server->port = listen_port(fd);
    context->read_token_set = options->read_token && options->read_token[0];
    context->auth_token_set = options->auth_token && options->auth_token[0];
    server->exchanges = exchanges_new(context, server->access, server->live);
    ignore_sigpipe();
    server->daemon = start_daemon(server, fd);
    if (!server->daemon) {
        error_set(err, -EIO, "cannot start the HTTP server on port %d", server->port);
        close(fd);
        goto failed;
    }
    watch(server, loop);
    return server;
failed:
    free_parts(server);
    free(server);
    return NULL;
}

static void take_local(void *user, int fd, const struct sockaddr *address, socklen_t length)
{
    struct server *server = user;
    MHD_add_connection(server->local_daemon, fd, address, length); /* which closes fd if it may not come */
    server->due = true;
}

static struct MHD_Daemon *start_local_daemon(struct server *server)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, client_admit, server,
        exchange_handle, server->exchanges, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)LIMIT_HTTP_CONNECTIONS + LIMIT_HTTP_LOCAL, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)(server->idle_ms / 1000), MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, server->exchanges, MHD_OPTION_NOTIFY_CONNECTION,
        client_notify, server, MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, server->exchanges,
        MHD_OPTION_END);
}

int server_open_local(struct server *server, const char *path, struct error *err)
{
    server->local = local_open(server->loop, path, take_local, server, err);
    if (!server->local)
        return err->code;
    server->local_daemon = start_local_daemon(server);
    if (!server->local_daemon) {
        local_close(server->local);
        server->local = NULL;
        return error_set(err, -EIO, "cannot serve at %s", path);
    }
    watch_daemon(server, server->local_daemon, &server->local_poll);
    return 0;
}

int server_reload_tls(struct server *server, const char *cert, const char *key, struct error *err)
{
    bool wanted = cert[0] || key[0];
    if (wanted != (server->tls != NULL))
        return error_set(err, -EINVAL, "TLS is switched %s by a new start only", wanted ? "on" : "off");
    return wanted ? tls_reload(server->tls, cert, key, err) : 0;
}

int server_port(const struct server *server)
{
    return server->port;
}

void server_stop(struct server *server)
{
    if (server)
        live_end(server->live);
}

static void closed(uv_handle_t *handle)
{
    struct server *server = handle->data;
    if (!--server->open_handles)
        free(server);
}

void server_close(struct server *server)
{
    if (!server)
        return;
    live_end(server->live);
    for (int i = 0; i < LAST_WORDS; i++)
        run_library(server); /* an end that a client's socket takes at once reaches it */
    /* libuv must let go of the descriptors before they are closed. */
    uv_close((uv_handle_t *)&server->poll, closed);
    if (server->local_daemon)
        uv_close((uv_handle_t *)&server->local_poll, closed);
    uv_close((uv_handle_t *)&server->timeout, closed);
    uv_close((uv_handle_t *)&server->sweep, closed);
    uv_close((uv_handle_t *)&server->turn, closed);
    local_close(server->local);
    live_abandon(server->live);
    MHD_stop_daemon(server->daemon);
    if (server->local_daemon)
        MHD_stop_daemon(server->local_daemon);
    free_parts(server);
}
