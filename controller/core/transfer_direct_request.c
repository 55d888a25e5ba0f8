/* SPDX-License-Identifier: MIT */
/* transfer_direct_request.c: which requests are plain enough to be made without libcurl, where they go and
 * what is sent. */
#include "controller/core/transfer_direct_request.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "controller/core/text.h"
#include "controller/core/transfer_easy.h"

/* ---- where to ---- */

static bool port_read(const char *text, size_t len, uint16_t *ret)
{
    char copy[8];
    int64_t port;
    if (len == 0 || len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (text_number(copy, 1, UINT16_MAX, &port) != 0)
        return false;
    *ret = (uint16_t)port;
    return true;
}

/* "10.0.0.1:80", "[fd00::1]:80", with or without port. */
static bool host_read(const char *host, size_t len, struct direct_target *ret)
{
    char name[INET6_ADDRSTRLEN];
    bool bracket = len > 0 && host[0] == '[';
    const char *end = memchr(host, bracket ? ']' : ':', len);
    if (bracket && !end)
        return false;
    size_t name_len = (size_t)((end ? end : host + len) - host) - bracket;
    if (name_len >= sizeof name)
        return false;
    memcpy(name, host + bracket, name_len);
    name[name_len] = '\0';
    const char *rest = host + name_len + (bracket ? 2 : 0);
    size_t rest_len = (size_t)(host + len - rest);
    uint16_t port = 80;
    if (rest_len > 0 && (*rest != ':' || !port_read(rest + 1, rest_len - 1, &port)))
        return false;
    *ret = (struct direct_target){.host = host, .host_len = len};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (inet_pton(bracket ? AF_INET6 : AF_INET, name, bracket ? (void *)&in6.sin6_addr : &in.sin_addr) != 1)
        return false;
    ret->address_len = bracket ? sizeof in6 : sizeof in;
    memcpy(&ret->address, bracket ? (void *)&in6 : &in, ret->address_len);
    return true;
}

/* Whether all is printable ASCII that stands for itself. */
static bool path_regular(const char *path, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (path[i] <= ' ' || path[i] >= 0x7f || path[i] == '#' || path[i] == '\\')
            return false;
    return true;
}

bool direct_target_read(const char *url, struct direct_target *ret)
{
    if (strncmp(url, "http://", 7) != 0)
        return false;
    const char *host = url + 7;
    size_t host_len = strcspn(host, "/?#\\");
    const char *path = host + host_len;
    size_t path_len = strlen(path);
    if (!host_read(host, host_len, ret) || (path_len > 0 && *path != '/') || !path_regular(path, path_len))
        return false;
    ret->path = path;
    ret->path_len = path_len;
    return true;
}

/* ---- what to send ---- */

static bool headers_have(const char *const *headers, const char *name)
{
    size_t len = strlen(name);
    for (; headers && *headers; headers++)
        if (strncasecmp(*headers, name, len) == 0 && ((*headers)[len] == ':' || (*headers)[len] == ';'))
            return true;
    return false;
}

static size_t add(char *text, size_t used, const char *piece, size_t len)
{
    if (used + len < DIRECT_REQUEST)
        memcpy(text + used, piece, len);
    return used + len;
}

static size_t add_text(char *text, size_t used, const char *piece)
{
    return add(text, used, piece, strlen(piece));
}

size_t direct_request_write(const struct transfer_request *request, const struct direct_target *target,
                            char text[static DIRECT_REQUEST])
{
    size_t used = add_text(text, 0, "GET ");
    used = target->path_len ? add(text, used, target->path, target->path_len) : add_text(text, used, "/");
    used = add_text(text, used, " HTTP/1.1\r\n");
    if (!headers_have(request->headers, "Host")) {
        used = add_text(text, used, "Host: ");
        used = add(text, used, target->host, target->host_len);
        used = add_text(text, used, "\r\n");
    }
    if (!headers_have(request->headers, "User-Agent"))
        used = add_text(text, used, "User-Agent: quaywatch\r\n");
    if (!headers_have(request->headers, "Accept"))
        used = add_text(text, used, "Accept: */*\r\n");
    for (const char *const *line = request->headers; line && *line; line++) {
        used = add_text(text, used, *line);
        used = add_text(text, used, "\r\n");
    }
    return add_text(text, used, "\r\n");
}

/* A name without a value has meanings of libcurl's own ("Name:" takes a header away, "Name;" sends it empty).
 */
static bool headers_regular(const char *const *headers)
{
    for (; headers && *headers; headers++) {
        const char *colon = strchr(*headers, ':');
        if (!colon || colon[1 + strspn(colon + 1, " \t")] == '\0' || strpbrk(*headers, "\r\n"))
            return false;
    }
    return true;
}

bool direct_fits(const struct transfer_request *request)
{
    return request->fresh && request->url && easy_plain(request) && !request->on_data &&
           !request->on_header && !request->connect_timeout_ms && request->total_timeout_ms > 0 &&
           headers_regular(request->headers);
}
