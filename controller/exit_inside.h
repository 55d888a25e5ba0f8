/* exit_inside.h: what exits do inside containers: signals and commands, by the engine. */
#ifndef QUAYWATCH_CONTROLLER_EXIT_INSIDE_H
#define QUAYWATCH_CONTROLLER_EXIT_INSIDE_H

#include "exporter/files/files.h"

struct engine;

/* A door for the files exit; closed by it, before the engine is. */
struct file_door exit_inside_open(struct engine *engine);

/* What a refusal means for a signal or a command that needs those calls to be allowed: one sentence. Pure. */
void exit_inside_words(const struct error *err, const char *needed, char *ret, size_t size);

#endif
