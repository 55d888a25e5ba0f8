/* SPDX-License-Identifier: MIT */
/* intake.c: what the engine and the prober report → registry and records. Records only; nothing starts here.
 */
#include "controller/controller_internal.h"
#include "controller/heal.h"

#include <stdlib.h>
#include <string.h>

#include "controller/address6.h"
#include "controller/core/error.h"
#include "controller/chronicle.h"
#include "controller/core/log.h"
#include "controller/core/text.h"
#include "controller/deploying.h"
#include "controller/external.h"
#include "controller/labels/resolve.h"
#include "controller/second.h"
#include "controller/usage.h"

enum { SHUTDOWN_WINDOW_MS = 30 * 1000, PLACE_FRESH_MS = 1000 };

void intake_drop(struct controller *controller, struct record *record)
{
    const struct instance *instance = registry_instance(controller->registry, record->ref);
    if (instance)
        chronicle_leave(controller, instance);
    intake_count_stop(controller, record);
    prober_remove(controller->prober, record->ref);
    address6_forget(controller, record);
    check_inside_forget(controller->inside, record->id);
    registry_apply(controller->registry, &(struct change){.kind = CHANGE_GONE, .ref = record->ref},
                   controller->now);
    record_free(controller, record);
}

static bool on_wanted(void *user, const struct pairs *labels, const char *name, const char **why)
{
    struct controller *controller = user;
    return labels_registered(labels, controller->overrides, name, controller->options->watch, why);
}

static int signal_number(const char *text)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"HUP", 1},   {"INT", 2},   {"QUIT", 3},  {"KILL", 9},
                   {"USR1", 10}, {"USR2", 12}, {"TERM", 15}, {"WINCH", 28}};
    if (!text || !text[0])
        return 15;
    if (strncmp(text, "SIG", 3) == 0)
        text += 3;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (strcmp(text, signals[i].name) == 0)
            return signals[i].number;
    int64_t number = 15;
    text_number(text, 1, 64, &number);
    return (int)number;
}

/* New interfaces (a bridge made by `compose up`) appear while we run: read again when the last look is old.
 */
static void place_refresh(struct controller *controller, const struct container *container)
{
    bool fresh = controller->place_known &&
                 controller->now.mono_ms - controller->place_read_mono_ms < PLACE_FRESH_MS;
    if (!fresh) {
        network_place_free(&controller->place);
        network_place_read(&controller->place);
        controller->place_read_mono_ms = controller->now.mono_ms;
        controller->place_known = true;
    }
    bool self = controller->self_id[0] && strcmp(controller->self_id, container->id) == 0;
    bool told = network_on_host(&controller->place, container) ||
                (self && strcmp(container->network_mode, "host") == 0);
    if (!told || controller->on_host)
        return;
    controller->on_host = true;
    /* Those on the host's network that came before were placed wrongly. */
    for (struct record *record = controller->records; record; record = record->hh.next) {
        const struct instance *instance = registry_instance(controller->registry, record->ref);
        if (instance && instance->observed->network_count == 1 &&
            strcmp(instance->observed->networks[0].name, "host") == 0)
            watch_refresh(controller->watch, record->id);
    }
}

/* A run of the container began (or is found for the first time). */
static void run_began(struct controller *controller, struct record *record, const struct instance *instance)
{
    const struct observed *observed = instance->observed;
    bool restarted = record->started_at_wall_ms != 0;
    judge_run(controller, record, instance, restarted);
    record->started_at_wall_ms = observed->started_at_wall_ms;
    record->seen_running = true;
    record->stop_asked = record->oom_seen = record->stop_noted = false;
    leaving_end(controller, record);
    record_restart_trouble(record, NULL);
    intake_count_stop(controller, record);
    usage_forget(controller, record);
    record_answered(controller, record, false, false);
    int64_t age_ms = controller->now.wall_ms - observed->started_at_wall_ms; /* negative: a clock was wrong */
    verdict_start(&record->verdict, controller->now.mono_ms - (age_ms > 0 ? age_ms : 0));
    intake_set_intent(controller, record, INTENT_NONE);
    if (!restarted)
        return;
    judge_breaker(controller, record, instance, breaker_restart(record_breaker_own(record)));
    prober_delay(controller->prober, record->ref, 0);
}

