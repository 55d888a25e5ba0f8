/* process.h: what the kernel says about this process, from /proc and the control group. */
#ifndef QUAYWATCH_EXPORTER_RENDER_PROCESS_H
#define QUAYWATCH_EXPORTER_RENDER_PROCESS_H

#include <stdint.h>

struct buf;

/* Memory in bytes: resident, and what there is (the control group's limit, else the machine's). 0: not known.
 */
struct process_memory {
    uint64_t used, total;
};
struct process_memory process_memory_read(void);

/* Free space of the file system of path in percent (what an unprivileged writer may use); negative when
 * unknown. */
double process_disk_free(const char *path);

/* Appends the standard process_* metrics in Prometheus text; what the kernel does not tell is left out. */
void process_render_metrics(struct buf *out);

#endif
