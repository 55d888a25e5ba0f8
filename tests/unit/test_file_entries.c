/* SPDX-License-Identifier: MIT */
/* test_file_entries.c: EXPORTS as people write it: what it asks for, and what is said of what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "controller/core/error.h"
#include "exporter/files/entry.h"
#include "exporter/files/files.h"
#include "exporter/files/step.h"

static struct file_entries *yaml(const char *text)
{
    struct error err = {0};
    struct file_entries *entries = entries_read_yaml(text, strlen(text), &err);
    if (!entries)
        fail_msg("%s", err.text);
    return entries;
}

static void test_inline(void **state)
{
    (void)state;
    struct error err = {0};
    assert_true(entries_is_inline("hosts=/run/q/hosts"));
    assert_false(entries_is_inline("/etc/quaywatch/exports.yml"));
    struct file_entries *entries = entries_read_inline(
        " hosts = /run/q/hosts, /etc/app.env.tmpl=/run/app.env,", &err);
    assert_non_null(entries);
    assert_int_equal(entries->count, 2);
    assert_string_equal(entries->item[0].format, "hosts");
    assert_string_equal(entries->item[0].path, "/run/q/hosts");
    assert_int_equal(entries->item[0].mode, 0644);
    assert_int_equal(entries->item[0].debounce_ms, 500);
    assert_int_equal(entries->item[0].max_wait_ms, 5000);
    assert_int_equal(entries->item[0].timeout_ms, 10000);
    assert_null(entries->item[1].format);
    assert_string_equal(entries->item[1].template_path, "/etc/app.env.tmpl");
    entries_free(entries);
}

static void inline_refused(const char *text, const char *words)
{
    struct error err = {0};
    assert_null(entries_read_inline(text, &err));
    if (!strstr(err.text, words))
        fail_msg("%s does not say: %s", err.text, words);
}

static void test_inline_refused(void **state)
{
    (void)state;
    inline_refused("hsts=/x", "the format is \"hsts\" (did you mean hosts?); allowed are ");
    inline_refused("hosts=x", "the path for hosts is \"x\"; allowed is the absolute path");
    inline_refused("hosts=/a b", "allowed is the absolute path");
    inline_refused("hosts=/a;rm", "allowed is the absolute path");
    inline_refused("hosts=/a/", "allowed is the absolute path");
    inline_refused("hosts=/a/..", "allowed is the absolute path");
    inline_refused("hosts=/x,hosts", "\"hosts\" is no entry; allowed is FORMAT=PATH");
    inline_refused("hosts=/x,hosts=/x", "/x is another entry's already");
    inline_refused("/x=/x", "the same file");
}

static const char whole[] = "exports:\n"
                            "- format: hosts\n"
                            "  path: /etc/haproxy/q.cfg\n"
                            "  mode: 0640\n"
                            "  owner: haproxy\n"
                            "  group: '99'\n"
                            "  tag: api\n"
                            "  project: bot\n"
                            "  version: '2.6'\n"
                            "  prefix: Q_\n"
                            "  validate: haproxy -c -f {}\n"
                            "  minimum: {web: 2, db: 1}\n"
                            "  debounce: 1s\n"
                            "  max_wait: 30s\n"
                            "  timeout: 20s\n"
                            "  notify:\n"
                            "  - systemctl reload haproxy\n"
                            "  - command: [touch, '{}']\n"
                            "  - signal: {container: haproxy}\n"
                            "  - signal: {service: nginx, signal: sigusr1}\n"
                            "  - exec: {container: nginx, command: [nginx, -s, reload]}\n"
                            "  - http:\n"
                            "      url: https://u:p@proxy:8443/reload?token=t\n"
                            "      method: put\n"
                            "      headers: {X-Key: k}\n"
                            "      body: '{\"file\": \"{name}\"}'\n"
                            "- template: /etc/q/app.tmpl\n"
                            "  variables: {WHO: me, EMPTY: ''}\n"
                            "  path: /run/app.conf\n"
                            "  minimum: 3\n"
                            "  debounce: 10s\n"
                            "  validate: {exec: {service: nginx, command: nginx -t}}\n"
                            "  notify: {signal: {container: app, signal: HUP}}\n";

static void test_whole(void **state)
{
    (void)state;
    struct file_entries *entries = yaml(whole);
    assert_int_equal(entries->count, 2);
    const struct file_entry *entry = &entries->item[0];
    assert_string_equal(entry->format, "hosts");
    assert_int_equal(entry->mode, 0640);
    assert_string_equal(entry->owner, "haproxy");
    assert_string_equal(entry->group, "99");
    assert_string_equal(entry->tag, "api");
    assert_string_equal(entry->project, "bot");
    assert_string_equal(entry->version, "2.6");
    assert_string_equal(entry->prefix, "Q_");
    assert_true(entry->has_validate);
    assert_string_equal(entry->validate.line, "haproxy -c -f {}");
    assert_int_equal(entry->each_count, 2);
    assert_string_equal(entry->each[0].service, "web");
    assert_int_equal(entry->each[0].count, 2);
    assert_int_equal(entry->debounce_ms, 1000);
    assert_int_equal(entry->max_wait_ms, 30000);
    assert_int_equal(entry->timeout_ms, 20000);
    assert_int_equal(entry->notify_count, 6);
    assert_int_equal(entry->notify[0].kind, FILE_STEP_COMMAND);
    assert_int_equal(entry->notify[1].argv.count, 2);
    assert_int_equal(entry->notify[2].kind, FILE_STEP_SIGNAL);
    assert_string_equal(entry->notify[2].container, "haproxy");
    assert_string_equal(entry->notify[2].signal, "HUP");
    assert_string_equal(entry->notify[3].service, "nginx");
    assert_string_equal(entry->notify[3].signal, "USR1");
    assert_int_equal(entry->notify[4].kind, FILE_STEP_EXEC);
    assert_int_equal(entry->notify[4].argv.count, 3);
    assert_int_equal(entry->notify[5].kind, FILE_STEP_HTTP);
    assert_string_equal(entry->notify[5].method, "PUT");
    assert_string_equal(entry->notify[5].headers.item[0], "X-Key: k");
    entry = &entries->item[1];
    assert_string_equal(entry->template_path, "/etc/q/app.tmpl");
    assert_string_equal(pairs_get(&entry->variables, "WHO"), "me");
    assert_string_equal(pairs_get(&entry->variables, "EMPTY"), "");
    assert_int_equal(entry->minimum, 3);
    assert_int_equal(entry->max_wait_ms, 10000); /* no shorter than debounce */
    assert_int_equal(entry->validate.kind, FILE_STEP_EXEC);
    assert_string_equal(entry->validate.service, "nginx");
    assert_int_equal(entry->notify_count, 1);
    entries_free(entries);
    entries = yaml("# nothing yet\n");
    assert_int_equal(entries->count, 0);
    entries_free(entries);
}

