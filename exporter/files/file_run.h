/* file_run.h: one file of EXPORTS on its way: rendered, prepared, validated, put in its place, told of. One
 * run at a time; what changes meanwhile makes another. For exporter/files/ only. */
#ifndef QUAYWATCH_EXPORTER_FILES_FILE_RUN_H
#define QUAYWATCH_EXPORTER_FILES_FILE_RUN_H

#include "controller/core/error.h"
#include "exporter/files/file_watch.h"
#include "exporter/files/rhythm.h"
#include "exporter/files/step.h"

struct buf;
struct format_told;

/* Where a run is. */
enum file_phase {
    FILE_LOOKING,    /* what an earlier quaywatch left */
    FILE_RESTING,    /* nothing is under way */
    FILE_READING,    /* its template, by a worker */
    FILE_PREPARING,  /* beside it, by a worker */
    FILE_VALIDATING, /* a command or container says whether it is good */
    FILE_DISCARDING, /* it is not */
    FILE_COMMITTING, /* in its place, by a worker */
    FILE_TELLING,    /* those who read it */
    FILE_FORGETTING, /* the mark that they are to be told */
    FILE_LEAVING,    /* what stands beside a file that is wished no more, by a worker */
};

/* What all files of an exit share. */
struct files_shared {
    struct exit_surroundings around;
    struct file_door door;
    struct file_retry retry;
    struct step_helpers helpers;
    struct arena arena;
    struct strings env;     /* of commands */
    struct pairs variables; /* of templates: the environment without what is ours */
    size_t files;           /* that are not freed yet, and the exit itself: the last one frees it all */
};

/* One file. */
struct file_run {
    struct files_shared *shared;
    struct file_entries *entries; /* of which it is: */
    const struct file_entry *entry;
    enum file_phase phase;
    bool began;            /* it was asked for */
    bool closing, leaving; /* leaving: and it is wished no more */
    struct rhythm rhythm;
    bool held;      /* what changed waits until the registry is warm */
    bool inherited; /* the file is of an earlier quaywatch */

    /* The run under way. */
    bool by_change; /* not only since it failed before */
    uv_work_t work;
    uv_sem_t placed; /* a worker has put it in its place, or could not */
    bool working;    /* a worker has it */
    bool back;       /* and its answer is to be looked at */
    struct error error;
    char *data; /* the template's text, then what is to be written */
    size_t length, services, endpoints;
    char *temporary; /* NULL: none */
    struct step *step;
    size_t told; /* of those that are notified, the one whose turn it is */
    char trouble[STEP_TROUBLE];

    /* What outlives it. */
    struct file_watch *watch;     /* of its template, or NULL */
    bool changed;                 /* its template was */
    bool untold[FILE_NOTIFY_MAX]; /* who was not told of what is in the file */
    char untold_why[STEP_TROUBLE];
    unsigned failures; /* in a row */
    int64_t retry_ms;  /* when to try again; 0: not */
    struct exit_report report;
    char sentence[STEP_TROUBLE + 160];
};

/* Makes one of the entries' i-th, which it uses, and has a worker look at what is there. */
struct file_run *file_run_open(struct files_shared *shared, struct file_entries *entries, size_t i);

/* What failed and is to be tried again is tried with the next settle: whoever calls may have mended it. */
void file_run_hurry(struct file_run *run);

/* The registry changed; urgent: something is gone. */
void file_run_note(struct file_run *run, bool urgent, struct moment now);

/* Its part of a turn. */
void file_run_settle(struct file_run *run, struct moment now);

/* When it waits for its time (mono ms); 0: it does not. */
int64_t file_run_due(const struct file_run *run);

/* Ends it: it is freed when nobody works for it any more. */
void file_run_close(struct file_run *run);

/* The same for one whose file is wished no more: tells what stays, and what stands beside it is removed. */
void file_run_leave(struct file_run *run);

/* ---- file_disk.c ---- */

/* Gives a worker what the phase asks for; run->back says when it is done. */
void file_run_work(struct file_run *run, enum file_phase phase);

/* Frees a run that is closing and what it shares, if it is the last. */
void file_run_free(struct file_run *run);
void files_shared_drop(struct files_shared *shared);

/* One uses them less: the last one frees them. */
void file_entries_drop(struct file_entries *entries);

/* ---- file_render.c ---- */

/* Appends what is to be in the file; template is the text of its template, or NULL. ret_told (NULL: nobody
 * asks): what it tells, where it is of a format; what of a template stays as it was. Negative with a
 * sentence. */
int file_render(const struct files_shared *shared, const struct file_entry *entry, const char *template,
                size_t template_length, struct buf *out, struct format_told *ret_told, struct error *err);

/* Whether a text is a template. Negative with a sentence. */
int file_check_template(const struct file_entry *entry, const char *template, size_t length,
                        struct error *err);

/* How many services and endpoints that serve are wished for. */
void file_count(const struct registry *registry, const struct file_entry *entry, size_t *ret_services,
                size_t *ret_endpoints);

/* Whether there are as many as the entry asks for; else a sentence. */
bool file_enough(const struct registry *registry, const struct file_entry *entry, size_t endpoints,
                 char *sentence, size_t size);

#endif
