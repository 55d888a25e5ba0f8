/* SPDX-License-Identifier: MIT */
/* push_ends.c: what an agent's answers change. */
#include <stdio.h>
#include <string.h>

#include "controller/core/text.h"
#include "exporter/consul/push_internal.h"

enum { LIST_AGAIN_MS = 60 * 1000 /* Consul's own agents compare about as often */ };

static const char *on_find(void *user, const char *id)
{
    const struct push *push = user;
    const struct mirror_entry *entry = mirror_find(push->mirror, id);
    return entry && entry->text ? consul_push_text_body(entry->text) : NULL;
}

static void on_service(void *user, const struct consul_enrolled *service)
{
    struct push *push = user;
    if (!service->ours) {
        if (mirror_say(push->mirror, service->id, MIRROR_FOREIGN))
            snprintf(push->refused, sizeof push->refused,
                     "the service %.160s is somebody else's and is left alone", service->id);
        return;
    }
    /* How it is comes with the checks: until then it is something of ours. */
    struct mirror_entry *entry = mirror_say(push->mirror, service->id, MIRROR_OTHER);
    const char *body = service->same ? on_find(push, service->id) : NULL;
    entry->mark = body ? consul_push_mark(body) : 0;
}

static void on_check(void *user, const char *service, enum consul_status status)
{
    struct push *push = user;
    struct mirror_entry *entry = mirror_find(push->mirror, service);
    if (!entry || entry->outside != MIRROR_OTHER)
        return;
    if (consul_push_told(entry) != status)
        consul_push_set_told(entry, 0, status); /* not by us, or in an earlier life: told again at once */
    if (entry->text && entry->mark && consul_push_text_status(entry->text) == status)
        mirror_say(push->mirror, service, MIRROR_SAME);
}

static const char *list_end(struct push *push)
{
    push->refused[0] = '\0';
    mirror_list(push->mirror);
    if (consul_enrolled_read(push->body, push->body_len, push->settings.node, on_find, on_service, push) != 0)
        return "its list of services makes no sense: is it a Consul agent?";
    mirror_listed(push->mirror);
    push->listed = true;
    return NULL;
}

static const char *checks_end(struct push *push, int64_t now_mono_ms)
{
    if (consul_checks_read(push->body, push->body_len, on_check, push) != 0)
        return "its list of checks makes no sense: is it a Consul agent?";
    push->checked = true;
    push->list_at_mono_ms = now_mono_ms + LIST_AGAIN_MS;
    return NULL;
}

static void enrolled(struct push *push)
{
    struct mirror_entry *entry = push->taken;
    entry->mark = push->enrolled_mark;
    push->enrolled = true;
    mirror_say(push->mirror, entry->name,
               MIRROR_OTHER); /* its check is critical as yet: the status is next */
}

static const char *worked(struct push *push, enum push_step step, struct moment now)
{
    switch (step) {
    case PUSH_LIST:
        return list_end(push);
    case PUSH_CHECKS:
        return checks_end(push, now.mono_ms);
    case PUSH_ENROL:
        enrolled(push);
        break;
    case PUSH_STATUS:
        if (!push->taken)
            return NULL; /* nothing is new */
        consul_push_set_told(push->taken, now.mono_ms, push->told);
        mirror_to_end(push->mirror, push->taken);
        consul_push_release(push, MIRROR_WORKED);
        break;
    case PUSH_REMOVE:
        consul_push_release(push, MIRROR_WORKED);
        break;
    case PUSH_SESSION:
    case PUSH_LOCK:
        consul_push_session_end(push, step, now.mono_ms);
        return NULL;
    case PUSH_NOTHING:
        return NULL;
    }
    push->report.writes++;
    push->report.bytes += push->sent;
    push->report.written_at_wall_ms = now.wall_ms;
    return NULL;
}

/* ---- what did not work ---- */

static bool is_of_session(enum push_step step)
{
    return step == PUSH_SESSION || step == PUSH_LOCK;
}

/* Nothing is asked for a while; step is the one that must work for it to be over, PUSH_NOTHING: any. Only the
 * session waits when it is the session's: the services do without. */
