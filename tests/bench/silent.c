/* SPDX-License-Identifier: MIT */
/* silent.c: targets that hang: every EVERY-th address of fake_engine takes connections and never answers.
 *
 *   silent ENDPOINTS EVERY PORT [SUBNET]
 *
 * Nothing is ever accepted: the kernel takes the connections, up to the backlog. The listening socket of one
 * address is nearer to a connection than another program's on all addresses (both with SO_REUSEPORT). Prints
 * how many hang, then waits to be ended. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fake_engine/shapes.h"

enum { BACKLOG = 4096 };

static int silent_listen(const struct fake_world *world, unsigned number)
{
    char text[FAKE_NAME];
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)world->port)};
    fake_address(world, number, text);
    inet_pton(AF_INET, text, &address.sin_addr);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, BACKLOG) != 0) {
        perror(text);
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: silent ENDPOINTS EVERY PORT [SUBNET]\n", stderr);
        return 2;
    }
    struct fake_world world = {.port = atoi(argv[3]), .subnet = argc > 4 ? atoi(argv[4]) : 200};
    unsigned endpoints = (unsigned)atoi(argv[1]), every = (unsigned)atoi(argv[2]), count = 0;
    for (unsigned number = every / 2 + 1; number < endpoints; number += every, count++)
        silent_listen(&world, number);
    printf("%u\n", count);
    fflush(stdout);
    for (;;)
        pause();
}
