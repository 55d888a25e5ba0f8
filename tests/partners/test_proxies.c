/* SPDX-License-Identifier: MIT */
/* Real HAProxy, nginx and Caddy, each started with exactly what quaywatch tells for it, lead requests to
 * containers by host: to all that serve, no more to one that fell sick, and to none where none serves. */
#include "tests/support/http.h"
#include "tests/support/partner.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { ROUNDS = 12 };

/* How one proxy is started with an export, and made to read another. */
static const struct proxy {
    const char *name, *start, *reload;
} haproxy = {"haproxy", "haproxy -db -f base.cfg -f haproxy.cfg", NULL},
  nginx = {"nginx", "nginx -p . -c $PWD/nginx-base.conf", "nginx -p . -c $PWD/nginx-base.conf -s reload"},
  caddy = {
      "caddy", "env HOME=$PWD XDG_DATA_HOME=$PWD XDG_CONFIG_HOME=$PWD caddy run --config caddy.json",
      "curl -sf -H 'Content-Type: application/json' --data-binary @caddy.json http://127.0.0.1:2019/load"};

struct partners {
    struct world *world;
    pid_t proxy;
};

static int setup(void **state)
{
    return partner_setup(state, sizeof(struct partners));
}

/* Asked to end: nginx's workers would outlive a master that is killed. */
static void stop(struct partners *partners)
{
    if (partners->proxy > 0 && kill(partners->proxy, SIGTERM) == 0)
        waitpid(partners->proxy, NULL, 0);
    partners->proxy = 0;
}

static int teardown(void **state)
{
    struct partners *partners = *state;
    stop(partners);
    return partner_teardown(state);
}

/* A container that says its name at /who, of a service. */
static void add(struct world *world, const char *container, const char *service, const char *labels)
{
    shell(world,
          "docker run -d --name %s --label service.name=%s --label service.restart=no " CHECKED "%s" IMAGE,
          container, service, labels);
    shell(world, "docker exec %s sh -c 'mkdir -p /www/api && echo %s >/www/who && cp /www/who /www/api/who'",
          container, container);
}

