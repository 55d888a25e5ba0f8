/* dns_address.h: where questions are taken: "address:port" as socket addresses, and sentences for what goes
 * wrong there. */
#ifndef QUAYWATCH_EXPORTER_DNS_DNS_ADDRESS_H
#define QUAYWATCH_EXPORTER_DNS_DNS_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>

struct error;

enum { DNS_ADDRESS_TEXT = 80 };

/* Reads "127.0.0.1:53", "[::1]:53", "localhost:53"; ":53" is every address. -EINVAL with a sentence. */
int dns_address_parse(const char *text, struct sockaddr_storage *ret, struct error *err);

/* The length of an address of its family, its port, and itself as text ("[::1]:53"). */
socklen_t dns_address_length(const struct sockaddr_storage *place);
int dns_address_port(const struct sockaddr_storage *place);
void dns_address_set_port(struct sockaddr_storage *place, int port);
void dns_address_text(const struct sockaddr_storage *place, char ret[static DNS_ADDRESS_TEXT]);

/* An IPv4 address that an IPv6 socket shows as one of its own becomes IPv4 again. */
void dns_address_unmap(struct sockaddr_storage *place);

/* The sentence for a place that cannot be had (a negative errno); returns rc. */
int dns_address_failed(const struct sockaddr_storage *place, int rc, struct error *err);

#endif
