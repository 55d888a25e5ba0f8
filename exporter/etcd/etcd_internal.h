/* etcd_internal.h: the exit's own structure, shared by etcd.c (life, state, what is told of it), etcd_steps.c
 * (what is asked next, and what answers mean) and etcd_keys.c (what stands there). */
#ifndef QUAYWATCH_EXPORTER_ETCD_ETCD_INTERNAL_H
#define QUAYWATCH_EXPORTER_ETCD_ETCD_INTERNAL_H

#include "controller/core/mem.h"
#include "controller/core/mirror.h"
#include "exporter/etcd/ask.h"
#include "exporter/etcd/etcd.h"
#include "exporter/etcd/link.h"
#include "exporter/etcd/watching.h"

/* The requests, in the order in which they are due. */
enum step {
    STEP_NONE,
    STEP_LOGIN,
    STEP_ALIVE, /* keep the lease, or try to take over that of an earlier life */
    STEP_LIST,  /* one page of it */
    STEP_GRANT,
    STEP_WRITE,
};

struct etcd {
    struct arena arena;
    struct etcd_settings settings;
    struct exit_surroundings around;
    char *below; /* PREFIX/services/ */
    struct etcd_link *link;
    struct mirror *mirror;
    struct watching *watching;
    enum step asked; /* what awaits its answer */
    unsigned breaks; /* of the link, as seen */

    struct {
        int64_t id; /* 0: none */
        int64_t ttl_ms;
        int64_t alive_at_mono_ms; /* when it is to be kept alive */
        bool inherited;           /* of an earlier life */
        int64_t candidate;        /* one that may be taken over, or 0 */
        uint64_t candidate_revision;
    } lease;

    struct {
        bool done;  /* what stands there is known */
        bool begun; /* a page was read */
        char *from; /* the next page's first key */
        size_t from_len;
        unsigned page;      /* keys of one */
        int64_t revision;   /* of all pages */
        int64_t at_mono_ms; /* when it is listed again; 0: it never was */
    } list;

    /* The transaction under way. */
    struct mirror_entry *written[ASK_TXN_OPS];
    size_t written_count, written_bytes;
    uint64_t forgotten; /* changes of keys that nobody wants, up to this revision, are old news */

    struct {
        int64_t since_mono_ms; /* counting began */
        unsigned count;        /* times that somebody changed what is ours */
        int64_t until_mono_ms; /* nothing is written before */
    } quarrel;
    bool watching_wanted;                    /* started, and not stopped by us */
    int64_t watch_at_mono_ms, watch_wait_ms; /* when it starts, or has started; the latest wait */

    int64_t now_mono_ms; /* of the latest settle */
    struct exit_report report;
    char sentence[384];
    char foreign[200]; /* a key that is somebody else's */
};

/* ---- etcd_keys.c ---- */

/* What is wanted of an instance, for the mirror. */
mirror_render etcd_render;

/* What stands there is not known any more: to be listed. */
void etcd_keys_forget(struct etcd *etcd);

/* A page of the list, and news of single keys. keys_news: true when somebody changed what is ours. */
void etcd_keys_page(struct etcd *etcd, const struct etcd_answer *answer, int64_t now_mono_ms);
bool etcd_keys_news(struct etcd *etcd, const struct etcd_answer *answer);

/* Another lease holds from now on: keys on others are to be written anew. */
void etcd_keys_move(struct etcd *etcd);

/* Fills a transaction with what is to be done (false: nothing is, what stands there is what is wanted), and
 * what came of it. */
bool etcd_keys_write(struct etcd *etcd, struct buf *body);
void etcd_keys_written(struct etcd *etcd, const struct link_reply *reply, int64_t now_wall_ms);

/* ---- etcd_steps.c ---- */

/* Whether something is to be done now but for the link's readiness; STEP_NONE: nothing. */
enum step etcd_step_next(const struct etcd *etcd, int64_t now_mono_ms);

/* Asks for it. */
void etcd_step_start(struct etcd *etcd, enum step step);

/* Sees to the answer to what was asked. */
void etcd_step_end(struct etcd *etcd, const struct link_reply *reply, struct moment now);

/* Somebody changed what is ours: with whoever does so all the time we do not race. */
void etcd_step_quarrel(struct etcd *etcd, int64_t now_mono_ms);

/* Whether mirror_take may give leftovers. */
bool etcd_step_may_empty(const struct etcd *etcd);

#endif
