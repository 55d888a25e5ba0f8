/* SPDX-License-Identifier: MIT */
/* access.c: tokens in constant time, networks, and the origin of browsers. */
#include "exporter/access.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "controller/core/cidr.h"
#include "controller/core/mem.h"
#include "exporter/server.h"

struct access {
    char *auth_token, *read_token; /* "" when unset */
    struct cidr_list *allowed, *blocked;
    bool internal_only;
};

struct access *access_new(const struct server_options *options, struct error *err)
{
    struct access *access = mem_new(sizeof *access);
    access->auth_token = mem_copy(options->auth_token ? options->auth_token : "");
    access->read_token = mem_copy(options->read_token ? options->read_token : "");
    access->internal_only = options->internal_only;
    const char *allowed = options->allowed_networks ? options->allowed_networks : "";
    const char *blocked = options->blocked_networks ? options->blocked_networks : "";
    if (cidr_list_parse(allowed, &access->allowed, err) || cidr_list_parse(blocked, &access->blocked, err)) {
        access_free(access);
        return NULL;
    }
    return access;
}

enum transport access_transport(const struct sockaddr *address)
{
    return address->sa_family == AF_UNIX ? TRANSPORT_LOCAL : TRANSPORT_NETWORK;
}

bool access_from(const struct access *access, const struct sockaddr *address)
{
    if (access_transport(address) == TRANSPORT_LOCAL)
        return true;
    if (access->internal_only && !cidr_is_private(address))
        return false;
    if (!cidr_list_empty(access->blocked) && cidr_list_has(access->blocked, address))
        return false;
    return cidr_list_empty(access->allowed) || cidr_list_has(access->allowed, address);
}

/* Takes as long for a nearly right token as for a wrong one: only the length of what was given can be told
 * from the time, and the caller knows that. */
static bool token_same(const char *expected, const char *given)
{
    if (!given || !expected[0])
        return false;
    size_t expected_length = strlen(expected), given_length = strlen(given);
    volatile unsigned difference = (unsigned)(expected_length ^ given_length);
    for (size_t i = 0; i < given_length; i++)
        difference |= (unsigned char)given[i] ^ (unsigned char)expected[i % expected_length];
    return difference == 0;
}

static bool token_given(const char *expected, const struct credentials *credentials)
{
    const char *bearer = credentials->authorization;
    if (bearer && strncasecmp(bearer, "Bearer ", 7) == 0) {
        bearer += 7;
        bearer += strspn(bearer, " ");
    } else {
        bearer = NULL;
    }
    bool by_bearer = token_same(expected, bearer),
         by_header = token_same(expected, credentials->internal_token);
    return by_bearer || by_header;
}

/* A browser names the page's origin with every POST: it must be this very server. Other clients send none. */
static bool origin_matches(const struct credentials *credentials)
{
    if (!credentials->origin)
        return true;
    const char *authority = strstr(credentials->origin, "://");
    return authority && credentials->host && strcasecmp(authority + 3, credentials->host) == 0;
}

int access_check(const struct access *access, enum access_need need, const struct credentials *credentials,
                 const char **ret_why)
{
    if (credentials->transport == TRANSPORT_LOCAL)
        return 0;
    switch (need) {
    case ACCESS_FREE:
        return 0;
    case ACCESS_READ:
        if (!access->read_token[0] || token_given(access->read_token, credentials) ||
            token_given(access->auth_token, credentials))
            return 0;
        *ret_why = "Reading needs the READ_TOKEN or the AUTH_TOKEN, sent as \"Authorization: Bearer …\".";
        return 401;
    case ACCESS_CHANGE:
        break;
    }
    if (!access->auth_token[0]) {
        *ret_why = "Changes are refused because no AUTH_TOKEN is configured.";
        return 403;
    }
    if (!origin_matches(credentials)) {
        *ret_why = "The request comes from a page of another origin.";
        return 403;
    }
    if (!token_given(access->auth_token, credentials)) {
        *ret_why =
            "Changes need the AUTH_TOKEN, sent as \"Authorization: Bearer …\" or \"X-INTERNAL-TOKEN\".";
        return 401;
    }
    return 0;
}

void access_free(struct access *access)
{
    if (!access)
        return;
    free(access->auth_token);
    free(access->read_token);
    cidr_list_free(access->allowed);
    cidr_list_free(access->blocked);
    free(access);
}
