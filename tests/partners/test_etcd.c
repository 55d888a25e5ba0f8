/* SPDX-License-Identifier: MIT */
/* quaywatch beside a real etcd: what stands there is what serves, through restarts and losses of both. */
#include "tests/support/http.h"
#include "tests/support/partner.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MEMBERS = 3, MANY = 1000 };

#define SETTINGS "QUAYWATCH_NODE_NAME=node-1 QUAYWATCH_ETCD_TTL=5s QUAYWATCH_AUTH_TOKEN=secret "

struct partners {
    struct world *world;
    pid_t member[MEMBERS];
    int port[MEMBERS], peer_port[MEMBERS];
    const char *scheme, *arguments; /* of all members; "" */
    pid_t watcher;
};

/* etcdctl's environment. */
static const char *const ctl_settings[] = {"ETCDCTL_USER", "ETCDCTL_CACERT", "ETCDCTL_CERT", "ETCDCTL_KEY"};

static int setup(void **state)
{
    if (partner_setup(state, sizeof(struct partners)) != 0)
        return -1;
    struct partners *partners = *state;
    partners->scheme = "http";
    partners->arguments = "";
    for (int i = 0; i < MEMBERS; i++) {
        partners->port[i] = free_port();
        partners->peer_port[i] = free_port();
    }
    return 0;
}

static int teardown(void **state)
{
    struct partners *partners = *state;
    partner_stop(partners->watcher);
    for (int i = 0; i < MEMBERS; i++)
        partner_stop(partners->member[i]);
    for (size_t i = 0; i < sizeof ctl_settings / sizeof *ctl_settings; i++)
        unsetenv(ctl_settings[i]);
    return partner_teardown(state);
}

/* Starts one member of a cluster of so many. */
static void member_start(struct partners *partners, int i, int members)
{
    struct world *world = partners->world;
    const char *cluster = "";
    for (int m = 0; m < members; m++)
        cluster = arena_format(&world->arena, "%s%sm%d=http://127.0.0.1:%d", cluster, m ? "," : "", m,
                               partners->peer_port[m]);
    partners->member[i] = partner_start(
        world, arena_format(&world->arena, "etcd-%d", i),
        "etcd --name m%d --data-dir %s/etcd-%d --listen-client-urls %s://127.0.0.1:%d "
        "--advertise-client-urls %s://127.0.0.1:%d --listen-peer-urls http://127.0.0.1:%d "
        "--initial-advertise-peer-urls http://127.0.0.1:%d --initial-cluster %s --log-level warn "
        "--unsafe-no-fsync %s",
        i, world->folder, i, partners->scheme, partners->port[i], partners->scheme, partners->port[i],
        partners->peer_port[i], partners->peer_port[i], cluster, partners->arguments);
}

static void member_stop(struct partners *partners, int i)
{
    partner_stop(partners->member[i]);
    partners->member[i] = 0;
}

static const char *url_of(struct partners *partners, int i)
{
    return arena_format(&partners->world->arena, "%s://127.0.0.1:%d", partners->scheme, partners->port[i]);
}

/* etcdctl with these arguments, asking the first member. */
static char *ctl(struct partners *partners, const char *format, ...) __attribute__((format(printf, 2, 3)));
static char *ctl(struct partners *partners, const char *format, ...)
{
    struct world *world = partners->world;
    va_list arguments;
    va_start(arguments, format);
    char *command = format_list(world, format, arguments);
    va_end(arguments);
    return shell(world, "ETCDCTL_API=3 etcdctl --command-timeout=10s --endpoints=%s %s", url_of(partners, 0),
                 command);
}

static void etcd_start(struct partners *partners)
{
    member_start(partners, 0, 1);
    partner_wait(partners->world, "etcd-0", "ETCDCTL_API=3 etcdctl --endpoints=%s endpoint health",
                 url_of(partners, 0));
}

static void quaywatch_start(struct partners *partners, const char *settings)
{
    struct world *world = partners->world;
    daemon_start(world,
                 arena_format(&world->arena, SETTINGS "QUAYWATCH_ETCD=%s %s", url_of(partners, 0), settings));
}

/* Waits until the keys below /quaywatch are these, one a line. */
static void keys_wait(struct partners *partners, const char *expected)
{
    struct world *world = partners->world;
    const char *keys = "";
    for (int64_t end = clock_now_ms() + PATIENCE_MS; clock_now_ms() < end; clock_pause()) {
        char *output;
        shell_status(world, &output,
                     "ETCDCTL_API=3 etcdctl --endpoints=%s get --prefix --keys-only /quaywatch | grep .",
                     url_of(partners, 0));
        keys = output;
        if (strcmp(keys, expected) == 0)
            return;
    }
    world_fail(world, "the keys are\n%s\nand not\n%s", keys, expected);
}

