/* SPDX-License-Identifier: MIT */
/* name_query.c: one question to the system's resolver, in a thread that may outlive whoever asked. */
#include "controller/core/name_query.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <uv.h>

#include "controller/core/mem.h"

/* What thread and loop share. Whoever is last frees it: the thread when nobody wants the answer any more,
 * else the loop. */
struct question {
    pthread_mutex_t lock;
    uv_async_t *wake;         /* while it is wanted */
    bool abandoned, answered; /* under the lock */
    char *host, *port;
    int code; /* of getaddrinfo */
    struct addrinfo *found;
};

struct name_query {
    uv_async_t wake; /* first: closing frees what begins here */
    struct question *question;
    name_query_done *done;
    void *user;
};

static void question_free(struct question *question)
{
    pthread_mutex_destroy(&question->lock);
    if (question->found)
        freeaddrinfo(question->found);
    free(question->host);
    free(question->port);
    free(question);
}

static void answer(struct question *question, int code, struct addrinfo *found)
{
    pthread_mutex_lock(&question->lock);
    bool abandoned = question->abandoned;
    question->code = code;
    question->found = found;
    question->answered = true;
    if (!abandoned)
        uv_async_send(question->wake);
    pthread_mutex_unlock(&question->lock);
    if (abandoned)
        question_free(question);
}

static void *on_thread(void *user)
{
    static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct question *question = user;
    struct addrinfo *found = NULL;
    int code = getaddrinfo(question->host, question->port, &hints, &found);
    answer(question, code, code ? NULL : found);
    return NULL;
}

/* Signals are the loop's business. */
static int thread_start(struct question *question)
{
    pthread_t thread;
    pthread_attr_t detached;
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&thread, &detached, on_thread, question);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&detached);
    return code;
}

/* libuv's code for the resolver's. */
static int code_of(int code)
{
    static const struct {
        int code, uv;
    } all[] = {{0, 0},
               {EAI_AGAIN, UV_EAI_AGAIN},
               {EAI_FAMILY, UV_EAI_FAMILY},
               {EAI_MEMORY, UV_EAI_MEMORY},
               {EAI_NODATA, UV_EAI_NODATA},
               {EAI_NONAME, UV_EAI_NONAME},
               {EAI_SERVICE, UV_EAI_SERVICE}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].code == code)
            return all[i].uv;
    return UV_EAI_FAIL;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_wake(uv_async_t *wake)
{
    struct name_query *query = wake->data;
    struct question *question = query->question;
    pthread_mutex_lock(&question->lock); /* the thread has let go of it */
    struct addrinfo *found = question->found;
    int code = code_of(question->code);
    question->found = NULL;
    pthread_mutex_unlock(&question->lock);
    question_free(question);
    uv_close((uv_handle_t *)&query->wake, on_closed);
    query->done(query->user, code, found);
}

struct name_query *name_query_start(uv_loop_t *loop, const char *host, const char *port,
                                    name_query_done *done, void *user)
{
    struct name_query *query = mem_new(sizeof *query);
    struct question *question = mem_new(sizeof *question);
    *query = (struct name_query){.question = question, .done = done, .user = user};
    question->host = mem_copy(host);
    question->port = port ? mem_copy(port) : NULL;
    pthread_mutex_init(&question->lock, NULL);
    uv_async_init(loop, &query->wake, on_wake);
    query->wake.data = query;
    question->wake = &query->wake;
    if (thread_start(question) != 0)
        answer(question, EAI_AGAIN, NULL);
    return query;
}

void name_query_cancel(struct name_query *query)
{
    if (!query)
        return;
    struct question *question = query->question;
    pthread_mutex_lock(&question->lock);
    bool answered = question->answered;
    question->abandoned = true;
    pthread_mutex_unlock(&question->lock);
    if (answered)
        question_free(question);
    uv_close((uv_handle_t *)&query->wake, on_closed);
}
