/* SPDX-License-Identifier: MIT */
/* tls.c: certificate and key with GnuTLS. A pair is counted: it lives as long as a connection that began with
 * it. */
#include "exporter/http/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"

const char tls_priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:%SERVER_PRECEDENCE";

struct tls_pair {
    gnutls_certificate_credentials_t credentials;
    unsigned refs;
};

struct tls {
    struct tls_pair *present;
};

/* ---- reading ---- */

static int read_pem(const char *setting, const char *path, gnutls_datum_t *ret, struct error *err)
{
    char *text;
    size_t length;
    if (file_read(path, LIMIT_CONFIG_FILE, &text, &length, err) != 0)
        return error_wrap(err, "%s", setting);
    *ret = (gnutls_datum_t){.data = (unsigned char *)text, .size = (unsigned)length};
    return 0;
}

/* Keys do not stay in memory that is given back. */
static void forget(gnutls_datum_t *pem)
{
    if (pem->data)
        explicit_bzero(pem->data, pem->size);
    free(pem->data);
}

/* Whether the PEM text holds a certificate, or a private key, by itself: to tell which file is wrong. */
static bool is_certificate(const gnutls_datum_t *pem)
{
    gnutls_x509_crt_t certificate;
    bool fine = gnutls_x509_crt_init(&certificate) == 0;
    if (fine) {
        fine = gnutls_x509_crt_import(certificate, pem, GNUTLS_X509_FMT_PEM) == 0;
        gnutls_x509_crt_deinit(certificate);
    }
    return fine;
}

static bool is_key(const gnutls_datum_t *pem)
{
    gnutls_x509_privkey_t key;
    bool fine = gnutls_x509_privkey_init(&key) == 0;
    if (fine) {
        fine = gnutls_x509_privkey_import2(key, pem, GNUTLS_X509_FMT_PEM, NULL, 0) == 0;
        gnutls_x509_privkey_deinit(key);
    }
    return fine;
}

static int pair_failed(int rc, const gnutls_datum_t *cert, const gnutls_datum_t *key, const char *cert_file,
                       const char *key_file, struct error *err)
{
    if (!is_certificate(cert))
        return error_set(err, -EINVAL, "TLS_CERT: %s holds no certificate in PEM form", cert_file);
    if (!is_key(key))
        return error_set(err, -EINVAL, "TLS_KEY: %s holds no private key in PEM form (without a password)",
                         key_file);
    if (rc == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
        return error_set(err, -EINVAL, "TLS_KEY: %s is not the key of the certificate in %s", key_file,
                         cert_file);
    return error_set(err, -EINVAL, "TLS_CERT, TLS_KEY: %s and %s cannot be used: %s", cert_file, key_file,
                     gnutls_strerror(rc));
}

static struct tls_pair *pair_of(const gnutls_datum_t *cert, const gnutls_datum_t *key, const char *cert_file,
                                const char *key_file, struct error *err)
{
    struct tls_pair *pair = mem_new(sizeof *pair);
    int rc = gnutls_certificate_allocate_credentials(&pair->credentials);
    if (rc == 0) {
        rc = gnutls_certificate_set_x509_key_mem2(pair->credentials, cert, key, GNUTLS_X509_FMT_PEM, NULL, 0);
        if (rc >= 0) {
            pair->refs = 1;
            return pair;
        }
        gnutls_certificate_free_credentials(pair->credentials);
    }
    pair_failed(rc, cert, key, cert_file, key_file, err);
    free(pair);
    return NULL;
}

static struct tls_pair *pair_read(const char *cert_file, const char *key_file, struct error *err)
{
    gnutls_datum_t cert = {0}, key = {0};
    struct tls_pair *pair = NULL;
    if (!cert_file[0] || !key_file[0])
        error_set(err, -EINVAL, "TLS needs both TLS_CERT and TLS_KEY, and %s is not set",
                  cert_file[0] ? "TLS_KEY" : "TLS_CERT");
    else if (read_pem("TLS_CERT", cert_file, &cert, err) == 0 &&
             read_pem("TLS_KEY", key_file, &key, err) == 0)
        pair = pair_of(&cert, &key, cert_file, key_file, err);
    free(cert.data);
    forget(&key);
    return pair;
}

/* ---- using ---- */

struct tls *tls_open(const char *cert_file, const char *key_file, struct error *err)
{
    struct tls_pair *pair = pair_read(cert_file, key_file, err);
    if (!pair)
        return NULL;
    struct tls *tls = mem_new(sizeof *tls);
    tls->present = pair;
    return tls;
}

int tls_reload(struct tls *tls, const char *cert_file, const char *key_file, struct error *err)
{
    struct tls_pair *pair = pair_read(cert_file, key_file, err);
    if (!pair)
        return err->code;
    tls_release(tls->present);
    tls->present = pair;
    return 0;
}

struct tls_pair *tls_begin(struct tls *tls, void *session)
{
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, tls->present->credentials);
    tls->present->refs++;
    return tls->present;
}

