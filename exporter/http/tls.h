/* tls.h: the server's certificate and key: read from PEM files, handed to each connection as it begins,
 * replaced for those that begin later. The only file that knows GnuTLS, which libmicrohttpd speaks TLS with.
 */
#ifndef QUAYWATCH_EXPORTER_HTTP_TLS_H
#define QUAYWATCH_EXPORTER_HTTP_TLS_H

#include <stddef.h>

struct error;
struct tls;
struct tls_pair;

/* What may be spoken, for MHD_OPTION_HTTPS_PRIORITIES: TLS 1.2 and 1.3, keys agreed on anew for each
 * connection. */
extern const char tls_priorities[];

/* Reads certificate (with the chain behind it) and key. NULL with one sentence in err: which of them, and
 * what is wrong. */
struct tls *tls_open(const char *cert_file, const char *key_file, struct error *err);

/* Reads them anew: connections that begin from now on get the new ones, those that are open keep theirs. On
 * failure a negative code with a sentence in err, and everything stays as it was. */
int tls_reload(struct tls *tls, const char *cert_file, const char *key_file, struct error *err);

/* A connection begins: session (gnutls_session_t) uses the present pair, which must be released when it has
 * ended. */
struct tls_pair *tls_begin(struct tls *tls, void *session);
void tls_release(struct tls_pair *pair);

/* The certificate's callback that the library asks for at its start, and never calls: tls_begin comes before.
 */
typedef void tls_callback(void);
tls_callback *tls_no_callback(void);

/* Frees it; pairs that are in use live on. NULL is fine. */
void tls_close(struct tls *tls);

/* A name (or else an address) that the first certificate in a PEM file is made out to, as a client would
 * check it; -errno with a sentence in err when there is none. */
int tls_name_of(const char *cert_file, char *ret, size_t size, struct error *err);

#endif
