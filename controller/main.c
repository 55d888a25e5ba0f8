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
    if (!command->needs_no_options && options_read(&options, &argc, argv, cli_environment, &err) != 0) {
        fprintf(stderr, "quaywatch: %s\n", err.text);
        options_free(&options);
        return EXIT_WRONG_USE;
    }
    struct call call;
    int code = cli_read_call(command, command->needs_no_options ? NULL : &options, argc, argv, &call);
    if (code == 0)
        code = cli_run(&call);
    options_free(&options);
    return code;
}
