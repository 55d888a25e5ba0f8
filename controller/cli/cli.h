/* cli.h: the commands of the one binary (CONTRACT section 6), as one const table. */
#ifndef QUAYWATCH_CONTROLLER_CLI_H
#define QUAYWATCH_CONTROLLER_CLI_H

#include <stdbool.h>

struct buf;
struct error;
struct options;

/* Exit codes. */
enum { EXIT_FINE = 0, EXIT_FINDING = 1, EXIT_WRONG_USE = 2, EXIT_NO_ENGINE = 3 };

struct command {
    const char *name, *arguments, *help;
    bool needs_options;
    int max_arguments; /* beside options */
    /* Runs the command; argv[1 …] are its own arguments. Returns the exit code. */
    int (*run)(const struct options *options, int argc, char **argv);
};

/* The command that argv names ("run" when none), removed from argv; NULL after one line on stderr when there
 * is none such. `--help` and `--version` are commands, too. */
const struct command *cli_find(int *argc, char **argv);

/* The environment, for options_read. */
const char *cli_environment(const char *key);

/* Sets up the log, warns of unknown settings, refuses what arguments are left over. 0 or EXIT_WRONG_USE. */
int cli_prepare(const struct options *options, const struct command *command, int argc, char **argv);

/* GET path from the daemon that options describe (LISTEN, READ_TOKEN), or at QUAYWATCH_URL. Returns the HTTP
 * status and its body in ret (freed by the caller), or a negative code with err. Blocks up to 10 s. */
int client_get(const char *path, const struct options *options, struct buf *ret, struct error *err);

/* The same for POST with a body ("" for none), as whoever holds AUTH_TOKEN. */
int client_post(const char *path, const char *body, const struct options *options, struct buf *ret,
                struct error *err);

/* prefix + name, percent-encoded + suffix; freed by the caller. */
char *client_path(const char *prefix, const char *name, const char *suffix);

/* cli_change.c: the commands by which a person changes something; they need AUTH_TOKEN. */
int command_restart(const struct options *options, int argc, char **argv);
int command_maintenance(const struct options *options, int argc, char **argv);

/* The commands that ask the daemon. Each prints to stdout and returns the exit code. */
int command_status(const struct options *options, int argc, char **argv);
int command_events(const struct options *options, int argc, char **argv);
int command_explain(const struct options *options, int argc, char **argv);
int command_healthcheck(const struct options *options, int argc, char **argv);

#endif