/* The value at a path of the JSON under a key. */
static const char *value_at(struct partners *partners, const char *key, const char *path)
{
    return json_at(partners->world, ctl(partners, "get --print-value-only %s", key), path);
}

static void exports_wait(struct partners *partners, const char *field, const char *expected)
{
    struct world *world = partners->world;
    http_wait(world, "/api/v1/exports", arena_format(&world->arena, "exports[kind=etcd].%s", field),
              expected);
}

#define WEB "/quaywatch/services/web/node-1:web"
#define API "/quaywatch/services/api/node-1:api"

static void what_serves_stands_there(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    etcd_start(partners);
    ctl(partners, "put /quaywatch/services/web/node-2:web '{\"controller\":\"node-2\"}'");
    ctl(partners, "put /quaywatch/other mine");
    quaywatch_start(partners, "");
    container_run(world, "web",
                  CHECKED LABEL("service.tags=b,a") LABEL("service.version=1.2") LABEL("service.weight=5")
                      LABEL("service.meta.team=blue") LABEL("service.restart=no"),
                  "");
#define OTHERS "/quaywatch/other\n"
#define THEIRS "\n/quaywatch/services/web/node-2:web"
    keys_wait(partners, OTHERS WEB THEIRS);
    const char *text = ctl(partners, "get --print-value-only " WEB);
    assert_string_equal(json_at(world, text, "controller"), "node-1");
    assert_string_equal(json_at(world, text, "addr"), service_field(world, "web", "instances[0].address"));
    assert_string_equal(json_at(world, text, "port"), "8080");
    assert_string_equal(json_at(world, text, "protocol"), "http");
    assert_string_equal(json_at(world, text, "status"), "healthy");
    assert_string_equal(json_at(world, text, "weight"), "5");
    assert_string_equal(json_at(world, text, "version"), "1.2");
    assert_string_equal(json_at(world, text, "meta.team"), "blue");
    exports_wait(partners, "state", "fine");
    exports_wait(partners, "endpoints", "1");
    shell(world, "docker exec web sick 503");
    keys_wait(partners, "/quaywatch/other" THEIRS);
    shell(world, "docker exec web well");
    keys_wait(partners, OTHERS WEB THEIRS);
    /* What others do to our keys is undone; theirs are theirs. */
    ctl(partners, "del " WEB);
    keys_wait(partners, OTHERS WEB THEIRS);
    ctl(partners, "put " WEB " '{\"controller\":\"node-1\"}'");
    for (int64_t end = clock_now_ms() + PATIENCE_MS; !value_at(partners, WEB, "addr"); clock_pause())
        assert_true(clock_now_ms() < end);
    shell(world, "docker rm -f web");
    keys_wait(partners, "/quaywatch/other" THEIRS);
    assert_string_equal(ctl(partners, "get --print-value-only /quaywatch/other"), "mine");
    assert_string_equal(value_at(partners, "/quaywatch/services/web/node-2:web", "controller"), "node-2");
}

/* The lease on which a key stands. */
static const char *lease_of(struct partners *partners, const char *key)
{
    return shell(
        partners->world,
        "ETCDCTL_API=3 etcdctl --endpoints=%s get -w json %s | sed 's/.*\"lease\":\\([0-9]*\\).*/\\1/'",
        url_of(partners, 0), key);
}

static void a_restart_leaves_no_gap_and_an_end_leaves_nothing(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    etcd_start(partners);
    quaywatch_start(partners, "");
    container_run(world, "web", CHECKED, "");
    container_run(world, "api", CHECKED, "");
    keys_wait(partners, API "\n" WEB);
    const char *lease = lease_of(partners, WEB);
    partners->watcher = partner_start(world, "watcher",
                                      "env ETCDCTL_API=3 etcdctl --endpoints=%s watch --prefix /quaywatch",
                                      url_of(partners, 0));
    partner_wait(
        world, "watcher",
        "ETCDCTL_API=3 etcdctl --endpoints=%s put /quaywatch/begin x && grep -q begin %s/watcher.log",
        url_of(partners, 0), world->folder);
    daemon_kill(world);
    quaywatch_start(partners, "");
    exports_wait(partners, "endpoints", "2");
    exports_wait(partners, "state", "fine");
    daemon_stop(world);
    quaywatch_start(partners, "");
    exports_wait(partners, "endpoints", "2");
    exports_wait(partners, "state", "fine");
    assert_string_equal(lease_of(partners, WEB), lease);
    usleep(6000 * 1000); /* longer than the lease without us */
    keys_wait(partners, "/quaywatch/begin\n" API "\n" WEB);
    shell(world, "! grep -x DELETE %s/watcher.log", world->folder);
    /* Nor was anybody told of a change that was none. */
    shell(world, "grep -x -c PUT %s/watcher.log | grep -x 1", world->folder);
    /* What is gone when it comes back is removed, after the first checks. */
    daemon_kill(world);
    shell(world, "docker rm -f api");
    quaywatch_start(partners, "");
    keys_wait(partners, "/quaywatch/begin\n" WEB);
    daemon_kill(world);
    keys_wait(partners, "/quaywatch/begin");
}

