/* SPDX-License-Identifier: MIT */
/* listen FIRST_PORT FILE COMMAND [ARG...]: opens the first free port from FIRST_PORT on 127.0.0.1, writes its
 * number into FILE and becomes COMMAND, which inherits the socket by the LISTEN_FDS convention. A socket
 * keeps the network namespace it was opened in: so a command that then enters another namespace still answers
 * on this machine's own localhost. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FIRST_INHERITED_FD = 3, /* where the convention has the first socket */
    BACKLOG = 128,
    PORTS_TRIED = 100
};

/* A listening socket at 127.0.0.1:port, or -1 with errno. */
static int socket_listen(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* Tries port after port while they are taken; the one found is left in *port. */
static int socket_listen_from(unsigned *port)
{
    unsigned last = *port + PORTS_TRIED > 65535 ? 65535 : *port + PORTS_TRIED;
    for (; *port <= last; ++*port) {
        int fd = socket_listen(*port);
        if (fd >= 0 || (errno != EADDRINUSE && errno != EACCES))
            return fd;
    }
    return -1;
}

/* Puts the number into the file, in one write: once the file is not empty, the number is whole. */
static int port_write(const char *path, unsigned port)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return -1;
    int written = fprintf(file, "%u\n", port);
    return fclose(file) == 0 && written > 0 ? 0 : -1;
}

/* Moves the socket to its place and says in the environment that it is meant for this process. */
static int socket_hand_over(int fd)
{
    char pid[32];
    (void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
    if (fd != FIRST_INHERITED_FD && dup2(fd, FIRST_INHERITED_FD) < 0)
        return -1;
    if (fd != FIRST_INHERITED_FD)
        close(fd);
    return setenv("LISTEN_FDS", "1", 1) == 0 && setenv("LISTEN_PID", pid, 1) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
    char *end = NULL;
    unsigned long first = argc > 3 ? strtoul(argv[1], &end, 10) : 0;
    if (first < 1 || first > 65535 || end == NULL || *end != '\0') {
        fputs("usage: listen FIRST_PORT FILE COMMAND [ARG...]\n", stderr);
        return 2;
    }
    unsigned port = (unsigned)first;
    int fd = socket_listen_from(&port);
    if (fd < 0 || port_write(argv[2], port) != 0 || socket_hand_over(fd) != 0) {
        fprintf(stderr, "listen: no port from %lu on could be opened: %s\n", first, strerror(errno));
        return 1;
    }
    execvp(argv[3], argv + 3);
    fprintf(stderr, "listen: %s: %s\n", argv[3], strerror(errno));
    return 127;
}
