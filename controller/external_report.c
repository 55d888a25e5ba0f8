/* SPDX-License-Identifier: MIT */
/* external_report.c: what the owner of a service outside Docker says about it, how long that is believed, and
 * what it makes of the service's health. A part of external.h. */
#include "controller/external_internal.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/due.h"
#include "controller/core/error.h"
#include "controller/core/json_read.h"
#include "controller/core/json_writer.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "controller/core/url.h"
#include "exporter/context.h"

/* ---- taking it in ---- */

static struct external_report *report_find(struct external *external, const char *id)
{
    const struct registration *registration = external->registration;
    for (size_t i = 0; i < registration->named_count; i++)
        if (!registration->named[i].probed && strcmp(registration->named[i].id, id) == 0)
            return &external->report[i];
    return NULL;
}

static const struct registration_named *named_find(const struct registration *registration, const char *id)
{
    for (size_t i = 0; registration && i < registration->named_count; i++)
        if (strcmp(registration->named[i].id, id) == 0)
            return &registration->named[i];
    return NULL;
}

void external_reports_match(struct external *external, const struct registration *before)
{
    const struct registration *registration = external->registration;
    struct external_report kept[REGISTRATION_CHECKS];
    int64_t now_ms = external->externals->controller->now.mono_ms;
    memcpy(kept, external->report, sizeof kept);
    memset(external->report, 0, sizeof external->report);
    external->whole = (struct external_report){
        .status = STATUS_HEALTHY}; /* who registers says that it is there */
    for (size_t i = 0; i < registration->named_count; i++) {
        const struct registration_named *was = named_find(before, registration->named[i].id);
        struct external_report *report = &external->report[i];
        if (was && !was->probed && !registration->named[i].probed)
            *report = kept[was - before->named];
        else
            *report = (struct external_report){.status = registration->named[i].status};
        report->heard_mono_ms = now_ms;
        report->overdue = false;
    }
}

/* One clean line: it is shown to everybody. */
static void note_copy(const char *text, char ret[static REPORT_NOTE])
{
    struct buf clean;
    buf_init(&clean, LIMIT_HTTP_BODY);
    url_clean(text ? text : "", &clean);
    text_one_line(buf_string(&clean), ret, REPORT_NOTE);
    buf_free(&clean);
}

int external_report_take(struct external *external, const struct report *said, struct error *err)
{
    struct controller *controller = external->externals->controller;
    struct external_report *report = said->check ? report_find(external, said->check) : &external->whole;
    if (!report && named_find(external->registration, said->check))
        return error_set(err, -EINVAL, "The check \"%s\" is made by quaywatch; nobody reports it",
                         said->check);
    if (!report)
        return error_set(err, -ENOENT, "The service \"%s\" has no check \"%s\"", external->registration->id,
                         said->check);
    note_copy(said->note, report->note);
    report->heard_mono_ms = controller->now.mono_ms;
    bool news = report->status != said->status || report->overdue;
    report->status = said->status;
    report->overdue = false;
    if (!news)
        return 0;
    memcpy(report->shown, report->note, sizeof report->shown);
    external->externals->dirty = true;
    struct record *record = record_find(controller, external->instance_id);
    if (record)
        record_mark(controller, record);
    controller->dirty = true;
    return 0;
}

/* ---- time ---- */

int64_t external_reports_due(const struct external *external)
{
    const struct registration *registration = external->registration;
    int64_t first = 0;
    for (size_t i = 0; i < registration->named_count; i++) {
        int64_t ttl_ms = registration->named[i].ttl_ms;
        int64_t at_ms = external->report[i].heard_mono_ms + ttl_ms;
        if (ttl_ms && !external->report[i].overdue)
            first = due_earlier(first, at_ms);
    }
    int64_t end_ms = external->bad_since_mono_ms + registration->remove_after_ms;
    if (registration->remove_after_ms && external->bad_since_mono_ms)
        first = due_earlier(first, end_ms);
    return first;
}

