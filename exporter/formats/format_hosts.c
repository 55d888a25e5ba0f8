/* SPDX-License-Identifier: MIT */
/* format_hosts.c: names and addresses as in /etc/hosts (hosts(5)). */
#include "exporter/formats/format.h"

#include "controller/core/buf.h"
#include "controller/core/endpoint.h"
#include "controller/core/registry.h"
#include "controller/core/text.h"

int format_hosts(const struct format_wish *wish, struct buf *out, struct error *err)
{
    (void)err;
    struct endpoint endpoint;
    for (size_t i = 0; i < registry_count(wish->registry); i++) {
        const struct service *service = registry_at(wish->registry, i);
        if (!format_selects(wish, service) || !text_is_host(service->name))
            continue;
        for (const struct instance *at = service->first; at; at = at->next)
            if (endpoint_of(at, &endpoint))
                buf_format(out, "%s\t%s\n", endpoint.address, service->name);
    }
    return 0;
}
