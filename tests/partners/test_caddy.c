/* SPDX-License-Identifier: MIT */
/* A real Caddy follows the registry through its admin API, and what its users lose meanwhile: no answer
 * while instances are drained and restarted, and while quaywatch begins anew. A Caddy that was restarted gets
 * back what its file does not say. */
#include "tests/support/http.h"
#include "tests/support/load.h"
#include "tests/support/partner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS "QUAYWATCH_AUTH_TOKEN=correct-horse-battery QUAYWATCH_DRAIN=1s QUAYWATCH_CADDY="
#define CONNECTIONS 4
static const char *const bearer[] = {"Authorization: Bearer correct-horse-battery", NULL};

struct partners {
    struct world *world;
    pid_t caddy;
    int admin, port;
};

static int setup(void **state)
{
    return partner_setup(state, sizeof(struct partners));
}

static int teardown(void **state)
{
    struct partners *partners = *state;
    partner_stop(partners->caddy);
    return partner_teardown(state);
}

static void caddy_start(struct partners *partners)
{
    struct world *world = partners->world;
    if (!partners->port) {
        partners->port = free_port();
        partners->admin = free_port();
    }
    char *path = arena_format(&world->arena, "%s/caddy.json", world->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(
        file,
        "{\"admin\":{\"listen\":\"127.0.0.1:%d\"},\"apps\":{\"http\":{\"servers\":{\"web\":{\"listen\":"
        "[\"127.0.0.1:%d\"],\"automatic_https\":{\"disable\":true},\"routes\":[{\"handle\":[{\"@id\":"
        "\"quaywatch-web\",\"handler\":\"reverse_proxy\",\"upstreams\":[],\"load_balancing\":{"
        "\"selection_policy\":{\"policy\":\"round_robin\"}}}]},{\"handle\":[{\"@id\":\"by-hand\",\"handler\":"
        "\"reverse_proxy\",\"upstreams\":[{\"dial\":\"127.0.0.1:9\"}]}]}]}}}}}",
        partners->admin, partners->port);
    fclose(file);
    partners->caddy = partner_start(world, "caddy",
                                    "env HOME=%s XDG_DATA_HOME=%s XDG_CONFIG_HOME=%s caddy run --config %s",
                                    world->folder, world->folder, world->folder, path);
    partner_wait(world, "caddy", "curl -sSf http://127.0.0.1:%d/config/", partners->admin);
}

/* Waits until Caddy dials just these containers. */
static void upstreams_wait(struct partners *partners, const char *containers)
{
    partner_wait(
        partners->world, "caddy",
        "have=$(curl -sS http://127.0.0.1:%d/id/quaywatch-web/upstreams | tr -d ' \\n'); want=; for name "
        "in %s; do want=\"$want,{\\\"dial\\\":\\\"$(docker inspect -f "
        "'{{.NetworkSettings.IPAddress}}' $name):8080\\\"}\"; done; echo \"$have, not [${want#,}]\"; test "
        "\"$have\" = \"[${want#,}]\"",
        partners->admin, containers);
}

static void daemon_begin(struct partners *partners)
{
    struct world *world = partners->world;
    daemon_start(world, arena_format(&world->arena, SETTINGS "http://127.0.0.1:%d/", partners->admin));
}

static void begin(struct partners *partners)
{
    struct world *world = partners->world;
    caddy_start(partners);
    for (int i = 1; i <= 3; i++)
        container_run(world, arena_format(&world->arena, "web-%d", i),
                      CHECKED LABEL("service.name=web") LABEL("service.restart=no"), "");
    daemon_begin(partners);
    upstreams_wait(partners, "web-1 web-2 web-3");
}

static struct loads begin_load(struct partners *partners)
{
    return loads_start(partners->port, "/", CONNECTIONS);
}

/* What was lost by more than Caddy's own reloads: at each, 2.6 resets what is about to connect, whatever
 * changed (a reload by itself loses one connection in a few hundred under this load). */
static unsigned long end_load(const struct loads *loads, const char *what)
{
    struct loads_figures both = loads_stop(loads);
    struct load_figures kept = both.kept, fresh = both.fresh;
    print_message(
        "Caddy, %s: %lu requests on kept connections, %lu lost (%lu sent again); %lu on new ones, %lu "
        "lost, %lu of them reset before they were heard\n",
        what, kept.requests, kept.lost, kept.resent, fresh.requests, fresh.lost,
        kept.unheard + fresh.unheard);
    if (kept.lost + fresh.lost)
        print_message("the first: %s%s\n", kept.first, fresh.first);
    assert_true((kept.unheard + fresh.unheard) * 100 < kept.requests + fresh.requests);
    return kept.lost + fresh.lost - kept.unheard - fresh.unheard;
}

static void post(struct partners *partners, const char *path)
{
    for (int64_t end = clock_now_ms() + PATIENCE_MS; clock_now_ms() < end; clock_pause())
        if (http_ask(partners->world, "POST", path, bearer, "")->status / 100 == 2)
            return;
    world_fail(partners->world, "%s is refused", path);
}

static void upstreams_follow_the_registry(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    begin(partners);
    shell(world, "docker exec web-2 sick 503");
    upstreams_wait(partners, "web-1 web-3");
    shell(world, "docker exec web-2 well");
    upstreams_wait(partners, "web-1 web-2 web-3");
    shell(world, "docker rm -f web-3");
    upstreams_wait(partners, "web-1 web-2");

    partner_stop(partners->caddy);
    log_wait(world, "Export to caddy http://127.0.0.1:");
    caddy_start(partners);
    upstreams_wait(partners, "web-1 web-2");
    assert_non_null(strstr(shell(world, "curl -sS http://127.0.0.1:%d/id/by-hand/upstreams", partners->admin),
                           "127.0.0.1:9"));

    shell(world, "docker rm -f web-1 web-2");
    upstreams_wait(partners, "");
    http_wait(world, "/api/v1/exports", "exports[0].state", "fine");

    /* Whoever takes all of ours away is asked to bring it back. */
    shell(world, "curl -sSf -X DELETE http://127.0.0.1:%d/id/quaywatch-web", partners->admin);
    container_run(world, "web-4", CHECKED LABEL("service.name=web"), "");
    log_wait(world, "it has no handler whose \"@id\" begins with \"quaywatch-\"");
}

static void restarts_lose_nothing(void **state)
{
    struct partners *partners = *state;
    struct world *world = partners->world;
    begin(partners);
    char *last = container_started_at(world, "web-3");
    struct loads loads = begin_load(partners);
    post(partners, "/api/v1/services/web/reload");
    partner_wait(world, "caddy", "test $(docker inspect -f '{{.State.StartedAt}}' web-3) != %s", last);
    upstreams_wait(partners, "web-1 web-2 web-3");
    assert_int_equal(end_load(&loads, "rolling restart"), 0);

    loads = begin_load(partners);
    post(partners, "/api/v1/services/web/breaker/trip?instance=web-1");
    upstreams_wait(partners, "web-2 web-3");
    post(partners, "/api/v1/services/web/breaker/reset?instance=web-1");
    upstreams_wait(partners, "web-1 web-2 web-3");
    assert_int_equal(end_load(&loads, "drain and return"), 0);

    loads = begin_load(partners);
    daemon_kill(world);
    daemon_begin(partners);
    http_wait(world, "/api/v1/exports", "exports[0].state", "fine");
    upstreams_wait(partners, "web-1 web-2 web-3");
    assert_int_equal(end_load(&loads, "quaywatch killed and started"), 0);

    loads = begin_load(partners);
    container_crash(world, "web-2");
    upstreams_wait(partners, "web-1 web-3");
    end_load(&loads, "an instance killed");
    loads = begin_load(partners);
    assert_int_equal(end_load(&loads, "afterwards"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(upstreams_follow_the_registry, setup, teardown),
        cmocka_unit_test_setup_teardown(restarts_lose_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