bool external_reports_tick(struct external *external)
{
    struct controller *controller = external->externals->controller;
    const struct registration *registration = external->registration;
    int64_t now_ms = controller->now.mono_ms;
    bool news = false;
    for (size_t i = 0; i < registration->named_count; i++) {
        struct external_report *report = &external->report[i];
        int64_t ttl_ms = registration->named[i].ttl_ms;
        if (!ttl_ms || report->overdue || report->heard_mono_ms + ttl_ms > now_ms)
            continue;
        report->overdue = true;
        news = true;
    }
    struct record *record = news ? record_find(controller, external->instance_id) : NULL;
    if (record)
        record_mark(controller, record);
    return registration->remove_after_ms && external->bad_since_mono_ms &&
           external->bad_since_mono_ms + registration->remove_after_ms <= now_ms;
}

void external_judged(struct external *external, enum status status)
{
    bool bad = status == STATUS_UNHEALTHY || status == STATUS_FAILED ||
               (status == STATUS_STARTING && external->registration->named_count);
    if (!external->registration->remove_after_ms || bad == (external->bad_since_mono_ms != 0))
        return;
    external->bad_since_mono_ms = bad ? external->externals->controller->now.mono_ms : 0;
    external_plan(external);
}

/* ---- what it makes of the health ---- */

static enum status report_status(const struct external_report *report)
{
    return report->overdue ? STATUS_UNHEALTHY : report->status;
}

static void report_text(const struct external *external, size_t index, bool latest, char *ret, size_t size)
{
    const struct external_report *report = &external->report[index];
    const char *note = latest ? report->note : report->shown;
    char ttl[24];
    text_format_duration(external->registration->named[index].ttl_ms, ttl);
    if (report->overdue)
        snprintf(ret, size, "TTL expired: no report within %s", ttl);
    else if (report->status == STATUS_STARTING)
        snprintf(ret, size, "Not reported yet");
    else
        snprintf(ret, size, "%s", note);
}

static void silent_assess(const struct external *external, struct health_view *view)
{
    char ttl[24];
    text_format_duration(external->registration->ttl_ms, ttl);
    view->status = STATUS_UNHEALTHY;
    view->latest_passed = false; /* whatever answers there: it may be somebody else by now */
    snprintf(view->message, sizeof view->message, "No heartbeat within its ttl of %s", ttl);
}

/* The worse of what was found and what is said; saying makes nothing healthy that was found sick. */
static void say(struct health_view *view, enum status status, const char *name, const char *text)
{
    static const int rank[STATUS_COUNT] = {
        [STATUS_HEALTHY] = 1,   [STATUS_DEGRADED] = 2, [STATUS_STARTING] = 3,
        [STATUS_UNHEALTHY] = 4, [STATUS_FAILED] = 5,   [STATUS_STOPPED] = 6};
    if (rank[status] <= rank[view->status])
        return;
    view->status = status;
    view->latest_passed = status == STATUS_HEALTHY || status == STATUS_DEGRADED;
    snprintf(view->message, sizeof view->message, "%.60s: %.95s", name, text[0] ? text : status_name[status]);
}

/* Beside what a body says of its parts. */
static void add_item(struct health_view *view, const char *name, enum status status)
{
    if (view->check_count >= LIMIT_HEALTH_CHECKS)
        return;
    view->check_items = mem_resize(view->check_items, view->check_count + 1, sizeof *view->check_items);
    struct outcome_check *item = &view->check_items[view->check_count++];
    memset(item, 0, sizeof *item);
    text_one_line(name, item->name, sizeof item->name);
    snprintf(item->word, sizeof item->word, "%s",
             status == STATUS_STARTING ? status_name[STATUS_UNKNOWN] : status_name[status]);
}

static int by_name(const void *a, const void *b)
{
    const struct outcome_check *x = a, *y = b;
    return strcmp(x->name, y->name);
}

void external_assess(const struct external *external, struct health_view *view)
{
    const struct registration *registration = external->registration;
    char text[REPORT_NOTE];
    if (external->whole.status != STATUS_HEALTHY)
        say(view, external->whole.status, "Its owner says", external->whole.shown);
    for (size_t i = 0; i < registration->named_count; i++) {
        if (registration->named[i].probed)
            continue;
        report_text(external, i, false, text, sizeof text);
        say(view, report_status(&external->report[i]), registration->named[i].name, text);
        add_item(view, registration->named[i].id, report_status(&external->report[i]));
    }
    if (view->check_count > 1)
        qsort(view->check_items, view->check_count, sizeof *view->check_items, by_name);
    if (external_is_coming(external) && !external->overdue)
        view->status = STATUS_STARTING;
    if (external->overdue)
        silent_assess(external, view);
    if (external->suspended) {
        view->latest_passed = false;
        view->status = STATUS_STOPPED;
        snprintf(view->message, sizeof view->message, "Taken out by its owner: %.130s", external->suspended);
    }
}

