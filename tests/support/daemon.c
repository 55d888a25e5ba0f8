/* SPDX-License-Identifier: MIT */
/* Starting, stopping and asking the quaywatch under test: build/quaywatch, or the one that QUAYWATCH names.
 */
#include "tests/support/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/http.h"

enum { START_MS = 10000, STOP_MS = 20000 };

/* The program; for another user a copy where that user can read it. */
static const char *program(struct world *world)
{
    const char *named = getenv("QUAYWATCH");
    const char *path = named ? named : "build/quaywatch";
    if (world->uid == 0)
        return path;
    char *ignored;
    char *copy = arena_format(&world->arena, "%s/quaywatch", world->folder);
    shell_status(world, &ignored, "install -m 755 '%s' '%s'", path, copy);
    return copy;
}

int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    close(fd);
    return ntohs(address.sin_port);
}

/* The whole environment of quaywatch, as arguments for `env -i`: what this machine has set must not matter.
 */
static char *environment(struct world *world, const char *settings)
{
    const char *sanitizer = getenv("ASAN_OPTIONS");
    return arena_format(
        &world->arena,
        "PATH=/usr/bin:/bin DOCKER_HOST='%s' ASAN_OPTIONS='%s' QUAYWATCH_LISTEN=0.0.0.0:%d "
        "QUAYWATCH_STATE_DIR='%s/state' QUAYWATCH_STATUS_FILE='%s/status/status.json' "
        "QUAYWATCH_LOG_LEVEL=debug QUAYWATCH_LOG_FORMAT=text QUAYWATCH_SETTLE=1s "
        "QUAYWATCH_DEPLOY_SETTLE=1s QUAYWATCH_GRACEFUL_SHUTDOWN_TIMEOUT=5s HEALTH_CHECK_INTERVAL=200ms "
        "HEALTH_CHECK_TIMEOUT=1s %s",
        world->docker_host, sanitizer ? sanitizer : "", world->port, world->folder, world->folder, settings);
}

static void daemon_exec(struct world *world, const char *command)
{
    char *log = arena_format(&world->arena, "%s/daemon.log", world->folder);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    dup2(fd, STDERR_FILENO);
    dup2(fd, STDOUT_FILENO);
    /* Best effort, since giving up root clears it: whoever runs the tests also ends the whole process group.
     */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (world->uid != 0 && (setgroups(0, NULL) != 0 || setgid(world->uid) != 0 || setuid(world->uid) != 0))
        _exit(126);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* Whether quaywatch has ended by itself; then it is not ours any more. */
static bool daemon_ended(struct world *world, int *ret_status)
{
    if (waitpid(world->daemon, ret_status, WNOHANG) != world->daemon)
        return false;
    world->daemon = 0;
    return true;
}

void daemon_start(struct world *world, const char *settings)
{
    assert_int_equal(world->daemon, 0);
    if (!world->port) /* one that comes back is where it was */
        world->port = free_port();
    world->settings = arena_copy(&world->arena, settings);
    char *command = arena_format(&world->arena, "exec env -i %s %s", environment(world, settings),
                                 program(world));
    char *ignored;
    for (const char *const *name = (const char *const[]){"state", "status", NULL}; *name; name++)
        shell_status(world, &ignored, "mkdir -p '%s/%s' && chown %u '%s/%s'", world->folder, *name,
                     (unsigned)world->uid, world->folder, *name);
    fflush(NULL);
    world->daemon = fork();
    if (world->daemon == 0)
        daemon_exec(world, command);
    for (int64_t end = clock_now_ms() + START_MS; http_get(world, "/health")->status == 0; clock_pause()) {
        int status;
        if (daemon_ended(world, &status))
            world_fail(world, "quaywatch ended at its start (wait status %#x)", (unsigned)status);
        if (clock_now_ms() > end)
            world_fail(world, "quaywatch does not answer on port %d", world->port);
    }
}

void daemon_stop(struct world *world)
{
    if (world->daemon == 0)
        return;
    int status = 0;
    kill(world->daemon, SIGTERM);
    for (int64_t end = clock_now_ms() + STOP_MS; !daemon_ended(world, &status); clock_pause()) {
        if (clock_now_ms() < end)
            continue;
        kill(world->daemon, SIGKILL);
        waitpid(world->daemon, &status, 0);
        world->daemon = 0;
        world_fail(world, "quaywatch did not end within %d ms of SIGTERM", STOP_MS);
    }
    if (status != 0)
        world_fail(world, "quaywatch ended with wait status %#x after SIGTERM", (unsigned)status);
}

void daemon_kill(struct world *world)
{
    kill(world->daemon, SIGKILL);
    waitpid(world->daemon, NULL, 0);
    world->daemon = 0;
}

int daemon_command(struct world *world, char **ret_output, const char *format, ...)
{
    va_list arguments;
    char *words;
    va_start(arguments, format);
    if (vasprintf(&words, format, arguments) < 0)
        abort();
    va_end(arguments);
    int status = shell_status(world, ret_output, "exec env -i %s %s %s 2>'%s/command.errors'",
                              environment(world, world->settings ? world->settings : ""), program(world),
                              words, world->folder);
    free(words);
    return status;
}

char *daemon_log(struct world *world)
{
    char *text = world->folder ? file_text(world, "daemon.log") : NULL;
    return text ? text : arena_copy(&world->arena, "");
}
