/* SPDX-License-Identifier: MIT */
/* A real nginx in a container of its own, which shares a folder with quaywatch: its services are written
 * there, validated inside its container, and it is told by a signal. As the README shows it. */
#include "tests/support/http.h"
#include "tests/support/partner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The machine's own nginx with the libraries that it needs. */
#define NGINX                                                                                                \
    "docker run -d --name proxy --label service.name=nginx -v /usr:/usr:ro -v /usr/lib:/lib:ro "             \
    "-v /usr/lib64:/lib64:ro -v /etc/passwd:/etc/passwd:ro -v /etc/group:/etc/group:ro --tmpfs "             \
    "/var/lib/nginx "                                                                                        \
    "--tmpfs /var/log/nginx --tmpfs /run -v '%s/nginx.conf':/etc/nginx/nginx.conf:ro -v "                    \
    "'%s/out':/etc/nginx/quay " IMAGE " /usr/sbin/nginx -g 'daemon off;'"

#define API(name)                                                                                            \
    "docker run -d --name " name LABEL("service.name=api") LABEL("service.hosts=api.test")                   \
        LABEL("service.restart=no") CHECKED IMAGE

static void set_up_proxy(struct world *world)
{
    shell(world, "mkdir '%s/out'", world->folder);
    file_write(world, "nginx.conf",
               "user root root;\nworker_processes 1;\npid /tmp/nginx.pid;\nerror_log stderr;\n"
               "events { }\nhttp { access_log off; include /etc/nginx/quay/*.conf; }\n");
    file_write(
        world, "exports.yml",
        arena_format(
            &world->arena,
            "- format: nginx\n"
            "  path: %s/out/services.conf\n"
            "  minimum: {api: 1}\n"
            "  validate:\n"
            "    exec:\n"
            "      service: nginx\n"
            "      command: printf 'user root root; events { } http { include /etc/nginx/quay/{name}; }' "
            ">/tmp/new.conf && /usr/sbin/nginx -t -q -c /tmp/new.conf\n"
            "  notify:\n"
            "    signal: {service: nginx, signal: HUP}\n",
            world->folder));
    shell(world, NGINX, world->folder, world->folder);
    daemon_start(world,
                 arena_format(&world->arena, "QUAYWATCH_EXPORTS='%s/exports.yml' RETRY_BASE_DELAY=500ms",
                              world->folder));
}

static void server_wait(struct world *world, const char *address, bool there)
{
    for (int64_t end = clock_now_ms() + PATIENCE_MS;; clock_pause()) {
        char *ignored;
        int code = shell_status(world, &ignored, "grep -q 'server %s:8080 ' '%s/out/services.conf'", address,
                                world->folder);
        if (code == (there ? 0 : 1))
            return;
        if (clock_now_ms() > end)
            world_fail(world, "%s is %s in the file: %s", address, there ? "never" : "still",
                       shell(world, "cat '%s/out/services.conf' 2>&1; docker logs proxy 2>&1 | tail",
                             world->folder));
    }
}

static void nginx_follows(void **state)
{
    struct world *world = *state;
    set_up_proxy(world);
    shell(world, API("api-1"));
    shell(world, API("api-2"));
    const char *address = container_address(world, "proxy"), *first = container_address(world, "api-1"),
               *second = container_address(world, "api-2");
    server_wait(world, first, true);
    server_wait(world, second, true);
    partner_wait(world, "nginx", "curl -sf -H 'Host: api.test' http://%s/health | grep -q ok", address);
    assert_string_equal(
        shell(world, "curl -s -o /dev/null -w '%%{http_code}' -H 'Host: other.test' http://%s/", address),
        "404");

    /* Requests go on while one instance is taken away and comes back, each time with a reload. */
    pid_t load = partner_start(world, "load",
                               "sh -c 'while :; do curl -s -m 10 -o /dev/null -w \"%%{http_code}\\n\" -H "
                               "Host:api.test http://%s/health; done'",
                               address);
    shell(world, "docker exec api-1 sick 503");
    server_wait(world, first, false);
    shell(world, "docker exec api-1 well");
    server_wait(world, first, true);
    http_wait(world, "/api/v1/exports", "exports[0].state", "fine");
    service_stays(world, "api", "status", "healthy", 500);
    partner_stop(load);
    char *codes = shell(world, "grep -c '^200$' '%s/load.log'", world->folder);
    assert_true(strtoul(codes, NULL, 10) > 20);
    assert_string_equal(shell(world, "grep -vc '^200$' '%s/load.log' || true", world->folder), "0");

    /* Without nginx nobody can say whether the file is good: it stays; and is replaced when nginx is back. */
    shell(world, "docker stop -t 0 proxy");
    shell(world, "docker exec api-2 sick 503");
    http_wait(world, "/api/v1/exports", "exports[0].sentence",
              "validate found no running container of the service nginx; the file stays as it was");
    server_wait(world, second, true);
    shell(world, "docker start proxy");
    server_wait(world, second, false);
    http_wait(world, "/api/v1/exports", "exports[0].state", "fine");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(nginx_follows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
