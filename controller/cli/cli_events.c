/* SPDX-License-Identifier: MIT */
/* cli_events.c: `quaywatch events`: what happened lately, oldest first. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_read.h"

static void print_event(json_object *event)
{
    char time[32], who[READ_LINE], container[READ_LINE], sentence[READ_LINE];
    read_line(event, "service", who);
    read_line(event, "container", container);
    printf("%s  %-9s %-15s ", read_time(event, "at", time), read_text(event, "severity"),
           read_text(event, "kind"));
    if (who[0])
        printf("%s%s%s%s: ", who, strcmp(who, container) != 0 && container[0] ? " (" : "",
               strcmp(who, container) != 0 ? container : "",
               strcmp(who, container) != 0 && container[0] ? ")" : "");
    puts(read_line(event, "sentence", sentence));
}

int command_events(const struct options *options, int argc, char **argv)
{
    bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    if (argc > 1 && !json) {
        fprintf(stderr, "quaywatch events: unexpected argument \"%s\"; allowed: --json\n", argv[1]);
        return EXIT_WRONG_USE;
    }
    int http;
    json_object *root = read_json(options, "/api/v1/events", &http);
    if (!root)
        return EXIT_NO_ENGINE;
    size_t count;
    json_object *events = read_list(root, "events", &count);
    if (json)
        print_json(root);
    else
        for (size_t i = 0; i < count; i++)
            print_event(json_object_array_get_idx(events, i));
    json_object_put(root);
    return EXIT_FINE;
}
