/* SPDX-License-Identifier: MIT */
/* dns_address.c: socket addresses from text, and back. */
#include "exporter/dns/dns_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/text.h"

enum { HOST_TEXT = 64 };

static int dns_address_wrong(const char *text, struct error *err)
{
    char shown[DNS_ADDRESS_TEXT];
    text_one_line(text, shown, sizeof shown);
    return error_set(err, -EINVAL,
                     "cannot answer DNS on \"%s\": an address and a port are needed, such as 0.0.0.0:53, "
                     "[::]:53 or :53",
                     shown);
}

int dns_address_parse(const char *text, struct sockaddr_storage *ret, struct error *err)
{
    const char *colon = strrchr(text, ':');
    int64_t port;
    char host[HOST_TEXT];
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (!colon || text_number(colon + 1, 0, UINT16_MAX, &port) || (size_t)(colon - text) >= sizeof host)
        return dns_address_wrong(text, err);
    size_t len = (size_t)(colon - text);
    bool bracket = len > 2 && text[0] == '[' && text[len - 1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(bracket ? len - 2 : len), text + bracket);
    const char *address = !len ? "::" : strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    *ret = (struct sockaddr_storage){0};
    if (!bracket && inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        memcpy(ret, &v4, sizeof v4);
    else if ((bracket || !len) && inet_pton(AF_INET6, address, &v6.sin6_addr) == 1)
        memcpy(ret, &v6, sizeof v6);
    else
        return dns_address_wrong(text, err);
    dns_address_set_port(ret, (int)port);
    return 0;
}

socklen_t dns_address_length(const struct sockaddr_storage *place)
{
    return place->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

/* The port stands at the same place in both families. */
int dns_address_port(const struct sockaddr_storage *place)
{
    struct sockaddr_in v4;
    memcpy(&v4, place, sizeof v4);
    return ntohs(v4.sin_port);
}

void dns_address_set_port(struct sockaddr_storage *place, int port)
{
    struct sockaddr_in v4;
    memcpy(&v4, place, sizeof v4);
    v4.sin_port = htons((uint16_t)port);
    memcpy(place, &v4, sizeof v4);
}

void dns_address_text(const struct sockaddr_storage *place, char ret[static DNS_ADDRESS_TEXT])
{
    char host[INET6_ADDRSTRLEN] = "?";
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    memcpy(&v4, place, sizeof v4);
    memcpy(&v6, place, sizeof v6);
    bool ipv6 = place->ss_family == AF_INET6;
    inet_ntop(ipv6 ? AF_INET6 : AF_INET, ipv6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr, host,
              sizeof host);
    snprintf(ret, DNS_ADDRESS_TEXT, "%s%s%s:%d", ipv6 ? "[" : "", host, ipv6 ? "]" : "",
             dns_address_port(place));
}

void dns_address_unmap(struct sockaddr_storage *place)
{
    struct sockaddr_in6 v6;
    memcpy(&v6, place, sizeof v6);
    if (place->ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
        return;
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = v6.sin6_port};
    memcpy(&v4.sin_addr, &v6.sin6_addr.s6_addr[12], sizeof v4.sin_addr);
    *place = (struct sockaddr_storage){0};
    memcpy(place, &v4, sizeof v4);
}

int dns_address_failed(const struct sockaddr_storage *place, int rc, struct error *err)
{
    char text[DNS_ADDRESS_TEXT];
    dns_address_text(place, text);
    if (rc == -EADDRINUSE)
        return error_set(err, rc,
                         "cannot answer DNS on %s: another program uses this port (systemd-resolved has "
                         "127.0.0.53:53); name one address, or another port",
                         text);
    if (rc == -EACCES)
        return error_set(err, rc,
                         "cannot answer DNS on %s: ports below 1024 need the right to bind them, which is "
                         "given up after the start; start quaywatch anew, or use a higher port",
                         text);
    if (rc == -EADDRNOTAVAIL)
        return error_set(err, rc, "cannot answer DNS on %s: this machine does not have that address", text);
    return error_set(err, rc, "cannot answer DNS on %s: %s", text, strerror(-rc));
}
