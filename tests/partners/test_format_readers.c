/* SPDX-License-Identifier: MIT */
/* The data formats and those who read them: Python's JSON, YAML, TOML and INI, a shell, `docker --env-file`,
 * dnsmasq and Prometheus: whatever labels hold, each reads what was put in. */
#include "tests/support/http.h"
#include "tests/support/partner.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "exporter/formats/format.h"
#include "exporter/formats/listing.h"
#include "tests/support/hostile_registry.h"

enum { REGISTRIES = 120, BYTES = 900 };

/* ---- registries that nobody would have ---- */

/* Always the same bytes: a failure can be seen again. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static void write_formats(struct world *world, const struct registry *registry, unsigned number)
{
    static const char *const names[] = {"json", "yaml", "toml", "ini", "env", "hosts", "prometheus"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct buf out;
        struct error err = {0};
        buf_init(&out, 1 << 24);
        assert_int_equal(
            format_find(names[i])->render(&(struct format_wish){.registry = registry}, &out, &err), 0);
        const char *path = arena_format(&world->arena, "%s/%03u.%s", world->folder, number, names[i]);
        assert_int_equal(file_replace(path, buf_string(&out), out.len, &err), 0);
        buf_free(&out);
    }
}

static const char *text_of(struct json_object *object, const char *key)
{
    return json_object_get_string(json_object_object_get(object, key));
}

/* JSON holds the very texts that the labels held, where those are UTF-8 and no URLs. */
static void check_json(struct world *world, const struct registry *registry, unsigned number)
{
    struct json_object *tree = json_object_from_file(
        arena_format(&world->arena, "%s/%03u.json", world->folder, number));
    struct json_object *services = json_object_object_get(tree, "services");
    assert_non_null(services);
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        struct json_object *told = json_object_object_get(services, service->name);
        const char *name = listing_text(&world->arena, service->name);
        assert_int_equal(told != NULL, strcmp(name, service->name) == 0);
        if (!told || !service->first)
            continue;
        struct endpoint endpoint;
        const struct instance *face = service->first;
        while (face && !(endpoint_of(face, &endpoint) && endpoint.port))
            face = face->next;
        assert_int_equal(json_object_get_boolean(json_object_object_get(told, "serving")), face != NULL);
        const struct spec *spec = (face ? face : service->first)->spec;
        const char *version = text_of(told, "version");
        assert_int_equal(version != NULL, spec->version != NULL);
        if (version)
            assert_string_equal(version, listing_text(&world->arena, spec->version));
        struct json_object *metadata = json_object_object_get(told, "metadata");
        for (size_t m = 0; m < spec->metadata.count; m++) {
            const struct pair *pair = &spec->metadata.item[m];
            if (strcmp(listing_text(&world->arena, pair->key), pair->key) == 0 && !strstr(pair->value, "://"))
                assert_string_equal(text_of(metadata, pair->key), listing_text(&world->arena, pair->value));
        }
    }
    json_object_put(tree);
}

static void every_reader_reads_what_was_put_in(void **state)
{
    struct world *world = *state;
    uint32_t random = 42;
    size_t services = 0;
    for (unsigned i = 0; i < REGISTRIES; i++) {
        uint8_t bytes[BYTES];
        for (size_t b = 0; b < sizeof bytes; b++)
            bytes[b] = (uint8_t)next_random(&random);
        struct registry *registry = hostile_registry(bytes, sizeof bytes);
        services += registry_count(registry);
        write_formats(world, registry, i);
        check_json(world, registry, i);
        registry_free(registry);
    }
    assert_true(services > 2 * REGISTRIES);
    shell(world, "/usr/bin/python3 tests/partners/format_readers.py %s >&2", world->folder);
}

/* ---- the running daemon ---- */

/* Labels as somebody might set them who wants more than a label. */
#define EVIL                                                                                                 \
    " --label 'service.version=1; $(touch pwned) `touch pwned`'"                                             \
    " --label 'service.fallback_urls=http://spare:80/a~b$(touch${IFS}pwned),http://x/;\"'"                   \
    " --label 'service.meta.zone=\"]\n[evil]\nurl = x\n'"                                                    \
    " --label 'service.tags=api,v1' --label service.environment=test "

