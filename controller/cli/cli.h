/* cli.h: the commands of the one binary (CONTRACT section 6): one const table of them and one of their
 * flags; command line, help, completion and manual come from both. */
#ifndef QUAYWATCH_CONTROLLER_CLI_H
#define QUAYWATCH_CONTROLLER_CLI_H

#include <stdbool.h>
#include <stddef.h>

struct options;

/* Exit codes. */
enum { EXIT_FINE = 0, EXIT_FINDING = 1, EXIT_WRONG_USE = 2, EXIT_NO_ENGINE = 3 };

enum flag {
    FLAG_JSON,
    FLAG_FOLLOW,
    FLAG_FORCE,
    FLAG_DOT,
    FLAG_MERMAID,
    FLAG_OUTPUT,
    FLAG_MARKDOWN,
    FLAG_EXPLAIN,
    FLAG_TAG,
    FLAG_PROJECT,
    FLAG_VERSION,
    FLAG_PREFIX,
    FLAG_FORMAT,
    FLAG_SET,
    FLAG_HELP,
    FLAG_COUNT
};
#define FLAG(name) (1u << FLAG_##name)

struct flag_row {
    const char *name;  /* without dashes */
    char letter;       /* "-o", or 0 */
    const char *value; /* what it takes: "FILE", or NULL */
    const char *help;
};
extern const struct flag_row flag_rows[FLAG_COUNT];

enum { CALL_ARGUMENTS = 4, CALL_SETS = 64 };

/* A command as somebody called it. */
struct call {
    const struct command *command;
    const struct options *options;        /* NULL for commands that need none */
    const char *argument[CALL_ARGUMENTS]; /* those that are no options; NULL: not given */
    int count;
    unsigned flags;                /* those given, FLAG(…) */
    const char *value[FLAG_COUNT]; /* of those that take one; NULL: not given */
    const char *set[CALL_SETS];    /* of each FLAG_SET: "NAME=VALUE" */
    size_t set_count;
};

/* What an argument of a command is: for completion. */
enum argument_kind {
    ARGUMENT_NONE,
    ARGUMENT_SERVICE,
    ARGUMENT_COMMAND,
    ARGUMENT_FORMAT,
    ARGUMENT_FILE,
    ARGUMENT_WORDS,
    ARGUMENT_FREE
};
enum { ARGUMENT_WORDS_MAX = 8 };

struct argument {
    const char *name; /* as the usage names it: "SERVICE", "DURATION|off" */
    enum argument_kind kind;
    bool optional;
    const char *word[ARGUMENT_WORDS_MAX]; /* of ARGUMENT_WORDS: what is allowed */
};

struct command {
    const char *name, *help;
    struct argument argument[CALL_ARGUMENTS];
    unsigned flags;                      /* those it understands, FLAG(…) */
    bool needs_no_options;               /* it can be called whatever the settings are */
    bool speaks_of_settings;             /* it warns of unknown ones and those without effect */
    int (*run)(const struct call *call); /* the exit code */
};
extern const struct command commands[];
extern const size_t command_count;

/* The command that argv names ("run" when none), removed from argv; NULL after one line on stderr when there
 * is none such. `--help` and `--version` are commands, too. */
const struct command *cli_find(int *argc, char **argv);

/* The environment, for options_read. */
const char *cli_environment(const char *key);

/* Reads what is left of argv for command into ret. 0, or EXIT_WRONG_USE after one line on stderr. */
int cli_read_call(const struct command *command, const struct options *options, int argc, char **argv,
                  struct call *ret);

/* Runs it; sets up the log first. */
int cli_run(const struct call *call);

/* "status [SERVICE] [--json]": how to call a command; text of size bytes. */
void cli_usage(const struct command *command, char *text, size_t size);

/* The commands. Each prints to stdout and returns the exit code. cli_own.c: with a controller of their own.
 */
int command_run(const struct call *call);
int command_once(const struct call *call);
int command_check(const struct call *call);

/* What the daemon sees: cli_status.c, cli_watch.c, cli_explain.c, cli_events.c, cli_history.c,
 * cli_alert.c. */
int command_status(const struct call *call);
int command_healthcheck(const struct call *call);
int command_watch(const struct call *call);
int command_explain(const struct call *call);
int command_events(const struct call *call);
int command_history(const struct call *call);
int command_alerts(const struct call *call);

/* cli_exports.c. */
int command_exports(const struct call *call);

/* What a route answers, handed on as it is: cli_raw.c. */
int command_graph(const struct call *call);
int command_export(const struct call *call);

/* What a template makes: cli_render.c. */
int command_render(const struct call *call);

/* What a person changes; they need AUTH_TOKEN or the Unix socket: cli_change.c. */
int command_restart(const struct call *call);
int command_maintenance(const struct call *call);
int command_breaker(const struct call *call);

/* What a person tries: cli_alert.c. */
int command_alert(const struct call *call);

/* About itself: cli_help.c, cli_completion.c, cli_manual.c. */
int command_help(const struct call *call);
int command_version(const struct call *call);
int command_settings(const struct call *call);
int command_completion(const struct call *call);
int command_manual(const struct call *call);

#endif
