/* SPDX-License-Identifier: MIT */
/* check_inside.c: one check inside a container. */
#include "controller/check_inside.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "controller/core/error.h"
#include "controller/core/log.h"
#include "controller/core/text.h"
#include "controller/labels/command.h"
#include "docker/archive.h"
#include "docker/exec_once.h"

struct check_inside {
    struct engine *engine;
    struct exec_leftovers *leftovers; /* by container: at most one each */
};

struct probe_run {
    struct check_inside *inside;
    struct probe_spec *spec;
    probe_done *done;
    void *user;
    uint64_t began_ns;
    struct exec_once *command; /* one of the two, */
    struct archive *archive;
};

/* ---- what the end means ---- */

static void outcome_make(struct outcome *ret, enum outcome_kind kind, const char *detail)
{
    *ret = (struct outcome){.kind = kind};
    outcome_sentence(kind, detail, ret->message, sizeof ret->message);
}

/* The engine's own words stay out: they may quote the command. */
static void judge_error(const struct error *err, const char *needed, struct outcome *ret)
{
    if (err->code == -EACCES)
        outcome_make(ret, OUTCOME_FORBIDDEN, needed);
    else if (err->code == -EBUSY)
        outcome_make(ret, OUTCOME_NOT_MADE, "the container is paused or stopping");
    else if (err->code == -ENOENT)
        outcome_make(ret, OUTCOME_NOT_MADE, "the container is gone");
    else
        outcome_make(ret, OUTCOME_NOT_MADE, "the engine could not do it");
}

void check_inside_judge_command(const struct exec_result *result, const struct error *err, int64_t timeout_ms,
                                struct outcome *ret)
{
    char text[sizeof ret->message], limit[24];
    if (err) {
        judge_error(err, "POST containers/*/exec, POST exec/*/start, GET exec/*/json", ret);
    } else if (result->running) {
        *ret = (struct outcome){.kind = OUTCOME_READ_TIMEOUT};
        text_format_duration(timeout_ms, limit);
        snprintf(ret->message, sizeof ret->message,
                 "Command did not end within %s; it still runs, and no other is started meanwhile", limit);
    } else if (result->exit_code == 126 || result->exit_code == 127) {
        snprintf(text, sizeof text,
                 "Command cannot run (code %d): it is not in the container, or may not be executed",
                 result->exit_code);
        outcome_make(ret, OUTCOME_MISSING, text);
    } else {
        snprintf(text, sizeof text, "Command exited with code %d", result->exit_code);
        outcome_make(ret, result->exit_code == 0 ? OUTCOME_PASS : OUTCOME_VERDICT, text);
    }
}

void check_inside_judge_file(const char *path, bool exists, const struct error *err, struct outcome *ret)
{
    char text[sizeof ret->message];
    snprintf(text, sizeof text, "File %.100s %s", path, exists ? "exists" : "does not exist");
    if (err)
        judge_error(err, "HEAD containers/*/archive", ret);
    else
        outcome_make(ret, exists ? OUTCOME_PASS : OUTCOME_VERDICT, text);
}

void check_inside_forget(struct check_inside *inside, const char *container)
{
    if (inside)
        exec_leftovers_forget(inside->leftovers, container);
}

/* ---- one check ---- */

static void run_end(struct probe_run *run, struct outcome *outcome)
{
    outcome->response_ms = (double)(uv_hrtime() - run->began_ns) / 1e6;
    probe_done *done = run->done;
    void *user = run->user;
    free(run->spec);
    free(run);
    done(user, outcome);
}

/* The only place where a command's output is seen, and only by those who asked for it. */
static void log_output(const struct probe_run *run, const struct exec_result *result, const struct error *err)
{
    char words[512];
    text_one_line(err ? err->text : result->output, words, sizeof words);
    log_line(LOG_LEVEL_DEBUG, NULL, NULL, "Command check in %.12s: code %d%s: %s", run->spec->container,
             result->exit_code, result->running ? ", still running" : "", words);
}

static void on_command_done(void *user, const struct exec_result *result, const struct error *err)
{
    struct probe_run *run = user;
    run->command = NULL;
    log_output(run, result, err);
    struct outcome outcome;
    check_inside_judge_command(result, err, run->spec->timeout_ms, &outcome);
    run_end(run, &outcome);
}

static void command_start(struct probe_run *run)
{
    struct arena arena = {0};
    struct strings argv;
    int code = command_parse(run->spec->inside, &arena, &argv);
    assert(code == 0); /* labels that are not usable never get here */
    (void)code;
    const struct probe_spec *spec = run->spec;
    run->command = exec_once_start(run->inside->leftovers, spec->container, spec->container, &argv,
                                   spec->timeout_ms, on_command_done, run);
    arena_free(&arena);
}

static void on_archive_done(void *user, bool exists, const struct error *err)
{
    struct probe_run *run = user;
    run->archive = NULL;
    struct outcome outcome;
    check_inside_judge_file(run->spec->inside, exists, err, &outcome);
    run_end(run, &outcome);
}

static struct probe_run *run_start(void *user, const struct probe_spec *spec, probe_done *done,
                                   void *done_user)
{
    struct probe_run *run = mem_new(sizeof *run);
    run->inside = user;
    run->spec = probe_spec_copy(spec);
    run->done = done;
    run->user = done_user;
    run->began_ns = uv_hrtime();
    if (spec->kind == CHECK_FILE)
        run->archive = archive_look(run->inside->engine, spec->container, spec->inside, spec->timeout_ms,
                                    on_archive_done, run);
    else
        command_start(run);
    return run;
}

static void run_cancel(void *user, struct probe_run *run)
{
    (void)user;
    exec_once_cancel(run->command);
    archive_cancel(run->archive);
    free(run->spec);
    free(run);
}

struct check_inside *check_inside_new(struct engine *engine, struct prober *prober)
{
    struct check_inside *inside = mem_new(sizeof *inside);
    inside->engine = engine;
    inside->leftovers = exec_leftovers_new(engine);
    const struct probe_runner runner = {.start = run_start, .cancel = run_cancel, .user = inside};
    prober_set_runner(prober, &runner);
    return inside;
}

void check_inside_free(struct check_inside *inside)
{
    if (!inside)
        return;
    exec_leftovers_free(inside->leftovers);
    free(inside);
}
