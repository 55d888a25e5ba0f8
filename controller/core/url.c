/* SPDX-License-Identifier: MIT */
/* url.c: URLs without what may be secret in them. */
#include "controller/core/url.h"

#include <string.h>

#include "controller/core/buf.h"

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
