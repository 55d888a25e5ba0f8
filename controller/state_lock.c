/* SPDX-License-Identifier: MIT */
/* state_lock.c: STATE_DIR/quaywatch.lock, which one quaywatch holds while it runs: two that write the same
 * files would undo each other's memory. The kernel lets it go when the holder ends, however it ends. */
#include "controller/controller_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/log.h"
#include "controller/core/text.h"

/* The one before may be about to end (a restart does not always wait for it). */
enum { TRIES = 20, TRY_MS = 100, HOLDER = 160, HOST = 64 };

static void wait_a_little(void)
{
    const struct timespec pause = {.tv_nsec = TRY_MS * 1000000L};
    nanosleep(&pause, NULL);
}

/* 0, or the errno of the last try; EWOULDBLOCK: somebody has it. */
static int take(int fd)
{
    for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK || i == TRIES)
            return errno;
        wait_a_little();
    }
    return 0;
}

static int refuse(const char *folder, int fd, struct error *err)
{
    char written[HOLDER] = "", shown[HOLDER];
    if (pread(fd, written, sizeof written - 1, 0) < 0)
        written[0] = '\0';
    text_one_line(text_trim(written), shown, sizeof shown);
    return error_set(
        err, -EINVAL,
        "STATE_DIR %.120s is in use by another quaywatch%s%s%s; allowed is a folder of its own for "
        "each that runs",
        folder, shown[0] ? " (" : "", shown, shown[0] ? ")" : "");
}

static void sign(int fd)
{
    char host[HOST] = "", text[HOLDER];
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    int length = snprintf(text, sizeof text, "process %d on %s\n", (int)getpid(), host);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)length, 0) != length)
        return; /* a refusal is less clear then */
}

int state_lock(struct controller *controller, struct error *err)
{
    const char *folder = controller->state_dir;
    if (!folder[0] || controller->task != TASK_RUN)
        return 0;
    if (file_make_folder(folder, err) != 0)
        return error_wrap(err, "STATE_DIR");
    char *path = mem_format("%s/quaywatch.lock", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0 && errno == EACCES) /* root's, of a run before */
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int code = fd < 0 ? errno : take(fd), ret = 0;
    if (code == 0)
        sign(fd);
    else if (code == EWOULDBLOCK)
        ret = refuse(folder, fd, err);
    else /* a file system without locks, or one that is read only */
        log_line(LOG_LEVEL_WARN, NULL, NULL, "Cannot lock %s: %s; nothing else may use this STATE_DIR", path,
                 strerror(code));
    free(path);
    if (code == 0)
        controller->lock = fd + 1;
    else if (fd >= 0)
        close(fd);
    return ret;
}

void state_unlock(struct controller *controller)
{
    if (controller->lock)
        close(controller->lock - 1);
    controller->lock = 0;
}
