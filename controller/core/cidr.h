/* cidr.h: lists of networks such as "10.0.0.0/8, fd00::/8", and whether an address lies in them. */
#ifndef QUAYWATCH_CORE_CIDR_H
#define QUAYWATCH_CORE_CIDR_H

#include <stdbool.h>

struct sockaddr;
struct error;
struct cidr_list;

/* Reads a comma list of networks (IPv4 or IPv6, "address/bits"; an address alone is itself only; bits beyond
 * the prefix are ignored). An empty text gives an empty list. *ret is freed with cidr_list_free(). On failure
 * -EINVAL with a sentence naming the part that is wrong; *ret is untouched then. */
int cidr_list_parse(const char *text, struct cidr_list **ret, struct error *err);

/* Whether address (AF_INET or AF_INET6; IPv4 mapped into IPv6 counts as IPv4) lies in one of the networks.
 * False for other families and for a NULL list. */
bool cidr_list_has(const struct cidr_list *list, const struct sockaddr *address);

/* Whether the list is NULL or holds no network. */
bool cidr_list_empty(const struct cidr_list *list);

/* Whether address is loopback, private (RFC 1918, RFC 4193 unique local), shared (RFC 6598) or link-local. */
bool cidr_is_private(const struct sockaddr *address);

/* Frees the list. NULL is fine. */
void cidr_list_free(struct cidr_list *list);

#endif
