/* SPDX-License-Identifier: MIT */
/* cli_alert.c: `quaywatch alerts`: what fires, oldest first; `quaywatch alert test`: trying a channel. */
#include "controller/cli/cli.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "controller/cli/cli_client.h"
#include "controller/cli/cli_read.h"
#include "controller/cli/cli_table.h"
#include "controller/core/buf.h"
#include "controller/core/clock.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"

enum { VICTIMS_SHOWN = 3, VICTIMS_TEXT = 1024 };

/* "api, web, shop and 4 more". */
static void put_victims(struct table *table, json_object *alert)
{
    size_t count;
    json_object *victims = read_list(alert, "victims", &count);
    struct buf text;
    buf_init(&text, VICTIMS_TEXT);
    for (size_t i = 0; i < count && i < VICTIMS_SHOWN; i++)
        buf_format(&text, "%s%s", i ? ", " : "",
                   json_object_get_string(json_object_array_get_idx(victims, i)));
    if (count > VICTIMS_SHOWN)
        buf_format(&text, " and %zu more", count - VICTIMS_SHOWN);
    table_put(table, TONE_PLAIN, buf_string(&text));
    buf_free(&text);
}

static void print_alerts(json_object *root)
{
    static const char *const titles[] = {"SEVERITY", "ALERT", "SERVICE", "SINCE", "VICTIMS", "WHAT", NULL};
    size_t count;
    char age[32];
    json_object *alerts = read_list(root, "alerts", &count);
    if (!count) {
        puts("Nothing fires.");
        return;
    }
    struct table *table = table_new(titles);
    struct terminal terminal = terminal_look();
    int64_t now = clock_now().wall_ms;
    for (size_t i = 0; i < count; i++) {
        json_object *alert = json_object_array_get_idx(alerts, i);
        const char *severity = read_text(alert, "severity");
        table_put(table, tone_of(severity), severity);
        table_put(table, TONE_PLAIN, read_text(alert, "name"));
        table_put(table, TONE_STRONG, read_text(alert, "service"));
        table_put(table, TONE_PLAIN, read_age(alert, "since", now, age));
        put_victims(table, alert);
        table_put(table, TONE_PLAIN, read_text(alert, "title"));
    }
    table_print(table, &terminal, 0);
    table_free(table);
}

int command_alerts(const struct call *call)
{
    int http;
    json_object *root = read_json(call->options, "/api/v1/alerts", &http);
    if (http != 200)
        return read_refusal(root, http);
    if (call->flags & FLAG(JSON))
        print_json(root);
    else
        print_alerts(root);
    json_object_put(root);
    return EXIT_FINE;
}

/* ---- trying a channel ---- */

int command_alert(const struct call *call)
{
    struct buf answer;
    struct error err = {0};
    char sentence[READ_LINE];
    buf_init(&answer, LIMIT_HTTP_BODY);
    char *path = client_path("/api/v1/alerts/test/", call->argument[1], "");
    int http = client_post(path, "", call->options, &answer, &err);
    json_object *root = http > 0 ? json_tokener_parse(buf_string(&answer)) : NULL;
    buf_free(&answer);
    free(path);
    if (http < 0) {
        fprintf(stderr, "quaywatch: %s\n", err.text);
        return EXIT_NO_ENGINE;
    }
    if (http != 200)
        return read_refusal(root, http);
    if (call->flags & FLAG(JSON))
        print_json(root);
    else
        printf("A test alert was sent by %s: %s\n", call->argument[1], read_line(root, "sentence", sentence));
    json_object_put(root);
    return EXIT_FINE;
}
