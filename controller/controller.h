/* controller.h: the one that knows all rooms and alone decides. */
#ifndef QUAYWATCH_CONTROLLER_CONTROLLER_H
#define QUAYWATCH_CONTROLLER_CONTROLLER_H

#include "controller/settings/options.h"

struct buf;
struct controller;
struct error;

/* Sets the log's level and form by the options: without LOG_FORMAT text on a terminal, else JSON. */
void controller_setup_log(const struct options *options);

/* What a controller is for. */
enum controller_task {
    TASK_RUN,  /* watch, check, heal, serve until a signal */
    TASK_ONCE, /* list, inspect, one round of checks, then return */
    TASK_LINT  /* list, inspect, then return */
};

/* Prepares everything; nothing of the engine is asked yet. options must outlive the controller. NULL with a
 * sentence in err; err->code -EINVAL is a wrong setting. */
struct controller *controller_open(const struct options *options, enum controller_task task,
                                   struct error *err);

/* Runs the loop until the task is done or SIGTERM/SIGINT. 0, or a negative code with err: -ECONNREFUSED when
 * a ONCE or LINT task found no engine. */
int controller_run(struct controller *controller, struct error *err);

/* After a ONCE task: the status document. */
void controller_status(const struct controller *controller, struct buf *out);

/* After a LINT task: calls back for each finding; returns their number. */
size_t controller_findings(const struct controller *controller,
                           void (*each)(void *user, const char *service, const char *container,
                                        const char *code, const char *sentence),
                           void *user);

/* Writes state and frees everything. NULL is fine. */
void controller_close(struct controller *controller);

#endif
