/* SPDX-License-Identifier: MIT */
/* exit_lint.c: files, entries and ports that exits need, looked at one after another. */
#include "controller/exit_lint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "controller/controller_internal.h"
#include "controller/core/error.h"
#include "controller/exit_files.h"
#include "controller/settings/options.h"
#include "exporter/dns/dns.h"
#include "exporter/files/entries_lint.h"

struct lint {
    exit_lint_tell *each;
    void *user;
    size_t count;
    const char *before; /* of sentences about entries */
};

static void say(struct lint *lint, const char *code, const char *sentence)
{
    lint->count++;
    lint->each(lint->user, code, sentence);
}

/* ---- files ---- */

/* 0, or why it cannot be read by whom quaywatch will be. */
static int try_file(const char *path)
{
    bool root = geteuid() == 0;
    if (root)
        privilege_lend_files(true);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), code = fd < 0 ? errno : 0;
    if (root)
        privilege_lend_files(false);
    if (fd >= 0)
        close(fd);
    return code;
}

static void look_at_file(struct lint *lint, const char *key, const char *path)
{
    char sentence[500];
    int code = path[0] ? try_file(path) : 0;
    if (!code)
        return;
    snprintf(sentence, sizeof sentence,
             "%s is %.200s: %s; allowed is a PEM file that quaywatch (uid 65532 when it begins as root) can "
             "read",
             key, path, strerror(code));
    say(lint, "file-unreadable", sentence);
}

static void look_at_files(struct lint *lint, const struct options *options)
{
    const char *const files[][2] = {
        {"ETCD_CA", options->etcd_ca},          {"ETCD_CERT", options->etcd_cert},
        {"ETCD_KEY", options->etcd_key},        {"CONSUL_CA", options->consul_ca},
        {"HEALTH_CHECK_CA", options->check_ca}, {"ALERT_CA", options->alert_ca},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        look_at_file(lint, files[i][0], files[i][1]);
}

/* ---- settings that mean nothing without another ---- */

static void look_at_pairs(struct lint *lint, const struct options *options)
{
    const struct {
        const char *key, *text, *needed, *needed_text;
    } pairs[] = {
        {"ETCD_USER", options->etcd_user, "ETCD", options->etcd},
        {"ETCD_PASSWORD", options->etcd_password, "ETCD_USER", options->etcd_user},
        {"CONSUL_TOKEN", options->consul_token, "CONSUL", options->consul},
        {"CONSUL_LOCK", options->consul_lock, "CONSUL", options->consul},
    };
    char sentence[200];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (!pairs[i].text[0] || pairs[i].needed_text[0])
            continue;
        snprintf(sentence, sizeof sentence, "%s is set, but %s is not: it has no effect without",
                 pairs[i].key, pairs[i].needed);
        say(lint, "setting-without-effect", sentence);
    }
}

/* ---- entries ---- */

static void on_entry(void *user, const char *code, const char *words)
{
    struct lint *lint = user;
    char sentence[900];
    snprintf(sentence, sizeof sentence, "EXPORTS%s%.160s: %s", lint->before[0] ? " " : "", lint->before,
             words);
    say(lint, code, sentence);
}

/* Entries that cannot even be read are refused elsewhere. */
static void look_at_entries(struct lint *lint, const struct options *options)
{
    struct error unheard = {0};
    const char *exports = options->exports;
    if (!exports[0])
        return;
    struct file_entries *entries = exit_files_load(exports, options->env_prefix, &unheard);
    lint->before = entries_is_inline(exports) ? "" : exports;
    if (entries)
        entries_lint(entries, on_entry, lint);
    entries_free(entries);
}

/* ---- DNS ---- */

static void render_nothing(const struct service *service, struct buf *out)
{
    (void)service;
    (void)out;
}

static void unheard(void *user)
{
    (void)user;
}

static void unheard_report(void *user, const struct exit_report *report)
{
    (void)user;
    (void)report;
}

static bool never(void *user)
{
    (void)user;
    return false;
}

/* Opens it as it would be, and closes it again. */
static int try_dns(const struct options *options, struct error *err)
{
    uv_loop_t loop;
    struct exit exit = {0};
    uv_loop_init(&loop);
    struct registry *registry = registry_new(render_nothing);
    const struct exit_surroundings around = {.loop = &loop,
                                             .registry = registry,
                                             .state_dir = "",
                                             .warm = never,
                                             .wake = unheard,
                                             .changed = unheard_report};
    const struct dns_options dns = {.listen = options->dns_listen,
                                    .answers = {.zone = options->dns_zone,
                                                .allowed_networks = options->allowed_networks,
                                                .blocked_networks = options->blocked_networks}};
    int code = dns_open(&dns, &around, &exit, err);
    if (code == 0)
        exit.kind->close(exit.self);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    registry_free(registry);
    return code;
}

static void look_at_dns(struct lint *lint, const struct options *options, bool answering)
{
    struct error err = {0};
    char sentence[700];
    int code = options->dns_listen[0] ? try_dns(options, &err) : 0;
    if (code == 0 || (code == -EADDRINUSE && answering))
        return;
    snprintf(sentence, sizeof sentence,
             "DNS_LISTEN: %.400s; allowed are addresses of this machine with a "
             "port that is free and that quaywatch may have",
             err.text);
    say(lint, "dns-port", sentence);
}

size_t exits_lint(const struct options *options, bool answering, exit_lint_tell *each, void *user)
{
    struct lint lint = {.each = each, .user = user};
    look_at_entries(&lint, options);
    look_at_files(&lint, options);
    look_at_pairs(&lint, options);
    look_at_dns(&lint, options, answering);
    return lint.count;
}
