/* SPDX-License-Identifier: MIT */
/* test_exit_lint.c: what `quaywatch check` says of the settings of exits, as far as this machine tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/mem.h"
#include "controller/exit_lint.h"
#include "controller/settings/options.h"
#include "tests/support/environment.h"

struct fixture {
    char folder[64];
    struct arena arena;
    char said[4000]; /* "CODE SENTENCE\n…" */
};

static int setup(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/quaywatch-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(system(arena_format(&fixture->arena, "rm -rf %s", fixture->folder)), 0);
    arena_free(&fixture->arena);
    free(fixture);
    return 0;
}

static void on_finding(void *user, const char *code, const char *sentence)
{
    struct fixture *fixture = user;
    size_t used = strlen(fixture->said);
    snprintf(fixture->said + used, sizeof fixture->said - used, "%s %s\n", code, sentence);
}

static size_t lint(struct fixture *fixture, const char *const *env, bool answering)
{
    char name[] = "quaywatch", *argv[] = {name, NULL};
    int argc = 1;
    struct options options = {0};
    struct error err = {0};
    environment = env;
    if (options_read(&options, &argc, argv, environment_get, &err) != 0)
        fail_msg("%s", err.text);
    fixture->said[0] = '\0';
    size_t count = exits_lint(&options, answering, on_finding, fixture);
    options_free(&options);
    return count;
}

static char *path_of(struct fixture *fixture, const char *name)
{
    return arena_format(&fixture->arena, "%s/%s", fixture->folder, name);
}

static char *put(struct fixture *fixture, const char *name, const char *text)
{
    char *path = path_of(fixture, name);
    write_file(path, text);
    return path;
}

/* The findings of a file of entries; each %s of text is the folder. */
static size_t entries(struct fixture *fixture, const char *text)
{
    char *whole = arena_copy(&fixture->arena, "");
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "@");
        whole = arena_format(&fixture->arena, "%s%.*s%s", whole, (int)length, at,
                             at[length] ? fixture->folder : "");
        at += length + (at[length] != '\0');
    }
    const char *const env[] = {"QUAYWATCH_EXPORTS", put(fixture, "exports.yml", whole), NULL};
    return lint(fixture, env, false);
}

static void expect(struct fixture *fixture, const char *text, const char *code, const char *words)
{
    size_t count = entries(fixture, text);
    const char *begin = arena_format(&fixture->arena, "%s EXPORTS %s/exports.yml: %s", code, fixture->folder,
                                     words);
    if (count != 1 || strncmp(fixture->said, begin, strlen(begin)) != 0)
        fail_msg("%zu findings:\n%s\nnot\n%s", count, fixture->said, begin);
}

static void test_nothing_is_wrong(void **state)
{
    struct fixture *fixture = *state;
    const char *const none[] = {NULL};
    assert_int_equal(lint(fixture, none, false), 0);
    put(fixture, "good.tmpl",
        "<%@ variable A: number %>${A} ${B:-${C}} <%= vars.D or '' %> ${service.x.url}");
    static const char good[] =
        "- {format: hosts, path: @/hosts, owner: root, group: '0', validate: 'test -s {}', notify: "
        "[{command: "
        "[sh, -c, x]}, 'if x; then y; fi', 'A=b x', {exec: {container: c, command: no-such-program}}]}\n"
        "- {template: @/good.tmpl, path: @/good, variables: {A: 5, D: x}}\n";
    if (entries(fixture, good))
        fail_msg("%s", fixture->said);
    /* It was looked at. */
    char *worse = arena_format(&fixture->arena, "%s- {format: json, path: @/q, owner: nobody-here}\n", good);
    assert_int_equal(entries(fixture, worse), 1);
}

static void test_owners(void **state)
{
    expect(*state, "# a\n- {format: hosts, path: @/hosts, owner: nobody-here}\n", "export-owner",
           "line 2: owner: there is no user nobody-here here; a number works, too");
    expect(*state, "- {format: hosts, path: @/hosts, group: no-group}\n", "export-owner",
           "line 1: group: there is no group no-group here; a number works, too");
}

static void test_programs(void **state)
{
    static const char words[] =
        "line 1: validate: there is no program no-such-program here; allowed is one of "
        "this machine (for one inside of a container there is exec)";
    expect(*state, "- {format: hosts, path: @/x, validate: [no-such-program, '{}']}\n", "export-program",
           words);
    expect(*state, "- {format: hosts, path: @/x, validate: '  no-such-program -t {} && true'}\n",
           "export-program", words);
    expect(*state, "- {format: hosts, path: @/x, notify: [sync, {command: [/no/such]}]}\n", "export-program",
           "line 1: notify: there is no program /no/such here");
    /* A file that nobody may execute is no program. */
    put(*state, "plain", "x");
    expect(*state, "- {format: hosts, path: @/x, notify: '@/plain'}\n", "export-program",
           "line 1: notify: there is no program ");
}

