/* env_name.h: what services are called in environment variables. Pure. */
#ifndef QUAYWATCH_CORE_ENV_NAME_H
#define QUAYWATCH_CORE_ENV_NAME_H

#include <stdbool.h>
#include <stddef.h>

struct service;

enum { ENV_NAME = 320, ENV_PREFIX_MAX = 64 };

/* "rag-service" is "RAG_SERVICE": letters become large, and what is no letter or digit becomes "_"; the
 * prefix
 * ("" or NULL: none) stands before it, and "_" where it would begin with a digit. Cut where it is too long.
 */
void env_name(const char *service, const char *prefix, char ret[static ENV_NAME]);

/* Whether text may be a prefix: letters, digits and "_", no digit first, at most ENV_PREFIX_MAX characters,
 * or
 * "". */
bool env_prefix_valid(const char *text);

/* For each of count services: the one that has the same name in environment variables and comes before it,
 * which keeps it; NULL where it is the first, or the only one. An array of count entries (NULL for none),
 * freed with free(). */
const struct service **env_name_owners(const struct service *const *service, size_t count);

#endif
