/* token.h: tokens, compared in a time that tells nothing of the expected one. Pure. */
#ifndef QUAYWATCH_EXPORTER_HTTP_TOKEN_H
#define QUAYWATCH_EXPORTER_HTTP_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

enum { TOKEN_MAX = 512 };

/* A token as it is kept: padded, so that its length takes no part in a comparison's time. */
struct token {
    unsigned char byte[TOKEN_MAX];
    size_t length; /* 0: none is configured */
};

/* Keeps text ("" or NULL: none); false when it is longer than TOKEN_MAX, then none is kept. */
bool token_set(struct token *token, const char *text);

/* Whether given (may be NULL) is the token. The time depends on given alone. Never, when none is configured.
 */
bool token_same(const struct token *token, const char *given);

#endif
