/* traefik_rules.h: what Traefik's decoder of dynamic configuration refuses, as a check for tests: it drops
 * the whole document for one unknown field (also of a later version), one empty object, one empty map.
 * Written after Traefik's own structures of 2.11 and 3.0 to 3.6, for the fields that are used here. */
#ifndef QUAYWATCH_TESTS_TRAEFIK_RULES_H
#define QUAYWATCH_TESTS_TRAEFIK_RULES_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the document can be decoded by version (211, 300, …) and all names in it that are of its own
 * provider exist; else the reason in ret. */
bool traefik_takes(const char *document, int version, char *ret, size_t size);

#endif
