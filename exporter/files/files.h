/* files.h: the exit that writes files: entries of EXPORTS in, files that are whole and true out. Each changes
 * soon after the registry did (at once when an endpoint is gone), by way of a file beside it that was
 * validated; who reads it is told; when any of that fails, the last good file stays and it is said why. */
#ifndef QUAYWATCH_EXPORTER_FILES_FILES_H
#define QUAYWATCH_EXPORTER_FILES_FILES_H

#include "controller/core/exit.h"
#include "exporter/files/entry.h"

struct error;
struct file_call;

/* trouble NULL: done; else why not, in one sentence. output: what a command wrote, or "". */
typedef void file_call_done(void *user, const char *trouble, const char *output);

/* What is done inside containers, by whoever knows the engine. done is called exactly once unless cancelled,
 * and never before the function returns. */
struct file_door {
    struct file_call *(*signal)(void *user, const char *container, const char *signal, file_call_done *done,
                                void *done_user);
    struct file_call *(*exec)(void *user, const char *container, const struct strings *argv,
                              int64_t timeout_ms, file_call_done *done, void *done_user);
    void (*cancel)(void *user, struct file_call *call); /* NULL is fine */
    void (*close)(void *user);                          /* nobody needs it any more; may be NULL */
    void *user;
};

/* How what failed is tried again. */
struct file_retry {
    bool enabled;
    unsigned attempts;
    int64_t base_ms, max_ms;
};

struct files_options {
    struct exit_surroundings around;
    struct file_entries *entries; /* taken over */
    struct file_door door;
    struct file_retry retry;
};

/* Opens the exit. It never fails: what cannot be written is reported. */
void files_open(const struct files_options *options, struct exit *ret);

/* Other entries (taken over) for the exit that files_open opened: what is asked for in the same words goes on
 * undisturbed (what failed is tried again at once); files that are asked for no more stay as they are, which
 * is told. Whether anything is another.
 */
bool files_change(const struct exit *exit, struct file_entries *entries, const struct file_retry *retry);

/* Whether the entries fit what they name: versions that a format does not know, templates that cannot be read
 * or are wrong. Blocks. -EINVAL and others with a sentence. */
int files_check(const struct file_entries *entries, struct error *err);

#endif
