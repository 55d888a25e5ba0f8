/* SPDX-License-Identifier: MIT */
/* access.c: tokens, networks, and the origin of browsers. */
#include "exporter/access.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "controller/core/cidr.h"
#include "controller/core/error.h"
#include "controller/core/mem.h"
#include "controller/core/sources.h"
#include "exporter/http/authority.h"
#include "exporter/server.h"
#include "exporter/http/token.h"

struct access {
    struct token auth_token, read_token;
    struct sources *sources;
    struct cidr_list *proxies;
    bool secure;
    char *hosts, *origins; /* "" when unset */
};

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

struct access *access_new(const struct server_options *options, struct error *err)
{
    struct access *access = mem_new(sizeof *access);
    access->secure = or_empty(options->tls_cert)[0] != '\0';
    access->hosts = mem_copy(or_empty(options->allowed_hosts));
    access->origins = mem_copy(or_empty(options->cors_origins));
    if (!token_set(&access->auth_token, options->auth_token) ||
        !token_set(&access->read_token, options->read_token)) {
        error_set(err, -EINVAL, "a token is longer than %d bytes", TOKEN_MAX);
        access_free(access);
        return NULL;
    }
    access->sources = sources_new(options->allowed_networks, options->blocked_networks,
                                  options->internal_only, err);
    if (!access->sources || cidr_list_parse(or_empty(options->trusted_proxy), &access->proxies, err)) {
        access_free(access);
        return NULL;
    }
    return access;
}

/* ---- who asks ---- */

static struct sockaddr_storage stored(const struct sockaddr *address)
{
    struct sockaddr_storage stored = {.ss_family = AF_UNSPEC};
    if (address && address->sa_family == AF_INET)
        memcpy(&stored, address, sizeof(struct sockaddr_in));
    else if (address && address->sa_family == AF_INET6)
        memcpy(&stored, address, sizeof(struct sockaddr_in6));
    return stored;
}

static void believe(const struct access *access, const struct forwarding *forwarding, struct visitor *visitor)
{
    if (forwarding->rfc) {
        forwarded_client_rfc(forwarding->rfc, access->proxies, &visitor->client);
        visitor->scheme = forwarded_scheme_rfc(forwarding->rfc);
        forwarded_host_rfc(forwarding->rfc, visitor->host, sizeof visitor->host);
        visitor->other = visitor->client;
    }
    if (forwarding->x_for) {
        forwarded_client(forwarding->x_for, access->proxies, &visitor->client);
        if (!forwarding->rfc)
            visitor->other = visitor->client;
    }
    if (forwarding->x_proto)
        visitor->scheme = forwarded_scheme(forwarding->x_proto);
    if (forwarding->x_host)
        forwarded_host(forwarding->x_host, visitor->host, sizeof visitor->host);
}

void access_visitor(const struct access *access, const struct sockaddr *peer,
                    const struct forwarding *forwarding, struct visitor *ret)
{
    *ret = (struct visitor){.client = stored(peer), .other = stored(peer)};
    ret->local = peer && peer->sa_family == AF_UNIX;
    if (access->secure)
        ret->scheme = SCHEME_HTTPS;
    else if (!cidr_list_empty(access->proxies))
        ret->scheme = SCHEME_HTTP;
    if (cidr_list_has(access->proxies, peer))
        believe(access, forwarding, ret);
}

bool access_from(const struct access *access, const struct visitor *visitor)
{
    return visitor->local || (sources_allow(access->sources, (const struct sockaddr *)&visitor->client) &&
                              sources_allow(access->sources, (const struct sockaddr *)&visitor->other));
}

bool access_host(const struct access *access, const struct visitor *visitor, const char *host)
{
    if (!access->hosts[0] || visitor->local)
        return true;
    return authority_allowed(access->hosts, visitor->host[0] ? visitor->host : host);
}

/* ---- what a route needs ---- */

static bool token_given(const struct token *token, const struct credentials *credentials)
{
    const char *bearer = credentials->authorization;
    if (bearer && strncasecmp(bearer, "Bearer ", 7) == 0) {
        bearer += 7;
        bearer += strspn(bearer, " ");
    } else {
        bearer = NULL;
    }
    bool by_bearer = token_same(token, bearer), by_header = token_same(token, credentials->internal_token);
    bool by_consul = token_same(token, credentials->consul_token);
    return by_bearer || by_header || by_consul;
}

/* A browser names the page's origin with every POST: it must be this very server, or one that is listed.
 * Other clients send none. */
static bool origin_matches(const struct access *access, const struct credentials *credentials)
{
    const struct visitor *visitor = credentials->visitor;
    const char *origin = credentials->origin;
    bool change = false;
    if (!origin || (access_cors_origin(access, origin, &change) && change))
        return true;
    if (visitor->host[0] && authority_is_origin(visitor->host, visitor->scheme, origin))
        return true;
    return authority_is_origin(credentials->host, visitor->scheme, origin);
}

static int check_change(const struct access *access, const struct credentials *credentials,
                        const char **ret_why)
{
    if (!access->auth_token.length) {
        *ret_why = "Changes are refused because no AUTH_TOKEN is configured.";
        return 403;
    }
    if (!origin_matches(access, credentials)) {
        *ret_why = "The request comes from a page of another origin.";
        return 403;
    }
    if (!token_given(&access->auth_token, credentials)) {
        *ret_why =
            "Changes need the AUTH_TOKEN, sent as \"Authorization: Bearer …\" or \"X-INTERNAL-TOKEN\".";
        return 401;
    }
    return 0;
}

int access_check(const struct access *access, enum access_need need, const struct credentials *credentials,
                 const char **ret_why)
{
    if (credentials->visitor->local)
        return 0;
    switch (need) {
    case ACCESS_FREE:
        return 0;
    case ACCESS_READ:
        if (!access->read_token.length || token_given(&access->read_token, credentials) ||
            token_given(&access->auth_token, credentials))
            return 0;
        *ret_why = "Reading needs the READ_TOKEN or the AUTH_TOKEN, sent as \"Authorization: Bearer …\".";
        return 401;
    case ACCESS_CHANGE:
        break;
    }
    return check_change(access, credentials, ret_why);
}

/* ---- pages of other origins ---- */

bool access_cors(const struct access *access)
{
    return access->origins[0] != '\0';
}

const char *access_cors_origin(const struct access *access, const char *origin, bool *ret_change)
{
    *ret_change = authority_listed(access->origins, origin);
    if (authority_any(access->origins))
        return "*";
    return *ret_change ? origin : NULL;
}

void access_free(struct access *access)
{
    if (!access)
        return;
    free(access->hosts);
    free(access->origins);
    sources_free(access->sources);
    cidr_list_free(access->proxies);
    free(access);
}
