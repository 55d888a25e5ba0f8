/* negotiate.h: what a request's headers say about the form of its answer. Pure. */
#ifndef QUAYWATCH_EXPORTER_HTTP_NEGOTIATE_H
#define QUAYWATCH_EXPORTER_HTTP_NEGOTIATE_H

#include <stdbool.h>

/* Whether an Accept-Encoding header (may be NULL) takes gzip. */
bool negotiate_gzip(const char *accept_encoding);

enum negotiate_match { MATCH_NONE, MATCH_PLAIN, MATCH_COMPRESSED };

/* Which form of the answer with this tag (without quotes) the caller has, by its If-None-Match header (may be
 * NULL). */
enum negotiate_match negotiate_match(const char *if_none_match, const char *tag);

#endif
