/* SPDX-License-Identifier: MIT */
/* Requests → libcurl options, and libcurl's and the system's error codes → enum transfer_end. */
#include "controller/core/transfer_easy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "controller/core/mem.h"

enum { RECEIVE_BUFFER = 4 * 1024 }; /* per running transfer: answers of checks are small */

static const char *const end_name[TRANSFER_END_COUNT] = {
    [TRANSFER_DONE] = "done",
    [TRANSFER_REFUSED] = "refused",
    [TRANSFER_NO_SOCKET] = "no-socket",
    [TRANSFER_DENIED] = "denied",
    [TRANSFER_NO_ROUTE] = "no-route",
    [TRANSFER_CONNECT_TIMEOUT] = "connect-timeout",
    [TRANSFER_READ_TIMEOUT] = "read-timeout",
    [TRANSFER_PROTOCOL] = "protocol",
    [TRANSFER_TLS] = "tls",
    [TRANSFER_CUT] = "cut",
    [TRANSFER_NAME] = "name",
    [TRANSFER_LOCAL] = "local",
};

const char *transfer_end_name(enum transfer_end end)
{
    return end_name[end];
}

/* The URL behind "://", or NULL when there is none. */
static const char *url_authority(const char *url)
{
    const char *mark = strstr(url, "://");
    return mark ? mark + 3 : NULL;
}

/* Whether the host is an IP address as inet_pton knows it. Stricter than libcurl (which also takes 127.1):
 * what passes here is never looked up, and a look-up would start a thread. */
static bool host_is_literal(const char *authority)
{
    size_t len = strcspn(authority, "/?#\\");
    for (const char *at; (at = memchr(authority, '@', len)) != NULL;) {
        len -= (size_t)(at + 1 - authority);
        authority = at + 1;
    }
    bool bracket = len > 0 && authority[0] == '[';
    if (bracket) {
        authority++;
        len--;
    }
    size_t host_len = 0;
    while (host_len < len && !strchr(bracket ? "]%" : ":", authority[host_len]))
        host_len++;
    char host[INET6_ADDRSTRLEN];
    if (host_len >= sizeof host || (bracket && host_len == len))
        return false;
    memcpy(host, authority, host_len);
    host[host_len] = '\0';
    struct in6_addr address;
    return inet_pton(bracket ? AF_INET6 : AF_INET, host, &address) == 1;
}

const char *request_refusal(const struct transfer_request *request)
{
    const char *authority = request->url ? url_authority(request->url) : NULL;
    if (!authority)
        return "the URL has no scheme";
    bool web = strncasecmp(request->url, "http://", 7) == 0 || strncasecmp(request->url, "https://", 8) == 0;
    if (!web && !(request->connect_only && strncasecmp(request->url, "tcp://", 6) == 0))
        return "only http:// and https:// are spoken";
    if (!request->unix_socket && !request->resolve && !host_is_literal(authority))
        return "the host is a name, not an IP address, and names are not looked up here";
    return NULL;
}

curl_socket_t easy_open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)user;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool headers_have(const char *const *headers, const char *name)
{
    size_t len = strlen(name);
    for (; headers && *headers; headers++)
        if (strncasecmp(*headers, name, len) == 0 && (*headers)[len] == ':')
            return true;
    return false;
}

static struct curl_slist *headers_add(struct curl_slist *list, const char *line)
{
    struct curl_slist *grown = curl_slist_append(list, line);
    return grown ? grown : list;
}

static struct curl_slist *headers_prepare(const struct transfer_request *request, bool posts)
{
    struct curl_slist *list = NULL;
    for (const char *const *line = request->headers; line && *line; line++)
        list = headers_add(list, *line);
    if (!posts)
        return list;
    /* A name without a value takes away what libcurl would add: waiting for "100 Continue", and a form's
     * type. */
    list = headers_add(list, "Expect:");
    if (!headers_have(request->headers, "Content-Type"))
        list = headers_add(list, "Content-Type:");
    return list;
}

static bool request_posts(const struct transfer_request *request)
{
    return request->body || (request->method && strcmp(request->method, "POST") == 0);
}

