/* file.h: files that are whole or not there at all. */
#ifndef QUAYWATCH_CORE_FILE_H
#define QUAYWATCH_CORE_FILE_H

#include <stddef.h>

struct error;

/* Replaces path by data: a temporary name in the same folder, fsync, rename, with mode 0644. The old content
 * stays on any failure (negative errno, sentence in err). Blocks: call it off the loop or for small files. */
int file_replace(const char *path, const void *data, size_t len, struct error *err);

/* Makes data what follows the first at bytes of path, which is made (mode 0644) when it is missing, and waits
 * until it is on disk. After a failure (negative errno, sentence in err) something else may follow them.
 * Blocks. */
int file_extend(const char *path, size_t at, const void *data, size_t len, struct error *err);

/* Reads all of path, at most max bytes (-EFBIG above). *ret is NUL-terminated and freed with free(). */
int file_read(const char *path, size_t max, char **ret, size_t *ret_len, struct error *err);

/* Writes all of data to fd, whatever it takes at once. Negative errno. */
int file_write_all(int fd, const void *data, size_t len);

/* Makes the name path permanent: it is on disk only when its folder is. Some file systems cannot sync
 * folders: then it is as safe as it gets. */
void file_sync_folder(const char *path);

/* Makes folder path and its parents (mode 0755). 0 when it is there already. */
int file_make_folder(const char *path, struct error *err);

#endif
