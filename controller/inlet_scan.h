/* inlet_scan.h: what stands in files that register services outside Docker. All of it blocks: call it off
 * the loop.
 */
#ifndef QUAYWATCH_CONTROLLER_INLET_SCAN_H
#define QUAYWATCH_CONTROLLER_INLET_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "controller/core/error.h"
#include "controller/core/mem.h"

/* One registration that was found; text lives in the scan's arena. */
struct inlet_item {
    const char *label;   /* its file, or its variables: where it stands, within the inlet */
    const char *json;    /* NULL: it cannot be read, and trouble says why */
    const char *trouble; /* a sentence without its end */
    int64_t changed_ns;  /* when the file was changed */
};

struct inlet_scan {
    struct arena arena;
    struct inlet_item *item;
    size_t count;
    struct error err; /* the inlet as a whole cannot be read */
};

/* Each "*.json" of a folder, in order of name. Hidden ones are passed over, and those that quaywatch writes
 * itself. */
void inlet_scan_folder(const char *path, struct inlet_scan *ret);

/* The services that a file with KEY=value lines names, see env_services.h. */
void inlet_scan_env(const char *path, const char *prefix, struct inlet_scan *ret);

#endif
