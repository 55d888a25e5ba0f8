/* SPDX-License-Identifier: MIT */
/* The registry and files, both ways: files that register services outside Docker, followed as they change,
 * and a folder that is kept filled with what the registry says. */
#include "tests/support/http.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TOKEN "QUAYWATCH_AUTH_TOKEN=correct-horse-battery "
static const char *const bearer[] = {"Authorization: Bearer correct-horse-battery", NULL};

/* A server that is not registered by itself; its address. */
static char *server_run(struct world *world, const char *name)
{
    shell(world, "docker run -d --name %s " IMAGE, name);
    return container_address(world, name);
}

/* Writes a file in the test's folder as editors do: beside it, then renamed. */
static void put(struct world *world, const char *name, const char *text)
{
    char *path = arena_format(&world->arena, "%s/%s", world->folder, name);
    char *beside = file_write(world, arena_format(&world->arena, "%s~", name), text);
    assert_int_equal(rename(beside, path), 0);
}

static char *nas(struct world *world, const char *address, const char *more)
{
    return arena_format(&world->arena,
                        "{\"id\": \"nas-1\", \"name\": \"nas\", \"host\": \"%s\", \"port\": 8080, "
                        "\"healthEndpoint\": \"/cgi-bin/health\"%s}",
                        address, more);
}

static void a_folder_registers(void **state)
{
    struct world *world = *state;
    char *address = server_run(world, "server");
    const char *settings = arena_format(&world->arena,
                                        TOKEN "QUAYWATCH_EXTERNAL_NETWORKS=%s/32 QUAYWATCH_SOURCE_DIR=%s/in "
                                              "QUAYWATCH_STATE_DIR=%s/state",
                                        address, world->folder, world->folder);
    shell(world, "mkdir %s/in", world->folder);
    put(world, "in/nas.json", nas(world, address, ", \"version\": \"1\""));
    put(world, "in/.hidden.json", "nonsense");
    put(world, "in/notes.txt", "nonsense");
    container_run(world, "web", CHECKED, "");
    daemon_start(world, settings);
    service_wait(world, "nas", "status", "healthy");
    assert_string_equal(service_field(world, "nas", "version"), "1");
    assert_string_equal(http_json(world, "/api/v1/services/nas/explain", "instances[0].registered_by"),
                        arena_format(&world->arena, "%s/in/nas.json", world->folder));

    /* A change is seen soon, a mistake harms nothing, and is told once. */
    put(world, "in/nas.json",
        nas(world, address, ", \"version\": \"2\", \"fallbackUrls\": [\"http://spare:80\"]"));
    service_wait(world, "nas", "version", "2");
    assert_string_equal(http_json(world, "/export/json", "services.nas.fallback_urls[0]"), "http://spare:80");
    put(world, "in/nas.json", nas(world, address, ", \"port\": 70000"));
    log_wait(world,
             "in/nas.json: The field \"port\" is 70000; allowed is a whole number from 1 to 65535; what it "
             "said before stays");
    assert_string_equal(service_field(world, "nas", "version"), "2");
    put(world, "in/nas.json", nas(world, address, ", \"version\": \"3\""));
    service_wait(world, "nas", "version", "3");
    log_wait(world, "in/nas.json is read again");

    /* Others cannot take what is somebody's. */
    put(world, "in/other.json", nas(world, address, ""));
    log_wait(world, "in/other.json: The id \"nas-1\" is that of ");
    put(world, "in/web.json", "{\"name\": \"web\", \"host\": \"10.0.0.1\", \"port\": 80}");
    log_wait(world, "which belongs to a container");
    assert_int_equal(http_ask(world, "POST", "/services", bearer, nas(world, address, ""))->status, 409);
    assert_int_equal(http_ask(world, "DELETE", "/services/nas-1", bearer, NULL)->status, 409);
    assert_string_equal(service_field(world, "nas", "version"), "3");

    /* Its place is free when the file is gone: the other one follows. */
    shell(world, "rm %s/in/nas.json %s/in/web.json", world->folder, world->folder);
    service_wait(world, "nas", "version", "null");
    put(world, "in/other.json", nas(world, address, ", \"version\": \"4\""));
    service_wait(world, "nas", "version", "4");

    /* What goes while nobody looks is gone afterwards. */
    daemon_stop(world);
    daemon_start(world, settings);
    service_wait(world, "nas", "version", "4");
    daemon_stop(world);
    shell(world, "rm %s/in/other.json", world->folder);
    daemon_start(world, settings);
    service_wait(world, "web", "status", "healthy");
    service_wait_gone(world, "nas");

    /* A folder that goes takes nothing with it. */
    put(world, "in/nas.json", nas(world, address, ", \"version\": \"5\""));
    service_wait(world, "nas", "version", "5");
    shell(world, "mv %s/in %s/away", world->folder, world->folder);
    log_wait(world, "; what is registered of it stays");
    assert_string_equal(service_field(world, "nas", "version"), "5");
}

