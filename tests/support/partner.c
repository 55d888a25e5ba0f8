/* SPDX-License-Identifier: MIT */
/* partner.c: starting, waiting for and ending other programs. */
#include "tests/support/partner.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/http.h"

enum { LOG_SHOWN = 3000 };

int partner_port(void)
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

static char *format_list(struct world *world, const char *format, va_list arguments)
{
    char *text;
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    char *copy = arena_copy(&world->arena, text);
    free(text);
    return copy;
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
