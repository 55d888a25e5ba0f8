/* SPDX-License-Identifier: MIT */
/* history.c: fills a history file with what 30 days bring, by the product's own writing: checks every 10 s,
 * by the minute for the latest 26 hours and by the hour before, and a failure and a restart a day.
 *
 *   history FILE < KEYS
 *
 * KEYS: a service's key a line. Prints the seconds that it took. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/clock.h"
#include "controller/core/error.h"
#include "exporter/history/store.h"

enum { DAYS = 30, KEY_MAX = 512, MINUTE_MS = 60000, HOUR_MS = 3600000, RUNNING_HOURS = 26 };
static const int64_t DAY_MS = INT64_C(86400000);

static void give_up(const char *why)
{
    fprintf(stderr, "history: %s\n", why);
    exit(1);
}

static void write_all(struct store *store, struct item *first)
{
    struct error err = {0};
    if (store_write(store, first, &err) != 0)
        give_up(err.text);
    items_free(first);
}

static uint32_t read_keys(struct store *store)
{
    char key[KEY_MAX];
    uint32_t count = 0;
    while (fgets(key, sizeof key, stdin)) {
        key[strcspn(key, "\n")] = '\0';
        write_all(store,
                  item_new(&(struct item){.kind = ITEM_SERVICE, .number = count++, .text = {key, key}}));
    }
    return count;
}

/* Checks of all services that began then: times around a service's own usual one. */
static struct item *checks(uint32_t services, int64_t at_ms, uint32_t each)
{
    struct minute minute = {.row = mem_new(services * sizeof *minute.row), .count = services};
    minute.bytes = mem_new((size_t)services * SKETCH_BYTES);
    uint32_t used = 0;
    for (uint32_t i = 0; i < services; i++) {
        uint32_t count[SKETCH_BUCKETS] = {0}, failed = rand() % 100 == 0;
        for (uint32_t n = failed; n < each; n++)
            count[60 + i % 50 + (unsigned)(rand() % 6 + rand() % 6)]++;
        minute.row[i] = (struct minute_row){.number = i, .checks = each, .failures = failed, .from = used};
        minute.row[i].len = (uint32_t)sketch_encode(count, minute.bytes + used);
        used += minute.row[i].len;
    }
    return item_new(&(struct item){.kind = ITEM_MINUTE, .at_ms = at_ms, .minute = minute});
}

static struct item *change(uint32_t number, int64_t at_ms, enum condition condition)
{
    return item_new(&(struct item){.kind = ITEM_STATE,
                                   .number = number,
                                   .at_ms = at_ms,
                                   .condition = condition,
                                   .status = condition == CONDITION_UP ? STATUS_HEALTHY : STATUS_UNHEALTHY});
}

/* Each service falls once, is restarted and is well again 30 s later. */
static void a_day(struct store *store, uint32_t services, int64_t at_ms)
{
    struct item *first = NULL;
    for (uint32_t i = 0; i < services; i++) {
        int64_t fell_ms = at_ms + rand() % DAY_MS;
        struct item *all[] = {
            change(i, fell_ms, CONDITION_DOWN),
            change(i, fell_ms + 30000, CONDITION_UP),
            item_new(
                &(struct item){.kind = ITEM_TRANSITION,
                               .number = i,
                               .at_ms = fell_ms,
                               .text = {"shop-web-1", "healthy", "unhealthy", "503 Service Unavailable"}}),
            item_new(&(struct item){.kind = ITEM_TRANSITION,
                                    .number = i,
                                    .at_ms = fell_ms + 30000,
                                    .text = {"shop-web-1", "unhealthy", "healthy", "200 OK"}}),
            item_new(&(struct item){.kind = ITEM_RESTART,
                                    .number = i,
                                    .at_ms = fell_ms,
                                    .text = {"shop-web-1", "unhealthy", "ok"}}),
            item_new(&(struct item){.kind = ITEM_DECISION,
                                    .number = i,
                                    .at_ms = fell_ms,
                                    .text = {"shop-web-1", "act", "unhealthy",
                                             "Restarting: unhealthy, and nothing holds it back."}}),
        };
        for (size_t n = 0; n < sizeof all / sizeof *all; n++) {
            all[n]->next = first;
            first = all[n];
        }
    }
    write_all(store, first);
}

int main(int argc, char **argv)
{
    struct error err = {0};
    if (argc != 2)
        give_up("usage: history FILE < KEYS");
    struct store *store = store_new(argv[1], 400, INT64_C(1) << 40);
    if (store_open(store, &err) != STORE_OPEN)
        give_up(err.text);
    struct moment now = clock_now();
    int64_t from_ms = now.wall_ms - DAYS * DAY_MS, minutes_ms = now.wall_ms - RUNNING_HOURS * HOUR_MS;
    uint32_t services = read_keys(store);
    write_all(store, item_new(&(struct item){
                         .kind = ITEM_SPAN, .at_ms = from_ms, .until_ms = now.wall_ms, .first = true}));
    for (int64_t at_ms = from_ms; at_ms < now.wall_ms - DAY_MS; at_ms += DAY_MS)
        a_day(store, services, at_ms);
    for (int64_t at_ms = from_ms - from_ms % HOUR_MS; at_ms < minutes_ms; at_ms += HOUR_MS)
        write_all(store, checks(services, at_ms, 360));
    for (int64_t at_ms = minutes_ms - minutes_ms % HOUR_MS; at_ms < now.wall_ms; at_ms += MINUTE_MS)
        write_all(store, checks(services, at_ms, 6));
    if (store_tidy(store, now.wall_ms, &err) != 0)
        give_up(err.text);
    store_free(store);
    printf("%.1f\n", (double)(clock_now().mono_ms - now.mono_ms) / 1000);
    return 0;
}
