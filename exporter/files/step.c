/* SPDX-License-Identifier: MIT */
/* step.c: validators, and those who are told, behind one door. */
#include "exporter/files/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/child.h"
#include "controller/core/error.h"
#include "controller/core/registry.h"
#include "controller/core/text.h"
#include "controller/core/transfer.h"

enum { OUTPUT_MAX = 4096, ANSWER_MAX = 1024, FILLED_MAX = 64 * 1024, SHOWN_OUTPUT = 360 };

struct step {
    const struct step_helpers *helpers;
    const struct file_step *what;
    struct arena arena;
    const char *file, *shown;
    int64_t timeout_ms;
    struct child *child; /* one of these three is under way */
    struct file_call *call;
    struct transfer *transfer;
    struct strings containers; /* those it goes to, one after another */
    size_t container;
    char trouble[STEP_TROUBLE];
    uv_timer_t *now; /* for what fails at once */
    step_done *done;
    void *user;
};

/* ---- words ---- */

char *step_fill(struct arena *arena, const char *text, const char *file)
{
    struct buf out;
    buf_init(&out, FILLED_MAX);
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    for (const char *at = text; *at;) {
        if (strncmp(at, "{}", 2) == 0) {
            buf_text(&out, file);
            at += 2;
        } else if (strncmp(at, "{name}", 6) == 0) {
            buf_text(&out, name);
            at += 6;
        } else {
            buf_add(&out, at++, 1);
        }
    }
    char *ret = arena_copy(arena, buf_string(&out));
    buf_free(&out);
    return ret;
}

void step_show_url(const char *url, char *ret, size_t size)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    size_t length = strcspn(host, "/?#");
    for (const char *at; (at = memchr(host, '@', length));) {
        length -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    snprintf(ret, size, "%s%.*s", strncmp(url, "https", 5) == 0 ? "https://" : "http://", (int)length, host);
}

static bool looks_secret(const char *variable)
{
    static const char *const words[] = {"TOKEN", "SECRET", "PASSWORD", "PASSWD", "WEBHOOK", "API_KEY"};
    const char *end = strchr(variable, '=');
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *at = strstr(variable, words[i]);
        if (at && at < end)
            return true;
    }
    return false;
}

static bool is_ours(const char *variable)
{
    static const char *const ours[] = {"QUAYWATCH_",
                                       "LISTEN_FDS=", "LISTEN_PID=", "NOTIFY_SOCKET=", "SERVICE_AUTH_TOKEN="};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strncmp(variable, ours[i], strlen(ours[i])) == 0)
            return true;
    return !strchr(variable, '=');
}

void step_environment(char **environment, struct arena *arena, struct strings *ret)
{
    for (char **at = environment; at && *at; at++)
        if (!is_ours(*at) && !looks_secret(*at))
            strings_add(arena, ret, *at);
}

void step_variables(char **environment, struct arena *arena, struct pairs *ret)
{
    for (char **at = environment; at && *at; at++) {
        const char *end = strchr(*at, '=');
        if (!is_ours(*at))
            pairs_set(arena, ret, arena_copy_n(arena, *at, (size_t)(end - *at)), end + 1);
    }
}

/* What a command wrote as one short line in which the file's name of the moment is the one it will have. */
static void show_output(const struct step *step, const char *output, char *ret, size_t size)
{
    struct buf text;
    const char *slash = strrchr(step->file, '/'), *shown_slash = strrchr(step->shown, '/');
    const char *name = slash + 1, *shown = shown_slash + 1;
    size_t length = strlen(name);
    buf_init(&text, FILLED_MAX);
    for (const char *at = output; *at;) {
        bool found = strcmp(name, shown) != 0 && strncmp(at, name, length) == 0;
        buf_text(&text, found ? shown : (char[]){*at, '\0'});
        at += found ? length : 1;
    }
    char *trimmed = buf_take(&text, NULL);
    text_one_line(text_trim(trimmed), ret, size);
    free(trimmed);
}

static void say_output(struct step *step, const char *what, const char *output)
{
    char shown[SHOWN_OUTPUT];
    show_output(step, output, shown, sizeof shown);
    snprintf(step->trouble, sizeof step->trouble, "%s%s%s", what, shown[0] ? ": " : "", shown);
}

/* ---- the end ---- */

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle);
}

static void step_free(struct step *step)
{
    uv_close((uv_handle_t *)step->now, on_timer_closed);
    arena_free(&step->arena);
    free(step);
}

static void step_end(struct step *step)
{
    step_done *done = step->done;
    void *user = step->user;
    char trouble[STEP_TROUBLE];
    snprintf(trouble, sizeof trouble, "%s", step->trouble);
    step_free(step);
    done(user, trouble[0] ? trouble : NULL);
}

static void on_now(uv_timer_t *timer)
{
    step_end(timer->data);
}

/* It is over before it began; told later all the same. */
static void end_soon(struct step *step)
{
    uv_timer_start(step->now, on_now, 0, 0);
}

/* ---- commands ---- */

static void on_child(void *user, const struct child_result *result)
{
    struct step *step = user;
    char words[96];
    step->child = NULL;
    child_sentence(result, step->timeout_ms, words, sizeof words);
    if (result->timed_out || result->signal || result->exit_code != 0)
        say_output(step, words, result->output);
    step_end(step);
}

/* The arguments with the file in them. Inside a container a text is for its shell. */
static int arguments_of(struct step *step, const char *shell, struct strings *ret, struct error *err)
{
    const struct file_step *what = step->what;
    if (what->line)
        return child_command(step_fill(&step->arena, what->line, step->file), shell, &step->arena, ret, err);
    for (size_t i = 0; i < what->argv.count; i++)
        strings_add(&step->arena, ret, step_fill(&step->arena, what->argv.item[i], step->file));
    return 0;
}

