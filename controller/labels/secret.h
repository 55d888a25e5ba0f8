/* secret.h: does this look like a secret? For labels that are shown to everybody who may read. Pure. */
#ifndef QUAYWATCH_CONTROLLER_LABELS_SECRET_H
#define QUAYWATCH_CONTROLLER_LABELS_SECRET_H

#include <stdbool.h>

/* Whether the value of a key is better not shown: a key that names one ("db_password", "api.token"), or a
 * value that has the form of one (a private key, a URL with user and password, "password=…", the tokens of
 * well-known services). Cautious the other way round where the key only speaks of secrets ("token_limit"). */
bool secret_likely(const char *key, const char *value);

#endif
