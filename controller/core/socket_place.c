/* SPDX-License-Identifier: MIT */
/* socket_place.c: reads where a socket is. */
#include "controller/core/socket_place.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"
#include "controller/core/text.h"

bool socket_place_read(const char *text, struct socket_place *ret)
{
    static const char scheme[] = "unix://";
    *ret = (struct socket_place){0};
    if (strncmp(text, scheme, sizeof scheme - 1) == 0) {
        text += sizeof scheme - 1;
        snprintf(ret->path, sizeof ret->path, "%s", text);
        return text[0] == '/' && text[1] && strlen(text) < sizeof ret->path;
    }
    const char *colon = strrchr(text, ':');
    int64_t port;
    if (!colon || text_number(colon + 1, 1, UINT16_MAX, &port) != 0)
        return false;
    size_t length = (size_t)(colon - text);
    bool bracket = length > 2 && text[0] == '[' && text[length - 1] == ']';
    if (bracket) {
        text++;
        length -= 2;
    }
    if (length == 0 || length >= sizeof ret->host)
        return false;
    memcpy(ret->host, text, length);
    ret->port = (int)port;
    struct in6_addr six;
    return bracket ? inet_pton(AF_INET6, ret->host, &six) == 1 : text_is_host(ret->host);
}

bool socket_place_is_list(const char *text)
{
    char *copy = mem_copy(text), *rest = copy;
    struct socket_place place;
    bool is_list = true;
    while (rest && is_list)
        is_list = socket_place_read(text_cut(&rest, ','), &place);
    free(copy);
    return is_list;
}
