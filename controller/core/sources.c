/* SPDX-License-Identifier: MIT */
/* sources.c: who is answered, by address. */
#include "controller/core/sources.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "controller/core/cidr.h"
#include "controller/core/mem.h"

struct sources {
    struct cidr_list *allowed, *blocked;
    bool internal_only;
};

struct sources *sources_new(const char *allowed, const char *blocked, bool internal_only, struct error *err)
{
    struct sources *sources = mem_new(sizeof *sources);
    sources->internal_only = internal_only;
    if (cidr_list_parse(allowed ? allowed : "", &sources->allowed, err) != 0 ||
        cidr_list_parse(blocked ? blocked : "", &sources->blocked, err) != 0) {
        sources_free(sources);
        return NULL;
    }
    return sources;
}

bool sources_allow(const struct sources *sources, const struct sockaddr *address)
{
    bool limited = sources->internal_only || !cidr_list_empty(sources->blocked) ||
                   !cidr_list_empty(sources->allowed);
    if (!limited)
        return true;
    if (!address || (address->sa_family != AF_INET && address->sa_family != AF_INET6) ||
        (sources->internal_only && !cidr_is_private(address)) || cidr_list_has(sources->blocked, address))
        return false;
    return cidr_list_empty(sources->allowed) || cidr_list_has(sources->allowed, address);
}

void sources_free(struct sources *sources)
{
    if (!sources)
        return;
    cidr_list_free(sources->allowed);
    cidr_list_free(sources->blocked);
    free(sources);
}
