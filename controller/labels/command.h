/* command.h: the text of service.health.command → the arguments of a process. Pure. */
#ifndef QUAYWATCH_CONTROLLER_LABELS_COMMAND_H
#define QUAYWATCH_CONTROLLER_LABELS_COMMAND_H

#include "controller/core/mem.h"

/* A JSON array of strings is run as it is (no shell is needed), with compose's "CMD" in front as well; any
 * other text, and compose's ["CMD-SHELL", "…"], is given to /bin/sh -c. ret lives in arena and has at least
 * one argument. -EINVAL for text that is empty, or a JSON array of another shape, or begins as one ([") and
 * is broken. */
int command_parse(const char *text, struct arena *arena, struct strings *ret);

#endif
