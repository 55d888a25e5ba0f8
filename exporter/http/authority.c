/* SPDX-License-Identifier: MIT */
/* authority.c: comparisons of host names, ports and origins. */
#include "exporter/http/authority.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_BYTES = 256 };

/* The next word of a comma list, without blanks around it; false at the end. */
static bool word_next(const char **rest, const char **ret, size_t *ret_len)
{
    *rest += strspn(*rest, " \t,");
    if (!**rest)
        return false;
    size_t length = strcspn(*rest, ",");
    *ret = *rest;
    *rest += length;
    while (length && ((*ret)[length - 1] == ' ' || (*ret)[length - 1] == '\t'))
        length--;
    *ret_len = length;
    return true;
}

/* The length of the host in "host:port" or "[address]:port". */
static size_t host_length(const char *authority)
{
    const char *bracket = authority[0] == '[' ? strchr(authority, ']') : NULL;
    return bracket ? (size_t)(bracket + 1 - authority) : strcspn(authority, ":");
}

static bool is_address(const char *host, size_t length)
{
    char text[NAME_MAX_BYTES];
    unsigned char bytes[sizeof(struct in6_addr)];
    if (length >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)length, host);
    if (text[0] != '[')
        return inet_pton(AF_INET, text, bytes) == 1;
    text[length - 1] = '\0';
    return inet_pton(AF_INET6, text + 1, bytes) == 1;
}

static bool name_matches(const char *pattern, size_t pattern_length, const char *host, size_t length)
{
    if (pattern_length > 2 && pattern[0] == '*' && pattern[1] == '.') {
        size_t tail = pattern_length - 1; /* with its dot */
        return length > tail && strncasecmp(host + length - tail, pattern + 1, tail) == 0;
    }
    return length == pattern_length && strncasecmp(host, pattern, length) == 0;
}

bool authority_allowed(const char *list, const char *host)
{
    const char *word;
    size_t length = host ? host_length(host) : 0, word_length;
    if (!length)
        return false;
    if (is_address(host, length) || (length == 9 && strncasecmp(host, "localhost", 9) == 0))
        return true;
    if (host[length - 1] == '.') /* the same name, written in full */
        length--;
    while (word_next(&list, &word, &word_length))
        if (name_matches(word, word_length, host, length))
            return true;
    return false;
}

/* The port in the rest of an authority behind its host (":8080" or ""); unsaid, that of the scheme. */
static const char *port_of(const char *rest, bool https)
{
    if (!rest[0] || !rest[1])
        return https ? "443" : "80";
    return rest + 1;
}

bool authority_is_origin(const char *host, enum scheme scheme, const char *origin)
{
    bool https = strncasecmp(origin, "https://", 8) == 0;
    if (!host || (!https && strncasecmp(origin, "http://", 7) != 0))
        return false;
    if (scheme != SCHEME_UNKNOWN && https != (scheme == SCHEME_HTTPS))
        return false;
    const char *page = origin + (https ? 8 : 7);
    size_t length = host_length(host), page_length = host_length(page);
    return length && length == page_length && strncasecmp(host, page, length) == 0 &&
           strcmp(port_of(host + length, https), port_of(page + page_length, https)) == 0;
}

bool authority_listed(const char *list, const char *origin)
{
    const char *word;
    size_t length;
    while (word_next(&list, &word, &length))
        if (word[0] != '*' && length == strlen(origin) && strncasecmp(word, origin, length) == 0)
            return true;
    return false;
}

bool authority_any(const char *list)
{
    const char *word;
    size_t length;
    while (word_next(&list, &word, &length))
        if (length == 1 && word[0] == '*')
            return true;
    return false;
}
