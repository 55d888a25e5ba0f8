/* SPDX-License-Identifier: MIT */
/* partner.c: starting, waiting for and ending other programs. */
#include "tests/support/partner.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "controller/core/mem.h"
#include "tests/support/http.h"

enum { LOG_SHOWN = 3000 };

int partner_setup(void **state, size_t size)
{
    void *world = NULL;
    if (world_setup(&world) != 0)
        return -1;
    struct world **partners = mem_new(size);
    *partners = world;
    *state = partners;
    return 0;
}

int partner_teardown(void **state)
{
    struct world **partners = *state;
    void *world = *partners;
    free(partners);
    return world_teardown(&world);
}

pid_t partner_start(struct world *world, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *command = arena_format(&world->arena, "exec %s", format_list(world, format, arguments));
    va_end(arguments);
    char *path = arena_format(&world->arena, "%s/%s.log", world->folder, name);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    assert_true(child > 0);
    return child;
}

void partner_stop(pid_t partner)
{
    if (partner <= 0)
        return;
    kill(partner, SIGKILL);
    waitpid(partner, NULL, 0);
}

char *partner_wait(struct world *world, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *command = format_list(world, format, arguments), *output = NULL;
    va_end(arguments);
    for (int64_t end = clock_now_ms() + PATIENCE_MS; clock_now_ms() < end; clock_pause())
        if (shell_status(world, &output, "%s", command) == 0)
            return output;
    const char *log = file_text(world, arena_format(&world->arena, "%s.log", name));
    size_t len = log ? strlen(log) : 0;
    world_fail(world, "`%s` never succeeded: %s\n--- the end of %s.log:\n%s", command, output, name,
               len > LOG_SHOWN ? log + len - LOG_SHOWN
               : log           ? log
                               : "");
}

void output_wait(struct world *world, const char *expected, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *command = format_list(world, format, arguments), *output = NULL;
    va_end(arguments);
    for (int64_t end = clock_now_ms() + PATIENCE_MS; clock_now_ms() < end; clock_pause())
        if (shell_status(world, &output, "%s", command) == 0 && strcmp(output, expected) == 0)
            return;
    world_fail(world, "`%s` wrote \"%s\" instead of \"%s\"", command, output, expected);
}
