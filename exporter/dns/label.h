/* label.h: foreign text as names in DNS. Pure.
 *
 * Names of services, aliases and tags may hold anything; a name in DNS is labels of 1 to 63 characters with
 * dots between them. Of each text there are up to two names: as it is written, in lower case, where that is
 * possible; and as a host name, in which everything but letters, digits and hyphens became a hyphen. */
#ifndef QUAYWATCH_EXPORTER_DNS_LABEL_H
#define QUAYWATCH_EXPORTER_DNS_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes of texts, with the final NUL. */
enum { LABEL_TEXT = 64, NAME_TEXT = 254, LABEL_ADDRESS = 40 };

/* The text in lower case, dots between labels. False where it cannot be a name as it is: other characters
 * than letters, digits, - and _, a label that begins with _ (those are kept for ports), that is empty or too
 * long. *ret_folded: something was an upper-case letter. */
bool name_as_written(const char *text, char ret[static NAME_TEXT], bool *ret_folded);

/* The text as a host name: what cannot be in one becomes a hyphen (several in a row become one), none at the
 * ends of a label. False when a label is empty or too long then. */
bool name_as_host(const char *text, char ret[static NAME_TEXT]);

/* The same for a text that is one label: dots become hyphens, too. */
bool label_as_host(const char *text, char ret[static LABEL_TEXT]);

/* Joins two names with a dot; false when that is too long. */
bool name_join(const char *first, const char *rest, char ret[static NAME_TEXT]);

/* The label of an address, by which targets of SRV records are named: "172-20-0-2", and 32 digits for
 * IPv6. */
void label_of_address(const uint8_t bytes[static 16], bool ipv6, char ret[static LABEL_ADDRESS]);

/* The way back; false when it is no such label. */
bool label_to_address(const char *label, size_t len, uint8_t ret[static 16], bool *ret_ipv6);

#endif
