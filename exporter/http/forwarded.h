/* forwarded.h: who asked, where trusted proxies stand between: X-Forwarded-For, -Proto and -Host, and
 * Forwarded (RFC 7239). Only the right end of these lists was written by a proxy of ours; the rest is what
 * the client said. Pure; fuzzed. */
#ifndef QUAYWATCH_EXPORTER_HTTP_FORWARDED_H
#define QUAYWATCH_EXPORTER_HTTP_FORWARDED_H

#include <stddef.h>
#include <sys/socket.h>

struct cidr_list;

enum scheme { SCHEME_UNKNOWN, SCHEME_HTTP, SCHEME_HTTPS };

/* The client by the values of X-Forwarded-For (several lines of it joined by commas): the right-most address
 * that lies in none of the trusted networks, or the left-most when all do. AF_UNSPEC when that is no address,
 * so that nobody can tell who it was. List must not be empty. */
void forwarded_client(const char *list, const struct cidr_list *trusted, struct sockaddr_storage *ret);

/* The same by the values of Forwarded. */
void forwarded_client_rfc(const char *list, const struct cidr_list *trusted, struct sockaddr_storage *ret);

/* The scheme in the last element of X-Forwarded-Proto, or of Forwarded; SCHEME_UNKNOWN when it says none that
 * is known here. */
enum scheme forwarded_scheme(const char *list);
enum scheme forwarded_scheme_rfc(const char *list);

/* The last element of X-Forwarded-Host, or the host in the last element of Forwarded, into ret; "" when there
 * is none, or it is too long. */
void forwarded_host(const char *list, char *ret, size_t size);
void forwarded_host_rfc(const char *list, char *ret, size_t size);

#endif
