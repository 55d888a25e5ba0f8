/* SPDX-License-Identifier: MIT */
/* `quaywatch render`: templates over containers that run. */
#include "tests/support/http.h"

#include <stdio.h>
#include <string.h>

/* What `quaywatch render` with these words writes; it must exit with code. */
static char *rendered(struct world *world, int code, const char *words)
{
    char *output;
    int status = daemon_command(world, &output, "render %s", words);
    if (status != code)
        world_fail(world, "render %s: exit code %d:\n%s\n%s", words, status, output,
                   file_text(world, "command.errors"));
    return output;
}

static void says(struct world *world, const char *part)
{
    const char *errors = file_text(world, "command.errors");
    if (!strstr(errors, part))
        world_fail(world, "\"%s\" is missing in:\n%s", part, errors);
}

static char *in_folder(struct world *world, const char *name)
{
    return arena_format(&world->arena, "%s/%s", world->folder, name);
}

static void values_and_loops(void **state)
{
    struct world *world = *state;
    daemon_start(world, "");
    container_run(world, "database", CHECKED LABEL("service.meta.did=did:plc:abc"), "");
    container_run(world, "web",
                  CHECKED LABEL("service.tags=api") LABEL("'service.meta.owner=\", \"evil\": \"'"), "");
    service_wait(world, "database", "status", "healthy");
    service_wait(world, "web", "status", "healthy");
    char *address = service_field(world, "database", "instances[0].address");
    file_write(
        world, "pds.env.tmpl",
        "PDS_HOSTNAME=${hostname}\nPDS_DATABASE_URL=${service.database.address_url}\nPDS_DID=${service."
        "database.did}\n");
    char *words = arena_format(&world->arena, "%s --set hostname=pds.example.com",
                               in_folder(world, "pds.env.tmpl"));
    assert_string_equal(rendered(world, 0, words),
                        arena_format(&world->arena,
                                     "PDS_HOSTNAME=pds.example.com\nPDS_DATABASE_URL=http://%s:8080\n"
                                     "PDS_DID=did:plc:abc",
                                     address));
    file_write(
        world, "all.json",
        "{<% for i, s in ipairs(services) do %><%= s.name %>: [<%= s.meta.owner or '' %>, <%= s.port %>]"
        "<% if i < #services then %>, <% end %><% end %>}");
    char *json = rendered(world, 0, in_folder(world, "all.json"));
    assert_string_equal(json_at(world, json, "web[0]"), "\", \"evil\": \"");
    assert_string_equal(json_at(world, json, "database[1]"), "8080");
    words = arena_format(&world->arena, "%s --tag api --format text -o %s", in_folder(world, "all.json"),
                         in_folder(world, "out"));
    assert_string_equal(rendered(world, 0, words), "");
    assert_string_equal(file_text(world, "out"), "{web: [\", \"evil\": \", 8080]}");

    rendered(world, 2, in_folder(world, "pds.env.tmpl"));
    says(world, "pds.env.tmpl, line 1, column 14: Required variable 'hostname' is missing; none is given.");
    rendered(world, 2, in_folder(world, "none"));
    says(world, "No such file");
    rendered(world, 2, arena_format(&world->arena, "%s --set hostname", in_folder(world, "all.json")));
    says(world, "--set wants NAME=VALUE, not: hostname");
    rendered(
        world, 2,
        arena_format(&world->arena, "%s --set hostnme=x --set hostname=y", in_folder(world, "pds.env.tmpl")));
    says(world, "pds.env.tmpl: It never asks for a variable 'hostnme'; did you mean 'hostname'?");
}

/* What does not serve is not told; what the template says stands in its place. */
static void who_does_not_serve(void **state)
{
    struct world *world = *state;
    daemon_start(world, "QUAYWATCH_DRY_RUN=true");
    container_run(world, "database", CHECKED, "");
    service_wait(world, "database", "status", "healthy");
    file_write(world, "a", "${service.database.url}");
    file_write(world, "b", "${service.database.url:-none}");
    assert_string_equal(rendered(world, 0, in_folder(world, "b")), rendered(world, 0, in_folder(world, "a")));
    shell(world, "docker exec database sick 503");
    service_wait(world, "database", "instances[0].serving", "false");
    assert_string_equal(rendered(world, 0, in_folder(world, "b")), "none");
    rendered(world, 2, in_folder(world, "a"));
    says(world, "a, line 1, column 1: Service 'database' has no serving instance.");
    daemon_stop(world);
    rendered(world, 3, in_folder(world, "a"));
    says(world, "no quaywatch answers at ");
}

/* A template cannot hold the daemon up, and sees nothing of its environment. */
static void bombs(void **state)
{
    struct world *world = *state;
    daemon_start(world, "SECRET=top");
    file_write(world, "hang", "<% while true do end %>");
    rendered(world, 2, in_folder(world, "hang"));
    says(world, "hang, line 1, column 1: The Lua in it needs more than 5000000 steps.");
    file_write(world, "env", "${SECRET}");
    rendered(world, 2, in_folder(world, "env"));
    says(world, "Required variable 'SECRET' is missing");
    file_write(world, "os", "<%= os.getenv('SECRET') %>");
    rendered(world, 2, in_folder(world, "os"));
    says(world, "'os' is not known in templates");
    assert_int_equal(http_get(world, "/health")->status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_and_loops, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(who_does_not_serve, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(bombs, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
