/* cli_status.h: the status document as text, for `status` and `watch`. */
#ifndef QUAYWATCH_CONTROLLER_CLI_STATUS_H
#define QUAYWATCH_CONTROLLER_CLI_STATUS_H

#include <stdint.h>

#include "controller/cli/cli_terminal.h"

struct json_object;

/* Prints what the document says as a whole: up to three lines; returns their number. */
int status_print_head(const struct terminal *terminal, struct json_object *root);

/* Prints the instances of all its services, the worst first when worst_first; at most max_rows (0: all).
 * samples: the answer of /api/v1/samples, or NULL. Returns how many were not printed. */
int status_print_services(const struct terminal *terminal, struct json_object *root,
                          struct json_object *samples, int64_t now_wall_ms, bool worst_first, int max_rows);

#endif