void tls_release(struct tls_pair *pair)
{
    if (!pair || --pair->refs)
        return;
    gnutls_certificate_free_credentials(pair->credentials);
    free(pair);
}

static int no_certificate(gnutls_session_t session, const gnutls_datum_t *issuers, int issuer_count,
                          const gnutls_pk_algorithm_t *algorithms, int algorithm_count, gnutls_pcert_st **ret,
                          unsigned *ret_count, gnutls_privkey_t *ret_key)
{
    (void)session, (void)issuers, (void)issuer_count, (void)algorithms, (void)algorithm_count;
    (void)ret, (void)ret_key;
    *ret_count = 0;
    return -1;
}

tls_callback *tls_no_callback(void)
{
    return (tls_callback *)no_certificate;
}

void tls_close(struct tls *tls)
{
    if (!tls)
        return;
    tls_release(tls->present);
    free(tls);
}

/* ---- the names in a certificate ---- */

static bool name_by_kind(gnutls_x509_crt_t certificate, gnutls_x509_subject_alt_name_t wanted, char *ret,
                         size_t size)
{
    char bytes[256];
    for (unsigned i = 0;; i++) {
        size_t length = sizeof bytes - 1;
        int kind = gnutls_x509_crt_get_subject_alt_name(certificate, i, bytes, &length, NULL);
        if (kind < 0 && kind != GNUTLS_E_SHORT_MEMORY_BUFFER)
            return false;
        if (kind != (int)wanted)
            continue;
        bytes[length] = '\0';
        if (wanted == GNUTLS_SAN_IPADDRESS)
            return inet_ntop(length == 4 ? AF_INET : AF_INET6, bytes, ret, (socklen_t)size) != NULL;
        /* Any name below stands for all of them. */
        bool all = strncmp(bytes, "*.", 2) == 0;
        snprintf(ret, size, "%s%s", all ? "quaywatch" : "", all ? bytes + 1 : bytes);
        return true;
    }
}

int tls_name_of(const char *cert_file, char *ret, size_t size, struct error *err)
{
    gnutls_datum_t pem = {0};
    gnutls_x509_crt_t certificate;
    size_t length = size;
    if (read_pem("TLS_CERT", cert_file, &pem, err) != 0)
        return err->code;
    bool found = false;
    if (gnutls_x509_crt_init(&certificate) == 0) {
        found = gnutls_x509_crt_import(certificate, &pem, GNUTLS_X509_FMT_PEM) == 0 &&
                (name_by_kind(certificate, GNUTLS_SAN_DNSNAME, ret, size) ||
                 name_by_kind(certificate, GNUTLS_SAN_IPADDRESS, ret, size) ||
                 gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, ret,
                                               &length) == 0);
        gnutls_x509_crt_deinit(certificate);
    }
    free(pem.data);
    return found ? 0 : error_set(err, -EINVAL, "TLS_CERT: %s names no host", cert_file);
}