struct record *intake_record(struct controller *controller, const struct instance *instance)
{
    struct record *record = record_find(controller, instance->observed->id);
    if (!record) {
        record = mem_new(sizeof *record);
        snprintf(record->id, sizeof record->id, "%s", instance->observed->id);
        record->logged_status = STATUS_COUNT;
        record->logged_reason = "";
        HASH_ADD_STR(controller->records, id, record);
    }
    record->ref = instance->ref;
    record->healing = memory_get(controller->memory, instance->spec->key, instance->spec->replica);
    record->healing->used_at = controller->now.wall_ms;
    return record;
}

void restarts_show(struct controller *controller, const struct record *record, const struct spec *spec)
{
    const struct healing *healing = record->healing;
    struct restart_view view = {.count = healing->total,
                                .in_window = healing->counted,
                                .max = spec->restart_max,
                                .last_at_wall_ms = healing->last_at};
    snprintf(view.last_reason, sizeof view.last_reason, "%s", healing->last_reason);
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_RESTARTS, .ref = record->ref, .restarts = &view},
                   controller->now);
}

static void on_container(void *user, struct container *container, struct container *owner)
{
    struct controller *controller = user;
    controller->now = clock_now();
    second_see(controller, container->id, container->name, &container->labels,
               container->state == CONTAINER_RUNNING, container->created_at_wall_ms);
    place_refresh(controller, container);
    struct spec *spec = labels_resolve(container, controller->options, controller->overrides);
    struct observed *observed = network_observe(container, spec, &controller->place, owner,
                                                controller->on_host);
    int stop_signal = signal_number(container->stop_signal);
    char image[80];
    snprintf(image, sizeof image, "%s",
             container->image_id && container->image_id[0] ? container->image_id : container->image);
    const struct instance *instance = registry_apply(
        controller->registry, &(struct change){.kind = CHANGE_INSTANCE, .spec = spec, .observed = observed},
        controller->now);
    bool first_seen = !record_find(controller, observed->id);
    struct record *record = intake_record(controller, instance);
    record->stop_signal = stop_signal;
    record->stale_until_mono_ms = 0;
    failure_container(controller, record, instance, image);
    bool running = observed->state == CONTAINER_RUNNING || observed->state == CONTAINER_PAUSED;
    if (running && observed->started_at_wall_ms != record->started_at_wall_ms)
        run_began(controller, record, instance);
    if (running && !record->restarting)
        heal_forget_pending(controller, record); /* of a restart that nobody answered for: it runs */
    bool down = observed->state == CONTAINER_EXITED || observed->state == CONTAINER_DEAD;
    if (down)
        intake_found_down(controller, record, observed);
    else if (observed->state == CONTAINER_RESTARTING)
        intake_found_restarting(controller, record, observed);
    intake_show_stop(controller, record);
    deploying_container(controller, record, instance);
    restarts_show(controller, record, spec);
    judge_plan(controller, record, instance);
    if (first_seen)
        breaker_return(controller, record, instance);
    reach_container(controller->reach, container, owner, spec, &record->plan);
    container_free(container);
    container_free(owner);
    record_mark(controller, record);
}

static void on_moved(void *user, const struct engine_event *event)
{
    struct controller *controller = user;
    controller->now = clock_now();
    reach_moved(controller->reach, event);
}

static void on_gone(void *user, const char *id)
{
    struct controller *controller = user;
    controller->now = clock_now();
    second_gone(controller, id);
    struct record *record = record_find(controller, id);
    reach_gone(controller->reach, id);
    const struct instance *instance = record ? registry_instance(controller->registry, record->ref) : NULL;
    const struct service *service = instance ? instance->service : NULL;
    if (record)
        intake_drop(controller, record);
    deploying_gone(controller, id, service);
}

static bool on_other(void *user, const struct watch_other *other)
{
    struct controller *controller = user;
    controller->now = clock_now();
    if (other->overtaken) {
        second_born(controller, other->id, other->created_at_wall_ms);
        return false;
    }
    bool runs = other->state == CONTAINER_RUNNING && other->action != EVENT_DESTROY;
    bool rival = second_see(controller, other->id, other->name, other->labels, runs,
                            other->created_at_wall_ms);
    return deploying_other(controller, other) || rival;
}

