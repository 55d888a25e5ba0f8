/* SPDX-License-Identifier: MIT */
/* cli_history.c: `quaywatch history`: uptime, response times, errors and restarts beside their targets. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_client.h"
#include "controller/cli/cli_read.h"
#include "controller/cli/cli_table.h"
#include "controller/core/text.h"

static const char *const windows[] = {"24h", "7d", "30d"};
enum { WINDOWS = sizeof windows / sizeof windows[0], FIGURE = 32, LATEST = 10 };

/* The number of a member with so many decimals and its unit, "–" when it is not known. */
static const char *figure(json_object *object, const char *key, int decimals, const char *unit,
                          char ret[static FIGURE])
{
    snprintf(ret, FIGURE, "–");
    if (read_text(object, key)[0])
        snprintf(ret, FIGURE, "%.*f %s", decimals,
                 json_object_get_double(json_object_object_get(object, key)), unit);
    return ret;
}

static const char *seconds(json_object *object, const char *key, char ret[static FIGURE])
{
    snprintf(ret, FIGURE, "–");
    if (read_text(object, key)[0])
        text_format_duration(read_number(object, key) * 1000, ret);
    return ret;
}

/* ---- all services ---- */

static int print_all(const struct call *call)
{
    static const char *const titles[] = {"SERVICE", "UPTIME 24H", "P95", "ERRORS", "FLAPS", "RESTARTS", NULL};
    int http;
    char text[FIGURE];
    json_object *root = read_json(call->options, "/api/v1/history?window=24h", &http);
    if (http != 200)
        return read_refusal(root, http);
    if (call->flags & FLAG(JSON)) {
        print_json(root);
    } else {
        size_t count;
        json_object *services = read_list(root, "services", &count);
        struct table *table = table_new(titles);
        struct terminal terminal = terminal_look();
        for (size_t i = 0; i < count; i++) {
            json_object *one = json_object_array_get_idx(services, i);
            table_put(table, TONE_STRONG, read_text(one, "name"));
            table_put(table, TONE_PLAIN, figure(one, "uptime_percent", 3, "%", text));
            table_put(table, TONE_PLAIN, figure(one, "p95_ms", 1, "ms", text));
            table_put(table, TONE_PLAIN, figure(one, "error_rate_percent", 2, "%", text));
            table_put(table, TONE_PLAIN, read_text(one, "flaps"));
            table_put(table, TONE_PLAIN, read_text(one, "restarts"));
        }
        table_print(table, &terminal, 0);
        table_free(table);
    }
    json_object_put(root);
    return EXIT_FINE;
}

/* ---- one service ---- */

/* A figure of a window, in a tone by whether its target is met. */
static void put_judged(struct table *table, json_object *window, const char *met, const char *text)
{
    json_object *all = read_object(window, "met");
    bool judged = read_text(all, met)[0];
    table_put(table, !judged ? TONE_PLAIN : read_bool(all, met) ? TONE_GOOD : TONE_BAD, text);
}

static void print_windows(const struct terminal *terminal, json_object *root)
{
    static const char *const titles[] = {"WINDOW", "UPTIME", "P95",      "ERRORS",
                                         "MTTR",   "FLAPS",  "RESTARTS", NULL};
    char text[FIGURE];
    struct table *table = table_new(titles);
    json_object *all = read_object(root, "windows"), *slo = read_object(root, "slo");
    for (size_t i = 0; i < WINDOWS; i++) {
        json_object *window = read_object(all, windows[i]);
        table_put(table, TONE_STRONG, windows[i]);
        put_judged(table, window, "uptime", figure(window, "uptime_percent", 3, "%", text));
        put_judged(table, window, "p95", figure(window, "p95_ms", 1, "ms", text));
        put_judged(table, window, "error_rate", figure(window, "error_rate_percent", 2, "%", text));
        put_judged(table, window, "mttr", seconds(window, "mttr_s", text));
        table_put(table, TONE_PLAIN, read_text(window, "flaps"));
        table_put(table, TONE_PLAIN, read_text(window, "restarts"));
    }
    table_put(table, TONE_QUIET, "target");
    table_put(table, TONE_QUIET, figure(slo, "uptime_percent", 3, "%", text));
    table_put(table, TONE_QUIET, figure(slo, "p95_ms", 1, "ms", text));
    table_put(table, TONE_QUIET, figure(slo, "error_rate_percent", 2, "%", text));
    table_put(table, TONE_QUIET, seconds(slo, "mttr_s", text));
    table_put(table, TONE_PLAIN, "");
    table_put(table, TONE_PLAIN, "");
    table_print(table, terminal, 0);
    table_free(table);
}

static void print_transitions(const struct terminal *terminal, json_object *root)
{
    static const char *const titles[] = {"AT", "CONTAINER", "FROM", "TO", "REASON", NULL};
    char time[32];
    size_t count;
    json_object *list = read_list(root, "transitions", &count);
    if (!count)
        return;
    struct table *table = table_new(titles);
    for (size_t i = 0; i < count && i < LATEST; i++) {
        json_object *one = json_object_array_get_idx(list, i);
        table_put(table, TONE_PLAIN, read_time(one, "at", time));
        table_put(table, TONE_PLAIN, read_text(one, "container"));
        table_put(table, tone_of(read_text(one, "from")), read_text(one, "from"));
        table_put(table, tone_of(read_text(one, "to")), read_text(one, "to"));
        table_put(table, TONE_PLAIN, read_text(one, "reason"));
    }
    puts("\nLatest changes:");
    table_print(table, terminal, 0);
    table_free(table);
}

static int print_one(const struct call *call)
{
    char *path = client_path("/api/v1/services/", call->argument[0], "/history");
    int http;
    json_object *root = read_json(call->options, path, &http);
    free(path);
    if (http == 404) {
        json_object_put(root);
        return read_no_service(call->options, call->argument[0]);
    }
    if (http != 200)
        return read_refusal(root, http);
    if (call->flags & FLAG(JSON)) {
        print_json(root);
    } else {
        struct terminal terminal = terminal_look();
        char name[READ_LINE], since[32];
        printf("%s%s%s", tone_begin(&terminal, TONE_STRONG), read_line(root, "service", name),
               tone_end(&terminal, TONE_STRONG));
        read_time(root, "since", since);
        printf("%s%s\n\n", since[0] ? ", known since " : "", since);
        print_windows(&terminal, root);
        print_transitions(&terminal, root);
    }
    json_object_put(root);
    return EXIT_FINE;
}

int command_history(const struct call *call)
{
    return call->argument[0] ? print_one(call) : print_all(call);
}
