/* exit_folder.h: REGISTRY_DIR: the registry as a folder of JSON files. A row of exits.c. */
#ifndef QUAYWATCH_CONTROLLER_EXIT_FOLDER_H
#define QUAYWATCH_CONTROLLER_EXIT_FOLDER_H

#include "controller/exits.h"

/* REGISTRY_DIR. */
const char *exit_folder_settings(const struct options *options, struct arena *arena);

/* Opens it. */
int exit_folder_open(struct controller *controller, const struct options *options,
                     const struct exit_surroundings *around, struct exit *ret, struct error *err);

#endif