static void what_etcd_loses_comes_back(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    quaywatch_start(partners, ""); /* before there is an etcd */
    container_run(world, "web", CHECKED, "");
    exports_wait(partners, "state", "failing");
    exports_wait(partners, "sentence", "~the connection was refused");
    etcd_start(partners);
    keys_wait(partners, WEB);
    exports_wait(partners, "state", "fine");
    /* Its history is cut. */
    ctl(partners, "put /quaywatch/x 1");
    ctl(partners, "compact 3");
    container_run(world, "api", CHECKED, "");
    keys_wait(partners, API "\n" WEB "\n/quaywatch/x");
    /* It loses all. */
    member_stop(partners, 0);
    shell(world, "rm -rf %s/etcd-0", world->folder);
    etcd_start(partners);
    keys_wait(partners, API "\n" WEB);
    /* Somebody ends our lease. */
    ctl(partners, "lease revoke $(printf %%x %s)", lease_of(partners, WEB));
    keys_wait(partners, API "\n" WEB);
    /* It hangs for longer than the lease. */
    kill(partners->member[0], SIGSTOP);
    exports_wait(partners, "sentence", "~no answer in time");
    shell(world, "docker rm -f api");
    usleep(4000 * 1000);
    kill(partners->member[0], SIGCONT);
    keys_wait(partners, WEB);
    exports_wait(partners, "state", "fine");
}

static void users_and_passwords(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    etcd_start(partners);
    ctl(partners, "user add root:rootpw");
    ctl(partners, "role add quay");
    ctl(partners, "role grant-permission quay readwrite /quaywatch/services/ --prefix=true");
    ctl(partners, "user add watch:watchpw");
    ctl(partners, "user add guest:guestpw");
    ctl(partners, "user grant-role watch quay");
    ctl(partners, "user grant-role root root");
    ctl(partners, "auth enable");
    setenv("ETCDCTL_USER", "root:rootpw", 1);
    container_run(world, "web", CHECKED, "");
    quaywatch_start(partners, "");
    exports_wait(partners, "sentence", "~it wants a user: ETCD_USER");
    daemon_stop(world);
    quaywatch_start(partners, "QUAYWATCH_ETCD_USER=watch QUAYWATCH_ETCD_PASSWORD=wrong-pw");
    exports_wait(partners, "sentence", "~it does not take ETCD_USER and ETCD_PASSWORD");
    daemon_stop(world);
    quaywatch_start(partners, "QUAYWATCH_ETCD_USER=guest QUAYWATCH_ETCD_PASSWORD=guestpw");
    exports_wait(partners, "sentence", "~may not read and write below /quaywatch/services/");
    daemon_stop(world);
    quaywatch_start(partners, "QUAYWATCH_ETCD_USER=watch QUAYWATCH_ETCD_PASSWORD=watchpw");
    keys_wait(partners, WEB);
    exports_wait(partners, "state", "fine");
    member_stop(partners, 0); /* its tokens are worth nothing afterwards */
    etcd_start(partners);
    container_run(world, "api", CHECKED, "");
    keys_wait(partners, API "\n" WEB);
    exports_wait(partners, "state", "fine");
    shell(world, "! grep -e watchpw -e wrong-pw %s/daemon.log", world->folder);
}

static void tls_with_certificates_of_both(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    const char *at = world->folder;
    shell(world,
          "cd %s && key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes' && "
          "for ca in ca other; do openssl req -x509 $key -keyout $ca.key -out $ca.pem -days 9 -subj /CN=$ca; "
          "done && "
          "echo 'subjectAltName=IP:127.0.0.1' >ext && for who in server client; do "
          "openssl req $key -keyout $who.key -out $who.csr -subj /CN=$who && "
          "openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $who.pem -days 9 "
          "-extfile ext; done 2>&1 && chmod 644 client.key",
          at);
    partners->scheme = "https";
    partners->arguments = arena_format(&world->arena,
                                       "--cert-file %s/server.pem --key-file %s/server.key "
                                       "--trusted-ca-file %s/ca.pem --client-cert-auth",
                                       at, at, at);
    setenv("ETCDCTL_CACERT", arena_format(&world->arena, "%s/ca.pem", at), 1);
    setenv("ETCDCTL_CERT", arena_format(&world->arena, "%s/client.pem", at), 1);
    setenv("ETCDCTL_KEY", arena_format(&world->arena, "%s/client.key", at), 1);
    etcd_start(partners);
    container_run(world, "web", CHECKED, "");
    quaywatch_start(partners, arena_format(&world->arena, "QUAYWATCH_ETCD_CA=%s/other.pem", at));
    exports_wait(partners, "sentence",
                 "~the issuer of its certificate is not trusted (ETCD_CA names issuers to trust)");
    daemon_stop(world);
    const char *right = arena_format(&world->arena,
                                     "QUAYWATCH_ETCD_CA=%s/ca.pem QUAYWATCH_ETCD_CERT=%s/client.pem "
                                     "QUAYWATCH_ETCD_KEY=%s/client.key",
                                     at, at, at);
    quaywatch_start(partners, right);
    keys_wait(partners, WEB);
    exports_wait(partners, "state", "fine");
}

