/* SPDX-License-Identifier: MIT */
/* main.c: the table of contents: read the settings, find the command, run it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "controller/cli/cli.h"
#include "controller/core/error.h"
#include "controller/settings/options.h"

enum { DESCRIPTORS = 16384 };

/* Checks in flight and clients need a descriptor each; the usual soft limit of 1,024 is below what we are
 * made for. */
static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max &&
        limit.rlim_cur < DESCRIPTORS) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct error err = {0};
    raise_descriptors();
    signal(SIGPIPE, SIG_IGN); /* a peer that is gone is an error of a write, not the end of us */

    const struct command *command = cli_find(&argc, argv);
    if (!command)
        return EXIT_WRONG_USE;
    if (!command->needs_options)
        return command->run(NULL, argc, argv);
    if (options_read(&options, &argc, argv, cli_environment, &err) != 0) {
        fprintf(stderr, "quaywatch: %s\n", err.text);
        options_free(&options);
        return EXIT_WRONG_USE;
    }
    int code = cli_prepare(&options, command, argc, argv);
    if (code == 0)
        code = command->run(&options, argc, argv);
    options_free(&options);
    return code;
}
