/* SPDX-License-Identifier: MIT */
/* options_web.c: what the settings about names and pages that may reach us must look like. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/text.h"
#include "controller/settings/options_table.h"

enum { ORIGIN_MAX = 256 };

static bool is_host_pattern(const char *word)
{
    return text_is_host(strncmp(word, "*.", 2) == 0 ? word + 2 : word);
}

bool option_is_hosts(const char *text)
{
    return option_is_list_of(text, is_host_pattern);
}

/* "*", or scheme, host and perhaps a port, as browsers write it. */
static bool is_origin(const char *word)
{
    char host[ORIGIN_MAX];
    const char *rest = strncmp(word, "https://", 8) == 0 ? word + 8 : word + 7;
    if (strcmp(word, "*") == 0)
        return true;
    if (strncmp(word, "http://", 7) != 0 && strncmp(word, "https://", 8) != 0)
        return false;
    size_t length = *rest == '[' ? strcspn(rest, "]") + 1 : strcspn(rest, ":");
    int64_t port;
    if (length >= sizeof host || (*rest == '[' && rest[length - 1] != ']') ||
        (rest[length] && (rest[length] != ':' || text_number(rest + length + 1, 1, 65535, &port))))
        return false;
    snprintf(host, sizeof host, "%.*s", (int)length, rest);
    unsigned char address[sizeof(struct in6_addr)];
    if (*host != '[')
        return text_is_host(host);
    host[length - 1] = '\0';
    return inet_pton(AF_INET6, host + 1, address) == 1;
}

bool option_is_origins(const char *text)
{
    return option_is_list_of(text, is_origin);
}