/* A thousand services that etcd did not see come are few transactions. */
static void many_services_are_few_transactions(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    quaywatch_start(partners, "");
    char *path = arena_format(&world->arena, "%s/many", world->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < MANY; i++)
        fprintf(file,
                "%surl = http://127.0.0.1:%d/services\nheader = \"Authorization: Bearer secret\"\n"
                "header = \"Content-Type: application/json\"\noutput = /dev/null\n"
                "data = \"{\\\"id\\\":\\\"s%d\\\",\\\"name\\\":\\\"s%d\\\",\\\"host\\\":\\\"10.9.%d.%d\\\","
                "\\\"port\\\":80,\\\"metadata\\\":{\\\"note\\\":\\\"%0200d\\\"}}\"\n",
                i ? "next\n" : "", world->port, i, i, i / 250, i % 250 + 1, i);
    fclose(file);
    shell(world, "curl -sSf -K %s", path);
    http_wait(world, "/api/v1/status", "summary.services", "1000");
    etcd_start(partners);
    exports_wait(partners, "endpoints", "1000");
    exports_wait(partners, "services", "1000");
    assert_string_equal(ctl(partners, "get --prefix --keys-only /quaywatch | grep -c ."), "1000");
    exports_wait(partners, "writes", "8"); /* of 128 each */
    int64_t since = clock_now_ms();
    shell(world, "curl -sSf -X DELETE -H 'Authorization: Bearer secret' http://127.0.0.1:%d/services/s500",
          world->port);
    exports_wait(partners, "endpoints", "999");
    print_message("one of 1,000 gone in etcd after %lld ms\n", (long long)(clock_now_ms() - since));
    exports_wait(partners, "writes", "9");
}

static int leader(struct partners *partners, int members)
{
    for (int i = 0; i < members; i++) {
        char *output;
        if (partners->member[i] &&
            shell_status(
                partners->world, &output,
                "ETCDCTL_API=3 etcdctl --command-timeout=1s --endpoints=%s endpoint status -w json | "
                "jq -e '.[0].Status | .header.member_id == .leader'",
                url_of(partners, i)) == 0)
            return i;
    }
    return -1;
}

static void a_cluster_loses_its_leader(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    for (int i = 0; i < MEMBERS; i++)
        member_start(partners, i, MEMBERS);
    partner_wait(world, "etcd-0", "ETCDCTL_API=3 etcdctl --endpoints=%s endpoint health",
                 url_of(partners, 0));
    daemon_start(world, arena_format(&world->arena, SETTINGS "QUAYWATCH_ETCD=%s,%s,%s", url_of(partners, 0),
                                     url_of(partners, 1), url_of(partners, 2)));
    container_run(world, "web", CHECKED, "");
    keys_wait(partners, WEB);
    int first = leader(partners, MEMBERS);
    assert_true(first >= 0);
    partners->watcher = partner_start(
        world, "watcher", "env ETCDCTL_API=3 etcdctl --endpoints=%s watch --prefix /quaywatch/services/web",
        url_of(partners, (first + 1) % MEMBERS));
    int64_t since = clock_now_ms();
    member_stop(partners, first);
    container_run(world, "api", CHECKED, "");
    exports_wait(partners, "endpoints", "2");
    print_message("a change with the leader killed is in etcd after %lld ms\n",
                  (long long)(clock_now_ms() - since));
    shell(world, "docker rm -f api");
    exports_wait(partners, "endpoints", "1");
    member_start(partners, first, MEMBERS);
    partner_wait(world, "etcd", "ETCDCTL_API=3 etcdctl --endpoints=%s endpoint health",
                 url_of(partners, first));
    keys_wait(partners, WEB);
    exports_wait(partners, "state", "fine");
    shell(world, "! grep -x DELETE %s/watcher.log", world->folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_serves_stands_there),      TEST(a_restart_leaves_no_gap_and_an_end_leaves_nothing),
        TEST(what_etcd_loses_comes_back),    TEST(users_and_passwords),
        TEST(tls_with_certificates_of_both), TEST(many_services_are_few_transactions),
        TEST(a_cluster_loses_its_leader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