/* What one program read of the variables, a line each. */
static void assert_variables(struct world *world, const char *who, const char *text)
{
    static const char *const wanted[] = {
        "RAG_SERVICE_URL=http://rag-service:8080",
        "RAG_SERVICE_HOST=rag-service",
        "RAG_SERVICE_PORT=8080",
        "RAG_SERVICE_PROTOCOL=http",
        "RAG_SERVICE_HEALTH_ENDPOINT=/cgi-bin/health",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (!strstr(arena_format(&world->arena, "\n%s\n", text),
                    arena_format(&world->arena, "\n%s\n", wanted[i])))
            world_fail(world, "%s reads no %s in:\n%s", who, wanted[i], text);
    assert_non_null(
        strstr(text, ":8080,http://spare:80/a%7Eb%24%28touch%24%7BIFS%7Dpwned%29,http://x/%3B%22\n"));
    assert_null(strstr(text, "pwned\n"));
}

static void variables_are_the_same_for_shells_and_docker(void **state)
{
    struct world *world = *state;
    shell(world, "docker network create back");
    container_run(world, "rag-service", CHECKED EVIL "--network back --network-alias rag-service", "");
    daemon_start(world, "");
    service_wait(world, "rag-service", "status", "healthy");
    char *output, *file = arena_format(&world->arena, "%s/services.env", world->folder);
    assert_int_equal(daemon_command(world, &output, "export env -o %s", file), 0);
    assert_variables(world, "sh",
                     shell(world, "cd %s && env -i sh -c 'set -a; . ./services.env; env'", world->folder));
    assert_variables(world, "bash",
                     shell(world, "cd %s && env -i bash -c 'set -a; . ./services.env; env'", world->folder));
    assert_variables(world, "docker", shell(world, "docker run --rm --env-file %s " IMAGE " env", file));
    shell(world, "test ! -e %s/pwned -a ! -e pwned", world->folder);

    /* The same again leaves the file alone; a change replaces it, whole. */
    char *before = shell(world, "stat -c %%i.%%y %s", file);
    assert_int_equal(daemon_command(world, &output, "export env -o %s", file), 0);
    assert_string_equal(shell(world, "stat -c %%i.%%y %s", file), before);
    assert_int_equal(daemon_command(world, &output, "export env --prefix MY_ -o %s", file), 0);
    assert_non_null(strstr(file_text(world, "services.env"), "\nMY_RAG_SERVICE_HOST=rag-service\n"));
    assert_int_equal(daemon_command(world, &output, "export env --prefix 1 -o %s", file), 2);
    assert_non_null(strstr(file_text(world, "services.env"), "\nMY_RAG_SERVICE_HOST=rag-service\n"));
    assert_int_equal(daemon_command(world, &output, "export nonsense"), 2);
    assert_int_equal(daemon_command(world, &output, "export json --tag v1"), 0);
    assert_string_equal(json_at(world, output, "services.rag-service.url"), "http://rag-service:8080");
    assert_int_equal(daemon_command(world, &output, "export json --tag other"), 0);
    assert_null(strstr(output, "rag-service"));
}

/* dnsmasq with only the exported file answers names, addresses of all instances and no name twice. */
static void hosts_are_answered_by_dnsmasq(void **state)
{
    struct world *world = *state;
    shell(world, "docker network create back");
    container_run(world, "one",
                  CHECKED LABEL("service.name=web") "--network back --network-alias web --network-alias both",
                  "");
    container_run(
        world, "two",
        CHECKED LABEL("service.name=web") "--network back --network-alias web --network-alias second", "");
    container_run(world, "db", CHECKED "--network back --network-alias both --network-alias db", "");
    daemon_start(world, "");
    service_wait(world, "web", "instances[1].status", "healthy");
    service_wait(world, "web", "instances[0].status", "healthy");
    service_wait(world, "db", "status", "healthy");
    char *output;
    assert_int_equal(daemon_command(world, &output, "export hosts -o %s/hosts", world->folder), 0);
    int port = free_port();
    pid_t dnsmasq = partner_start(
        world, "dnsmasq",
        "dnsmasq -k -C /dev/null --no-resolv --no-hosts --user=root --log-facility=- "
        "--port=%d --listen-address=127.0.0.1 --bind-interfaces --addn-hosts=%s/hosts",
        port, world->folder);
    static const struct {
        const char *name;
        const char *containers; /* whose addresses are the answer */
    } cases[] = {{"web", "one two"}, {"one", "one"}, {"second", "two"}, {"db", "db"}, {"both", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *wanted = "";
        if (cases[i].containers)
            wanted = shell(world,
                           "docker inspect -f '{{.NetworkSettings.Networks.back.IPAddress}}' %s | sort",
                           cases[i].containers);
        char *got = partner_wait(world, "dnsmasq", "dig +short -p %d @127.0.0.1 %s A | sort", port,
                                 cases[i].name);
        got = arena_copy(&world->arena, got);
        if (strcmp(got, wanted) != 0)
            world_fail(world, "%s is %s, not %s", cases[i].name, got, wanted);
    }
    assert_null(strstr(file_text(world, "dnsmasq.log"), "bad "));
    partner_stop(dnsmasq);
}

/* What Prometheus says about itself, by a path of jq. */
static char *targets(struct world *world, int port, const char *filter)
{
    return shell(world, "curl -sf http://127.0.0.1:%d/api/v1/targets | jq -r '%s'", port, filter);
}

static void prometheus_scrapes_what_serves(void **state)
{
    struct world *world = *state;
    container_run(world, "rag",
                  CHECKED EVIL LABEL("prometheus.io/path=/cgi-bin/health")
                      LABEL("service.meta.team-name=core") LABEL("service.restart=no"),
                  "");
    container_run(world, "quiet", CHECKED LABEL("prometheus.io/scrape=false"), "");
    daemon_start(world, "");
    service_wait(world, "rag", "status", "healthy");
    service_wait(world, "quiet", "status", "healthy");
    int port = free_port();
    shell(world,
          "printf 'scrape_configs:\\n- job_name: quay\\n  scrape_interval: 1s\\n  http_sd_configs:\\n"
          "  - {url: \"http://127.0.0.1:%d/export/prometheus\", refresh_interval: 1s}\\n' >%s/prometheus.yml",
          world->port, world->folder);
    pid_t prometheus = partner_start(
        world, "prometheus",
        "prometheus --config.file=%s/prometheus.yml --storage.tsdb.path=%s/series "
        "--web.listen-address=127.0.0.1:%d",
        world->folder, world->folder, port);
    partner_wait(
        world, "prometheus",
        "curl -sf http://127.0.0.1:%d/api/v1/targets | jq -es '.[0].data.activeTargets | length == 1'", port);
    char *address = container_address(world, "rag");

#define LABEL_OF(name) ".data.activeTargets[0].discoveredLabels.__meta_quaywatch_" name
    assert_string_equal(targets(world, port, ".data.activeTargets[0].scrapeUrl"),
                        arena_format(&world->arena, "http://%s:8080/cgi-bin/health", address));
    assert_string_equal(targets(world, port, LABEL_OF("service")), "rag");
    assert_string_equal(targets(world, port, LABEL_OF("tags")), ",api,v1,");
    assert_string_equal(targets(world, port, LABEL_OF("environment")), "test");
    assert_string_equal(targets(world, port, LABEL_OF("version")), "1; $(touch pwned) `touch pwned`");
    assert_string_equal(targets(world, port, LABEL_OF("health_path")), "/cgi-bin/health");
    assert_string_equal(targets(world, port, LABEL_OF("metadata_team_name")), "core");
    assert_string_equal(targets(world, port, LABEL_OF("metadata_zone")), "\"]\n[evil]\nurl = x\n");
    shell(world, "docker exec rag sick 503");
    partner_wait(world, "prometheus",
                 "curl -sf http://127.0.0.1:%d/api/v1/targets | jq -es '.[0] | .status == \"success\" and "
                 "(.data.activeTargets | length == 0)'",
                 port);
    partner_stop(prometheus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_reader_reads_what_was_put_in, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(variables_are_the_same_for_shells_and_docker, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(hosts_are_answered_by_dnsmasq, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(prometheus_scrapes_what_serves, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
