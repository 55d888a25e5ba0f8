/* SPDX-License-Identifier: MIT */
/* token.c: comparison of tokens in constant time. */
#include "exporter/http/token.h"

#include <string.h>

bool token_set(struct token *token, const char *text)
{
    size_t length = text ? strlen(text) : 0;
    *token = (struct token){0};
    if (length > TOKEN_MAX)
        return false;
    if (length)
        memcpy(token->byte, text, length);
    token->length = length;
    return true;
}

bool token_same(const struct token *token, const char *given)
{
    struct token other = {0};
    /* What is too long differs in its length, and takes no longer. */
    other.length = given ? strnlen(given, TOKEN_MAX + 1) : 0;
    if (other.length)
        memcpy(other.byte, given, other.length < TOKEN_MAX ? other.length : TOKEN_MAX);
    /* volatile: the compiler must not see that the loop could end early. */
    volatile unsigned difference = (token->length ^ other.length) != 0;
    for (size_t i = 0; i < TOKEN_MAX; i++)
        difference |= (unsigned)(token->byte[i] ^ other.byte[i]);
    return (difference == 0) & (token->length != 0);
}