static void command_start(struct step *step)
{
    struct strings argv = {0};
    struct error err = {0};
    if (arguments_of(step, "/bin/sh", &argv, &err) == 0)
        step->child = child_start(step->helpers->loop,
                                  &(struct child_request){.argv = &argv,
                                                          .env = step->helpers->env,
                                                          .timeout_ms = step->timeout_ms,
                                                          .max_output = OUTPUT_MAX,
                                                          .done = on_child,
                                                          .user = step},
                                  &err);
    if (step->child)
        return;
    snprintf(step->trouble, sizeof step->trouble, "%s", err.text);
    end_soon(step);
}

/* ---- containers ---- */

static void container_start(struct step *step);

static void on_call(void *user, const char *trouble, const char *output)
{
    struct step *step = user;
    step->call = NULL;
    if (trouble && !step->trouble[0]) {
        char words[STEP_TROUBLE];
        snprintf(words, sizeof words, "in container %.64s: %.300s", step->containers.item[step->container],
                 trouble);
        say_output(step, words, output);
    }
    if (++step->container < step->containers.count)
        container_start(step);
    else
        step_end(step);
}

static void container_start(struct step *step)
{
    const struct file_door *door = step->helpers->door;
    const char *container = step->containers.item[step->container];
    struct strings argv = {0};
    if (step->what->kind == FILE_STEP_SIGNAL) {
        step->call = door->signal(door->user, container, step->what->signal, on_call, step);
        return;
    }
    if (step->what->line) {
        strings_add(&step->arena, &argv, "/bin/sh");
        strings_add(&step->arena, &argv, "-c");
        strings_add(&step->arena, &argv, step_fill(&step->arena, step->what->line, step->file));
    } else {
        arguments_of(step, NULL, &argv, NULL);
    }
    step->call = door->exec(door->user, container, &argv, step->timeout_ms, on_call, step);
}

/* Those that run, by the name of their service; a command goes to the first of them only. */
static void find_containers(struct step *step, bool all)
{
    const struct registry *registry = step->helpers->registry;
    const struct service *service = registry_service(registry, step->what->service);
    for (const struct instance *at = service ? service->first : NULL; at; at = at->next)
        if (at->observed->state == CONTAINER_RUNNING && !at->spec->external &&
            (all || !step->containers.count))
            strings_add(&step->arena, &step->containers, at->observed->container);
}

static void containers_start(struct step *step, bool all)
{
    if (step->what->container)
        strings_add(&step->arena, &step->containers, step->what->container);
    else
        find_containers(step, all);
    if (step->containers.count) {
        container_start(step);
        return;
    }
    snprintf(step->trouble, sizeof step->trouble, "found no running container of the service %.100s",
             step->what->service);
    end_soon(step);
}

/* ---- http ---- */

static void on_answered(void *user, const struct transfer_result *result)
{
    struct step *step = user;
    char place[200];
    step->transfer = NULL;
    step_show_url(step->what->url, place, sizeof place);
    if (result->end != TRANSFER_DONE)
        snprintf(step->trouble, sizeof step->trouble, "%s gave no answer (%s)", place,
                 transfer_end_name(result->end));
    else if (result->http_status < 200 || result->http_status > 299)
        snprintf(step->trouble, sizeof step->trouble, "%s answered %d", place, result->http_status);
    step_end(step);
}

static void http_start(struct step *step)
{
    const struct file_step *what = step->what;
    const char **headers = arena_new(&step->arena, (what->headers.count + 1) * sizeof *headers);
    for (size_t i = 0; i < what->headers.count; i++)
        headers[i] = what->headers.item[i];
    const char *body = what->body               ? step_fill(&step->arena, what->body, step->file)
                       : what->method[0] == 'P' ? ""
                                                : NULL; /* POST, PUT and PATCH have one */
    step->transfer = transfer_start(step->helpers->pool,
                                    &(struct transfer_request){.method = what->method,
                                                               .url = what->url,
                                                               .headers = headers,
                                                               .body = body,
                                                               .max_body = ANSWER_MAX,
                                                               .total_timeout_ms = step->timeout_ms,
                                                               .fresh = true,
                                                               .resolve = true,
                                                               .on_done = on_answered,
                                                               .user = step});
}

/* ---- life ---- */

struct step *step_start(const struct step_helpers *helpers, const struct step_order *order, step_done *done,
                        void *user)
{
    struct step *step = mem_new(sizeof *step);
    step->helpers = helpers;
    step->what = order->step;
    step->file = arena_copy(&step->arena, order->file);
    step->shown = arena_copy(&step->arena, order->shown);
    step->timeout_ms = order->timeout_ms;
    step->done = done;
    step->user = user;
    step->now = mem_new(sizeof *step->now);
    uv_timer_init(helpers->loop, step->now);
    step->now->data = step;
    switch (order->step->kind) {
    case FILE_STEP_COMMAND:
        command_start(step);
        break;
    case FILE_STEP_EXEC:
    case FILE_STEP_SIGNAL:
        containers_start(step, !order->first_only);
        break;
    case FILE_STEP_HTTP:
        http_start(step);
        break;
    case FILE_STEP_KIND_COUNT:
        break;
    }
    return step;
}

void step_cancel(struct step *step)
{
    if (!step)
        return;
    child_cancel(step->child);
    if (step->call)
        step->helpers->door->cancel(step->helpers->door->user, step->call);
    transfer_cancel(step->transfer);
    step_free(step);
}