static void refused(const char *text, const char *words)
{
    struct error err = {0};
    assert_null(entries_read_yaml(text, strlen(text), &err));
    if (strncmp(err.text, words, strlen(words)) != 0)
        fail_msg("%s does not say: %s", err.text, words);
}

static void test_refused(void **state)
{
    (void)state;
    refused("a: b\n", "there is no list of entries; allowed is \"- format: …\"");
    refused("- [", "line 2 is no YAML: ");
    refused("- hosts\n", "line 1: an entry has a format (or template) and a path");
    refused("- format: hosts\n  path: /x\n  notifi: y\n",
            "line 3: \"notifi\" is unknown (did you mean notify?)");
    refused("- format: hsts\n  path: /x\n", "line 1: format is \"hsts\" (did you mean hosts?); allowed are ");
    refused("- format: hosts\n  path: x\n", "line 2: path is \"x\"; allowed is the absolute path");
    refused("- {format: hosts, path: /x, mode: 4755}", "line 1: mode is \"4755\"; allowed are octal digits");
    refused("- {format: hosts, path: /x, mode: rw}", "line 1: mode is \"rw\"");
    refused("- {format: hosts, path: /x, path: /y}", "line 1: path is given twice");
    refused("- {path: /x}", "line 1: format is missing, or template in its place");
    refused("- {format: hosts}", "line 1: path is missing");
    refused("- {format: hosts, template: /t, path: /x}", "line 1: format and template are both given");
    refused("- {format: hosts, path: /x}\n- {format: hosts, path: /x}\n",
            "line 2: path /x is another entry's");
    refused("- {format: hosts, path: /x, variables: {A: b}}", "line 1: variables are for a template");
    refused("- {template: /t, path: /x, variables: [A]}",
            "line 1: variables must be written as {NAME: value}");
    refused("- {format: hosts, path: /x, debounce: soon}",
            "line 1: debounce must be a duration from 100ms to");
    refused("- {format: hosts, path: /x, max_wait: 100ms}", "line 1: max_wait is shorter than debounce");
    refused("- {format: hosts, path: /x, minimum: many}", "line 1: minimum must be a number of endpoints");
    refused("- {format: hosts, path: /x, tag: [a]}", "line 1: tag must be a text");
    refused("- {format: hosts, path: /x, tag: \"a\\nb\"}", "line 1: tag must be one line");
    refused("- {format: hosts, path: /x, validate: ''}", "line 1: validate must be a command");
    refused("- {format: hosts, path: /x, validate: {signal: {container: a}}}",
            "line 1: validate has something");
    refused("- {format: hosts, path: /x, notify: [[a]]}", "line 1: notify holds a list; write {command: [");
    refused("- {format: hosts, path: /x, notify: {exec: {container: a}}}", "line 1: exec needs a command");
    refused("- {format: hosts, path: /x, notify: {signal: {container: a, signal: FOO}}}",
            "line 1: signal must be the name of a signal, such as HUP");
    refused("- {format: hosts, path: /x, notify: {signal: {container: a, signal: 99}}}",
            "line 1: signal must be the name of a signal, such as HUP");
    refused("- {format: hosts, path: /x, notify: {signal: {signal: HUP}}}",
            "line 1: signal needs container or");
    refused("- {format: hosts, path: /x, notify: {signal: {container: a, service: b}}}",
            "line 1: signal needs");
    refused("- {format: hosts, path: /x, notify: {signal: {container: a, signal: 'a b'}}}",
            "line 1: signal must");
    refused("- {format: hosts, path: /x, notify: {http: {method: GET}}}", "line 1: http needs a url");
    refused("- {format: hosts, path: /x, notify: {http: {url: 'ftp://x'}}}",
            "line 1: url must begin with http");
    refused("- {format: hosts, path: /x, notify: {http: {url: 'http://x', headers: {'a b': c}}}}",
            "line 1: headers has a name that no header can have");
    refused("- {format: hosts, path: /x, notify: {http: {url: 'http://x', headers: {a: \"b\\r\\nc: d\"}}}}",
            "line 1: headers must be one line");
}

