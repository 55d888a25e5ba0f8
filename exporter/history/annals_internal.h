/* annals_internal.h: for the annals*.c files only. The loop owns what stands first, the thread what stands
 * last; what lies between them is locked. */
#ifndef QUAYWATCH_EXPORTER_HISTORY_ANNALS_INTERNAL_H
#define QUAYWATCH_EXPORTER_HISTORY_ANNALS_INTERNAL_H

#include <uthash.h>
#include <uv.h>

#include "controller/core/error.h"
#include "exporter/history/annals.h"
#include "exporter/history/fold.h"
#include "exporter/history/item.h"
#include "exporter/history/store.h"

/* A service that is recorded. */
struct recorded {
    UT_hash_handle hh;
    char *key, *name;
    uint32_t number;
    uint8_t condition, status; /* as told last */
    bool told;                 /* they stand in the file, or will */
    struct fold fold;
};

struct uptime_wish;

struct annals {
    struct annals_options options;
    uv_timer_t minute_timer;
    uv_async_t async;
    unsigned open_handles;
    struct recorded *recorded; /* by key */
    uint32_t *spare;           /* numbers that nobody has any more */
    size_t spare_count, spare_cap;
    uint32_t next_number;
    int64_t minute_ms;   /* when the minute began that is folded; 0: none */
    int64_t watched_ms;  /* when the present span began; 0: nobody sees anything */
    bool watched_before; /* it is not the first of this run */
    bool first;          /* the present span is */
    bool closing;
    struct uptime_wish *wishes; /* by key and window; */
    bool refreshing;            /* some are being worked out */
    int64_t refreshed_mono_ms;
    char trouble[384]; /* "" when there is none */

    uv_mutex_t lock;
    uv_cond_t wake;
    struct item *first_item, **last_item; /* to be written */
    size_t waiting_bytes;                 /* of all that is not written yet */
    bool lost;                            /* something found no place */
    struct annals_job *first_job, **last_job;
    unsigned jobs; /* asked, not done */
    struct seen {
        int64_t from_ms, to_ms; /* the present span, as far as it went when something was told or asked */
        bool first;
    } seen;
    struct done_job {
        struct annals_job *job;
        int code;
        char sentence[384];
    } * done;
    size_t done_count;
    char notice[384], told_trouble[384]; /* for the loop to say */
    bool news, end, off;

    uv_thread_t thread;
    struct store *store;
    struct item *held, **last_held; /* taken, not written yet */
    struct item *held_span;         /* among them: how far the present span went */
    bool well;
    bool newer; /* a later quaywatch's file */
    int64_t wrote_mono_ms, retry_mono_ms, tidied_wall_ms;
};

/* ---- annals.c ---- */

/* Hands over what was folded. */
void annals_flush(struct annals *annals);

/* Nothing of how services are counts as told. */
void annals_untell(struct annals *annals);

/* Frees what is known of services. */
void annals_services_free(struct annals *annals);

/* ---- annals_thread.c ---- */

/* Opens the store before the thread begins, and after trouble. True: it is open. */
bool annals_open_store(struct annals *annals);

/* The thread; argument: the annals. */
void annals_work(void *argument);

/* Hands an item over to be written: it is copied, but for its minute, which is taken over. */
void annals_add(struct annals *annals, const struct item *item);

/* The bytes that an item takes. */
size_t annals_item_bytes(const struct item *item);

/* ---- annals_uptime.c ---- */

/* Frees what was asked for. */
void annals_wishes_free(struct annals *annals);

#endif
