/* url.h: text that holds URLs, and metadata, as they may be shown to anybody. Pure. */
#ifndef QUAYWATCH_CORE_URL_H
#define QUAYWATCH_CORE_URL_H

#include <stdbool.h>

struct buf;

/* Appends text without the userinfo and the query strings of URLs in it: both may be secrets. */
void url_clean(const char *text, struct buf *out);

/* Whether what stands under this key of the metadata is told to nobody, whoever put it there: users and
 * passwords for a proxy. Every exit and every answer asks this. */
bool metadata_is_secret(const char *key);

/* Appends text as one part of a path: all but letters, digits and "-._~" is percent-encoded, and so are the
 * dots of a part that is nothing else: no name leads out of its place. "-" for "". RFC 3986 2.3, 3.3. */
void url_put_part(const char *text, struct buf *out);

/* Whether text is one URL that may be handed out: http, https, tcp or grpc, a host, perhaps port and path; at
 * most 512 printable characters, and neither userinfo nor query, which may hold secrets. */
bool url_is_plain(const char *text);

#endif
