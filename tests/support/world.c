/* SPDX-License-Identifier: MIT */
/* The world of an engine test: the engine, the shell, the folder. */
#include "tests/support/world.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "controller/core/buf.h"

enum { OUTPUT_MAX = 64 * 1024 * 1024, LOG_SHOWN = 6000 };

int64_t clock_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_pause(void)
{
    const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    nanosleep(&pause, NULL);
}

/* The log without the lines of our own questions, of which there are many while a test waits. */
static const char *log_to_show(struct world *world)
{
    char *log = daemon_log(world), *to = log;
    for (const char *at = log, *next; *at; at = next) {
        size_t len = strcspn(at, "\n");
        len += at[len] == '\n';
        next = at + len;
        const char *question = strstr(at, " DEBUG GET ");
        if (question && question < next)
            continue;
        memmove(to, at, len);
        to += len;
    }
    *to = '\0';
    return log;
}

void world_fail(struct world *world, const char *format, ...)
{
    va_list arguments;
    char sentence[8192];
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    const char *log = log_to_show(world);
    size_t len = strlen(log);
    /* Not by cmocka's print_error: it cuts long texts. */
    fprintf(stderr, "%s\n--- the end of quaywatch's log:\n%s\n---\n", sentence,
            len > LOG_SHOWN ? log + len - LOG_SHOWN : log);
    fail();
    abort(); /* not reached: fail() jumps */
}

/* Everything that can be read from fd, into the arena. */
static char *read_all(struct world *world, int fd, size_t *ret_len)
{
    struct buf buf;
    char piece[65536];
    buf_init(&buf, OUTPUT_MAX);
    for (;;) {
        ssize_t got = read(fd, piece, sizeof piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        buf_add(&buf, piece, (size_t)got);
    }
    *ret_len = buf.len;
    char *text = arena_copy_n(&world->arena, buf_string(&buf), buf.len);
    buf_free(&buf);
    return text;
}

char *file_text(struct world *world, const char *name)
{
    char *path = arena_format(&world->arena, "%s/%s", world->folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    size_t len;
    char *text = read_all(world, fd, &len);
    close(fd);
    return text;
}

char *file_write(struct world *world, const char *name, const char *text)
{
    char *path = arena_format(&world->arena, "%s/%s", world->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* Runs command; errors says where stderr goes: -1 with the output, else a descriptor. */
static int run(struct world *world, const char *command, int errors, char **ret_output)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        world_fail(world, "pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(errors < 0 ? ends[1] : errors, STDERR_FILENO);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    size_t len;
    char *output = read_all(world, ends[0], &len);
    close(ends[0]);
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (len > 0 && output[len - 1] == '\n')
        output[len - 1] = '\0';
    *ret_output = output;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

char *format_list(struct world *world, const char *format, va_list arguments)
{
    char *text;
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    char *copy = arena_copy(&world->arena, text);
    free(text);
    return copy;
}

char *shell(struct world *world, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *command = format_list(world, format, arguments);
    va_end(arguments);
    char *errors_path = arena_format(&world->arena, "%s/errors", world->folder);
    int errors = open(errors_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    char *output;
    int status = run(world, command, errors, &output);
    close(errors);
    if (status != 0)
        world_fail(world, "`%s` exited with %d: %s\n%s", command, status, output, file_text(world, "errors"));
    return output;
}

int shell_status(struct world *world, char **ret_output, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *command = format_list(world, format, arguments);
    va_end(arguments);
    return run(world, command, -1, ret_output);
}

char *container_run(struct world *world, const char *name, const char *arguments, const char *command)
{
    return shell(world, "docker run -d --name %s --label service.name=%s %s " IMAGE " %s", name, name,
                 arguments, command);
}

void container_crash(struct world *world, const char *name)
{
    shell(world, "compose/engine.sh inside '%s' kill -KILL $(docker inspect -f '{{.State.Pid}}' %s)",
          world->engine_dir, name);
}

char *container_address(struct world *world, const char *name)
{
    return shell(world, "docker inspect -f '{{.NetworkSettings.IPAddress}}' %s", name);
}

char *container_started_at(struct world *world, const char *name)
{
    return shell(world, "docker inspect -f '{{.State.StartedAt}}' %s", name);
}

void engine_do(struct world *world, const char *command, const char *environment)
{
    shell(world, "%s compose/engine.sh %s '%s'", environment, command, world->engine_dir);
}

/* From here on this process and its children have the engine's network; once is enough. */
static void engine_enter(struct world *world)
{
    char path[64];
    char *pid = shell(world, "compose/engine.sh pid '%s'", world->engine_dir);
    snprintf(path, sizeof path, "/proc/%s/ns/net", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) != 0)
        world_fail(world, "The engine's network cannot be entered: %s", strerror(errno));
    close(fd);
}

int world_setup(void **state)
{
    struct world *world = mem_new(sizeof *world);
    world->engine_dir = getenv("ENGINE_DIR");
    if (!world->engine_dir) {
        print_error("ENGINE_DIR must name the folder of a running engine (compose/engine.sh up DIR).\n");
        free(world);
        return -1;
    }
    world->docker_host = arena_format(&world->arena, "unix://%s/docker.sock", world->engine_dir);
    setenv("DOCKER_HOST", world->docker_host, 1);
    char *folder = arena_format(&world->arena, "%s/test-XXXXXX", world->engine_dir);
    if (!mkdtemp(folder) || chmod(folder, 0755) != 0) {
        print_error("%s: %s\n", folder, strerror(errno));
        return -1;
    }
    world->folder = folder;
    engine_enter(world);
    *state = world;
    return 0;
}

int world_teardown(void **state)
{
    struct world *world = *state;
    char *output;
    daemon_stop(world);
    /* An engine that a failed test left stopped is started for the next one. */
    shell_status(world, &output, "docker version >/dev/null 2>&1 || compose/engine.sh start '%s'",
                 world->engine_dir);
    shell_status(world, &output, "iptables -F quaywatch-test 2>/dev/null");
    shell_status(world, &output,
                 "docker ps -aq | xargs -r docker rm -f >/dev/null; docker network prune -f >/dev/null");
    shell_status(world, &output, "rm -rf '%s'", world->folder);
    arena_free(&world->arena);
    free(world);
    return 0;
}
