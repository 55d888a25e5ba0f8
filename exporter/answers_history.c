/* SPDX-License-Identifier: MIT */
/* answers_history.c: what was, found out off the loop and answered in a later turn. */
#include "exporter/answers.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "exporter/history/report.h"
#include "exporter/later.h"

/* One caller that waits. */
struct waiting {
    struct later *later; /* NULL: gone */
};

static void forget(void *user)
{
    struct waiting *waiting = user;
    waiting->later = NULL;
}

static void ready(void *user, int code, const char *sentence, struct buf *text)
{
    struct waiting *waiting = user;
    struct answer answer = {0};
    if (!waiting->later) {
        if (text)
            buf_free(text);
    } else if (code) {
        answer_problem(&answer, 503, "%s.", sentence);
        later_answer(waiting->later, &answer);
    } else {
        answer_text(&answer, 200, type_json, text);
        later_answer(waiting->later, &answer);
    }
    free(waiting);
}

/* Whether there is a history to ask; else the answer says why not. */
static bool can_ask(const struct request *request, struct answer *answer)
{
    const struct exporter_context *context = request->context;
    if (!context->state_dir || !context->state_dir[0])
        answer_problem(answer, 503, "History is kept in STATE_DIR, and none is set.");
    else if (!context->annals)
        answer_problem(answer, 503, "No history is kept (HISTORY_DAYS=0).");
    return context->annals && context->state_dir && context->state_dir[0];
}

/* Begins to wait; NULL with the answer when that is not possible. */
static struct waiting *wait_begin(const struct request *request, struct answer *answer)
{
    struct waiting *waiting = mem_new(sizeof *waiting);
    waiting->later = answer_later(request, answer, forget, waiting);
    if (waiting->later)
        return waiting;
    free(waiting);
    return NULL;
}

/* The question found no place after all. */
static void wait_refused(struct waiting *waiting)
{
    struct answer answer = {0};
    answer_problem(&answer, 503, "Too many wait for the history already; try again soon.");
    later_answer(waiting->later, &answer);
    free(waiting);
}

void answer_service_history(const struct request *request, struct answer *answer)
{
    const struct service *service = request_service(request, answer);
    if (!service || !can_ask(request, answer))
        return;
    struct waiting *waiting = wait_begin(request, answer);
    if (waiting && report_service(request->context->annals, service, request->now, ready, waiting) != 0)
        wait_refused(waiting);
}

void answer_history(const struct request *request, struct answer *answer)
{
    const char *wish = request_query(request, "window");
    unsigned window = WINDOW_DAY;
    while (wish && window < WINDOW_COUNT && strcmp(wish, window_name[window]) != 0)
        window++;
    if (window == WINDOW_COUNT) {
        answer_problem(answer, 400, "The window \"%s\" is not known; allowed are 24h, 7d and 30d.", wish);
        return;
    }
    if (!can_ask(request, answer))
        return;
    const struct exporter_context *context = request->context;
    struct waiting *waiting = wait_begin(request, answer);
    if (waiting && report_fleet(context->annals, context->registry, (enum window)window, request->now, ready,
                                waiting) != 0)
        wait_refused(waiting);
}
