/* SPDX-License-Identifier: MIT */
/* journal.c: a ring of events, each with its texts in one block. */
#include "controller/core/journal.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"

const char *const severity_name[SEVERITY_COUNT] = {
    [SEVERITY_INFO] = "info",
    [SEVERITY_WARNING] = "warning",
    [SEVERITY_CRITICAL] = "critical",
    [SEVERITY_EMERGENCY] = "emergency",
};

const struct event_kind event_kinds[] = {
    {"status", "the status of an instance changed"},
    {"stopped", "a container stopped, and whose will it was"},
    {"hold", "a restart is held back, and by what"},
    {"drain", "an instance is taken out of every answer before its restart"},
    {"restart", "a restart begins, and why"},
    {"restarted", "a restart ended, and how"},
    {"failed", "the restarts of an instance are used up"},
    {"recovered", "a failed instance is healthy again"},
    {"breaker", "a circuit breaker opened, is being tried, or closed"},
    {"engine", "the engine was reached or lost"},
    {"unreachable", "most instances cannot be reached, or can again"},
    {"maintenance", "maintenance of a service began or ended"},
    {"deploy-verified", "what was deployed is healthy"},
    {"deploy-failed", "what was deployed did not become healthy in time"},
    {"deploy-long", "a deployment takes so long that it holds nothing any more"},
    {"dependency", "a circle of dependencies was found; nobody in it waits for another"},
    {"dependency-timeout", "a dependency did not recover in time; those that waited for it wait no more"},
    {"needs-recreate", "a container must be recreated; a restart cannot mend it"},
    {"webhook", "a webhook was called for a failed instance, and how that ended"},
    {"alert-channel", "a channel for alerts fails, or works again"},
    {"rollback", "a Swarm service was rolled back, and how that ended"},
    {"export", "an export (file, DNS, registry, proxy) fails, works again, or ended"},
    {"external", "a service outside Docker was registered or removed"},
    {"network", "a network was joined or left"},
    {"observe", "nothing is done any more, only watched, or healed again"},
    {"second-controller", "another quaywatch heals here already"},
    {"usage", "the engine refuses to measure what containers use"},
    {"alert", "people were told of a trouble, or of its end"},
    {"clock", "the machine's clock was set"},
    {NULL, NULL},
};

struct journal {
    struct journal_event event[JOURNAL_EVENTS]; /* event id is at id % JOURNAL_EVENTS */
    char *text[JOURNAL_EVENTS];                 /* its texts */
    uint64_t last;
};

struct journal *journal_new(void)
{
    return mem_new(sizeof(struct journal));
}

void journal_free(struct journal *journal)
{
    if (!journal)
        return;
    for (size_t i = 0; i < JOURNAL_EVENTS; i++)
        free(journal->text[i]);
    free(journal);
}

static const char *put(char **at, const char *text)
{
    size_t size = strlen(text) + 1;
    const char *copy = memcpy(*at, text, size);
    *at += size;
    return copy;
}

static void keep(struct journal *journal, uint64_t id, const struct journal_event *event)
{
    size_t place = (journal->last = id) % JOURNAL_EVENTS;
    char *old = journal->text[place]; /* freed last: event may point into it */
    char *at = mem_new(strlen(event->service) + strlen(event->container) + strlen(event->sentence) + 3);
    journal->text[place] = at;
    struct journal_event added = *event;
    added.id = journal->last;
    added.service = put(&at, event->service);
    added.container = put(&at, event->container);
    added.sentence = put(&at, event->sentence);
    journal->event[place] = added;
    free(old);
}

uint64_t journal_add(struct journal *journal, const struct journal_event *event)
{
    keep(journal, journal->last + 1, event);
    return journal->last;
}

void journal_restore(struct journal *journal, const struct journal_event *event)
{
    if (event->id > journal->last && event->id < UINT64_MAX / 2)
        keep(journal, event->id, event);
}

void journal_skip(struct journal *journal, uint64_t count)
{
    journal->last += count;
}

const struct journal_event *journal_next(const struct journal *journal, uint64_t after)
{
    if (after >= journal->last)
        return NULL;
    uint64_t oldest = journal->last > JOURNAL_EVENTS ? journal->last - JOURNAL_EVENTS + 1 : 1;
    /* Some ids may never have been given. */
    for (uint64_t id = after < oldest ? oldest : after + 1; id <= journal->last; id++)
        if (journal->event[id % JOURNAL_EVENTS].id == id)
            return &journal->event[id % JOURNAL_EVENTS];
    return NULL;
}

uint64_t journal_last(const struct journal *journal)
{
    return journal->last;
}
