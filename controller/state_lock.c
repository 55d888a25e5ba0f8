/* SPDX-License-Identifier: MIT */
/* state_lock.c: STATE_DIR/quaywatch.lock, which one quaywatch holds while it runs: two that write the same
 * memory would undo each other's. Whoever comes second, as the new container does in a rolling update, only
 * observes until the lock is free: the kernel lets it go when the holder ends, however it ends. */
#include "controller/controller_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/log.h"
#include "controller/core/text.h"

enum { TRY_MS = 1000, HOLDER = 120, HOST = 64 };

/* Who has it, as he wrote; it may be somebody who could not. */
static void note_holder(struct controller *controller, int fd)
{
    char written[HOLDER] = "", shown[HOLDER];
    if (pread(fd, written, sizeof written - 1, 0) < 0)
        written[0] = '\0';
    text_one_line(text_trim(written), shown, sizeof shown);
    snprintf(controller->state_holder, sizeof controller->state_holder, "%s",
             shown[0] ? shown : "another process");
    controller->lock_try_mono_ms = controller->now.mono_ms + TRY_MS;
    controller->others_dirty = true;
}

static void sign(int fd)
{
    char host[HOST] = "", text[HOLDER];
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    int length = snprintf(text, sizeof text, "process %d on %s\n", (int)getpid(), host);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)length, 0) != length)
        return; /* others say less of it then */
}

/* Tries once. */
static void take(struct controller *controller)
{
    char *path = mem_format("%s/quaywatch.lock", controller->state_dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0 && errno == EACCES) /* root's, of a run before */
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int code = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0 ? errno : 0;
    controller->state_holder[0] = '\0';
    controller->lock_try_mono_ms = 0;
    if (code == 0)
        sign(fd);
    else if (code == EWOULDBLOCK)
        note_holder(controller, fd);
    else /* a file system without locks, or one that is read only */
        log_line(LOG_LEVEL_WARN, NULL, NULL, "Cannot lock %s: %s; nothing else may use this STATE_DIR", path,
                 strerror(code));
    if (code == 0)
        controller->lock = fd + 1;
    else if (fd >= 0)
        close(fd);
    free(path);
}

int state_lock(struct controller *controller, struct error *err)
{
    if (!controller->state_dir[0] || controller->task != TASK_RUN)
        return 0;
    if (file_make_folder(controller->state_dir, err) != 0)
        return error_wrap(err, "STATE_DIR");
    take(controller);
    return 0;
}

int64_t state_lock_due(const struct controller *controller)
{
    return controller->lock_try_mono_ms;
}

void state_lock_settle(struct controller *controller)
{
    if (!controller->lock_try_mono_ms || controller->lock_try_mono_ms > controller->now.mono_ms)
        return;
    take(controller);
    if (controller->state_holder[0])
        return;
    controller->others_dirty = true;
    state_take_over(controller);
}

void state_unlock(struct controller *controller)
{
    if (controller->lock)
        close(controller->lock - 1);
    controller->lock = 0;
}
