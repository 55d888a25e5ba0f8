/* file_watch.h: tells when a file may be another than before. */
#ifndef QUAYWATCH_EXPORTER_FILES_FILE_WATCH_H
#define QUAYWATCH_EXPORTER_FILES_FILE_WATCH_H

#include <uv.h>

struct file_watch;

/* Somebody wrote, replaced, removed or made it. Often several times for one change. */
typedef void file_watch_seen(void *user);

/* Begins, whether the file is there or not. Where its folder cannot be watched, nothing is seen. path is
 * copied. */
struct file_watch *file_watch_start(uv_loop_t *loop, const char *path, file_watch_seen *seen, void *user);

/* Ends it: nothing is seen afterwards, and it is freed by the loop's next turns. NULL is fine. */
void file_watch_stop(struct file_watch *watch);

#endif
