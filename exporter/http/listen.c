/* SPDX-License-Identifier: MIT */
/* listen.c: from "host:port" to a listening socket, with sentences for what goes wrong. */
#include "exporter/http/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/text.h"

struct place {
    char host[256]; /* "" is every address */
    char port[8];
};

static int place_parse(const char *address, struct place *ret, struct error *err)
{
    const char *colon = strrchr(address, ':'), *host = address, *host_end = colon;
    int64_t port;
    if (!colon || text_number(colon + 1, 0, 65535, &port))
        return error_set(err, -EINVAL,
                         "cannot listen on \"%s\": an address and a port are needed, such as "
                         "0.0.0.0:8080, [::]:8080 or :8080",
                         address);
    if (*host == '[') {
        host++;
        host_end--;
        if (host_end < host || *host_end != ']')
            return error_set(err, -EINVAL, "cannot listen on \"%s\": the bracket is not closed", address);
    }
    if ((size_t)(host_end - host) >= sizeof ret->host)
        return error_set(err, -EINVAL, "cannot listen on \"%s\": the address is too long", address);
    snprintf(ret->host, sizeof ret->host, "%.*s", (int)(host_end - host), host);
    snprintf(ret->port, sizeof ret->port, "%d", (int)port);
    return 0;
}

static int bind_one(const struct addrinfo *address)
{
    const int yes = 1, no = 0;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (address->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    if (bind(fd, address->ai_addr, address->ai_addrlen) < 0 || listen(fd, SOMAXCONN) < 0) {
        int rc = -errno;
        close(fd);
        return rc;
    }
    return fd;
}

static int listen_failed(const char *address, int rc, struct error *err)
{
    if (rc == -EADDRINUSE)
        return error_set(err, rc,
                         "cannot listen on %s: another program uses this port; stop it or set "
                         "QUAYWATCH_LISTEN to a free one",
                         address);
    if (rc == -EACCES)
        return error_set(err, rc,
                         "cannot listen on %s: ports below 1024 need the right to bind them; set "
                         "QUAYWATCH_LISTEN to a higher one",
                         address);
    if (rc == -EADDRNOTAVAIL)
        return error_set(err, rc,
                         "cannot listen on %s: this machine does not have that address; set "
                         "QUAYWATCH_LISTEN to 0.0.0.0 and the port for all addresses",
                         address);
    return error_set(err, rc, "cannot listen on %s: %s", address, strerror(-rc));
}

int listen_open(const char *address, struct error *err)
{
    struct place place = {.host = ""};
    int rc = place_parse(address, &place, err);
    if (rc)
        return rc;
    /* Every address: the IPv6 one takes IPv4 as well; where there is no IPv6, IPv4 alone is tried. */
    const char *const hosts[] = {place.host[0] ? place.host : "::", place.host[0] ? NULL : "0.0.0.0"};
    rc = -EADDRNOTAVAIL;
    for (size_t i = 0; i < 2 && hosts[i]; i++) {
        struct addrinfo *found = NULL;
        const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
        int failure = getaddrinfo(hosts[i], place.port, &hints, &found);
        if (failure)
            return error_set(err, -EINVAL, "cannot listen on %s: %s", address, gai_strerror(failure));
        rc = -EADDRNOTAVAIL;
        for (const struct addrinfo *at = found; at && rc < 0; at = at->ai_next)
            rc = bind_one(at);
        freeaddrinfo(found);
        if (rc >= 0)
            return rc;
        if (rc != -EAFNOSUPPORT && rc != -EADDRNOTAVAIL)
            break;
    }
    return listen_failed(address, rc, err);
}

int listen_port(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return 0;
    if (address.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return address.ss_family == AF_INET ? ntohs(((struct sockaddr_in *)&address)->sin_port) : 0;
}
