/* exit_files.h: EXPORTS: the registry as files. A row of exits.c. */
#ifndef QUAYWATCH_CONTROLLER_EXIT_FILES_H
#define QUAYWATCH_CONTROLLER_EXIT_FILES_H

#include "controller/exits.h"
#include "exporter/files/entry.h"

/* EXPORTS with what is in its file, and how failures are tried again. */
const char *exit_files_settings(const struct options *options, struct arena *arena);

/* Whether EXPORTS is as it should be; negative with a sentence that names the file, the line and the key. */
int exit_files_check(const struct options *options, struct error *err);

/* Opens it. A file of entries is watched from then on: a new version is read by itself, and takes effect when
 * it is right; else it is said why it is not, and the old one stays in force. */
int exit_files_open(struct controller *controller, const struct options *options,
                    const struct exit_surroundings *around, struct exit *ret, struct error *err);

/* Other settings, or the file of entries is to be read at once: as with a new version. */
int exit_files_change(struct controller *controller, const struct options *options, struct exit *exit,
                      struct error *err);

/* What EXPORTS asks for, checked; its texts are given, so that this may be called off the loop, for it
 * blocks. NULL with a sentence that names the line or the entry; exit_files_blame puts the setting before it.
 */
struct file_entries *exit_files_load(const char *exports, const char *env_prefix, struct error *err);
void exit_files_blame(const char *exports, struct error *err);

/* The paths it writes, in the arena; none when EXPORTS is wrong. */
void exit_files_paths(const struct options *options, struct arena *arena, struct strings *ret);

#endif
