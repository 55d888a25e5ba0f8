/* status_file.h: STATUS_FILE, byte for byte the answer of GET /api/v1/status of the same revision. Written
 * off the loop: temporary name in the same folder, fsync, rename; mtime renewed every 10 s so that scripts
 * can tell calm from dead. */
#ifndef QUAYWATCH_EXPORTER_STATUS_FILE_H
#define QUAYWATCH_EXPORTER_STATUS_FILE_H

#include "exporter/context.h"

typedef struct uv_loop_s uv_loop_t;
struct status_file;

/* Called when writing begins to fail or works again (sentence NULL). */
typedef void status_file_trouble(void *user, const char *sentence);

/* Prepares to write path; the folder must exist or be creatable: else NULL with a sentence in err. */
struct status_file *status_file_open(uv_loop_t *loop, const char *path, struct exporter_context *context,
                                     status_file_trouble *trouble, void *user, struct error *err);

/* The revision moved: a write follows at most 100 ms later; while one is under way, the next follows it. */
void status_file_touch(struct status_file *file);

/* Writes a last time if needed (blocking), and frees; the loop must run once more. NULL is fine. */
void status_file_close(struct status_file *file);

#endif
