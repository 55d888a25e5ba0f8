/* SPDX-License-Identifier: MIT */
/* cli_exports.c: `quaywatch exports`: how the standing exits of the registry fare. */
#include "controller/cli/cli.h"

#include <json-c/json.h>
#include <stdio.h>

#include "controller/cli/cli_client.h"
#include "controller/cli/cli_read.h"
#include "controller/cli/cli_table.h"
#include "controller/core/clock.h"

static enum tone tone_of_state(const char *state)
{
    switch (state[0]) {
    case 'f':
        return state[1] == 'i' ? TONE_GOOD : TONE_BAD; /* fine, failing */
    default:
        return TONE_QUIET;
    }
}

static void print_exports(json_object *root)
{
    static const char *const titles[] = {"KIND",      "TARGET", "STATE", "SINCE", "WRITTEN",
                                         "ENDPOINTS", "WRITES", "WHY",   NULL};
    size_t count;
    char age[32];
    json_object *exports = read_list(root, "exports", &count);
    if (!count) {
        puts("Nothing is exported by itself. Any format can be asked for: quaywatch export FORMAT");
        return;
    }
    struct table *table = table_new(titles);
    struct terminal terminal = terminal_look();
    int64_t now = clock_now().wall_ms;
    for (size_t i = 0; i < count; i++) {
        json_object *one = json_object_array_get_idx(exports, i);
        const char *state = read_text(one, "state");
        table_put(table, TONE_PLAIN, read_text(one, "kind"));
        table_put(table, TONE_STRONG, read_text(one, "target"));
        table_put(table, tone_of_state(state), state);
        table_put(table, TONE_PLAIN, read_age(one, "since", now, age));
        table_put(table, TONE_PLAIN, read_age(one, "written_at", now, age));
        table_put(table, TONE_PLAIN, read_text(one, "endpoints"));
        table_put(table, TONE_PLAIN, read_text(one, "writes"));
        table_put(table, TONE_PLAIN, read_text(one, "sentence"));
    }
    table_print(table, &terminal, 0);
    table_free(table);
}

int command_exports(const struct call *call)
{
    int http;
    json_object *root = read_json(call->options, "/api/v1/exports", &http);
    if (http != 200)
        return read_refusal(root, http);
    bool failing = read_number(root, "failing") > 0;
    if (call->flags & FLAG(JSON))
        print_json(root);
    else
        print_exports(root);
    json_object_put(root);
    return failing ? EXIT_FINDING : EXIT_FINE;
}
