/* transfer_words.h: how a transfer ended, in words for people. Pure. */
#ifndef QUAYWATCH_CORE_TRANSFER_WORDS_H
#define QUAYWATCH_CORE_TRANSFER_WORDS_H

#include <stddef.h>

struct transfer_result;

/* Why there is no answer, as the end of "…: <it>", into ret of size bytes: "the connection was refused".
 * ca_setting is the key of the setting that names issuers to trust. It never holds the address. */
void transfer_words(const struct transfer_result *result, const char *ca_setting, char *ret, size_t size);

#endif
