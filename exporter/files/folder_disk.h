/* folder_disk.h: a folder with a file for each service: what is there, and how one file is replaced or
 * removed. Files that we did not write (they begin otherwise) are never touched. All of it blocks: call it
 * off the loop. */
#ifndef QUAYWATCH_EXPORTER_FILES_FOLDER_DISK_H
#define QUAYWATCH_EXPORTER_FILES_FOLDER_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/core/mem.h"

struct error;

/* A file of ours that was found. */
struct folder_found {
    char *name; /* the service's */
    uint64_t hash;
};

/* What was found, in the arena. */
struct folder_scan {
    struct arena arena;
    struct folder_found *item;
    size_t count;
};

/* The name of a service's file: "<name>.json", what no file name should hold percent-encoded. False when it
 * would be too long. */
enum { FOLDER_NAME = 256 };
bool folder_file_name(const char *service, char ret[static FOLDER_NAME]);

/* A hash of a file's bytes. */
uint64_t folder_hash(const char *text, size_t length);

/* Makes the folder where it is missing, finds our files in it and removes what a write of ours that never
 * ended has left. Negative errno with a sentence. */
int folder_scan(const char *folder, struct folder_scan *ret, struct error *err);

/* Removes what a write of ours that never ended has left; nothing else, and no folder is made. */
void folder_leave(const char *folder);

/* Replaces the service's file by text, whole or not at all; NULL removes it. -EEXIST: there is one that is
 * not ours; other negative errno, too, with a sentence. */
int folder_write(const char *folder, const char *service, const char *text, size_t length, struct error *err);

#endif
