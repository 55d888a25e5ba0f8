/* SPDX-License-Identifier: MIT */
/* exit_folder.c: the setting REGISTRY_DIR, and the exit that it asks for. */
#include "controller/exit_folder.h"

#include "controller/settings/options.h"
#include "exporter/files/folder.h"

const char *exit_folder_settings(const struct options *options, struct arena *arena)
{
    (void)arena;
    return options->registry_dir;
}

int exit_folder_open(struct controller *controller, const struct options *options,
                     const struct exit_surroundings *around, struct exit *ret, struct error *err)
{
    (void)controller;
    (void)err;
    *ret = folder_open(around, options->registry_dir);
    return 0;
}
