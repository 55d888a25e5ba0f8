/* push_internal.h: the exit's own structure, shared by push.c (life, state, what is told of it), push_steps.c
 * (what is asked next), push_ends.c (what answers mean) and push_session.c (the key that is held). */
#ifndef QUAYWATCH_EXPORTER_CONSUL_PUSH_INTERNAL_H
#define QUAYWATCH_EXPORTER_CONSUL_PUSH_INTERNAL_H

#include "controller/core/mem.h"
#include "controller/core/mirror.h"
#include "exporter/consul/enrol.h"
#include "exporter/consul/push.h"

struct transfer;
struct transfer_pool;

/* The requests, one at a time: what an agent is told of a check must arrive in its order. */
enum push_step {
    PUSH_NOTHING,
    PUSH_LIST,   /* which services the agent has */
    PUSH_CHECKS, /* and how they are */
    PUSH_ENROL,
    PUSH_STATUS, /* of what is enrolled: news, or to be told again before its TTL ends */
    PUSH_REMOVE,
    PUSH_SESSION, /* made, or renewed */
    PUSH_LOCK,    /* the key, by the session */
};

enum { PUSH_SESSION_ID = 64 };

struct push {
    struct arena arena;
    struct consul_push_settings settings;
    struct exit_surroundings around;
    struct mirror *mirror;
    struct transfer_pool *pool;
    int64_t now_mono_ms; /* of the latest settle */

    /* The request under way, and its end until it is seen to. */
    enum push_step asked;
    struct transfer *transfer;
    bool ended;
    int status; /* 0: no answer */
    char *body;
    size_t body_len;
    char words[200]; /* why there is no answer */

    struct mirror_entry *taken; /* from the mirror, or NULL */
    char *name;                 /* of whom STATUS is told again, when nothing is taken */
    bool enrolled;              /* the taken one, in this go: its status is next */
    uint64_t enrolled_mark;     /* of what is being enrolled */
    enum consul_status told;    /* what is being told */
    size_t sent;                /* bytes */

    bool listed, checked;
    int64_t list_at_mono_ms;         /* when it is listed again */
    int64_t held_mono_ms;            /* nothing is asked before */
    unsigned failures;               /* in a row */
    enum push_step troubled;         /* what must work for the trouble to be over; PUSH_NOTHING: anything */
    char trouble[320], refused[320]; /* "" when there is none: of all; of one service */

    struct {
        char id[PUSH_SESSION_ID]; /* "" when there is none */
        bool holds, renewed;      /* the key; in this round */
        int64_t at_mono_ms;       /* when it is to be renewed */
    } session;

    struct exit_report report;
    char sentence[400];
};

/* What an entry's text is: how it is, and the body of its registration. */
enum consul_status consul_push_text_status(const char *text);
const char *consul_push_text_body(const char *text);

/* Of an entry the exit keeps: mark, which registration the agent has (0: not known); tag, when its status was
 * told last (0: not known) and which it was. These are the mark of a body, and the tag's parts. */
uint64_t consul_push_mark(const char *body);
int64_t consul_push_told_at(const struct mirror_entry *entry);
enum consul_status consul_push_told(const struct mirror_entry *entry);
void consul_push_set_told(struct mirror_entry *entry, int64_t mono_ms, enum consul_status status);

/* The taken entry is done with. */
void consul_push_release(struct push *push, enum mirror_outcome outcome);

/* ---- push_steps.c ---- */

/* What is next, regardless of held_mono_ms. */
enum push_step consul_push_next(const struct push *push, int64_t now_mono_ms);

/* When something is to be done that only waits for its time (mono ms). */
int64_t consul_push_due(const struct push *push);

/* Asks; nothing may be under way. */
void consul_push_start(struct push *push, enum push_step step, int64_t now_mono_ms);

/* Sends PUT or GET path with a body (taken over; may be NULL). */
void consul_push_ask(struct push *push, const char *method, const char *path, struct buf *body);

/* ---- push_ends.c ---- */

/* Sees to the end of what was asked. */
void consul_push_end(struct push *push, struct moment now);

/* ---- push_session.c ---- */

/* What is next for the key, when everything else is done: PUSH_SESSION, PUSH_LOCK or PUSH_NOTHING. */
enum push_step consul_push_session_next(const struct push *push, int64_t now_mono_ms);

/* Asks for it, and sees to the answer. */
void consul_push_session_start(struct push *push, enum push_step step);
void consul_push_session_end(struct push *push, enum push_step step, int64_t now_mono_ms);

#endif
