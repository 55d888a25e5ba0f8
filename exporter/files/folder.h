/* folder.h: the exit that keeps a folder with a JSON file for each service: there while the service is,
 * replaced whole when it changed, removed when it went. */
#ifndef QUAYWATCH_EXPORTER_FILES_FOLDER_H
#define QUAYWATCH_EXPORTER_FILES_FOLDER_H

#include "controller/core/exit.h"

/* Opens the exit on the folder of this path. It never fails: what cannot be written is reported. */
struct exit folder_open(const struct exit_surroundings *around, const char *path);

#endif
