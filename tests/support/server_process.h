/* server_process.h: a server that is a program of its own: it prints the ports that it serves on, and ends
 * when its standard input does. */
#ifndef QUAYWATCH_TESTS_SERVER_PROCESS_H
#define QUAYWATCH_TESTS_SERVER_PROCESS_H

#include <sys/types.h>

struct server_process {
    pid_t pid;
    int input;
};

/* Starts program with one argument and waits for count ports. Negative when they do not come. */
int server_process_start(struct server_process *server, const char *program, const char *argument, int *ports,
                         int count);

/* Ends its input and waits for its end. Negative when there was none to wait for. */
int server_process_stop(struct server_process *server);

#endif
