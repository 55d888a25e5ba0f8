/* SPDX-License-Identifier: MIT */
/* window.c: windows, bars and targets. */
#include "exporter/history/window.h"

#include "controller/core/json_writer.h"

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

const char *const window_name[WINDOW_COUNT] = {
    [WINDOW_DAY] = "24h", [WINDOW_WEEK] = "7d", [WINDOW_MONTH] = "30d"};
const int64_t window_length_s[WINDOW_COUNT] = {
    [WINDOW_DAY] = DAY_S, [WINDOW_WEEK] = 7 * DAY_S, [WINDOW_MONTH] = 30 * DAY_S};
const struct bars window_bars[WINDOW_COUNT] = {
    [WINDOW_DAY] = {48, HOUR_S / 2}, [WINDOW_WEEK] = {56, 3 * HOUR_S}, [WINDOW_MONTH] = {60, 12 * HOUR_S}};

static int64_t floor_to(int64_t seconds, int64_t length)
{
    return seconds - seconds % length;
}

int64_t window_first_bar_s(enum window window, int64_t now_ms)
{
    const struct bars *bars = &window_bars[window];
    return floor_to(now_ms / 1000, bars->length_s) - (bars->count - 1) * bars->length_s;
}

void window_parts(enum window window, int64_t now_ms, struct window_part ret[static WINDOW_PARTS])
{
    enum store_level fine = window == WINDOW_DAY ? STORE_MINUTES : STORE_HOURS;
    enum store_level coarse = window == WINDOW_DAY ? STORE_HOURS : STORE_DAYS;
    int64_t now_s = now_ms / 1000, step_s = store_level_s[fine], whole_s = store_level_s[coarse];
    int64_t from_s = floor_to(now_s - window_length_s[window], step_s);
    int64_t whole_from_s = floor_to(from_s + whole_s - 1, whole_s);
    ret[0] = (struct window_part){fine, from_s, whole_from_s};
    ret[1] = (struct window_part){coarse, whole_from_s, floor_to(now_s, whole_s) + whole_s};
}

/* ---- figures ---- */

static void put_or_null(struct json_writer *w, const char *key, double number)
{
    json_key(w, key);
    if (number < 0)
        json_null(w);
    else
        json_decimal(w, number);
}

static void put_seconds(struct json_writer *w, const char *key, int64_t ms)
{
    json_put_decimal(w, key, (double)ms / 1000);
}

static double error_rate(const struct tally *tally)
{
    return tally->checks ? 100.0 * (double)tally->failures / (double)tally->checks : -1;
}

/* Below 0 without a failure. */
static double repair_s(const struct timeline_figures *figures)
{
    return figures->repairs ? (double)figures->repair_ms / 1000 / figures->repairs : -1;
}

void figure_put_uptime(struct json_writer *w, const struct timeline_figures *figures)
{
    put_or_null(w, "uptime_percent", timeline_uptime(figures));
}

void figure_put_times(struct json_writer *w, const char *key, const struct tally *tally, double quantile)
{
    put_or_null(w, key, tally_quantile(tally, quantile));
}

void figure_put_error_rate(struct json_writer *w, const struct tally *tally)
{
    put_or_null(w, "error_rate_percent", error_rate(tally));
}

void figure_put_status(struct json_writer *w, const struct timeline_figures *figures)
{
    json_put_string(w, "status", figures->has_status ? status_name[figures->worst] : NULL);
}

/* ---- targets ---- */

struct targets targets_of(const struct service *service)
{
    if (!service->first)
        return (struct targets){0};
    const struct spec *spec = service->first->spec;
    return (struct targets){.uptime_percent = spec->slo_uptime_ppm / 1e4,
                            .error_rate_percent = spec->slo_error_rate_ppm / 1e4,
                            .p95_ms = spec->slo_p95_ms,
                            .mttr_ms = spec->slo_mttr_ms};
}

void targets_put(struct json_writer *w, const struct targets *targets)
{
    json_begin_object(w);
    json_put_decimal(w, "uptime_percent", targets->uptime_percent);
    json_put_number(w, "p95_ms", targets->p95_ms);
    json_put_decimal(w, "error_rate_percent", targets->error_rate_percent);
    put_seconds(w, "mttr_s", targets->mttr_ms);
    json_end_object(w);
}

/* Whether a target is met; null where there is no figure. */
static void put_met(struct json_writer *w, const char *key, double figure, bool met)
{
    json_key(w, key);
    if (figure < 0)
        json_null(w);
    else
        json_boolean(w, met);
}

void window_put(struct json_writer *w, const struct timeline_figures *figures, const struct tally *tally,
                int64_t restarts, const struct targets *targets)
{
    double uptime = timeline_uptime(figures), p95 = tally_quantile(tally, 0.95), errors = error_rate(tally),
           mttr = repair_s(figures);
    json_begin_object(w);
    figure_put_uptime(w, figures);
    put_seconds(w, "known_s", figures->known_ms);
    put_seconds(w, "down_s", figures->down_ms);
    json_put_number(w, "failures", figures->failures);
    put_or_null(w, "mttr_s", mttr);
    figure_put_times(w, "p50_ms", tally, 0.5);
    figure_put_times(w, "p95_ms", tally, 0.95);
    json_put_number(w, "checks", (int64_t)tally->checks);
    figure_put_error_rate(w, tally);
    json_put_number(w, "flaps", figures->flaps);
    json_put_number(w, "restarts", restarts);
    json_key(w, "met");
    json_begin_object(w);
    put_met(w, "uptime", uptime, uptime >= targets->uptime_percent);
    put_met(w, "p95", p95, p95 <= (double)targets->p95_ms);
    put_met(w, "error_rate", errors, errors <= targets->error_rate_percent);
    put_met(w, "mttr", mttr, mttr * 1000 <= (double)targets->mttr_ms);
    json_end_object(w);
    json_end_object(w);
}
