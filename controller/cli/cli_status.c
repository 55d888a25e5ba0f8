/* SPDX-License-Identifier: MIT */
/* cli_status.c: `quaywatch status` and `quaywatch healthcheck`: what the running daemon sees. */
#include "controller/cli/cli_status.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_client.h"
#include "controller/cli/cli_read.h"
#include "controller/cli/cli_table.h"
#include "controller/core/buf.h"
#include "controller/core/clock.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"

static const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

int status_print_head(const struct terminal *terminal, json_object *root)
{
    static const char *const words[] = {"healthy", "degraded", "starting", "unhealthy",
                                        "failed",  "unknown",  "stopped"};
    json_object *summary = read_object(root, "summary"), *controller = read_object(root, "controller");
    char text[READ_LINE], host[READ_LINE];
    enum tone tone = tone_of(read_text(summary, "status"));
    int64_t services = read_number(summary, "services"), instances = read_number(summary, "instances");
    printf("%s%s%s: %lld service%s, %lld instance%s on %s", tone_begin(terminal, tone),
           read_line(summary, "status", text), tone_end(terminal, tone), (long long)services,
           plural(services), (long long)instances, plural(instances), read_line(controller, "host", host));
    const char *before = ": ";
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        int64_t count = read_number(summary, words[i]);
        if (!count)
            continue;
        printf("%s%lld %s", before, (long long)count, words[i]);
        before = ", ";
    }
    putchar('\n');
    int lines = 1;
    const char *mode = read_text(controller, "mode");
    if (mode[0] && strcmp(mode, "act") != 0)
        lines += printf("Mode: %s, nothing is restarted\n", read_clean(mode, text)) > 0;
    if (read_line(read_object(root, "engine"), "error", text)[0])
        lines += printf("%sEngine: %s%s\n", tone_begin(terminal, TONE_BAD), text,
                        tone_end(terminal, TONE_BAD)) > 0;
    return lines;
}

/* ---- the table ---- */

static const char *const titles[] = {"SERVICE",  "STATUS",   "SINCE",    "CONTAINER",
                                     "RESPONSE", "RESTARTS", "DECISION", NULL};

/* How bad a status is: the worst is the smallest. */
static int badness(const char *status)
{
    static const char *const order[] = {"failed",  "unhealthy", "degraded", "starting",
                                        "unknown", "healthy",   "stopped"};
    int i = 0;
    while (i < 7 && strcmp(order[i], status) != 0)
        i++;
    return i;
}

struct line {
    json_object *service, *instance;
    size_t place; /* in the document */
    int badness;
    bool first; /* of its service */
};