/* What is exported now, in the files that the proxies read. */
static void exports_write(struct world *world)
{
    static const char *const files[][2] = {{"/export/haproxy", "haproxy.cfg"},
                                           {"/export/nginx", "nginx.conf"},
                                           {"/export/nginx?version=stream", "nginx-stream.conf"},
                                           {"/export/caddy", "caddy.json"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const struct http_answer *answer = http_get(world, files[i][0]);
        assert_int_equal(answer->status, 200);
        file_write(world, files[i][1], answer->body);
    }
}

static void bases_write(struct world *world)
{
    file_write(world, "base.cfg",
               "defaults\n  timeout client 5s\n  timeout connect 1s\n  timeout server 5s\n"
               "frontend db\n  bind 127.0.0.1:5432\n  mode tcp\n  default_backend quaywatch-db\n");
    file_write(world, "nginx-base.conf",
               "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\ndaemon off;\nuser root;\n"
               "pid nginx.pid;\nerror_log stderr;\nevents {}\n"
               "http {\n  access_log off;\n  include nginx.conf;\n}\n"
               "stream {\n  include nginx-stream.conf;\n"
               "  server { listen 127.0.0.1:5432; proxy_pass quaywatch-db; }\n}\n");
}

static void world_fill(struct world *world)
{
    add(world, "web-1", "web", LABEL("service.hosts=web.test") LABEL("service.weight=1"));
    add(world, "web-2", "web", LABEL("service.hosts=web.test") LABEL("service.weight=3"));
    add(world, "api-1", "api", LABEL("service.hosts=web.test/api,*.api.test"));
    add(world, "gone-1", "gone", LABEL("service.hosts=gone.test"));
    add(world, "hidden-1", "hidden", LABEL("service.hosts=hidden.test") LABEL("traefik.enable=false"));
    add(world, "db-1", "db", LABEL("service.protocol=tcp") LABEL("service.health.check=tcp"));
    shell(world, "docker stop -t 1 gone-1");
    daemon_start(world, "");
    service_wait(world, "web", "instances[1].status", "healthy");
    service_wait(world, "web", "instances[0].status", "healthy");
    service_wait(world, "api", "status", "healthy");
    service_wait(world, "db", "status", "healthy");
    service_wait(world, "gone", "status", "stopped");
    bases_write(world);
    exports_write(world);
}

/* The answer to GET path of a host: its body without line end, or its status where that is not 200. */
static const char *ask(struct world *world, const char *host, const char *path)
{
    char *answer = shell(world, "curl -s -m 5 -w '%%{http_code}' -H 'Host: %s' http://127.0.0.1%s", host,
                         path);
    size_t length = strlen(answer);
    assert_true(length >= 3);
    if (strcmp(answer + length - 3, "200") != 0)
        return answer + length - 3;
    answer[length - 3 - (length > 3)] = '\0';
    return answer;
}

/* How many of ROUNDS requests to web.test a container answers; all of them must be answered by one. */
static unsigned share_of(struct world *world, const char *container)
{
    unsigned share = 0;
    for (int i = 0; i < ROUNDS; i++) {
        const char *answer = ask(world, "web.test", "/who");
        if (strncmp(answer, "web-", 4) != 0)
            world_fail(world, "web.test answers %s", answer);
        share += strcmp(answer, container) == 0;
    }
    return share;
}

static void expect(struct world *world, const char *host, const char *path, const char *expected)
{
    const char *answer = ask(world, host, path);
    if (!strstr(expected, answer))
        world_fail(world, "%s%s answers %s, not %s", host, path, answer, expected);
}

static void start(struct partners *partners, const struct proxy *proxy)
{
    struct world *world = partners->world;
    partners->proxy = partner_start(world, proxy->name, "sh -c 'cd %s && exec %s'", world->folder,
                                    proxy->start);
    partner_wait(world, proxy->name, "curl -s -o /dev/null http://127.0.0.1/");
}

static void reload(struct partners *partners, const struct proxy *proxy)
{
    struct world *world = partners->world;
    if (proxy->reload) {
        shell(world, "cd %s && %s", world->folder, proxy->reload);
        return;
    }
    stop(partners);
    start(partners, proxy);
}

/* Each of three proxies, one after the other, on the port that it is told. */
static void check_proxy(struct partners *partners, const struct proxy *proxy, bool tcp)
{
    struct world *world = partners->world;
    start(partners, proxy);
    unsigned heavy = share_of(world, "web-2");
    if (heavy != ROUNDS * 3 / 4)
        world_fail(world, "of %d requests web-2 got %u", ROUNDS, heavy);
    expect(world, "WEB.test:80", "/api/who", "api-1");
    expect(world, "eu.api.test", "/who", "api-1");
    expect(world, "a.eu.api.test", "/who", "404");
    expect(world, "gone.test", "/who", "502 503");
    expect(world, "hidden.test", "/who", "404");
    expect(world, "else.test", "/who", "404");
    if (tcp)
        assert_string_equal(shell(world, "curl -s -m 5 http://127.0.0.1:5432/who"), "db-1");

    shell(world, "docker exec web-2 sick 503");
    service_wait(world, "web", "instances[1].status", "unhealthy");
    exports_write(world);
    reload(partners, proxy);
    /* A worker that was replaced may still answer for a moment. */
    for (int64_t end = clock_now_ms() + PATIENCE_MS; share_of(world, "web-1") != ROUNDS; clock_pause())
        if (clock_now_ms() > end)
            world_fail(world, "web-2 is sick and still asked");
    stop(partners);
    shell(world, "docker exec web-2 well");
    service_wait(world, "web", "instances[1].status", "healthy");
    service_wait(world, "web", "instances[1].circuit_breaker.state", "closed");
    exports_write(world);
}

static void requests_reach_who_serves(void **state)
{
    struct partners *partners = *state;
    world_fill(partners->world);
    check_proxy(partners, &haproxy, true);
    check_proxy(partners, &nginx, true);
    check_proxy(partners, &caddy, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_reach_who_serves, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