/* ---- as its owner knows it ---- */

static void view_probe(const struct external *external, struct report_view *ret)
{
    const struct record *record = record_find(external->externals->controller, external->instance_id);
    ret->probed = true;
    if (record && record->plan.probe == CHECK_NONE) {
        ret->status = STATUS_UNKNOWN;
        ret->output = record->plan.reason ? record->plan.reason : "Nothing is checked";
    } else if (record && record->has_outcome) {
        ret->status = record->verdict.status;
        ret->output = record->outcome.message ? record->outcome.message : "";
    } else {
        ret->status = STATUS_STARTING;
        ret->output = "Not checked yet";
    }
}

size_t external_reports_view(const struct external *external, struct report_view ret[static REPORTS_MAX])
{
    const struct registration *registration = external->registration;
    size_t count = 0;
    for (size_t i = 0; i < registration->named_count; i++, count++) {
        const struct registration_named *named = &registration->named[i];
        const struct external_report *report = &external->report[i];
        ret[count] = (struct report_view){.id = named->id,
                                          .name = named->name,
                                          .notes = named->notes ? named->notes : "",
                                          .ttl_ms = named->ttl_ms};
        if (named->probed) {
            view_probe(external, &ret[count]);
            continue;
        }
        ret[count].status = report_status(report);
        ret[count].output = report->overdue                     ? "TTL expired"
                            : report->status == STATUS_STARTING ? "Not reported yet"
                                                                : report->note;
    }
    if (external->suspended)
        ret[count++] = (struct report_view){.id = "_service_maintenance",
                                            .name = "Service Maintenance Mode",
                                            .notes = external->suspended,
                                            .output = "",
                                            .status = STATUS_STOPPED};
    return count;
}

/* ---- on disk ---- */

void external_reports_render(const struct external *external, struct json_writer *w)
{
    const struct registration *registration = external->registration;
    if (external->suspended)
        json_put_string(w, "suspended", external->suspended);
    if (external->whole.status != STATUS_HEALTHY) {
        json_put_string(w, "status", status_name[external->whole.status]);
        json_put_string(w, "note", external->whole.shown);
    }
    if (!registration->named_count)
        return;
    json_key(w, "reports");
    json_begin_array(w);
    for (size_t i = 0; i < registration->named_count; i++) {
        json_begin_object(w);
        json_put_string(w, "id", registration->named[i].id);
        json_put_string(w, "status", status_name[report_status(&external->report[i])]);
        json_put_string(w, "note", external->report[i].shown);
        json_end_object(w);
    }
    json_end_array(w);
}

static void report_load(struct external_report *report, json_object *object)
{
    const char *word = json_text(object, "status");
    static const enum status allowed[] = {STATUS_HEALTHY, STATUS_DEGRADED, STATUS_UNHEALTHY};
    for (size_t i = 0; word && i < sizeof allowed / sizeof *allowed; i++)
        if (strcmp(word, status_name[allowed[i]]) == 0) {
            report->status = allowed[i];
            note_copy(json_text(object, "note"), report->note);
            memcpy(report->shown, report->note, sizeof report->shown);
        }
}

void external_reports_load(struct external *external, json_object *entry)
{
    char line[REPORT_NOTE];
    json_object *list = json_member(entry, "reports");
    const char *suspended = json_text(entry, "suspended");
    report_load(&external->whole, entry);
    for (size_t i = 0; json_object_is_type(list, json_type_array) && i < json_object_array_length(list);
         i++) {
        json_object *item = json_object_array_get_idx(list, i);
        const char *id = json_text(item, "id");
        struct external_report *report = id ? report_find(external, id) : NULL;
        if (report)
            report_load(report, item);
    }
    if (!suspended)
        return;
    text_one_line(suspended, line, sizeof line);
    free(external->suspended);
    external->suspended = mem_copy(line);
}