static void prepare_method(CURL *easy, const struct transfer_request *request)
{
    const char *method = request->method ? request->method : "GET";
    if (request_posts(request)) {
        const char *body = request->body ? request->body : "";
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        size_t len = request->body_len ? request->body_len : strlen(body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body);
        if (strcmp(method, "POST") != 0)
            curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    } else if (strcmp(method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (strcmp(method, "GET") != 0) {
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    }
}

static void prepare_tls(CURL *easy, const struct transfer_request *request)
{
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, request->insecure ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, request->insecure ? 0L : 2L);
    if (request->ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
    if (request->cert_file)
        curl_easy_setopt(easy, CURLOPT_SSLCERT, request->cert_file);
    if (request->key_file)
        curl_easy_setopt(easy, CURLOPT_SSLKEY, request->key_file);
}

static void prepare_timeouts(CURL *easy, const struct transfer_request *request)
{
    int64_t connect_ms = request->connect_timeout_ms ? request->connect_timeout_ms
                                                     : request->total_timeout_ms;
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(connect_ms > 0 ? connect_ms : 0));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     (long)(request->total_timeout_ms > 0 ? request->total_timeout_ms : 0));
    bool endless = request->total_timeout_ms <= 0; /* a stream must notice a peer that vanished */
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, endless && !request->unix_socket ? 1L : 0L);
}

/* With tls_name: the URL of that name, and the list that leads it to the URL's own host. */
static void prepare_named_url(CURL *easy, const struct transfer_request *request, struct easy_lists *ret)
{
    const char *authority = url_authority(request->url);
    size_t host = *authority == '[' ? strcspn(authority, "]") + 1 : strcspn(authority, ":/?#");
    char *url = mem_format("https://%s%s", request->tls_name, authority + host);
    char *way = mem_format("::%.*s:", (int)host, authority); /* any name and port → this address, same port */
    curl_easy_setopt(easy, CURLOPT_URL, url);
    ret->connect_to = headers_add(NULL, way);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, ret->connect_to);
    free(url);
    free(way);
}

static bool request_named(const struct transfer_request *request)
{
    return request->tls_name && !request->connect_only && strncasecmp(request->url, "https://", 8) == 0;
}

static void prepare_url(CURL *easy, const struct transfer_request *request, struct easy_lists *ret)
{
    if (request_named(request)) {
        prepare_named_url(easy, request, ret);
        return;
    }
    if (!request->connect_only) {
        curl_easy_setopt(easy, CURLOPT_URL, request->url);
        return;
    }
    /* With https:// libcurl would go on to the TLS handshake; only the connection is asked for. */
    char *plain = mem_format("http://%s", url_authority(request->url));
    curl_easy_setopt(easy, CURLOPT_URL, plain);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    free(plain);
}

/* What is the same for all requests. */
static void prepare_constants(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "quaywatch");
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
    /* After every transfer libcurl 7.88 walks its whole cache of names, IP literals included: keep it empty.
     */
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, easy_open_socket);
}

bool easy_plain(const struct transfer_request *request)
{
    bool get = !request->method || strcmp(request->method, "GET") == 0;
    return get && !request->body && !request->http2 && !request->unix_socket && !request->connect_only &&
           !request->resolve && !request->ca_file && !request->cert_file && !request->key_file &&
           !request->tls_name;
}

void easy_prepare(CURL *easy, const struct transfer_request *request, bool again, struct easy_lists *ret)
{
    prepare_url(easy, request, ret);
    prepare_timeouts(easy, request);
    prepare_tls(easy, request);
    /* A request that fits one packet has nothing to hold back: one system call less a check. */
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, easy_plain(request) ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->fresh || request->connect_only ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, request->fresh || request->connect_only ? 1L : 0L);
    if (!again) {
        prepare_method(easy, request);
        prepare_constants(easy);
        if (request->http2)
            curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                             strncasecmp(request->url, "https://", 8) == 0
                                 ? (long)CURL_HTTP_VERSION_2TLS
                                 : (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
        if (request->unix_socket)
            curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request->unix_socket);
        if (request->resolve) /* else a cancelled look-up makes the loop wait for its thread */
            curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    }
    ret->headers = headers_prepare(request, request_posts(request));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, ret->headers);
}

void easy_lists_free(struct easy_lists *lists)
{
    curl_slist_free_all(lists->headers);
    curl_slist_free_all(lists->connect_to);
    *lists = (struct easy_lists){0};
}

static bool easy_connected(CURL *easy)
{
    /* 7.88 sets the connect time only after the TLS handshake, and counts no connects on a reused connection.
     */
    long connects = 0;
    curl_off_t pretransfer_us = 0;
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer_us);
    return connects > 0 || pretransfer_us > 0;
}

