/* world.h: what an engine test works with: a private engine (the one in ENGINE_DIR, entered by its network
 * namespace), a folder for files, shell commands, one quaywatch, and waiting. A test gets a fresh world:
 * teardown stops quaywatch, removes all containers and networks of the engine and the folder. All text lives
 * until teardown. */
#ifndef QUAYWATCH_TESTS_WORLD_H
#define QUAYWATCH_TESTS_WORLD_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <setjmp.h>
#include <cmocka.h>

#include "controller/core/mem.h"

#define IMAGE "quaywatch-demo/busybox:1"

/* Labels that make checks quick enough for tests, with the check that can be made sick. */
#define LABEL(pair) " --label " pair " "
#define QUICK                                                                                                \
    LABEL("service.health.interval=200ms")                                                                   \
    LABEL("service.health.timeout=1s")                                                                       \
    LABEL("service.health.start_period=1s")                                                                  \
    LABEL("service.health.retries=2")                                                                        \
    LABEL("service.health.successes=1")                                                                      \
    LABEL("service.breaker.recovery_timeout=1s")                                                             \
    LABEL("service.restart.backoff=1s")                                                                      \
    LABEL("service.restart.backoff_max=1s")
#define CHECKED LABEL("service.port=8080") LABEL("service.health.path=/cgi-bin/health") QUICK

/* A server that is sick from its start on and again after every restart. */
#define CHRONIC "sh -c 'trap exit TERM; sick 503; httpd -p 8080 -h /www; while :; do sleep 0.1; done'"

struct world {
    struct arena arena;
    const char *engine_dir;  /* of compose/engine.sh */
    const char *folder;      /* for this test's files; open to quaywatch's own user */
    const char *settings;    /* of the running quaywatch, as given to daemon_start */
    const char *docker_host; /* what quaywatch gets; a test may replace it before daemon_start */
    uid_t uid;               /* whom quaywatch is started as; 0 unless a test says otherwise */
    pid_t daemon;            /* 0: not running */
    int port;
};

/* cmocka's setup and teardown: *state is a struct world. */
int world_setup(void **state);
int world_teardown(void **state);

/* Runs a shell command (with DOCKER_HOST set, so `docker …` speaks to the engine) and gives what it wrote to
 * stdout, without the last line end. The test fails, with the command's words, unless it exits with 0. */
char *shell(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a command that may fail: its exit code (128 + signal); stdout and stderr together in
 * *ret_output. */
int shell_status(struct world *world, char **ret_output, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Starts a container named name of service name, with more arguments for `docker run` and its command ("" is
 * the web server). Gives its id. */
char *container_run(struct world *world, const char *name, const char *arguments, const char *command);

/* Kills the container's first process from outside, as a crash would: the engine hears of no `kill`. */
void container_crash(struct world *world, const char *name);

/* Its address in the engine's own network. */
char *container_address(struct world *world, const char *name);

/* When the engine started the container last. */
char *container_started_at(struct world *world, const char *name);

/* Calls compose/engine.sh with a command (stop, kill, start) for this engine; environment is "KEY=value …" or
 * "". */
void engine_do(struct world *world, const char *command, const char *environment);

/* Starts quaywatch with settings "KEY=value KEY=value …" beside quick defaults, and waits until it answers.
 */
void daemon_start(struct world *world, const char *settings);

/* Ends quaywatch with SIGTERM; it must exit with 0. Nothing to do is fine. */
void daemon_stop(struct world *world);

/* Ends quaywatch with SIGKILL, as a crash would. It must be running. */
void daemon_kill(struct world *world);

/* Runs quaywatch's other commands in the environment of the running one ("status --json"): exit code, and
 * stdout in *ret_output. */
int daemon_command(struct world *world, char **ret_output, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What quaywatch has logged so far. */
char *daemon_log(struct world *world);

/* A TCP port of 127.0.0.1 that was free a moment ago; nobody else is in this network. */
int free_port(void);

/* A formatted string that lives until teardown. */
char *format_list(struct world *world, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* The content of a file in the test's folder, NULL when there is none. */
char *file_text(struct world *world, const char *name);

/* Writes a file in the test's folder, and gives its path. */
char *file_write(struct world *world, const char *name, const char *text);

/* Prints the sentence and the end of quaywatch's log, and fails the test. */
void world_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

/* Milliseconds on a clock that never jumps, and the pause between two looks while waiting. */
int64_t clock_now_ms(void);
void clock_pause(void);

#endif
