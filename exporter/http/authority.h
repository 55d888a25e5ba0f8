/* authority.h: the hosts that a server is called by, and the origins of pages. Pure. */
#ifndef QUAYWATCH_EXPORTER_HTTP_AUTHORITY_H
#define QUAYWATCH_EXPORTER_HTTP_AUTHORITY_H

#include <stdbool.h>

#include "exporter/http/forwarded.h"

/* Whether host (of a Host header, with or without port) is one of the comma list of names; "*.example.com"
 * there stands for all names below it. An IP address and localhost always are: a page of somebody else cannot
 * have them as its name (DNS rebinding needs a name). */
bool authority_allowed(const char *list, const char *host);

/* Whether a page of this origin ("https://quay.example") was served by the host of that name: same name and
 * port, and the same scheme where that is known. */
bool authority_is_origin(const char *host, enum scheme scheme, const char *origin);

/* Whether an origin stands in the comma list, as it is. "*" there is nobody's origin. */
bool authority_listed(const char *list, const char *origin);

/* Whether the comma list has the word "*". */
bool authority_any(const char *list);

#endif
