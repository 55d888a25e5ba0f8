/* disk.h: a file that is replaced in steps: beside it, looked at, and only then in its place. All of it
 * blocks: call it off the loop. What is beside it begins with a dot, so that no pattern of a server's finds
 * it, and ends with its name, so that a validator knows its kind. */
#ifndef QUAYWATCH_EXPORTER_FILES_DISK_H
#define QUAYWATCH_EXPORTER_FILES_DISK_H

#include <stdbool.h>
#include <stddef.h>

struct error;

/* How a file is to be. */
struct disk_file {
    const char *path;
    unsigned mode;
    const char *owner, *group; /* a name or a number; NULL: ours */
};

/* Whether there are such a user and such a group here (NULL: nobody asks). -ENOENT with a sentence. */
int disk_check_owner(const char *owner, const char *group, struct error *err);

/* What is there from an earlier run: the file, and the mark that it was written and not told to all. Removes
 * temporary files that were left. */
void disk_look(const char *path, bool *ret_exists, bool *ret_untold);

/* Writes data beside the file: *ret_temporary is its path, freed with free(), or NULL when the file already
 * holds these bytes (its mode and owner are mended). On failure negative errno, and nothing is left. */
int disk_prepare(const struct disk_file *file, const void *data, size_t length, char **ret_temporary,
                 struct error *err);

/* Makes what was prepared permanent and puts it in the file's place, with the mark when untold. On failure
 * negative errno, and the file is what it was; the temporary is gone. */
int disk_commit(const char *path, const char *temporary, bool untold, struct error *err);

/* Nobody writes the file any more: it stays, and what we left beside it is removed. */
void disk_leave(const char *path);

/* Removes what was prepared; removes the mark. */
void disk_discard(const char *temporary);
void disk_told(const char *path);

#endif
