/* SPDX-License-Identifier: MIT */
/* cli_watch.c: `quaywatch watch`: the status, live. On a terminal it is drawn in place, the worst first, as
 * much as there is room for; elsewhere it is printed anew whenever it changes. */
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_client.h"
#include "controller/cli/cli_read.h"
#include "controller/cli/cli_status.h"
#include "controller/core/clock.h"
#include "controller/core/error.h"
#include "controller/core/mem.h"

enum {
    DRAW_MS = 1000,      /* ages grow */
    SAMPLES_MS = 2000,   /* response times move */
    RETRY_MS = 1000,     /* after silence */
    CHANGES_MS = 200,    /* a storm of changes is drawn this often at most */
    WAIT_MS = 40 * 1000, /* the daemon answers after 30 s at the latest */
    SCREEN_BYTES = 256 * 1024,
    NARROW = 4, /* lines that are no services */
};

struct watching {
    const struct call *call;
    uv_loop_t loop;
    struct transfer_pool *pool;
    uv_timer_t status_timer, samples_timer, draw_timer;
    uv_signal_t interrupt, end, resize;
    struct client_request status, samples;
    struct transfer *asking_status, *asking_samples;
    json_object *root, *sampled;
    char away[384]; /* why there is no answer, "" */
};

/* ---- drawing ---- */

static const char hide_cursor[] = "\033[?25l", show_cursor[] = "\033[?25h", home[] = "\033[H",
                  clear_rest[] = "\033[J", whole_screen[] = "\033[?1049h", old_screen[] = "\033[?1049l";

static void print_bottom(const struct watching *watch, const struct terminal *terminal, int hidden)
{
    if (hidden)
        printf("%s… and %d more%s\n", tone_begin(terminal, TONE_QUIET), hidden,
               tone_end(terminal, TONE_QUIET));
    if (watch->away[0])
        printf("%s%.*s%s\n", tone_begin(terminal, TONE_BAD),
               terminal->width ? terminal->width : (int)sizeof watch->away, watch->away,
               tone_end(terminal, TONE_BAD));
}

static void draw(struct watching *watch)
{
    struct terminal terminal = terminal_look();
    int64_t now = clock_now().wall_ms;
    if (terminal.is) {
        fputs(home, stdout);
        fputs(clear_rest, stdout);
    }
    int hidden = 0;
    if (watch->root) {
        int lines = status_print_head(&terminal, watch->root);
        int room = terminal.height > lines + NARROW ? terminal.height - lines - NARROW : 1;
        putchar('\n');
        hidden = status_print_services(&terminal, watch->root, watch->sampled, now, true,
                                       terminal.is ? room : 0);
    }
    print_bottom(watch, &terminal, hidden);
    if (!terminal.is)
        putchar('\n');
    if (fflush(stdout) != 0) /* nobody reads any more */
        uv_stop(&watch->loop);
}

static void on_draw(uv_timer_t *timer)
{
    draw(timer->data);
}

