/* SPDX-License-Identifier: MIT */
/* transfer_words.c: the ends of transfers, and the faults of TLS, in words. */
#include "controller/core/transfer_words.h"

#include <stdio.h>

#include "controller/core/transfer.h"

static void tls_words(enum tls_fault fault, const char *ca_setting, char *ret, size_t size)
{
    switch (fault) {
    case TLS_FAULT_HANDSHAKE:
        snprintf(ret, size, "TLS could not be agreed on");
        return;
    case TLS_FAULT_SELF_SIGNED:
        snprintf(ret, size, "its certificate is signed by nobody but itself (%s names issuers to trust)",
                 ca_setting);
        return;
    case TLS_FAULT_UNTRUSTED:
        snprintf(ret, size, "the issuer of its certificate is not trusted (%s names issuers to trust)",
                 ca_setting);
        return;
    case TLS_FAULT_EXPIRED:
        snprintf(ret, size, "its certificate has expired");
        return;
    case TLS_FAULT_NOT_YET:
        snprintf(ret, size, "its certificate is not valid yet");
        return;
    case TLS_FAULT_NAME:
        snprintf(ret, size, "its certificate is made out to another name");
        return;
    case TLS_FAULT_CA_FILE:
        snprintf(ret, size, "the file that %s names cannot be used", ca_setting);
        return;
    case TLS_FAULT_CERT_FILE:
        snprintf(ret, size, "the certificate that we are to show, or its key, cannot be used");
        return;
    case TLS_FAULT_COUNT:
        break;
    }
    snprintf(ret, size, "TLS failed");
}

static const char *end_words(enum transfer_end end)
{
    switch (end) {
    case TRANSFER_REFUSED:
        return "the connection was refused";
    case TRANSFER_NO_ROUTE:
        return "there is no route to it";
    case TRANSFER_CONNECT_TIMEOUT:
        return "no connection in time";
    case TRANSFER_READ_TIMEOUT:
        return "no answer in time";
    case TRANSFER_PROTOCOL:
        return "what answers there speaks something else";
    case TRANSFER_CUT:
        return "the connection broke off";
    case TRANSFER_NAME:
        return "its name is not known";
    case TRANSFER_TLS:
    case TRANSFER_LOCAL:
    case TRANSFER_NO_SOCKET:
    case TRANSFER_DENIED:
    case TRANSFER_DONE:
    case TRANSFER_END_COUNT:
        break;
    }
    return "the request could not be made";
}

void transfer_words(const struct transfer_result *result, const char *ca_setting, char *ret, size_t size)
{
    if (result->end == TRANSFER_TLS)
        tls_words(result->tls_fault, ca_setting, ret, size);
    else
        snprintf(ret, size, "%s", end_words(result->end));
}
