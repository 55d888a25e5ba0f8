/* options.h: the settings (CONTRACT section 7). One const table holds key, aliases, type, range, default and
 * help; parsing, --help, validation and the README's table come from it. */
#ifndef QUAYWATCH_CONTROLLER_OPTIONS_H
#define QUAYWATCH_CONTROLLER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "controller/core/log.h"
#include "controller/core/mem.h"

struct error;

enum watch_mode { WATCH_LABELLED, WATCH_ALL };
enum scope { SCOPE_ALL, SCOPE_PROJECT };
enum join_networks { JOIN_NETWORKS_OFF, JOIN_NETWORKS_LABELLED, JOIN_NETWORKS_ALL };
enum alert_least { ALERT_LEAST_WARNING, ALERT_LEAST_CRITICAL, ALERT_LEAST_EMERGENCY };
enum alert_email_tls { ALERT_EMAIL_TLS_AUTO, ALERT_EMAIL_TLS_REQUIRED, ALERT_EMAIL_TLS_OFF };
enum restart_default {
    RESTART_DEFAULT_AUTO,
    RESTART_DEFAULT_NO,
    RESTART_DEFAULT_ON_UNHEALTHY,
    RESTART_DEFAULT_ON_FAILURE,
    RESTART_DEFAULT_ALWAYS
};

/* All text lives in the arena and is never NULL ("" when unset) unless said. Durations in ms. */
struct options {
    struct arena arena;
    const char *docker_host, *docker_cert_path, *docker_api_version; /* NULL when unset */
    bool docker_tls_verify;

    const char *listen; /* "0.0.0.0:8080", "[::]:8080", ":8080" */
    unsigned history_days, history_max_mib;
    const char *status_file, *state_dir, *overrides, *network;
    const char *exports; /* see exporter/files/entry.h; checked when it is opened */
    enum watch_mode watch;
    enum scope scope;
    enum join_networks join_networks;
    const char
        *scope_project; /* SCOPE=project: "" is the controller's own project; SCOPE_PROJECT names another */
    enum log_level log_level;
    const char *log_format; /* "text", "json", "" automatic */
    bool dry_run;

    bool check_enabled;
    int64_t check_interval_ms, check_timeout_ms;
    const char *check_path, *check_ca;
    unsigned check_retries;

    bool breaker_enabled;
    unsigned breaker_failures, breaker_successes;
    int64_t breaker_recovery_ms, breaker_window_ms;

    enum restart_default restart_default, coolify_restart; /* coolify_restart: AUTO means "no" */
    int64_t settle_ms, deploy_settle_ms, deploy_verify_ms, resync_ms, dependency_timeout_ms;
    int64_t stats_interval_ms; /* 0: containers are not measured */

    const char *on_failed_webhook; /* URL, "" when unset; a secret */
    bool retry_enabled;
    unsigned retry_attempts;
    int64_t retry_base_ms, retry_max_ms;

    /* Where alerts go: URLs and tokens (secrets), "" when unset. */
    const char *alert_webhook, *alert_slack, *alert_discord, *alert_ntfy, *alert_ntfy_token, *alert_gotify,
        *alert_gotify_token, *alert_email, *alert_email_from, *alert_email_to, *alert_alertmanager,
        *alert_healthchecks, *alert_ca;
    enum alert_email_tls alert_email_tls;
    int64_t alert_ping_ms;
    int64_t alert_delay_ms, alert_group_wait_ms, alert_resolve_delay_ms,
        alert_remind_ms; /* remind 0: never */
    enum alert_least alert_least;
    const char *alert_url, *alert_quiet, *alert_rules; /* see core/quiet.h; path of a file; "" when unset */
    unsigned alert_memory_percent;                     /* 0: no built-in rule */

    const char *auth_token, *read_token;                                 /* "" when unset */
    const char *allowed_networks, *blocked_networks, *external_networks; /* comma lists of CIDR, validated */
    const char *tls_cert, *tls_key;                                      /* files, "" when unset */
    const char *trusted_proxy;                                           /* comma list of CIDR, validated */
    const char *allowed_hosts, *cors_origins;                            /* comma lists, validated */
    bool internal_network_only;

