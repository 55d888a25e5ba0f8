/* exit_files.h: EXPORTS: the registry as files. A row of exits.c. */
#ifndef QUAYWATCH_CONTROLLER_EXIT_FILES_H
#define QUAYWATCH_CONTROLLER_EXIT_FILES_H

#include "controller/exits.h"

/* EXPORTS with what is in its file, and how failures are tried again. */
const char *exit_files_settings(const struct options *options, struct arena *arena);

/* Whether EXPORTS is as it should be; negative with a sentence that names the file, the line and the key. */
int exit_files_check(const struct options *options, struct error *err);

/* Opens it. */
int exit_files_open(struct controller *controller, const struct options *options,
                    const struct exit_surroundings *around, struct exit *ret, struct error *err);

/* The paths it writes, in the arena; none when EXPORTS is wrong. */
void exit_files_paths(const struct options *options, struct arena *arena, struct strings *ret);

#endif