/* One file after another, without end: what stands there is registered all the same. */
static void changes_without_end_are_followed(void **state)
{
    struct world *world = *state;
    shell(world, "mkdir %s/in", world->folder);
    daemon_start(world,
                 arena_format(&world->arena,
                              TOKEN "QUAYWATCH_EXTERNAL_NETWORKS=127.0.0.0/8 QUAYWATCH_SOURCE_DIR=%s/in "
                                    "QUAYWATCH_STATE_DIR=%s/state",
                              world->folder, world->folder));
    const char *version = NULL;
    for (unsigned i = 0; i < 200 && !version; i++) {
        put(world, "in/nas.json", nas(world, "127.0.0.1", ", \"version\": \"1\""));
        usleep(20000);
        if (i % 10 == 9)
            version = service_field(world, "nas", "version");
    }
    assert_non_null(version);

    /* Another folder in its place is followed as the first one was; only every minute it would be too late.
     */
    shell(world, "mkdir %s/next && mv %s/in %s/away && mv %s/next %s/in", world->folder, world->folder,
          world->folder, world->folder, world->folder);
    put(world, "in/nas.json", nas(world, "127.0.0.1", ", \"version\": \"2\""));
    service_wait(world, "nas", "version", "2");
    put(world, "in/nas.json", nas(world, "127.0.0.1", ", \"version\": \"3\""));
    service_wait(world, "nas", "version", "3");
}

/* Root gives no folder away that a link of somebody else leads to. */
static void a_link_gives_nothing_away(void **state)
{
    struct world *world = *state;
    shell(world, "mkdir %s/roots %s/own && ln -s %s/roots %s/link && chown -h 65532 %s/link", world->folder,
          world->folder, world->folder, world->folder, world->folder);
    daemon_start(world,
                 arena_format(&world->arena, "QUAYWATCH_REGISTRY_DIR=%s/link QUAYWATCH_STATE_DIR=%s/own",
                              world->folder, world->folder));
    log_wait(world, "/link is a link, or leads through one, that is not root's, so it is not taken over");
    assert_string_equal(shell(world, "stat -c %%u %s/roots", world->folder), "0");
    assert_string_equal(shell(world, "stat -c %%u %s/own", world->folder), "65532");
}

