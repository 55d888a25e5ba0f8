/* SPDX-License-Identifier: MIT */
/* alerts.c: the turn of alerts: what moved is looked at, what is due is told, what was told is kept. */
#include "controller/alerts_internal.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/due.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "controller/core/log.h"
#include "exporter/alerts/channels.h"

/* ---- the door ---- */

static const struct instance *instance_of(const struct controller *controller, const struct alert *alert)
{
    const struct service *service = alert->service[0] ? registry_service(controller->registry, alert->service)
                                                      : NULL;
    return service ? service->first : NULL;
}

static void on_tell(void *user, unsigned set, const struct alert *alert)
{
    struct controller *controller = user;
    bool over = alert->state == ALERT_RESOLVED;
    char victims[48] = "";
    if (alert->victim_count)
        snprintf(victims, sizeof victims, " (victims: %zu)", alert->victim_count);
    tell(controller, over ? SEVERITY_INFO : alert->severity, "alert", instance_of(controller, alert),
         "%s: %.300s%s", alert_state_name[alert->state], alert->title, victims);
    struct alert sent = *alert;
    sent.host = registry_controller(controller->registry)->host;
    sent.url = controller->options->alert_url;
    if (set && controller->channels)
        channels_send(controller->channels, set, &sent);
}

static void on_suppressed(void *user, const char *reason)
{
    struct controller *controller = user;
    stats_count(&controller->stats.alerts_suppressed, reason, NULL, NULL);
}

/* ---- life ---- */

void alerts_new(struct controller *controller)
{
    struct alerts *alerts = mem_new(sizeof *alerts);
    struct trouble_door door = {.user = controller, .tell = on_tell, .suppressed = on_suppressed};
    alerts->troubles = troubles_new(&door);
    alerts->rules = rules_new();
    alerts->sweep_mono_ms = controller->now.mono_ms + SWEEP_MS;
    controller->alerts = alerts;
}

void alerts_free(struct controller *controller)
{
    struct alerts *alerts = controller->alerts;
    if (!alerts)
        return;
    struct subject *subject, *next;
    HASH_ITER(hh, alerts->subjects, subject, next)
    {
        HASH_DEL(alerts->subjects, subject);
        free(subject);
    }
    troubles_free(alerts->troubles);
    rules_free(alerts->rules);
    free(alerts->write_path);
    free(alerts->write_text);
    free(alerts->write_error);
    free(alerts);
    controller->alerts = NULL;
}

static struct rules *rules_load(const struct options *options, struct error *err)
{
    if (!options->alert_rules[0])
        return rules_new();
    char *text;
    size_t length;
    if (file_read(options->alert_rules, LIMIT_CONFIG_FILE, &text, &length, err) != 0) {
        error_wrap(err, "ALERT_RULES");
        return NULL;
    }
    struct rules *rules = rules_parse(text, length, err);
    free(text);
    if (!rules)
        error_wrap(err, "ALERT_RULES %.120s", options->alert_rules);
    return rules;
}

/* Rules for channels that are not there are not wrong: the channel may be about to be set. */
static void warn_channels(const struct controller *controller, const struct rules *rules, unsigned there)
{
    for (size_t i = 0; controller->channels && i < rules_count(rules); i++) {
        unsigned missing = rules_at(rules, i)->channels & ~there;
        for (unsigned kind = 0; kind < CHANNEL_COUNT; kind++)
            if (missing >> kind & 1)
                log_line(LOG_LEVEL_WARN, NULL, NULL,
                         "The alert rule \"%s\" names the channel %s, which is not configured",
                         rules_at(rules, i)->name, channel_name[kind]);
    }
}

int alerts_configure(struct controller *controller, const struct options *options, struct error *err)
{
    struct error unheard = {0};
    err = err ? err : &unheard;
    struct alerts *alerts = controller->alerts;
    struct rules *rules = rules_load(options, err);
    if (rules) {
        if (options->alert_memory_percent)
            rules_add_memory(rules, options->alert_memory_percent);
        rules_free(alerts->rules);
        alerts->rules = rules;
    }
    quiet_parse(options->alert_quiet, &alerts->quiet); /* checked with the settings */
    unsigned there = 0;
    for (unsigned kind = 0; kind < CHANNEL_COUNT; kind++)
        if (controller->channels && channels_has(controller->channels, (enum channel_kind)kind))
            there |= 1U << kind;
    troubles_configure(alerts->troubles,
                       &(struct trouble_settings){
                           .delay_ms = options->alert_delay_ms,
                           .group_wait_ms = options->alert_group_wait_ms,
                           .resolve_delay_ms = options->alert_resolve_delay_ms,
                           .remind_ms = options->alert_remind_ms,
                           .least = (enum severity)(SEVERITY_WARNING + (unsigned)options->alert_least),
                           .channels = there,
                           .quiet = &alerts->quiet});
    alerts->moved = true;
    if (!rules)
        return err->code;
    warn_channels(controller, rules, there);
    return 0;
}

/* ---- what is heard in a turn ---- */

struct subject *alerts_mark(struct alerts *alerts, const char *key)
{
    struct subject *subject;
    HASH_FIND_STR(alerts->subjects, key, subject);
    if (!subject) {
        size_t length = strlen(key);
        subject = mem_new(sizeof *subject + length + 1);
        memcpy(subject->key, key, length + 1);
        HASH_ADD_KEYPTR(hh, alerts->subjects, subject->key, length, subject);
    }
    subject->marked = alerts->any_marked = true;
    return subject;
}

