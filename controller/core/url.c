/* SPDX-License-Identifier: MIT */
/* url.c: URLs and metadata without what may be secret in them. */
#include "controller/core/url.h"

#include <ctype.h>
#include <string.h>

#include "controller/core/buf.h"

enum { URL_MAX = 512 };

void url_clean(const char *text, struct buf *out)
{
    static const char url_end[] = " \t\r\n\"'<>`|\\^{}";
    const char *scheme;
    while ((scheme = strstr(text, "://"))) {
        const char *authority = scheme + 3;
        size_t length = strcspn(authority, url_end);
        const char *end = authority + length;
        const char *stop = authority + strcspn(authority, "/?#");
        if (stop > end)
            stop = end;
        const char *at = memrchr(authority, '@', (size_t)(stop - authority));
        const char *query = authority + strcspn(authority, "?#");
        buf_add(out, text, (size_t)(authority - text));
        if (at)
            authority = at + 1;
        buf_add(out, authority, (size_t)((query < end ? query : end) - authority));
        text = end;
    }
    buf_text(out, text);
}

bool metadata_is_secret(const char *key)
{
    return strcasestr(key, "basicauth") != NULL;
}

void url_put_part(const char *text, struct buf *out)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    bool dots = text[strspn(text, ".")] == '\0'; /* "." and ".." mean something in paths */
    if (!*text)
        buf_text(out, "-");
    for (; *text; text++)
        if (strchr(plain, *text) && !(dots && *text == '.'))
            buf_add(out, text, 1);
        else
            buf_format(out, "%%%02X", (unsigned char)*text);
}

bool url_is_plain(const char *text)
{
    static const char *const schemes[] = {"http://", "https://", "tcp://", "grpc://"};
    const char *host = NULL;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncmp(text, schemes[i], strlen(schemes[i])) == 0)
            host = text + strlen(schemes[i]);
    if (!host || (!isalnum((unsigned char)*host) && *host != '[') || strlen(text) > URL_MAX ||
        strpbrk(text, "@?#"))
        return false;
    for (const char *c = text; *c; c++)
        if (!isgraph((unsigned char)*c) || (unsigned char)*c >= 0x80)
            return false;
    return true;
}
