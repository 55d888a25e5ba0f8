/* SPDX-License-Identifier: MIT */
/* exits.c: drives the standing exits of the registry; a table says which there are. */
#include "controller/exits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/due.h"
#include "controller/core/error.h"
#include "controller/core/log.h"
#include "controller/exit_balancers.h"
#include "controller/exit_dns.h"
#include "controller/exit_files.h"
#include "controller/exit_registries.h"
#include "controller/exit_folder.h"

/* One exit there can be. */
struct exit_row {
    exit_settings *settings;
    exit_open *open;
    bool as_root;        /* opened before root is given up */
    exit_check *check;   /* NULL: nothing can be wrong with it that is not refused with the settings */
    const char *stays;   /* what is said to people when a check finds new settings wrong */
    exit_change *change; /* NULL: it is closed and opened anew */
};

/* clang-format off */
static const struct exit_row rows[] = {
    {exit_dns_settings, exit_dns_open, true, exit_dns_check, "DNS is answered as before: the old DNS settings stay", NULL},
    {exit_haproxy_settings, exit_haproxy_open, false, NULL, NULL, NULL},
    {exit_caddy_settings, exit_caddy_open, false, NULL, NULL, NULL},
    {exit_files_settings, exit_files_open, false, exit_files_check, NULL, exit_files_change},
    {exit_etcd_settings, exit_etcd_open, false, NULL, NULL, NULL},
    {exit_consul_settings, exit_consul_open, false, NULL, NULL, NULL},
    {exit_folder_settings, exit_folder_open, false, NULL, NULL, NULL},
    {NULL, NULL, false, NULL, NULL, NULL},
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof *rows };

/* How long the first checks may take: an instance that starts with quaywatch has the usual start period and
 * three checks. */
enum { WARM_MS = 60000 };

/* What an exit said of itself since the last turn. */
struct said {
    struct said *next;
    char *kind, *target, *sentence;
    enum exit_state state;
    bool ended; /* it is wished no more */
};

struct exits {
    struct controller *controller;
    struct exit exit[ROWS];
    char *settings[ROWS]; /* with which it was opened; NULL: it is not */
    struct said *said, **said_end;
    char trouble[480];
    bool stale;           /* trouble is to be made anew */
    bool warm;            /* see struct exit_surroundings */
    int64_t warm_mono_ms; /* at the latest then, once the engine's list was seen */
};

struct exits *exits_new(struct controller *controller)
{
    struct exits *exits = mem_new(sizeof *exits);
    exits->controller = controller;
    exits->said_end = &exits->said;
    exits->warm_mono_ms = controller->now.mono_ms + WARM_MS;
    return exits;
}

static void said_free(struct said *said)
{
    free(said->kind);
    free(said->target);
    free(said->sentence);
    free(said);
}

void exits_free(struct exits *exits)
{
    if (!exits)
        return;
    struct said *next;
    for (struct said *said = exits->said; said; said = next) {
        next = said->next;
        said_free(said);
    }
    free(exits);
}

static bool on_warm(void *user)
{
    const struct exits *exits = user;
    return exits->warm;
}

static void on_wake(void *user)
{
    struct exits *exits = user;
    exits->controller->dirty = true;
}

static void say(struct exits *exits, const struct exit_report *report, bool ended)
{
    struct said *said = mem_new(sizeof *said);
    *said = (struct said){.kind = mem_copy(report->kind),
                          .target = mem_copy(report->target),
                          .sentence = mem_copy(report->sentence),
                          .state = report->state,
                          .ended = ended};
    *exits->said_end = said;
    exits->said_end = &said->next;
    exits_note(exits);
}

static void on_changed(void *user, const struct exit_report *report)
{
    say(user, report, false);
}

static void on_ended(void *user, const struct exit_report *report)
{
    say(user, report, true);
}

void exits_note(struct exits *exits)
{
    exits->stale = exits->controller->dirty = true;
}

/* for_good: not only since quaywatch ends. */
static void row_close(struct exits *exits, size_t row, bool for_good)
{
    struct exit *open = &exits->exit[row];
    if (open->kind && open->self && for_good && open->kind->end)
        open->kind->end(open->self);
    else if (open->kind && open->self)
        open->kind->close(open->self);
    *open = (struct exit){0};
    free(exits->settings[row]);
    exits->settings[row] = NULL;
}

/* Old settings that stay in force are no failure. */
static int row_change(struct exits *exits, size_t row, const struct options *options, const char *settings,
                      struct error *err)
{
    if (rows[row].change(exits->controller, options, &exits->exit[row], err) != 0)
        return 0;
    free(exits->settings[row]);
    exits->settings[row] = mem_copy(settings);
    return 0;
}