void alerts_heard(struct controller *controller, const char *kind, const struct instance *instance)
{
    struct alerts *alerts = controller->alerts;
    if (!alerts || !instance || strcmp(kind, "alert") == 0)
        return;
    struct subject *subject = alerts_mark(alerts, instance->spec->key);
    if (strcmp(kind, "deploy-failed") == 0)
        subject->deploy_failed = true;
    else if (strcmp(kind, "deploy-verified") == 0)
        subject->deploy_failed = false;
}

/* ---- the turn ---- */

/* Those whose status changed in this turn. */
static void mark_moved(struct controller *controller)
{
    struct alerts *alerts = controller->alerts;
    size_t count;
    const struct service *const *moved = registry_moved(controller->registry, &count);
    for (size_t i = 0; i < count; i++)
        alerts_mark(alerts, moved[i]->key);
    /* Whatever changes may change what is to be said of an open trouble. */
    uint64_t revision = registry_revision(controller->registry);
    alerts->moved |= revision != alerts->revision;
    alerts->revision = revision;
}

static void collect(void *user, const char *key)
{
    struct strings *keys = ((void **)user)[0];
    strings_add(((void **)user)[1], keys, key);
}

/* The cause of those that are sick may be another one by now, and some may be gone. */
static void mark_open(struct controller *controller)
{
    struct alerts *alerts = controller->alerts;
    struct arena arena = {0};
    struct strings keys = {0};
    troubles_each_open(alerts->troubles, collect, (void *[]){&keys, &arena});
    for (size_t i = 0; i < keys.count; i++) {
        if (strncmp(keys.item[i], "service:", 8) == 0)
            alerts_mark(alerts, keys.item[i] + 8);
        else if (strncmp(keys.item[i], "rule:", 5) == 0)
            alerts_check_rule(controller, keys.item[i]);
    }
    arena_free(&arena);
}

static bool is_due(int64_t *at_mono_ms, struct moment now)
{
    if (!*at_mono_ms || *at_mono_ms > now.mono_ms)
        return false;
    *at_mono_ms = 0;
    return true;
}

static void mark_held(struct alerts *alerts)
{
    for (struct subject *at = alerts->subjects; at; at = at->hh.next)
        if (at->held)
            at->marked = alerts->any_marked = true;
}

/* A look may mark a cause that is not known yet: it is looked at, too. */
static void look_at_marked(struct controller *controller)
{
    struct alerts *alerts = controller->alerts;
    if (!alerts->any_marked)
        return;
    struct subject *subject, *next;
    bool held = false;
    while (alerts->any_marked) {
        alerts->any_marked = false;
        HASH_ITER(hh, alerts->subjects, subject, next)
        if (subject->marked)
            alerts_look(controller, subject);
    }
    for (subject = alerts->subjects; subject && !held; subject = subject->hh.next)
        held = subject->held != NULL;
    if (held && !alerts->held_mono_ms)
        alerts->held_mono_ms = controller->now.mono_ms + HELD_MS;
}

/* What is remembered of services that went while we were away is over, once all that is there is known. */
static void sweep(struct controller *controller)
{
    struct alerts *alerts = controller->alerts;
    if (!is_due(&alerts->sweep_mono_ms, controller->now))
        return;
    alerts->swept = controller->watch && watch_synced(controller->watch);
    if (alerts->swept)
        alerts->moved = true;
    else
        alerts->sweep_mono_ms = controller->now.mono_ms + SWEEP_MS;
}

void alerts_settle(struct controller *controller)
{
    struct alerts *alerts = controller->alerts;
    if (controller->task != TASK_RUN || controller->stopping)
        return;
    mark_moved(controller);
    sweep(controller);
    alerts_look_own(controller);
    if (alerts->moved && !alerts->look_mono_ms)
        alerts->look_mono_ms = controller->now.mono_ms + LOOK_MS;
    if (is_due(&alerts->look_mono_ms, controller->now)) {
        alerts->moved = false;
        mark_open(controller);
    }
    if (is_due(&alerts->held_mono_ms, controller->now))
        mark_held(alerts);
    look_at_marked(controller);
    alerts_look_rules(controller);
    troubles_settle(alerts->troubles, controller->now);
    alerts_save(controller);
}

int64_t alerts_due(const struct controller *controller)
{
    const struct alerts *alerts = controller->alerts;
    if (!alerts || controller->task != TASK_RUN || controller->stopping)
        return 0;
    const int64_t times[] = {alerts->look_mono_ms, alerts->held_mono_ms, alerts->rules_mono_ms,
                             alerts->sweep_mono_ms, troubles_due(alerts->troubles)};
    int64_t first = 0;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        first = due_earlier(first, times[i]);
    return first;
}

/* ---- what is shown ---- */

struct listing {
    alert_listed_each *each;
    void *to;
    const char *host;
};

static void list_one(void *user, const struct trouble_shown *shown)
{
    const struct listing *listing = user;
    struct alert_listed listed = {.alert = shown->alert,
                                  .channels = shown->told,
                                  .told_wall_ms = shown->told_wall_ms,
                                  .quiet = shown->quiet,
                                  .flapping = shown->flapping};
    listed.alert.host = listing->host;
    listing->each(listing->to, &listed);
}

void alerts_list(void *user, alert_listed_each *each, void *to)
{
    const struct controller *controller = user;
    struct listing listing = {
        .each = each, .to = to, .host = registry_controller(controller->registry)->host};
    troubles_show(controller->alerts->troubles, list_one, &listing);
}