/* Something changed: a terminal follows at once, a file gets whole tables or lines of JSON. */
static void show(struct watching *watch)
{
    if (!(watch->call->flags & FLAG(JSON))) {
        draw(watch);
        return;
    }
    if (!watch->away[0])
        puts(json_object_to_json_string_ext(watch->root,
                                            JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    if (fflush(stdout) != 0)
        uv_stop(&watch->loop);
}

/* ---- asking ---- */

static void ask_status(uv_timer_t *timer);

static void note_silence(struct watching *watch, const struct transfer_result *result)
{
    struct error err = {0};
    bool news = !watch->away[0];
    if (result->end != TRANSFER_DONE)
        client_complain(&watch->status, result->end, &err);
    else
        error_set(&err, -1, "the daemon answers %d", result->http_status);
    snprintf(watch->away, sizeof watch->away, "%s", err.text);
    if (watch->call->flags & FLAG(JSON)) {
        if (news)
            fprintf(stderr, "quaywatch: %s; asking again\n", err.text);
    } else if (news) {
        draw(watch);
    }
}

static void on_status(void *user, const struct transfer_result *result)
{
    struct watching *watch = user;
    json_object *root = result->http_status == 200 ? json_tokener_parse(result->body) : NULL;
    watch->asking_status = NULL;
    if (root) {
        bool same = watch->root && !watch->away[0] &&
                    read_number(root, "revision") == read_number(watch->root, "revision");
        json_object_put(watch->root);
        watch->root = root;
        watch->away[0] = '\0';
        if (!same)
            show(watch);
    } else {
        note_silence(watch, result);
    }
    client_request_free(&watch->status);
    uv_timer_start(&watch->status_timer, ask_status, root ? CHANGES_MS : RETRY_MS, 0);
}

static void ask_status(uv_timer_t *timer)
{
    struct watching *watch = timer->data;
    char *path = watch->root && !watch->away[0] ? mem_format("/api/v1/status?index=%lld&wait=30s",
                                                             (long long)read_number(watch->root, "revision"))
                                                : mem_copy("/api/v1/status");
    client_prepare(&watch->status, watch->call->options, NULL, path, NULL, watch->away[0]);
    watch->status.transfer.total_timeout_ms = WAIT_MS;
    watch->status.transfer.on_done = on_status;
    watch->status.transfer.user = watch;
    watch->asking_status = transfer_start(watch->pool, &watch->status.transfer);
    free(path);
}

static void on_samples(void *user, const struct transfer_result *result)
{
    struct watching *watch = user;
    watch->asking_samples = NULL;
    json_object *sampled = result->http_status == 200 ? json_tokener_parse(result->body) : NULL;
    if (sampled) {
        json_object_put(watch->sampled);
        watch->sampled = sampled;
    }
    client_request_free(&watch->samples);
}

static void ask_samples(uv_timer_t *timer)
{
    struct watching *watch = timer->data;
    if (watch->asking_samples || watch->away[0])
        return;
    client_prepare(&watch->samples, watch->call->options, NULL, "/api/v1/samples", NULL, false);
    watch->samples.transfer.on_done = on_samples;
    watch->samples.transfer.user = watch;
    watch->asking_samples = transfer_start(watch->pool, &watch->samples.transfer);
}

/* ---- from beginning to end ---- */

static void on_signal(uv_signal_t *signal, int number)
{
    struct watching *watch = signal->data;
    if (number == SIGWINCH)
        draw(watch);
    else
        uv_stop(&watch->loop);
}

static void listen_signal(struct watching *watch, uv_signal_t *signal, int number)
{
    uv_signal_init(&watch->loop, signal);
    signal->data = watch;
    uv_signal_start(signal, on_signal, number);
}

static void open_watch(struct watching *watch, bool drawn)
{
    uv_loop_init(&watch->loop);
    watch->pool = transfer_pool_new(&watch->loop, 2);
    uv_timer_t *timers[] = {&watch->status_timer, &watch->samples_timer, &watch->draw_timer};
    for (size_t i = 0; i < sizeof timers / sizeof timers[0]; i++) {
        uv_timer_init(&watch->loop, timers[i]);
        timers[i]->data = watch;
    }
    listen_signal(watch, &watch->interrupt, SIGINT);
    listen_signal(watch, &watch->end, SIGTERM);
    uv_timer_start(&watch->status_timer, ask_status, 0, 0);
    if (!drawn)
        return;
    listen_signal(watch, &watch->resize, SIGWINCH);
    uv_timer_start(&watch->draw_timer, on_draw, DRAW_MS, DRAW_MS);
    uv_timer_start(&watch->samples_timer, ask_samples, 0, SAMPLES_MS);
    setvbuf(stdout, NULL, _IOFBF, SCREEN_BYTES); /* a whole picture at a time: it does not flicker */
    printf("%s%s", whole_screen, hide_cursor);
}

static void close_handle(uv_handle_t *handle, void *user)
{
    (void)user;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void close_watch(struct watching *watch, bool drawn)
{
    if (drawn) {
        printf("%s%s", show_cursor, old_screen);
        draw(watch); /* what was seen last stays */
    }
    transfer_cancel(watch->asking_status);
    transfer_cancel(watch->asking_samples);
    transfer_pool_free(watch->pool);
    uv_run(&watch->loop, UV_RUN_NOWAIT);
    uv_walk(&watch->loop, close_handle, NULL);
    uv_run(&watch->loop, UV_RUN_DEFAULT);
    uv_loop_close(&watch->loop);
    client_request_free(&watch->status);
    client_request_free(&watch->samples);
    json_object_put(watch->root);
    json_object_put(watch->sampled);
}

int command_watch(const struct call *call)
{
    struct watching watch = {.call = call};
    bool drawn = terminal_look().is && !(call->flags & FLAG(JSON));
    open_watch(&watch, drawn);
    uv_run(&watch.loop, UV_RUN_DEFAULT);
    int code = watch.root ? read_exit_code(read_text(read_object(watch.root, "summary"), "status"))
                          : EXIT_NO_ENGINE;
    close_watch(&watch, drawn);
    return code;
}
