/* SPDX-License-Identifier: MIT */
/* later.c: a connection that waits for its answer is asleep for the library, until the answer is there or the
 * client is gone: then it wakes, and its exchange goes on where it stopped. */
#include "exporter/laters.h"

#include <assert.h>
#include <microhttpd.h>
#include <stdlib.h>

#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "exporter/http/hangup.h"
#include "exporter/live.h"

enum later_state { LATER_WAITING, LATER_ANSWERED, LATER_GONE };

struct later {
    struct laters *laters;
    struct later *next, *previous;
    struct MHD_Connection *connection;
    struct hangup hangup;
    later_gone *gone;
    void *user;
    enum later_state state;
    bool asleep;
    struct answer answer; /* when answered */
};

struct laters {
    struct live *live;
    struct later *first;
    size_t count;
};

struct laters *laters_new(struct live *live)
{
    struct laters *laters = mem_new(sizeof *laters);
    laters->live = live;
    return laters;
}

struct later *answer_later(const struct request *request, struct answer *answer, later_gone *gone, void *user)
{
    struct laters *laters = request->live->laters;
    if (laters->count >= LIMIT_HTTP_LATER || laters->live->ending) {
        answer_problem(answer, 503, "%s",
                       laters->live->ending ? "quaywatch is stopping."
                                            : "Too many callers wait for an answer already; try again soon.");
        return NULL;
    }
    struct later *later = mem_new(sizeof *later);
    later->laters = laters;
    later->connection = request->connection;
    later->hangup.fd = -1;
    later->gone = gone;
    later->user = user;
    later->next = laters->first;
    if (later->next)
        later->next->previous = later;
    laters->first = later;
    laters->count++;
    answer->later = later;
    return later;
}

static void wake(struct later *later)
{
    hangup_end(later->laters->live->hangups, &later->hangup);
    if (later->asleep)
        MHD_resume_connection(later->connection);
    later->asleep = false;
    later->laters->live->wake(later->laters->live->user);
}

void later_answer(struct later *later, struct answer *answer)
{
    assert(later->state == LATER_WAITING && !answer->later);
    later->answer = *answer;
    answer->body = NULL;
    later->state = LATER_ANSWERED;
    wake(later);
}

static void client_gone(void *user)
{
    struct later *later = user;
    later->state = LATER_GONE;
    later->gone(later->user);
    wake(later);
}

bool later_sleep(struct later *later, int fd)
{
    if (later->state != LATER_WAITING)
        return false;
    MHD_suspend_connection(later->connection);
    later->asleep = true;
    hangup_watch(later->laters->live->hangups, &later->hangup, fd, client_gone, later);
    return true;
}

void later_drop(struct later *later)
{
    if (!later)
        return;
    struct laters *laters = later->laters;
    hangup_end(laters->live->hangups, &later->hangup);
    if (later->previous)
        later->previous->next = later->next;
    else
        laters->first = later->next;
    if (later->next)
        later->next->previous = later->previous;
    laters->count--;
    answer_free(&later->answer);
    free(later);
}

bool later_take(struct later *later, struct answer *ret)
{
    bool answered = later->state == LATER_ANSWERED;
    if (answered) {
        *ret = later->answer;
        later->answer.body = NULL;
    }
    later_drop(later);
    return answered;
}

void laters_end(struct laters *laters)
{
    for (struct later *at = laters->first; at; at = at->next)
        if (at->state == LATER_WAITING)
            client_gone(at);
}

void laters_free(struct laters *laters)
{
    assert(!laters || !laters->first);
    free(laters);
}
