/* SPDX-License-Identifier: MIT */
/* local_socket.c: STATE_DIR/quaywatch.sock, for the commands of this machine. */
#include "controller/controller_internal.h"

#include <stdlib.h>

#include "controller/core/error.h"
#include "controller/core/log.h"
#include "exporter/server.h"

void local_socket_open(struct controller *controller)
{
    struct error err = {0};
    if (!controller->server || !controller->state_dir[0])
        return;
    char *path = mem_format("%s/quaywatch.sock", controller->state_dir);
    /* Root is kept until the engine is there; the socket is for whom it will be dropped to. */
    if (controller->still_root)
        privilege_lend_files(true);
    int code = server_open_local(controller->server, path, &err);
    if (controller->still_root)
        privilege_lend_files(false);
    if (code)
        log_line(LOG_LEVEL_WARN, NULL, NULL, "Commands on this machine go by LISTEN and tokens: %s",
                 err.text);
    free(path);
}