    const char *source_dir, *source_env; /* absolute, "" when unset */
    const char *registry_dir;            /* absolute, "" when unset */
    const char *env_prefix;              /* of the variables of `env`, "" for none; validated */
    const char *dns_listen, *dns_zone;   /* comma list of address:port, "" off; a domain */
    int64_t dns_ttl_ms;
    /* Registries that are told; "" when off. The password is a secret. */
    const char *node_name, *etcd, *etcd_prefix, *etcd_user, *etcd_password, *etcd_ca, *etcd_cert, *etcd_key;
    int64_t etcd_ttl_ms;
    const char *consul, *consul_token, *consul_ca, *consul_lock; /* the token is a secret */
    int64_t consul_ttl_ms, consul_deregister_ms;                 /* deregister 0: never */

    bool metrics_enabled;
    const char *metrics_prefix;
    const char *load_balancing;
    int64_t graceful_shutdown_ms, drain_ms; /* drain 0: what serves is not taken out first */
    bool discovery_enabled;
    int64_t discovery_timeout_ms;
    unsigned discovery_retries;

    const char *profile; /* its name or file, "" for none */
    struct pairs values,
        origins;         /* of what is not left to its default, by key: as written (no secrets), and where */
    const char *haproxy; /* comma list of runtime sockets, "" when unset; validated */
    const char *caddy;   /* base URL of the admin API, "" when unset */

    const char *config; /* the settings file that was read, "" for none */
    char **arguments;   /* as given, for options_reread; argument_count of them */
    int argument_count;
    struct strings
        notices; /* sentences for the log: unknown keys in that file, settings that do nothing yet */
};

/* Reads everything by precedence: arguments ("--listen=…", "--listen …"; names are the keys in lower case
 * with dashes), environment (QUAYWATCH_<KEY>, else the bare key and its aliases, <KEY>_FILE for secrets), the
 * file QUAYWATCH_CONFIG (default ./.env where it exists), defaults. An empty value counts as not set. getter
 * is getenv or a test's stand-in. Consumes the option arguments: argv is compacted to what remains, argc
 * updated: the command, its arguments, one-letter options and the commands' own flags (--help,
 * --version, --json, --follow, --dot, --mermaid, --force, --markdown, --output, …). On failure -EINVAL with
 * one sentence naming key, where it came from, the value (not of secrets) and what is allowed; *ret is then
 * empty and argv is untouched. */
int options_read(struct options *ret, int *argc, char **argv, const char *(*getter)(const char *key),
                 struct error *err);

/* Reads everything again as old was read (the same arguments, the present environment and file); old is
 * unchanged. Fails as options_read. */
int options_reread(const struct options *old, struct options *ret, const char *(*getter)(const char *key),
                   struct error *err);

/* Parses KEY=value lines (comments with #, optional quotes and `export `; inside double quotes \n \t \" \\ \$
 * as in a shell) and calls back for each; -EINVAL naming the line for what is no such line. Writes into text.
 * Pure; fuzzed. */
int options_parse_file(char *text, void (*line)(void *user, const char *key, const char *value), void *user,
                       struct error *err);

/* Keys that begin with QUAYWATCH_ but are not known, from environ: calls back with the key and the nearest
 * known one (or NULL). */
void options_unknown(char **environ_list, void (*unknown)(void *user, const char *key, const char *nearest),
                     void *user);

/* Prints the table of settings: for the help, for the README, for the manual page, for programs. */
enum options_form { OPTIONS_AS_TEXT, OPTIONS_AS_MARKDOWN, OPTIONS_AS_ROFF, OPTIONS_AS_JSON };
void options_print(FILE *out, enum options_form form);

/* Prints what is not left to its default and where it was said, and the profiles with what each sets. */
void options_explain(FILE *out, const struct options *options);

/* Frees what options_read made. */
void options_free(struct options *options);

#endif
