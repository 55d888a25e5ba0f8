/* SPDX-License-Identifier: MIT */
/* server_process.c: starts and ends servers that are programs of their own. */
#include "tests/support/server_process.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int server_process_start(struct server_process *server, const char *program, const char *argument, int *ports,
                         int count)
{
    int in[2], out[2], got = 0;
    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        return -1;
    server->pid = fork();
    if (server->pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execl(program, program, argument, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    server->input = in[1];
    FILE *file = fdopen(out[0], "r");
    if (!file)
        return -1;
    while (got < count && fscanf(file, "%d", &ports[got]) == 1)
        got++;
    fclose(file);
    return got == count ? 0 : -1;
}

int server_process_stop(struct server_process *server)
{
    close(server->input);
    return waitpid(server->pid, NULL, 0) == server->pid ? 0 : -1;
}
