/* SPDX-License-Identifier: MIT */
/* report_fleet.c: a window of all services at once, for a table. */
#include "exporter/history/report.h"

#include <stdlib.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "exporter/history/window.h"

struct row {
    char *key, *name;
    int64_t id; /* 0: nothing recorded */
    int64_t restarts;
    struct tally tally;
};

struct fleet {
    struct annals_job job;
    enum window window;
    int64_t now_ms;
    struct arena arena;
    struct row *row; /* in order of name */
    size_t count;
    struct row **by_id; /* those that are recorded, in order of id */
    size_t found;
    report_ready *ready;
    void *user;
    struct buf text;
};

/* ---- gathering ---- */

static int id_compare(const void *a, const void *b)
{
    const struct row *const *x = a, *const *y = b;
    return (*x)->id < (*y)->id ? -1 : (*x)->id > (*y)->id;
}

static struct row *row_find(const struct fleet *fleet, int64_t id)
{
    struct row wanted = {.id = id}, *key = &wanted;
    struct row **found = fleet->found
                             ? bsearch(&key, fleet->by_id, fleet->found, sizeof *fleet->by_id, id_compare)
                             : NULL;
    return found ? *found : NULL;
}

static struct tally *whose(void *user, int64_t id)
{
    struct row *row = row_find(user, id);
    return row ? &row->tally : NULL;
}

static void add_restarts(void *user, const struct store_row *counted)
{
    struct row *row = row_find(user, counted->service);
    if (row)
        row->restarts = counted->at_ms;
}

static int gather(struct fleet *fleet, struct store *store)
{
    int code = 0;
    fleet->by_id = arena_new(&fleet->arena, (fleet->count + 1) * sizeof *fleet->by_id);
    for (size_t i = 0; i < fleet->count && code >= 0; i++) {
        int64_t since_ms;
        code = store_find(store, fleet->row[i].key, &fleet->row[i].id, &since_ms);
        if (code == 1)
            fleet->by_id[fleet->found++] = &fleet->row[i];
    }
    if (code < 0)
        return code;
    qsort(fleet->by_id, fleet->found, sizeof *fleet->by_id, id_compare);
    struct window_part part[WINDOW_PARTS];
    window_parts(fleet->window, fleet->now_ms, part);
    code = store_all_restarts(store, fleet->now_ms - window_length_s[fleet->window] * 1000, add_restarts,
                              fleet);
    for (size_t i = 0; i < WINDOW_PARTS && !code; i++)
        code = store_tallies(store, part[i].level, part[i].from_s, part[i].to_s, whose, fleet);
    return code;
}

/* ---- writing ---- */

static void put_bars(struct fleet *fleet, struct json_writer *w, const struct timeline *timeline)
{
    const struct bars *bars = &window_bars[fleet->window];
    int64_t at_s = window_first_bar_s(fleet->window, fleet->now_ms);
    json_key(w, "bars");
    json_begin_array(w);
    for (unsigned i = 0; i < bars->count; i++, at_s += bars->length_s) {
        struct timeline_figures figures;
        timeline_figures(timeline, at_s * 1000, (at_s + bars->length_s) * 1000, &figures);
        json_begin_object(w);
        json_put_time(w, "at", at_s * 1000);
        figure_put_status(w, &figures);
        figure_put_uptime(w, &figures);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_row(struct fleet *fleet, struct json_writer *w, const struct row *row,
                    const struct timeline *timeline)
{
    struct timeline_figures figures;
    timeline_figures(timeline, fleet->now_ms - window_length_s[fleet->window] * 1000, fleet->now_ms,
                     &figures);
    json_begin_object(w);
    json_put_string(w, "name", row->name);
    figure_put_uptime(w, &figures);
    figure_put_times(w, "p95_ms", &row->tally, 0.95);
    figure_put_error_rate(w, &row->tally);
    json_put_number(w, "flaps", figures.flaps);
    json_put_number(w, "restarts", row->restarts);
    put_bars(fleet, w, timeline);
    json_end_object(w);
}

static int put_rows(struct fleet *fleet, struct store *store, struct json_writer *w)
{
    struct span *span = NULL;
    size_t span_count = 0;
    int code = store_spans(store, &span, &span_count);
    for (size_t i = 0; i < fleet->count && !code; i++) {
        struct timeline timeline = {0};
        if (fleet->row[i].id)
            code = store_timeline(store, fleet->row[i].id, span, span_count, fleet->now_ms, &timeline);
        put_row(fleet, w, &fleet->row[i], &timeline);
        timeline_free(&timeline);
    }
    free(span);
    return code;
}

static int fleet_work(struct annals_job *job, struct store *store, struct error *err)
{
    struct fleet *fleet = (struct fleet *)(void *)job;
    struct json_writer writer, *w = &writer;
    int code = gather(fleet, store);
    json_start(w, &fleet->text);
    json_begin_object(w);
    json_put_string(w, "window", window_name[fleet->window]);
    json_key(w, "services");
    json_begin_array(w);
    if (!code)
        code = put_rows(fleet, store, w);
    json_end_array(w);
    json_end_object(w);
    buf_add(&fleet->text, "\n", 1);
    return code ? store_failed(store, code, err) : 0;
}

/* ---- asking ---- */

static void fleet_free(struct fleet *fleet)
{
    buf_free(&fleet->text);
    arena_free(&fleet->arena);
    free(fleet->row);
    free(fleet);
}

static void fleet_done(struct annals_job *job, int code, const char *sentence)
{
    struct fleet *fleet = (struct fleet *)(void *)job;
    fleet->ready(fleet->user, code, sentence, code ? NULL : &fleet->text);
    fleet_free(fleet);
}

int report_fleet(struct annals *annals, const struct registry *registry, enum window window,
                 struct moment now, report_ready *ready, void *user)
{
    struct fleet *fleet = mem_new(sizeof *fleet);
    fleet->job = (struct annals_job){.work = fleet_work, .done = fleet_done};
    fleet->window = window;
    fleet->now_ms = now.wall_ms;
    fleet->ready = ready;
    fleet->user = user;
    fleet->count = registry_count(registry);
    fleet->row = mem_new((fleet->count + 1) * sizeof *fleet->row);
    for (size_t i = 0; i < fleet->count; i++) {
        const struct service *service = registry_at(registry, i);
        fleet->row[i].key = arena_copy(&fleet->arena, service->key);
        fleet->row[i].name = arena_copy(&fleet->arena, service->name);
    }
    buf_init(&fleet->text, LIMIT_DOCUMENT);
    int code = annals_ask(annals, &fleet->job, now);
    if (code)
        fleet_free(fleet);
    return code;
}
