/* transfer_easy.h: the two pure halves of a transfer, apart from the loop: a request → libcurl's options, and
 * libcurl's verdict → enum transfer_end. Only transfer*.c include this. */
#ifndef QUAYWATCH_CORE_TRANSFER_EASY_H
#define QUAYWATCH_CORE_TRANSFER_EASY_H

#include <curl/curl.h>

#include "controller/core/transfer.h"

/* Why the request cannot be started (a plain sentence, static text), or NULL when it can. */
const char *request_refusal(const struct transfer_request *request);

/* Whether a handle that made this request may make another such one without being reset, which costs a check
 * a tenth: a GET over TCP that differs in address, headers, time limits, verification and reuse only. */
bool easy_plain(const struct transfer_request *request);

/* What libcurl does not copy: it must outlive the transfer. */
struct easy_lists {
    struct curl_slist *headers, *connect_to; /* or NULL */
};

/* Sets everything about the network and the request on a reset easy handle, or (again) on one whose last
 * request was plain, as this one is. Fills the lists, which the caller frees with easy_lists_free. */
void easy_prepare(CURL *easy, const struct transfer_request *request, bool again, struct easy_lists *ret);

/* Frees them once the handle is done with. */
void easy_lists_free(struct easy_lists *lists);

/* Opens sockets for libcurl: 7.88 itself does not close them on exec, and commands that we run would inherit
 * them. */
curl_socket_t easy_open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address);

/* How a finished transfer ended. message is libcurl's error buffer; over_unix tells the two meanings of
 * EACCES apart. */
enum transfer_end easy_end(CURL *easy, CURLcode code, const char *message, bool over_unix);

/* What the error of a connect means. */
enum transfer_end transfer_end_of_errno(int code, bool over_unix);

/* What was wrong with a transfer that ended as TRANSFER_TLS. */
enum tls_fault easy_tls_fault(CURL *easy, CURLcode code);

#endif