static void fail(struct push *push, enum push_step step, const char *words, int64_t now_mono_ms)
{
    const struct consul_push_settings *settings = &push->settings;
    int64_t wait_ms = settings->retry_base_ms, most_ms = settings->ttl_ms / 3;
    if (settings->retry_max_ms < most_ms)
        most_ms = settings->retry_max_ms;
    for (unsigned i = 0; i < push->failures && wait_ms < most_ms; i++)
        wait_ms *= 2;
    push->failures++;
    push->report.failures++;
    *(is_of_session(step) ? &push->session.at_mono_ms
                          : &push->held_mono_ms) = now_mono_ms + (wait_ms < most_ms ? wait_ms : most_ms);
    push->troubled = step;
    snprintf(push->trouble, sizeof push->trouble, "%s", words);
}

/* No answer, or one that says nothing of what was done. */
static void lost(struct push *push, const char *words, int64_t now_mono_ms)
{
    consul_push_release(push, MIRROR_UNKNOWN);
    push->listed = push->checked = false;
    fail(push, PUSH_NOTHING, words, now_mono_ms);
}

/* The agent does not know the check that a status was told of. */
static void missed(struct push *push)
{
    const char *name = push->taken ? push->taken->name : push->name;
    mirror_say(push->mirror, name, MIRROR_ABSENT);
    consul_push_release(push, MIRROR_AS_SAID);
}

/* One service that the agent does not take harms no other. Once a list later it is tried again. */
static void refused_one(struct push *push)
{
    char words[120];
    text_one_line(push->body, words, sizeof words);
    snprintf(push->refused, sizeof push->refused, "it does not take the service %.120s (%d: %s)",
             push->taken->name, push->status, text_trim(words));
    push->report.failures++;
    mirror_say(push->mirror, push->taken->name, MIRROR_FOREIGN);
    consul_push_release(push, MIRROR_AS_SAID);
}

static void refused(struct push *push, enum push_step step, int64_t now_mono_ms)
{
    char words[300], said[120];
    bool denied = push->status == 401 || push->status == 403;
    text_one_line(push->body, said, sizeof said);
    if (denied)
        snprintf(words, sizeof words, "CONSUL_TOKEN may not do what is needed here (%d: %s)", push->status,
                 text_trim(said));
    else
        snprintf(words, sizeof words, "it answered %d: %s", push->status, text_trim(said));
    bool again = push->taken &&
                 push->enrolled; /* a check that was made just now: looking for it once more leads nowhere */
    if (step == PUSH_STATUS && push->status == 404 && !again) {
        missed(push);
        return;
    }
    if (step == PUSH_ENROL && push->taken && !denied) {
        refused_one(push);
        return;
    }
    /* A session that the agent has forgotten: another one is made at once. */
    bool forgotten = step == PUSH_SESSION && push->status == 404 && push->session.id[0];
    consul_push_release(push, MIRROR_AS_SAID);
    if (is_of_session(step))
        consul_push_session_end(push, step, now_mono_ms);
    if (!forgotten)
        fail(push, step, words, now_mono_ms);
}

static void push_good(struct push *push, enum push_step step)
{
    push->held_mono_ms = 0;
    if (push->troubled != PUSH_NOTHING && push->troubled != step)
        return;
    push->troubled = PUSH_NOTHING;
    push->failures = 0;
    push->trouble[0] = '\0';
}

void consul_push_end(struct push *push, struct moment now)
{
    enum push_step step = push->asked;
    char words[80];
    push->ended = false;
    push->asked = PUSH_NOTHING;
    snprintf(words, sizeof words, "it answered %d", push->status);
    bool fine = push->status >= 200 && push->status < 300;
    bool ill = push->status >= 500 || push->status == 429 || (push->status >= 300 && push->status < 400);
    if (push->status == 0) {
        lost(push, push->words, now.mono_ms);
    } else if (ill && !is_of_session(step)) {
        lost(push, words, now.mono_ms);
    } else if (fine || (step == PUSH_REMOVE && push->status == 404)) {
        const char *nonsense = worked(push, step, now);
        if (nonsense)
            lost(push, nonsense, now.mono_ms);
        else
            push_good(push, step);
    } else {
        refused(push, step, now.mono_ms);
    }
}
