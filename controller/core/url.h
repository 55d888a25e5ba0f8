/* url.h: text that holds URLs, as it may be shown to anybody. Pure. */
#ifndef QUAYWATCH_CORE_URL_H
#define QUAYWATCH_CORE_URL_H

struct buf;

/* Appends text without the userinfo and the query strings of URLs in it: both may be secrets. */
void url_clean(const char *text, struct buf *out);

#endif