/* One key less or another makes another entry. */
static void test_same(void **state)
{
    (void)state;
    static const char *const keys[] = {"version: v1",
                                       "prefix: A",
                                       "mode: 0600",
                                       "owner: root",
                                       "group: root",
                                       "tag: api",
                                       "tag: web",
                                       "project: bot",
                                       "validate: 'true'",
                                       "validate: [a]",
                                       "validate: [a, b]",
                                       "validate: {exec: {container: c, command: [a]}}",
                                       "validate: {exec: {service: c, command: [a]}}",
                                       "notify: a",
                                       "notify: [a, b]",
                                       "notify: {signal: {container: c}}",
                                       "notify: {signal: {container: c, signal: USR1}}",
                                       "notify: {http: {url: 'http://x'}}",
                                       "notify: {http: {url: 'http://x', method: PUT}}",
                                       "notify: {http: {url: 'http://x', body: a}}",
                                       "notify: {http: {url: 'http://x', headers: {A: b}}}",
                                       "minimum: 1",
                                       "minimum: {db: 1}",
                                       "minimum: {db: 2}",
                                       "debounce: 1s",
                                       "max_wait: 10s",
                                       "timeout: 1s",
                                       "variables: {A: b}",
                                       "variables: {A: c}"};
    enum { KEYS = sizeof keys / sizeof *keys };
    struct file_entries *list[KEYS][2];
    for (size_t i = 0; i < KEYS; i++)
        for (size_t twice = 0; twice < 2; twice++) {
            char text[200];
            snprintf(text, sizeof text, "[{template: /t, path: /x, %s}]", keys[i]);
            list[i][twice] = yaml(text);
        }
    for (size_t i = 0; i < KEYS; i++)
        for (size_t j = 0; j < KEYS; j++)
            if (entry_same(&list[i][0]->item[0], &list[j][1]->item[0]) != (i == j))
                fail_msg("%s and %s", keys[i], keys[j]);
    assert_ptr_equal(entries_find(list[0][0], "/x"), &list[0][0]->item[0]);
    assert_null(entries_find(list[0][0], "/y"));
    for (size_t i = 0; i < KEYS; i++) {
        entries_free(list[i][0]);
        entries_free(list[i][1]);
    }
}

/* No sentence holds what may be a secret. */
static void test_no_secrets(void **state)
{
    (void)state;
    struct error err = {0};
    static const char text[] =
        "- {format: hosts, path: /x, notify: {http: {url: 'http://u:secret@x/?k=secret y'}}}";
    assert_null(entries_read_yaml(text, strlen(text), &err));
    assert_null(strstr(err.text, "secret"));
}

static void test_fill(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_string_equal(step_fill(&arena, "nginx -t -c {} {name} {} {other} {", "/etc/q/a.conf"),
                        "nginx -t -c /etc/q/a.conf a.conf /etc/q/a.conf {other} {");
    arena_free(&arena);
}

static void shows_url(const char *url, const char *expected)
{
    char shown[200];
    step_show_url(url, shown, sizeof shown);
    assert_string_equal(shown, expected);
}

static void test_show_url(void **state)
{
    (void)state;
    shows_url("https://user:secret@host:8443/hooks/T00/secret?k=secret#f", "https://host:8443");
    shows_url("http://a@b@host/x", "http://host");
    shows_url("http://10.0.0.5?token=secret@x", "http://10.0.0.5");
    shows_url("http://[fd00::1]:80", "http://[fd00::1]:80");
}

static void test_environment(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct strings list = {0};
    char *environment[] = {(char[]){"PATH=/bin"},
                           (char[]){"QUAYWATCH_AUTH_TOKEN=secret"},
                           (char[]){"SERVICE_AUTH_TOKEN=secret"},
                           (char[]){"DB_PASSWORD=secret"},
                           (char[]){"LANG=TOKEN"},
                           (char[]){"NOTIFY_SOCKET=/run/x"},
                           NULL};
    step_environment(environment, &arena, &list);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.item[0], "PATH=/bin");
    assert_string_equal(list.item[1], "LANG=TOKEN");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inline),      cmocka_unit_test(test_inline_refused),
        cmocka_unit_test(test_whole),       cmocka_unit_test(test_refused),
        cmocka_unit_test(test_same),        cmocka_unit_test(test_no_secrets),
        cmocka_unit_test(test_fill),        cmocka_unit_test(test_show_url),
        cmocka_unit_test(test_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