static void variables_register(void **state)
{
    struct world *world = *state;
    char *address = server_run(world, "server");
    put(world, "services.env",
        arena_format(&world->arena,
                     "# by hand\nexport MY_BIG_NAS_URL=\"http://user:secret@%s:8080/x?y\"\n"
                     "MY_BIG_NAS_HEALTH_ENDPOINT=/cgi-bin/health\n"
                     "MY_BIG_NAS_FALLBACK_URLS=http://a:1, http://b:2\n"
                     "MY_DB_HOST=%s\nMY_DB_PORT=8080\nMY_DB_PROTOCOL=tcp\n"
                     "OTHER_URL=http://10.0.0.1:80\nMY_EMPTY_URL=\nMY_ODD_URL=nonsense\n",
                     address, address));
    daemon_start(world, arena_format(&world->arena,
                                     "QUAYWATCH_EXTERNAL_NETWORKS=%s/32 QUAYWATCH_ENV_PREFIX=MY_ "
                                     "QUAYWATCH_SOURCE_ENV=%s/services.env",
                                     address, world->folder));
    service_wait(world, "big-nas", "status", "healthy");
    service_wait(world, "db", "status", "healthy");
    assert_string_equal(http_json(world, "/api/v1/status", "summary.services"), "2");
    log_wait(
        world,
        "services.env, MY_ODD_*: ODD_URL is no URL such as http://host:5000; nothing is registered of it");
    assert_null(strstr(daemon_log(world), "secret"));
    /* What comes in goes out in the same words. */
    const char *env = http_get(world, "/export/env")->body;
    assert_non_null(strstr(env, arena_format(&world->arena, "MY_BIG_NAS_URL=http://%s:8080\n", address)));
    assert_non_null(strstr(env, "MY_BIG_NAS_HEALTH_ENDPOINT=/cgi-bin/health\n"));
    assert_non_null(strstr(env, "MY_BIG_NAS_FALLBACK_URLS=http://a:1,http://b:2\n"));

    put(world, "services.env", "no line of that kind\n");
    log_wait(world, "is no KEY=value line; what is registered of it stays");
    assert_string_equal(service_field(world, "db", "status"), "healthy");
    put(world, "services.env", arena_format(&world->arena, "MY_DB_HOST=%s\nMY_DB_PORT=8081\n", address));
    service_wait_gone(world, "big-nas");
    service_wait(world, "db", "instances[0].port", "8081");
}

static bool file_holds(struct world *world, const char *name, const char *text)
{
    const char *content = file_text(world, name);
    return text ? content && strstr(content, text) : !content;
}

static void file_wait(struct world *world, const char *name, const char *text)
{
    for (int64_t end = clock_now_ms() + PATIENCE_MS; clock_now_ms() < end; clock_pause())
        if (file_holds(world, name, text))
            return;
    world_fail(world, "%s never %s%s", name, text ? "held " : "went", text ? text : "");
}

static void a_folder_is_kept_filled(void **state)
{
    struct world *world = *state;
    char *address = server_run(world, "server");
    const char *settings = arena_format(&world->arena,
                                        "QUAYWATCH_EXTERNAL_NETWORKS=%s/32 QUAYWATCH_REGISTRY_DIR=%s/shared "
                                        "QUAYWATCH_SOURCE_DIR=%s/shared",
                                        address, world->folder, world->folder);
    shell(world, "mkdir -m 777 %s/shared", world->folder);
    container_run(world, "web", CHECKED LABEL("service.restart=no"), "");
    daemon_start(world, settings);
    file_wait(world, "shared/web.json", "\"serving\":true");
    shell(world,
          "jq -e '.written_by == \"quaywatch\" and .name == \"web\" and .instances[0].port == 8080' "
          "%s/shared/web.json",
          world->folder);
    assert_string_equal(shell(world, "stat -c %%a %s/shared/web.json", world->folder), "644");
    assert_string_equal(http_json(world, "/api/v1/exports", "exports[0].kind"), "folder");

    /* The same folder may also register: both kinds of files stand beside each other. */
    put(world, "shared/register-nas.json", nas(world, address, ""));
    service_wait(world, "nas", "status", "healthy");
    file_wait(world, "shared/nas.json", "\"container\":\"nas-1\"");
    shell(world, "docker exec web sick 503");
    file_wait(world, "shared/web.json", "\"serving\":false,\"url\":null");

    /* quaywatch's own restart takes nothing away. */
    daemon_stop(world);
    daemon_start(world, settings);
    service_wait(world, "web", "status", "unhealthy");
    service_wait(world, "nas", "status", "healthy");
    shell(world, "test -e %s/shared/web.json -a -e %s/shared/nas.json", world->folder, world->folder);
    file_wait(world, "shared/web.json", "\"status\":\"unhealthy\"");

    shell(world, "docker rm -f web; rm %s/shared/register-nas.json", world->folder);
    file_wait(world, "shared/web.json", NULL);
    file_wait(world, "shared/nas.json", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_folder_registers, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(changes_without_end_are_followed, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_link_gives_nothing_away, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(variables_register, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_folder_is_kept_filled, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
