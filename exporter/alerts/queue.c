/* SPDX-License-Identifier: MIT */
/* queue.c: one entry a trouble, from the first alert until people know that it ended. */
#include "exporter/alerts/queue.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"

void queue_init(struct queue *queue, bool by_severity)
{
    *queue = (struct queue){.by_severity = by_severity};
    TAILQ_INIT(&queue->entries);
}

static void set_waiting(struct queue *queue, struct entry *entry, bool waiting)
{
    queue->waiting += (size_t)waiting;
    queue->waiting -= (size_t)entry->waiting;
    entry->waiting = waiting;
}

static void entry_remove(struct queue *queue, struct entry *entry)
{
    set_waiting(queue, entry, false);
    TAILQ_REMOVE(&queue->entries, entry, link);
    queue->count--;
    free(entry->alert);
    free(entry);
}

void queue_free(struct queue *queue)
{
    while (!TAILQ_EMPTY(&queue->entries))
        entry_remove(queue, TAILQ_FIRST(&queue->entries));
}

struct entry *queue_find(const struct queue *queue, const char *id)
{
    struct entry *entry;
    TAILQ_FOREACH(entry, &queue->entries, link)
    if (strcmp(entry->alert->id, id) == 0)
        return entry;
    return NULL;
}

/* Which entry can be done without: one nobody waits for, the oldest; else the least bad, a resolved one
 * first, the oldest of those. NULL: all are in flight. */
static struct entry *dispensable(const struct queue *queue, bool of_waiting)
{
    struct entry *entry, *found = NULL;
    int least = SEVERITY_COUNT;
    TAILQ_FOREACH(entry, &queue->entries, link)
    {
        if (entry->in_flight || (of_waiting && !entry->waiting))
            continue;
        int worth = entry->alert->state == ALERT_RESOLVED ? 0 : (int)entry->alert->severity;
        if (!entry->waiting)
            worth = -1;
        if (worth < least) {
            least = worth;
            found = entry;
        }
    }
    return found;
}

static void make_room(struct queue *queue)
{
    while (queue->waiting > QUEUE_WAITING || queue->count > QUEUE_ENTRIES) {
        struct entry *entry = dispensable(queue, queue->waiting > QUEUE_WAITING);
        if (!entry)
            return;
        queue->left_out += entry->waiting;
        entry_remove(queue, entry);
    }
}

static void entry_add(struct queue *queue, struct alert *owned, bool waiting, bool told)
{
    struct entry *entry = mem_new(sizeof *entry);
    entry->told = told;
    entry->alert = owned;
    TAILQ_INSERT_TAIL(&queue->entries, entry, link);
    queue->count++;
    set_waiting(queue, entry, waiting);
    make_room(queue);
}

/* The id under which the alert of one severity is ended while its trouble goes on with another. */
static char *ended_id(const struct alert *alert)
{
    return mem_format("%s#%s", alert->id, severity_name[alert->severity]);
}

/* The trouble goes on with another severity. */
static void end_other_severity(struct queue *queue, struct entry *entry, const struct alert *newer)
{
    char *returned = ended_id(newer), *ended = ended_id(entry->alert);
    struct entry *old = queue_find(queue, returned);
    if (old)
        entry_remove(queue, old); /* it fires again */
    if (entry->told || entry->in_flight) {
        struct alert past = *entry->alert;
        past.id = ended;
        past.state = ALERT_RESOLVED;
        past.at_wall_ms = newer->at_wall_ms;
        old = queue_find(queue, ended);
        if (old)
            entry_remove(queue, old);
        entry_add(queue, alert_copy(&past), true, true);
    }
    free(returned);
    free(ended);
}

/* The newer alert of a trouble of which an older one is here. */
static void entry_update(struct queue *queue, struct entry *entry, const struct alert *alert)
{
    if (alert->state == ALERT_RESOLVED && !entry->told && !entry->in_flight) {
        entry_remove(queue, entry); /* nobody was told that it began */
        return;
    }
    bool began = entry->alert->state == ALERT_FIRING && entry->waiting;
    struct alert *copy = alert_copy(alert), *old = entry->alert;
    if (alert->state == ALERT_REMINDER && began)
        copy->state = ALERT_FIRING; /* it is news still */
    if (alert->state == ALERT_RESOLVED && queue->by_severity)
        copy->severity = old->severity; /* it ends under the name under which it began */
    entry->alert = copy;
    if (!entry->waiting) {
        TAILQ_REMOVE(&queue->entries, entry, link);
        TAILQ_INSERT_TAIL(&queue->entries, entry, link);
    }
    set_waiting(queue, entry, true);
    free(old);
}