static void test_templates(void **state)
{
    put(*state, "a.tmpl", "a\n ${NAME}\n");
    put(*state, "b.tmpl", "<%@ variable port: number required %>${port}");
    expect(*state, "- {template: @/a.tmpl, path: @/a}\n", "export-variable",
           "line 1: template a.tmpl, line 2, column 2: Required variable 'NAME' is missing; none is given");
    expect(*state, "- {template: @/b.tmpl, path: @/b, variables: {port: many}}\n", "export-variable",
           "line 1: template b.tmpl: Variable 'port' must be a number, not 'many'");
    expect(*state, "- {template: @/b.tmpl, path: @/b, variables: {port: 5, prt: 6}}\n", "export-variable",
           "line 1: template b.tmpl: It never asks for a variable 'prt'; did you mean 'port'?; it asks for: "
           "port");
}

static void test_one_file_of_two_entries(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(symlink(fixture->folder, path_of(fixture, "link")), 0);
    expect(fixture, "- {format: hosts, path: @/x}\n- {format: json, path: @/link/./x}\n", "export-path",
           arena_format(&fixture->arena, "line 2: path %s/link/./x is the same file as %s/x of another entry",
                        fixture->folder, fixture->folder));
}

static void test_files_that_cannot_be_read(void **state)
{
    struct fixture *fixture = *state;
    char *there = put(fixture, "ca.pem", "x");
    assert_int_equal(chmod(fixture->folder, 0755), 0);
    const char *const env[] = {"QUAYWATCH_ETCD",
                               "https://etcd:2379",
                               "QUAYWATCH_ETCD_CA",
                               there,
                               "QUAYWATCH_ETCD_KEY",
                               path_of(fixture, "none.pem"),
                               NULL};
    assert_int_equal(lint(fixture, env, false), 1);
    assert_string_equal(
        fixture->said,
        arena_format(&fixture->arena,
                     "file-unreadable ETCD_KEY is %s/none.pem: No such file or directory; allowed "
                     "is a PEM file that quaywatch (uid 65532 when it begins as root) can read\n",
                     fixture->folder));
    if (geteuid() != 0)
        return;
    /* Root could read it; quaywatch will not be root. */
    assert_int_equal(chmod(there, 0600), 0);
    const char *const closed[] = {"QUAYWATCH_CONSUL_CA", there, NULL};
    assert_int_equal(lint(fixture, closed, false), 1);
    assert_non_null(strstr(fixture->said, "CONSUL_CA is "));
    assert_non_null(strstr(fixture->said, "Permission denied"));
}

/* Binds UDP to a port of loopback; -1: somebody has it. */
static int take_port(int port)
{
    struct sockaddr_in place = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&place, sizeof place) == 0)
        return fd;
    close(fd);
    return -1;
}

static void test_settings_that_need_another(void **state)
{
    struct fixture *fixture = *state;
    const char *const alone[] = {"QUAYWATCH_ETCD",
                                 "http://etcd:2379",
                                 "QUAYWATCH_ETCD_PASSWORD",
                                 "secret-word",
                                 "QUAYWATCH_CONSUL_TOKEN",
                                 "secret-word",
                                 NULL};
    assert_int_equal(lint(fixture, alone, false), 2);
    assert_string_equal(
        fixture->said,
        "setting-without-effect ETCD_PASSWORD is set, but ETCD_USER is not: it has no effect "
        "without\n"
        "setting-without-effect CONSUL_TOKEN is set, but CONSUL is not: it has no effect without\n");
    const char *const paired[] = {"QUAYWATCH_ETCD",
                                  "http://etcd:2379",
                                  "QUAYWATCH_ETCD_USER",
                                  "quay",
                                  "QUAYWATCH_ETCD_PASSWORD",
                                  "secret-word",
                                  NULL};
    assert_int_equal(lint(fixture, paired, false), 0);
}

static void test_a_port_that_is_taken(void **state)
{
    enum { FIRST = 20000, PORTS = 10000, TRIES = 50 }; /* none of those that the system gives away */
    struct fixture *fixture = *state;
    const char *env[] = {"QUAYWATCH_DNS_LISTEN", NULL, NULL};
    int fd = -1;
    for (int i = 0; i < TRIES && fd < 0; i++) {
        int port = FIRST + (int)(getpid() + i) % PORTS;
        env[1] = arena_format(&fixture->arena, "127.0.0.1:%d", port);
        if (lint(fixture, env, false) == 0) /* nobody has it by UDP or TCP */
            fd = take_port(port);
    }
    assert_true(fd >= 0);
    assert_int_equal(lint(fixture, env, false), 1);
    assert_memory_equal(fixture->said, "dns-port DNS_LISTEN: cannot answer DNS on 127.0.0.1:", 52);
    assert_non_null(strstr(fixture->said, "another program uses this port"));
    assert_non_null(
        strstr(fixture->said, "; allowed are addresses of this machine with a port that is free"));
    /* It is our own daemon that has it. */
    assert_int_equal(lint(fixture, env, true), 0);
    close(fd);
    const char *const other[] = {"QUAYWATCH_DNS_LISTEN", "192.0.2.1:5353", NULL};
    assert_int_equal(lint(fixture, other, true), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_is_wrong),
        TEST(test_owners),
        TEST(test_programs),
        TEST(test_templates),
        TEST(test_one_file_of_two_entries),
        TEST(test_files_that_cannot_be_read),
        TEST(test_settings_that_need_another),
        TEST(test_a_port_that_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
