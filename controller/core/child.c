/* SPDX-License-Identifier: MIT */
/* child.c: one command from its start to its end. */
#include "controller/core/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/text.h"

enum { KILL_AFTER_MS = 2000, READ_BLOCK = 4096, READS_MAX = 16 };

struct child {
    uv_process_t process;
    uv_poll_t poll; /* of what it writes */
    uv_timer_t timer;
    int fd; /* our end of the pipe */
    unsigned handles;
    struct buf output;
    bool cut, timed_out, cancelled;
    child_done *done;
    void *user;
};

static void on_closed(uv_handle_t *handle)
{
    struct child *child = handle->data;
    if (--child->handles)
        return;
    buf_free(&child->output);
    free(child);
}

static void child_end(struct child *child)
{
    uv_close((uv_handle_t *)&child->process, on_closed);
    uv_close((uv_handle_t *)&child->timer, on_closed);
    uv_close((uv_handle_t *)&child->poll, on_closed);
    close(child->fd);
}

/* Takes what is there, up to rounds blocks; false at the end of it all. */
static bool take_output(struct child *child, unsigned rounds)
{
    char block[READ_BLOCK];
    while (rounds--) {
        ssize_t got = read(child->fd, block, sizeof block);
        if (got < 0)
            return errno == EAGAIN || errno == EINTR;
        if (got == 0)
            return false;
        size_t room = child->output.max - child->output.len;
        size_t kept = (size_t)got < room ? (size_t)got : room;
        child->cut = child->cut || kept < (size_t)got;
        if (kept)
            buf_add(&child->output, block, kept);
    }
    return true;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct child *child = poll->data;
    (void)events;
    if (status < 0 || !take_output(child, READS_MAX))
        uv_poll_stop(poll);
}

static void kill_group(const struct child *child, int number)
{
    if (child->process.pid > 0)
        kill(-child->process.pid, number);
}

static void on_timer(uv_timer_t *timer)
{
    struct child *child = timer->data;
    kill_group(child, child->timed_out ? SIGKILL : SIGTERM);
    if (!child->timed_out)
        uv_timer_start(timer, on_timer, KILL_AFTER_MS, 0);
    child->timed_out = true;
}

static void on_exit_of(uv_process_t *process, int64_t exit_status, int term_signal)
{
    struct child *child = process->data;
    kill_group(child, SIGKILL); /* those it has left behind */
    take_output(child, READS_MAX);
    struct child_result result = {.exit_code = (int)exit_status,
                                  .signal = term_signal,
                                  .timed_out = child->timed_out,
                                  .output = buf_string(&child->output),
                                  .output_len = child->output.len,
                                  .output_cut = child->cut};
    if (!child->cancelled)
        child->done(child->user, &result);
    child_end(child);
}

/* NULL-terminated; the texts are the list's own. */
static char **vector_of(const struct strings *list)
{
    char **vector = mem_new((list->count + 1) * sizeof *vector);
    for (size_t i = 0; i < list->count; i++)
        vector[i] = list->item[i];
    return vector;
}

static int spawn(uv_loop_t *loop, struct child *child, const struct child_request *request, int output)
{
    uv_stdio_container_t stdio[] = {{.flags = UV_IGNORE},
                                    {.flags = UV_INHERIT_FD, .data.fd = output},
                                    {.flags = UV_INHERIT_FD, .data.fd = output}};
    char **argv = vector_of(request->argv), **env = request->env ? vector_of(request->env) : NULL;
    int code = uv_spawn(loop, &child->process,
                        &(uv_process_options_t){.exit_cb = on_exit_of,
                                                .file = argv[0],
                                                .args = argv,
                                                .env = env,
                                                .flags = UV_PROCESS_DETACHED,
                                                .stdio_count = 3,
                                                .stdio = stdio});
    free(argv);
    free(env);
    return code;
}

struct child *child_start(uv_loop_t *loop, const struct child_request *request, struct error *err)
{
    int ends[2];
    assert(request->argv->count > 0);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        error_set(err, -errno, "cannot start %.120s: %s", request->argv->item[0], strerror(errno));
        return NULL;
    }
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    struct child *child = mem_new(sizeof *child);
    child->fd = ends[0];
    child->done = request->done;
    child->user = request->user;
    child->handles = 3;
    buf_init(&child->output, request->max_output);
    uv_timer_init(loop, &child->timer);
    uv_poll_init(loop, &child->poll, child->fd);
    child->process.data = child->timer.data = child->poll.data = child;
    int code = spawn(loop, child, request, ends[1]);
    close(ends[1]);
    if (code != 0) {
        error_set(err, code, "cannot start %.120s: %s", request->argv->item[0], uv_strerror(code));
        child_end(child);
        return NULL;
    }
    uv_poll_start(&child->poll, UV_READABLE, on_readable);
    uv_timer_start(&child->timer, on_timer, (uint64_t)request->timeout_ms, 0);
    return child;
}

void child_cancel(struct child *child)
{
    if (!child)
        return;
    child->cancelled = true; /* it is waited for all the same: a zombie would stay */
    kill_group(child, SIGKILL);
}

void child_sentence(const struct child_result *result, int64_t timeout_ms, char *ret, size_t size)
{
    char limit[24];
    if (result->timed_out) {
        text_format_duration(timeout_ms, limit);
        snprintf(ret, size, "did not end within %s and was ended", limit);
    } else if (result->signal) {
        snprintf(ret, size, "was ended by signal %d (%s)", result->signal, strsignal(result->signal));
    } else {
        snprintf(ret, size, "ended with code %d", result->exit_code);
    }
}