void queue_put(struct queue *queue, const struct alert *alert)
{
    struct entry *entry = queue_find(queue, alert->id);
    if (entry && queue->by_severity && alert->state != ALERT_RESOLVED &&
        alert->severity != entry->alert->severity)
        end_other_severity(queue, entry, alert);
    entry = queue_find(queue, alert->id);
    if (entry)
        entry_update(queue, entry, alert);
    else
        entry_add(queue, alert_copy(alert), true, false);
    make_room(queue);
}

bool queue_restore(struct queue *queue, const struct alert *alert, bool waiting, bool told)
{
    if (queue->count >= QUEUE_ENTRIES || (waiting && queue->waiting >= QUEUE_WAITING) || (!waiting && !told))
        return false;
    struct alert *copy = alert_copy(alert);
    if (queue_find(queue, copy->id)) {
        free(copy);
        return false;
    }
    entry_add(queue, copy, waiting, told);
    return true;
}

static size_t take(struct queue *queue, const struct alert **item, size_t max, bool all)
{
    struct entry *entry;
    size_t count = 0;
    TAILQ_FOREACH(entry, &queue->entries, link)
    {
        if (count == max)
            break;
        if (!entry->waiting && !all)
            continue;
        entry->in_flight = entry->waiting;
        set_waiting(queue, entry, false);
        item[count++] = entry->alert;
    }
    return count;
}

size_t queue_take(struct queue *queue, const struct alert **item, size_t max)
{
    return take(queue, item, max, false);
}

size_t queue_take_all(struct queue *queue, const struct alert **item, size_t max)
{
    return take(queue, item, max, true);
}

/* Calls end for each entry in flight, which may remove it. */
static size_t land(struct queue *queue, void (*end)(struct queue *queue, struct entry *entry))
{
    size_t count = 0;
    for (struct entry *entry = TAILQ_FIRST(&queue->entries), *next; entry; entry = next) {
        next = TAILQ_NEXT(entry, link);
        if (!entry->in_flight)
            continue;
        entry->in_flight = false;
        count++;
        end(queue, entry);
    }
    return count;
}

static void on_told(struct queue *queue, struct entry *entry)
{
    entry->told = true;
    if (!entry->waiting && entry->alert->state == ALERT_RESOLVED)
        entry_remove(queue, entry);
}

void queue_told(struct queue *queue)
{
    land(queue, on_told);
    queue->left_out = 0;
}

static void on_untold(struct queue *queue, struct entry *entry)
{
    /* It was replaced by its end while it was on its way, and did not arrive. */
    bool ended = entry->waiting && entry->alert->state == ALERT_RESOLVED;
    if (ended && !entry->told)
        entry_remove(queue, entry);
    else
        set_waiting(queue, entry, true);
}

static void on_perhaps_told(struct queue *queue, struct entry *entry)
{
    entry->told = true;
    set_waiting(queue, entry, true);
}

void queue_untold(struct queue *queue, bool perhaps_told)
{
    land(queue, perhaps_told ? on_perhaps_told : on_untold);
    make_room(queue);
}

static void on_drop(struct queue *queue, struct entry *entry)
{
    if (!entry->waiting)
        entry_remove(queue, entry);
}

size_t queue_drop(struct queue *queue)
{
    return land(queue, on_drop);
}

size_t queue_expire(struct queue *queue, int64_t before_wall_ms)
{
    size_t count = 0;
    for (struct entry *entry = TAILQ_FIRST(&queue->entries), *next; entry; entry = next) {
        next = TAILQ_NEXT(entry, link);
        if (!entry->waiting || entry->in_flight || entry->alert->at_wall_ms >= before_wall_ms)
            continue;
        entry_remove(queue, entry);
        count++;
    }
    return count;
}

static bool is_among(const char *id, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], id) == 0)
            return true;
    return false;
}

void queue_keep_only(struct queue *queue, const char *const *id, size_t count, bool keeps,
                     int64_t now_wall_ms)
{
    for (struct entry *entry = TAILQ_FIRST(&queue->entries), *next; entry; entry = next) {
        next = TAILQ_NEXT(entry, link);
        if (entry->alert->state == ALERT_RESOLVED || is_among(entry->alert->id, id, count))
            continue;
        if (keeps && (entry->told || entry->in_flight)) {
            entry->alert->state = ALERT_RESOLVED;
            entry->alert->at_wall_ms = now_wall_ms;
            set_waiting(queue, entry, true);
        } else if (!entry->in_flight) {
            entry_remove(queue, entry);
        }
    }
}
