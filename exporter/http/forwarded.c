/* SPDX-License-Identifier: MIT */
/* forwarded.c: the lists that proxies write into a request's head. */
#include "exporter/http/forwarded.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "controller/core/cidr.h"

enum { NODE_MAX = 128 };

/* A piece of text that is not ended by a NUL. */
struct span {
    const char *at;
    size_t len;
};

static struct span trimmed(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return (struct span){at, (size_t)(end - at)};
}

/* The end of the piece that begins at text and ends before the first separator outside of quotes. */
static const char *piece_end(const char *text, const char *end, char separator)
{
    bool quoted = false;
    for (; text < end; text++) {
        if (quoted && *text == '\\' && text + 1 < end)
            text++;
        else if (*text == '"')
            quoted = !quoted;
        else if (!quoted && *text == separator)
            break;
    }
    return text;
}

/* Whether every quote is closed. A client that leaves one open would draw what a proxy has added into a text
 * of its own. */
static bool is_closed(const char *list)
{
    const char *end = list + strlen(list);
    bool quoted = false;
    for (; list < end; list++) {
        if (quoted && *list == '\\' && list + 1 < end)
            list++;
        else if (*list == '"')
            quoted = !quoted;
    }
    return !quoted;
}

/* Cuts the next element of a list off; false at its end. Empty elements are passed over (RFC 9110, 5.6.1).
 * Only the lists of Forwarded know quotes. */
static bool element_next(const char **rest, const char *end, bool quotes, struct span *ret)
{
    while (*rest < end) {
        const char *comma = memchr(*rest, ',', (size_t)(end - *rest));
        const char *stop = quotes ? piece_end(*rest, end, ',') : comma ? comma : end;
        *ret = trimmed(*rest, stop);
        *rest = stop < end ? stop + 1 : end;
        if (ret->len)
            return true;
    }
    return false;
}

static bool element_last(const char *list, bool quotes, struct span *ret)
{
    const char *end = list + strlen(list);
    bool any = false;
    if (quotes && !is_closed(list))
        return false;
    for (struct span element; element_next(&list, end, quotes, &element); any = true)
        *ret = element;
    return any;
}

/* The value of a parameter of one element of Forwarded, without its quotes; len 0 when it has none. */
static struct span parameter(struct span element, const char *name)
{
    const char *at = element.at, *end = at + element.len;
    while (at < end) {
        const char *stop = piece_end(at, end, ';'), *equals = memchr(at, '=', (size_t)(stop - at));
        struct span key = trimmed(at, equals ? equals : stop);
        if (equals && key.len == strlen(name) && strncasecmp(key.at, name, key.len) == 0) {
            struct span value = trimmed(equals + 1, stop);
            if (value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"')
                value = (struct span){value.at + 1, value.len - 2};
            return value;
        }
        at = stop < end ? stop + 1 : end;
    }
    return (struct span){end, 0};
}

/* ":80", or nothing. */
static bool is_port(const char *rest)
{
    return !rest[0] || (rest[0] == ':' && rest[1] && !rest[1 + strspn(rest + 1, "0123456789")]);
}

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]" or "[2001:db8::1]:80"; AF_UNSPEC for all else.
 */
static void node_parse(struct span node, struct sockaddr_storage *ret)
{
    char text[NODE_MAX], *host = text;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    *ret = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    if (!node.len || node.len >= sizeof text)
        return;
    memcpy(text, node.at, node.len);
    text[node.len] = '\0';
    char *colon = strchr(text, ':');
    if (text[0] == '[') {
        char *bracket = strchr(text, ']');
        if (!bracket || !is_port(bracket + 1))
            return;
        *bracket = '\0';
        host++;
    } else if (colon && !strchr(colon + 1, ':')) {
        if (!is_port(colon))
            return;
        *colon = '\0';
    }
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
        memcpy(ret, &v4, sizeof v4);
    else if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1)
        memcpy(ret, &v6, sizeof v6);
}

/* The right-most that is not trusted replaces all before it; while all are trusted the first one stays. */
static void choose(struct span node, const struct cidr_list *trusted, bool *first,
                   struct sockaddr_storage *chosen)
{
    struct sockaddr_storage address;
    node_parse(node, &address);
    if (*first || !cidr_list_has(trusted, (const struct sockaddr *)&address))
        *chosen = address;
    *first = false;
}

void forwarded_client(const char *list, const struct cidr_list *trusted, struct sockaddr_storage *ret)
{
    const char *end = list + strlen(list);
    bool first = true;
    *ret = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    for (struct span element; element_next(&list, end, false, &element);)
        choose(element, trusted, &first, ret);
}

void forwarded_client_rfc(const char *list, const struct cidr_list *trusted, struct sockaddr_storage *ret)
{
    const char *end = list + strlen(list);
    bool first = true;
    *ret = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    if (!is_closed(list))
        return;
    for (struct span element; element_next(&list, end, true, &element);)
        choose(parameter(element, "for"), trusted, &first, ret);
}

static enum scheme scheme_of(struct span word)
{
    if (word.len == 4 && strncasecmp(word.at, "http", 4) == 0)
        return SCHEME_HTTP;
    return word.len == 5 && strncasecmp(word.at, "https", 5) == 0 ? SCHEME_HTTPS : SCHEME_UNKNOWN;
}

enum scheme forwarded_scheme(const char *list)
{
    struct span last;
    return element_last(list, false, &last) ? scheme_of(last) : SCHEME_UNKNOWN;
}

enum scheme forwarded_scheme_rfc(const char *list)
{
    struct span last;
    return element_last(list, true, &last) ? scheme_of(parameter(last, "proto")) : SCHEME_UNKNOWN;
}

static void copy(struct span span, char *ret, size_t size)
{
    size_t length = span.len < size ? span.len : 0;
    memcpy(ret, span.at, length);
    ret[length] = '\0';
}

void forwarded_host(const char *list, char *ret, size_t size)
{
    struct span last;
    ret[0] = '\0';
    if (element_last(list, false, &last))
        copy(last, ret, size);
}

void forwarded_host_rfc(const char *list, char *ret, size_t size)
{
    struct span last;
    ret[0] = '\0';
    if (element_last(list, true, &last))
        copy(parameter(last, "host"), ret, size);
}
