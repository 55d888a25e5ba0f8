/* SPDX-License-Identifier: MIT */
/* negotiate.c: Accept-Encoding and If-None-Match (RFC 9110, sections 12.5.3 and 13.1.2). */
#include "exporter/http/negotiate.h"

#include <string.h>
#include <strings.h>

/* Whether the parameters of one list element say q=0. */
static bool refused(const char *parameters, const char *end)
{
    for (const char *at = parameters; at + 2 < end; at++) {
        if (strncasecmp(at, "q=", 2) != 0)
            continue;
        for (at += 2; at < end && *at != ' '; at++)
            if (*at >= '1' && *at <= '9')
                return false;
        return true;
    }
    return false;
}

bool negotiate_gzip(const char *accept_encoding)
{
    const char *at = accept_encoding;
    bool any = false;
    while (at && *at) {
        at += strspn(at, " \t,");
        const char *end = at + strcspn(at, ",");
        size_t name = strcspn(at, " \t;,");
        if ((name == 4 && strncasecmp(at, "gzip", 4) == 0) ||
            (name == 6 && strncasecmp(at, "x-gzip", 6) == 0))
            return !refused(at + name, end);
        if (name == 1 && *at == '*')
            any = !refused(at + name, end);
        at = end;
    }
    return any;
}

enum negotiate_match negotiate_match(const char *if_none_match, const char *tag)
{
    size_t length = strlen(tag);
    const char *at = if_none_match;
    while (at && *at) {
        at += strspn(at, " \t,");
        if (*at == '*')
            return MATCH_PLAIN;
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        if (*at != '"') { /* no tag: skip it */
            at += strcspn(at, ",");
            continue;
        }
        const char *value = ++at;
        size_t given = strcspn(value, "\"");
        if (given == length && strncmp(value, tag, length) == 0)
            return MATCH_PLAIN;
        if (given == length + 3 && strncmp(value, tag, length) == 0 && strncmp(value + length, "-gz", 3) == 0)
            return MATCH_COMPRESSED;
        at = value + given;
        at += *at == '"';
    }
    return MATCH_NONE;
}