static void on_other_gone(void *user, const char *id)
{
    struct controller *controller = user;
    controller->now = clock_now();
    second_gone(controller, id);
    deploying_gone(controller, id, NULL);
}

static void show_engine(struct controller *controller)
{
    registry_apply(controller->registry,
                   &(struct change){.kind = CHANGE_ENGINE, .engine = &controller->engine}, controller->now);
    chronicle_engine(controller);
    controller->all_dirty = true;
}

static void on_live(void *user, const char *version, const char *api, bool fresh)
{
    struct controller *controller = user;
    controller->now = clock_now();
    struct engine_view *engine = &controller->engine;
    *engine = (struct engine_view){.connected = true, .since_wall_ms = controller->now.wall_ms};
    snprintf(engine->version, sizeof engine->version, "%s", version);
    snprintf(engine->api_version, sizeof engine->api_version, "%s", api);
    controller->place_known = false;
    struct error err = {0};
    if (controller->still_root)
        privilege_take_files(controller->state_dir);
    if (controller->still_root && privilege_drop(controller->options->docker_host, &err) == 0)
        controller->still_root = false;
    else if (controller->still_root)
        log_line(LOG_LEVEL_WARN, NULL, NULL, "Root is not dropped yet: %s", err.text);
    if (fresh)
        controller->settle_ends_mono_ms = controller->now.mono_ms + controller->options->settle_ms;
    observe_end(controller);
    show_engine(controller);
    reach_live(controller->reach);
    tell(controller, SEVERITY_INFO, "engine", NULL, "Connected to engine %s, API %s", version, api);
}

/* Kills of the last seconds before the engine left were its own shutdown, not people's. */
static void forgive_shutdown(struct controller *controller)
{
    for (struct record *record = controller->records; record; record = record->hh.next) {
        enum intent intent = record->healing->intent;
        if ((intent == INTENT_MANUAL || intent == INTENT_DEPLOY) &&
            strcmp(record->healing->intent_container, record->id) == 0 &&
            controller->now.wall_ms - record->healing->intent_at < SHUTDOWN_WINDOW_MS)
            intake_set_intent(controller, record, INTENT_ENGINE_SHUTDOWN);
        intake_count_stop(controller, record);
        record->stop_asked = false;
    }
}

static void on_lost(void *user, const char *sentence)
{
    struct controller *controller = user;
    controller->now = clock_now();
    struct engine_view *engine = &controller->engine;
    bool was_connected = engine->connected;
    if (was_connected) {
        forgive_shutdown(controller);
        engine->since_wall_ms = controller->now.wall_ms;
    } else if (!engine->since_wall_ms) {
        engine->since_wall_ms = controller->now.wall_ms;
    }
    engine->connected = false;
    snprintf(engine->error, sizeof engine->error, "%s", sentence);
    show_engine(controller);
    if (controller->task == TASK_RUN) /* the short tasks end with this sentence */
        tell(controller, SEVERITY_CRITICAL, "engine", NULL, "%s", sentence);
}

static void on_synced(void *user)
{
    struct controller *controller = user;
    controller->all_dirty = true;
    usage_synced(controller->usage);
    log_line(LOG_LEVEL_INFO, NULL, NULL, "Watching %zu containers",
             HASH_COUNT(controller->records) - externals_count(controller->externals));
}

static void on_wake(void *user)
{
    struct controller *controller = user;
    controller->dirty = true;
}

const struct watch_callbacks *intake_callbacks(struct controller *controller, struct watch_callbacks *ret)
{
    *ret = (struct watch_callbacks){.wanted = on_wanted,
                                    .container = on_container,
                                    .event = intake_event,
                                    .moved = on_moved,
                                    .gone = on_gone,
                                    .other = on_other,
                                    .other_gone = on_other_gone,
                                    .live = on_live,
                                    .synced = on_synced,
                                    .lost = on_lost,
                                    .wake = on_wake,
                                    .user = controller};
    return ret;
}
