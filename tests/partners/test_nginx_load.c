/* SPDX-License-Identifier: MIT */
/* A real nginx follows the registry through an exported file, validated by nginx itself and followed by its
 * own reload, and what its users lose meanwhile: nothing while instances are drained and restarted, fall
 * sick, or quaywatch begins anew. */
#include "tests/support/http.h"
#include "tests/support/load.h"
#include "tests/support/partner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A change is in the file at once, or half a second after the one before; then nginx reads and reloads. */
#define SETTINGS                                                                                             \
    "QUAYWATCH_AUTH_TOKEN=correct-horse-battery QUAYWATCH_DRAIN=3s RETRY_BASE_DELAY=500ms "                  \
    "QUAYWATCH_EXPORTS='%s/exports.yml'"
#define CONNECTIONS 4
static const char *const bearer[] = {"Authorization: Bearer correct-horse-battery", NULL};

struct partners {
    struct world *world;
    pid_t nginx;
    int port;
};

static int setup(void **state)
{
    return partner_setup(state, sizeof(struct partners));
}

static int teardown(void **state)
{
    struct partners *partners = *state;
    partner_stop(partners->nginx);
    return partner_teardown(state);
}

/* nginx's configuration around the exported upstreams. (A check has a pid file of its own: where there is
 * none, nginx -t makes an empty one, and this one is read.) */
static void conf_write(struct partners *partners, const char *name, const char *upstreams)
{
    struct world *world = partners->world;
    file_write(world, name,
               arena_format(&world->arena,
                            "worker_processes 2;\npid %s/out/%s.pid;\nerror_log stderr;\nevents { }\n"
                            "http {\n  access_log off;\n  client_body_temp_path %s/out/body;\n"
                            "  proxy_temp_path %s/out/proxy;\n  fastcgi_temp_path %s/out/fastcgi;\n"
                            "  uwsgi_temp_path %s/out/uwsgi;\n  scgi_temp_path %s/out/scgi;\n  include %s;\n"
                            "  server {\n    listen 127.0.0.1:%d;\n    location / {\n"
                            "      proxy_pass http://quaywatch-web;\n      proxy_http_version 1.1;\n"
                            "      proxy_set_header Connection \"\";\n    }\n  }\n}\n",
                            world->folder, name, world->folder, world->folder, world->folder, world->folder,
                            world->folder, upstreams, partners->port));
}

static void daemon_begin(struct partners *partners)
{
    struct world *world = partners->world;
    daemon_start(world, arena_format(&world->arena, SETTINGS, world->folder));
}

/* Waits until nginx has been told whether it is to use the container. */
static void server_wait(struct partners *partners, const char *container, bool there)
{
    struct world *world = partners->world;
    partner_wait(world, "nginx", "%s grep -q 'server %s:8080 ' '%s/out/web.conf'", there ? "" : "!",
                 container_address(world, container), world->folder);
    http_wait(world, "/api/v1/exports", "exports[0].state", "fine");
}

/* nginx runs as whom quaywatch becomes, so that it may be told to read anew. */
static void begin(struct partners *partners)
{
    struct world *world = partners->world;
    partners->port = free_port();
    shell(world, "mkdir '%s/out' && chmod 777 '%s/out'", world->folder, world->folder);
    conf_write(partners, "nginx.conf", arena_format(&world->arena, "%s/out/web.conf", world->folder));
    conf_write(partners, "check.conf", "/dev/stdin");
    file_write(
        world, "exports.yml",
        arena_format(
            &world->arena,
            "- format: nginx\n  version: upstreams\n  path: %s/out/web.conf\n"
            "  minimum: {web: 1}\n"
            "  validate: /usr/sbin/nginx -t -q -c %s/check.conf <{}\n"
            "  notify:\n    - test ! -e %s/out/nginx.conf.pid || kill -HUP $(cat %s/out/nginx.conf.pid)\n",
            world->folder, world->folder, world->folder, world->folder));
    for (int i = 1; i <= 3; i++)
        container_run(world, arena_format(&world->arena, "web-%d", i),
                      CHECKED LABEL("service.name=web") LABEL("service.restart=no"), "");
    daemon_begin(partners);
    for (int i = 1; i <= 3; i++)
        server_wait(partners, arena_format(&world->arena, "web-%d", i), true);
    partners->nginx = partner_start(world, "nginx",
                                    "setpriv --reuid 65532 --regid 65532 --clear-groups /usr/sbin/nginx -c "
                                    "%s/nginx.conf -g 'daemon off;'",
                                    world->folder);
    partner_wait(world, "nginx", "curl -sSf http://127.0.0.1:%d/", partners->port);
}

static struct loads begin_load(struct partners *partners)
{
    return loads_start(partners->port, "/", CONNECTIONS);
}

static unsigned long end_load(const struct loads *loads, const char *what)
{
    struct loads_figures both = loads_stop(loads);
    print_message(
        "nginx, %s: %lu requests on kept connections, %lu lost (%lu sent again); %lu on new ones, %lu "
        "lost\n",
        what, both.kept.requests, both.kept.lost, both.kept.resent, both.fresh.requests, both.fresh.lost);
    if (both.kept.lost + both.fresh.lost)
        print_message("the first: %s%s\n", both.kept.first, both.fresh.first);
    return both.kept.lost + both.fresh.lost;
}

static void post(struct partners *partners, const char *path)
{
    assert_int_equal(http_ask(partners->world, "POST", path, bearer, "")->status / 100, 2);
}

static void users_lose_nothing(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    begin(partners);
    char *last = container_started_at(world, "web-3");
    struct loads loads = begin_load(partners);
    post(partners, "/api/v1/services/web/reload");
    partner_wait(world, "nginx", "test $(docker inspect -f '{{.State.StartedAt}}' web-3) != %s", last);
    server_wait(partners, "web-3", true);
    assert_int_equal(end_load(&loads, "rolling restart"), 0);

    loads = begin_load(partners);
    post(partners, "/api/v1/services/web/breaker/trip?instance=web-1");
    server_wait(partners, "web-1", false);
    shell(world, "docker restart -t 0 web-1");
    post(partners, "/api/v1/services/web/breaker/reset?instance=web-1");
    server_wait(partners, "web-1", true);
    assert_int_equal(end_load(&loads, "drained, restarted, back"), 0);

    loads = begin_load(partners);
    shell(world, "docker exec web-2 sick 503");
    server_wait(partners, "web-2", false);
    shell(world, "docker exec web-2 well");
    server_wait(partners, "web-2", true);
    assert_int_equal(end_load(&loads, "an instance's check fails, and passes again"), 0);

    loads = begin_load(partners);
    daemon_kill(world);
    daemon_begin(partners);
    for (int i = 1; i <= 3; i++)
        server_wait(partners, arena_format(&world->arena, "web-%d", i), true);
    assert_int_equal(end_load(&loads, "quaywatch killed and started"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(users_lose_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