static int row_configure(struct exits *exits, size_t row, const struct options *options, struct error *err)
{
    struct controller *controller = exits->controller;
    struct arena arena = {0};
    const char *settings = rows[row].settings(options, &arena);
    const struct exit_surroundings around = {.loop = &controller->loop,
                                             .registry = controller->registry,
                                             .state_dir = controller->state_dir,
                                             .warm = on_warm,
                                             .wake = on_wake,
                                             .changed = on_changed,
                                             .ended = on_ended,
                                             .user = exits};
    int code = 0;
    if (settings[0] && exits->settings[row] && rows[row].change) {
        code = row_change(exits, row, options, settings, err);
        goto out;
    }
    const char *before = exits->settings[row] ? exits->settings[row] : "";
    if (strcmp(settings, before) == 0)
        goto out;
    if (settings[0] && rows[row].check && (code = rows[row].check(options, err)) != 0) {
        if (exits->settings[row]) {
            log_line(LOG_LEVEL_ERROR, NULL, NULL, "%s; %s", err->text, rows[row].stays);
            code = 0;
        }
        goto out;
    }
    row_close(exits, row, true); /* first: both may want the same port or lease */
    if (settings[0] && (code = rows[row].open(controller, options, &around, &exits->exit[row], err)) == 0)
        exits->settings[row] = mem_copy(settings);
out:
    arena_free(&arena);
    return code;
}

struct trouble {
    char *text;
    size_t used, size;
};

static void note_trouble(void *to, const struct exit_report *report)
{
    struct trouble *trouble = to;
    if (report->state == EXIT_FAILING && trouble->used < trouble->size)
        trouble->used += (size_t)snprintf(trouble->text + trouble->used, trouble->size - trouble->used,
                                          "%s%s %s: %s", trouble->used ? " " : "", report->kind,
                                          report->target, report->sentence);
}

static void note_troubles(struct exits *exits)
{
    struct trouble trouble = {.text = exits->trouble, .size = sizeof exits->trouble};
    exits->trouble[0] = '\0';
    exits->stale = false;
    exits_report(exits->controller, note_trouble, &trouble);
}

const char *exits_trouble(const struct exits *exits)
{
    return exits->trouble;
}

int exits_check(const struct options *options, struct error *err)
{
    for (size_t row = 0; rows[row].settings; row++)
        if (rows[row].check && !rows[row].as_root && rows[row].check(options, err) != 0)
            return err->code;
    return 0;
}

int exits_configure(struct exits *exits, const struct options *options, bool as_root, struct error *err)
{
    int first = 0;
    for (size_t row = 0; rows[row].settings; row++) {
        if (rows[row].as_root != as_root)
            continue;
        struct error own = {0};
        int code = row_configure(exits, row, options, &own);
        if (code != 0 && first == 0) {
            first = code;
            *err = own;
        }
    }
    note_troubles(exits);
    exits->controller->dirty = true;
    return first;
}

void exits_close(struct exits *exits)
{
    for (size_t row = 0; exits && rows[row].settings; row++)
        row_close(exits, row, false);
}

static void tell_said(struct exits *exits)
{
    while (exits->said) {
        struct said *said = exits->said;
        exits->said = said->next;
        if (!exits->said)
            exits->said_end = &exits->said;
        if (said->ended)
            tell(exits->controller, SEVERITY_INFO, "export", NULL, "Export to %s %s ended; %s", said->kind,
                 said->target, said->sentence);
        else if (said->state == EXIT_FAILING)
            tell(exits->controller, SEVERITY_WARNING, "export", NULL, "Export to %s %s: %s", said->kind,
                 said->target, said->sentence);
        else
            tell(exits->controller, SEVERITY_INFO, "export", NULL, "Export to %s %s works", said->kind,
                 said->target);
        said_free(said);
    }
}

static void note_warm(struct exits *exits)
{
    const struct controller *controller = exits->controller;
    bool checked = !registry_summary(controller->registry)->by_status[STATUS_STARTING] ||
                   controller->now.mono_ms >= exits->warm_mono_ms;
    exits->warm = exits->warm || (checked && watch_synced(controller->watch));
}

void exits_settle(struct exits *exits)
{
    note_warm(exits);
    for (size_t row = 0; rows[row].settings; row++)
        if (exits->exit[row].self)
            exits->exit[row].kind->settle(exits->exit[row].self, exits->controller->now);
    if (exits->stale)
        note_troubles(exits);
    tell_said(exits);
}

int64_t exits_due(const struct exits *exits)
{
    int64_t first = !exits->warm && watch_synced(exits->controller->watch) ? exits->warm_mono_ms : 0;
    for (size_t row = 0; rows[row].settings; row++)
        if (exits->exit[row].self)
            first = due_earlier(first, exits->exit[row].kind->due(exits->exit[row].self));
    return first;
}

bool exits_warm(void *user)
{
    return on_warm(((struct controller *)user)->exits);
}

void exits_report(void *user, exit_tell *each, void *to)
{
    const struct exits *exits = ((struct controller *)user)->exits;
    for (size_t row = 0; rows[row].settings; row++)
        if (exits->exit[row].self)
            exits->exit[row].kind->report(exits->exit[row].self, each, to);
}