static int line_order(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    if (x->badness != y->badness)
        return x->badness < y->badness ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* The latest response time of an instance: "12.3 ms", "" when unknown. */
static void response_of(json_object *samples, const struct line *line, char ret[static 32])
{
    size_t services, instances;
    json_object *list = read_list(samples, "services", &services);
    ret[0] = '\0';
    for (size_t i = 0; i < services; i++) {
        json_object *service = json_object_array_get_idx(list, i);
        if (strcmp(read_text(service, "name"), read_text(line->service, "name")) != 0)
            continue;
        json_object *of = read_list(service, "instances", &instances);
        for (size_t k = 0; k < instances; k++) {
            json_object *one = json_object_array_get_idx(of, k);
            if (strcmp(read_text(one, "id"), read_text(line->instance, "id")) == 0 &&
                read_text(one, "response_time_ms")[0])
                snprintf(ret, 32, "%.1f ms",
                         json_object_get_double(json_object_object_get(one, "response_time_ms")));
        }
        return;
    }
}

static void put_line(struct table *table, const struct line *line, json_object *samples, int64_t now_wall_ms)
{
    json_object *restarts = read_object(line->instance, "restarts");
    json_object *decision = read_object(line->instance, "decision");
    char text[32];
    const char *status = read_text(line->instance, "status");
    bool named = line->first;
    table_put(table, TONE_STRONG, named ? read_text(line->service, "name") : "");
    table_put(table, tone_of(status), status);
    table_put(table, TONE_PLAIN, read_age(line->instance, "since", now_wall_ms, text));
    table_put(table, TONE_PLAIN, read_text(line->instance, "container"));
    response_of(samples, line, text);
    table_put(table, TONE_PLAIN, text);
    table_put(table, TONE_WARNING, read_number(restarts, "count") ? read_text(restarts, "count") : "");
    bool calm = strcmp(read_text(decision, "action"), "none") == 0;
    table_put(table, calm ? TONE_QUIET : TONE_PLAIN, read_text(decision, "sentence"));
}

/* Adds the instances of a service to lines. */
static size_t lines_of(json_object *service, struct line *lines, size_t count, size_t room)
{
    size_t instances;
    json_object *list = read_list(service, "instances", &instances);
    for (size_t i = 0; i < instances && count < room; i++) {
        json_object *instance = json_object_array_get_idx(list, i);
        lines[count] = (struct line){service, instance, count, badness(read_text(service, "status")), i == 0};
        count++;
    }
    return count;
}

int status_print_services(const struct terminal *terminal, json_object *root, json_object *samples,
                          int64_t now_wall_ms, bool worst_first, int max_rows)
{
    size_t services, room = 0, count = 0;
    json_object *list = read_list(root, "services", &services);
    for (size_t i = 0; i < services; i++) {
        size_t own;
        read_list(json_object_array_get_idx(list, i), "instances", &own);
        room += own;
    }
    struct line *lines = mem_new((room + 1) * sizeof *lines);
    for (size_t i = 0; i < services; i++)
        count = lines_of(json_object_array_get_idx(list, i), lines, count, room);
    if (worst_first)
        qsort(lines, count, sizeof *lines, line_order);
    struct table *table = table_new(titles);
    size_t shown = max_rows && count > (size_t)max_rows ? (size_t)max_rows : count;
    for (size_t i = 0; i < shown; i++)
        put_line(table, &lines[i], samples, now_wall_ms);
    table_print(table, terminal, 0);
    table_free(table);
    free(lines);
    return (int)(count - shown);
}

/* ---- one service ---- */

static void print_list(const char *title, json_object *service, const char *key)
{
    size_t count;
    char text[READ_LINE];
    json_object *list = read_list(service, key, &count);
    for (size_t i = 0; i < count; i++)
        printf("  %-13s %s\n", i ? "" : title,
               read_clean(json_object_get_string(json_object_array_get_idx(list, i)), text));
}

static void print_dependencies(const struct terminal *terminal, json_object *service)
{
    size_t count;
    char name[READ_LINE];
    json_object *list = read_list(service, "dependencies", &count);
    for (size_t i = 0; i < count; i++) {
        json_object *one = json_object_array_get_idx(list, i);
        const char *status = read_text(one, "status");
        enum tone tone = tone_of(status);
        printf("  %-13s %s (%s): %s%s%s\n", i ? "" : "Depends on", read_line(one, "name", name),
               read_text(one, "type"), tone_begin(terminal, tone), status, tone_end(terminal, tone));
    }
}

static void print_service(const struct terminal *terminal, json_object *service, json_object *samples)
{
    char text[READ_LINE];
    enum tone tone = tone_of(read_text(service, "status"));
    printf("%s%s%s: %s%s%s", tone_begin(terminal, TONE_STRONG), read_line(service, "name", text),
           tone_end(terminal, TONE_STRONG), tone_begin(terminal, tone), read_text(service, "status"),
           tone_end(terminal, tone));
    if (read_line(service, "version", text)[0])
        printf(", version %s", text);
    if (read_line(service, "project", text)[0])
        printf(", project %s", text);
    putchar('\n');
    print_list("Endpoints", service, "endpoints");
    print_dependencies(terminal, service);
    if (read_line(service, "maintenance_until", text)[0])
        printf("  %-13s until %s\n", "Maintenance", text);
    putchar('\n');
    json_object *root = json_object_new_object(), *list = json_object_new_array();
    json_object_array_add(list, json_object_get(service));
    json_object_object_add(root, "services", list);
    status_print_services(terminal, root, samples, clock_now().wall_ms, false, 0);
    json_object_put(root);
}

static int status_one(const struct call *call)
{
    char *path = client_path("/services/", call->argument[0], "");
    int http;
    json_object *service = read_json(call->options, path, &http), *samples = NULL;
    free(path);
    int code = EXIT_NO_ENGINE;
    if (http == 404) {
        code = read_no_service(call->options, call->argument[0]);
    } else if (service && call->flags & FLAG(JSON)) {
        print_json(service);
        code = read_exit_code(read_text(service, "status"));
    } else if (service) {
        struct terminal terminal = terminal_look();
        samples = read_json(call->options, "/api/v1/samples", &http);
        print_service(&terminal, service, samples);
        code = read_exit_code(read_text(service, "status"));
    }
    json_object_put(samples);
    json_object_put(service);
    return code;
}

int command_status(const struct call *call)
{
    if (call->argument[0])
        return status_one(call);
    int http;
    json_object *root = read_json(call->options, "/api/v1/status", &http);
    if (!root)
        return EXIT_NO_ENGINE;
    if (call->flags & FLAG(JSON)) {
        print_json(root);
    } else {
        struct terminal terminal = terminal_look();
        status_print_head(&terminal, root);
        status_print_services(&terminal, root, NULL, clock_now().wall_ms, false, 0);
    }
    int code = read_exit_code(read_text(read_object(root, "summary"), "status"));
    json_object_put(root);
    return code;
}

/* ---- healthcheck ---- */

int command_healthcheck(const struct call *call)
{
    struct buf body;
    struct error err = {0};
    buf_init(&body, LIMIT_DOCUMENT);
    int http = client_get("/health", call->options, &body, &err);
    if (http < 0)
        fprintf(stderr, "quaywatch: %s\n", err.text);
    else if (call->flags & FLAG(JSON))
        fputs(buf_string(&body), stdout);
    buf_free(&body);
    return http == 200 ? EXIT_FINE : EXIT_FINDING;
}