enum transfer_end transfer_end_of_errno(int code, bool over_unix)
{
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return over_unix ? TRANSFER_NO_SOCKET : TRANSFER_NO_ROUTE;
    case EACCES: /* over TCP: a firewall's "administratively prohibited" */
    case EPERM:
        return over_unix ? TRANSFER_DENIED : TRANSFER_NO_ROUTE;
    case EADDRNOTAVAIL:
    case ENETUNREACH:
    case ENETDOWN:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case EAFNOSUPPORT: /* IPv6 is switched off here */
    case EINVAL:       /* a link-local address without its interface */
        return TRANSFER_NO_ROUTE;
    case ETIMEDOUT:
        return TRANSFER_CONNECT_TIMEOUT;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return TRANSFER_LOCAL;
    default:
        return TRANSFER_REFUSED;
    }
}

static enum transfer_end connect_end(CURL *easy, bool over_unix)
{
    long code = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &code);
    return transfer_end_of_errno((int)code, over_unix);
}

enum transfer_end easy_end(CURL *easy, CURLcode code, const char *message, bool over_unix)
{
    /* CURLcode has a hundred values, most of them about protocols that are not spoken here: compare, do not
     * switch. */
    static const CURLcode tls[] = {CURLE_SSL_CONNECT_ERROR,     CURLE_PEER_FAILED_VERIFICATION,
                                   CURLE_SSL_CERTPROBLEM,       CURLE_SSL_CIPHER,
                                   CURLE_SSL_CACERT_BADFILE,    CURLE_SSL_ISSUER_ERROR,
                                   CURLE_SSL_CRL_BADFILE,       CURLE_SSL_INVALIDCERTSTATUS,
                                   CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CLIENTCERT};
    if (code == CURLE_OK)
        return TRANSFER_DONE;
    for (size_t i = 0; i < sizeof tls / sizeof *tls; i++)
        if (code == tls[i])
            return TRANSFER_TLS;
    if (code == CURLE_COULDNT_CONNECT)
        return connect_end(easy, over_unix);
    if (code == CURLE_COULDNT_RESOLVE_HOST) /* over a Unix socket: its path is too long */
        return over_unix ? TRANSFER_LOCAL : TRANSFER_NAME;
    if (!easy_connected(easy))
        return code == CURLE_OPERATION_TIMEDOUT ? TRANSFER_CONNECT_TIMEOUT : TRANSFER_LOCAL;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return TRANSFER_READ_TIMEOUT;
    if (code == CURLE_RECV_ERROR) /* libcurl's code for a broken chunk length as well */
        return strstr(message, "chunked-encoding") ? TRANSFER_PROTOCOL : TRANSFER_CUT;
    if (code == CURLE_HTTP2) /* what comes is no HTTP/2 */
        return TRANSFER_PROTOCOL;
    if (code == CURLE_HTTP2_STREAM || code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING ||
        code == CURLE_PARTIAL_FILE)
        return TRANSFER_CUT;
    if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY ||
        code == CURLE_OUT_OF_MEMORY || code == CURLE_BAD_CONTENT_ENCODING)
        return TRANSFER_PROTOCOL; /* not HTTP 1.x, broken status line or header, endless header */
    return TRANSFER_LOCAL;
}

enum tls_fault easy_tls_fault(CURL *easy, CURLcode code)
{
    /* OpenSSL's verdicts on a chain (x509_vfy.h); their values are part of its interface. */
    static const struct {
        long verdict;
        enum tls_fault fault;
    } faults[] = {{2, TLS_FAULT_UNTRUSTED},    {9, TLS_FAULT_NOT_YET},      {10, TLS_FAULT_EXPIRED},
                  {18, TLS_FAULT_SELF_SIGNED}, {19, TLS_FAULT_SELF_SIGNED}, {20, TLS_FAULT_UNTRUSTED},
                  {21, TLS_FAULT_UNTRUSTED},   {27, TLS_FAULT_UNTRUSTED}};
    if (code == CURLE_SSL_CACERT_BADFILE)
        return TLS_FAULT_CA_FILE;
    if (code == CURLE_SSL_CERTPROBLEM)
        return TLS_FAULT_CERT_FILE;
    if (code != CURLE_PEER_FAILED_VERIFICATION)
        return TLS_FAULT_HANDSHAKE;
    long verdict = 0;
    curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (faults[i].verdict == verdict)
            return faults[i].fault;
    /* The name is compared before libcurl asks for the verdict on the chain: 0 or 1 then. */
    return verdict <= 1 ? TLS_FAULT_NAME : TLS_FAULT_UNTRUSTED;
}
