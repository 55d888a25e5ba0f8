/* SPDX-License-Identifier: MIT */
/* cli_events.c: `quaywatch events`: what happened lately, oldest first; with --follow also what happens from
 * now, over interruptions and restarts of the daemon. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_client.h"
#include "controller/cli/cli_read.h"
#include "controller/cli/cli_terminal.h"
#include "controller/core/error.h"
#include "controller/core/mem.h"

enum { ASK_MS = 1000 };

static void print_event(const struct terminal *terminal, json_object *event)
{
    char time[32], who[READ_LINE], container[READ_LINE], sentence[READ_LINE];
    enum tone tone = tone_of(read_text(event, "severity"));
    read_line(event, "service", who);
    read_line(event, "container", container);
    printf("%s  %s%-9s%s %-15s ", read_time(event, "at", time), tone_begin(terminal, tone),
           read_text(event, "severity"), tone_end(terminal, tone), read_text(event, "kind"));
    bool other = container[0] && strcmp(who, container) != 0;
    if (who[0])
        printf("%s%s%s%s%s%s: ", tone_begin(terminal, TONE_STRONG), who, tone_end(terminal, TONE_STRONG),
               other ? " (" : "", other ? container : "", other ? ")" : "");
    puts(read_line(event, "sentence", sentence));
}

static void print_events(json_object *root, bool json)
{
    struct terminal terminal = terminal_look();
    size_t count;
    json_object *events = read_list(root, "events", &count);
    for (size_t i = 0; i < count; i++) {
        json_object *event = json_object_array_get_idx(events, i);
        if (json)
            puts(json_object_to_json_string_ext(event,
                                                JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
        else
            print_event(&terminal, event);
    }
}

/* ---- following ---- */

struct following {
    const struct call *call;
    struct transfer_pool *pool;
    uv_loop_t loop;
    uv_timer_t timer;
    struct client_request request;
    char start_id[64]; /* of the daemon that was followed last */
    int64_t last_id;
    bool away;
};

static void take(struct following *follow, const struct transfer_result *result)
{
    json_object *root = result->http_status == 200 ? json_tokener_parse(result->body) : NULL;
    if (!root) {
        struct error err = {0};
        if (!follow->away && result->end != TRANSFER_DONE)
            client_complain(&follow->request, result->end, &err);
        if (!follow->away)
            fprintf(stderr, "quaywatch: %s; asking again\n",
                    err.text[0] ? err.text : "the daemon refuses to tell its events");
        follow->away = true;
        return;
    }
    follow->away = false;
    const char *start_id = read_text(root, "start_id");
    bool other = strcmp(follow->start_id, start_id) != 0 && read_number(root, "last_id") < follow->last_id;
    snprintf(follow->start_id, sizeof follow->start_id, "%s", start_id);
    if (other) {
        follow->last_id = 0; /* a daemon that counts anew: its events are all new to us */
    } else {
        print_events(root, follow->call->flags & FLAG(JSON));
        if (fflush(stdout) != 0) /* nobody reads any more */
            uv_stop(&follow->loop);
        follow->last_id = read_number(root, "last_id");
    }
    json_object_put(root);
}

static void ask_events(uv_timer_t *timer);

static void on_events(void *user, const struct transfer_result *result)
{
    struct following *follow = user;
    take(follow, result);
    client_request_free(&follow->request);
    uv_timer_start(&follow->timer, ask_events, ASK_MS, 0);
}

static void ask_events(uv_timer_t *timer)
{
    struct following *follow = timer->data;
    char *path = mem_format("/api/v1/events?after=%lld", (long long)follow->last_id);
    client_prepare(&follow->request, follow->call->options, NULL, path, NULL, follow->away);
    follow->request.transfer.on_done = on_events;
    follow->request.transfer.user = follow;
    transfer_start(follow->pool, &follow->request.transfer);
    free(path);
}

/* Until a signal ends the process, or nobody reads. */
static int follow_events(const struct call *call)
{
    struct following follow = {.call = call};
    uv_loop_init(&follow.loop);
    follow.pool = transfer_pool_new(&follow.loop, 1);
    uv_timer_init(&follow.loop, &follow.timer);
    follow.timer.data = &follow;
    uv_timer_start(&follow.timer, ask_events, 0, 0);
    uv_run(&follow.loop, UV_RUN_DEFAULT);
    return EXIT_FINE;
}

int command_events(const struct call *call)
{
    if (call->flags & FLAG(FOLLOW))
        return follow_events(call);
    int http;
    json_object *root = read_json(call->options, "/api/v1/events", &http);
    if (!root)
        return EXIT_NO_ENGINE;
    if (call->flags & FLAG(JSON))
        print_json(root);
    else
        print_events(root, false);
    json_object_put(root);
    return EXIT_FINE;
}
