/* SPDX-License-Identifier: MIT */
/* Fuzz target: whatever a Caddy says its configuration is, only handlers that are ours by their "@id" come of
 * it. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>

#include "controller/core/error.h"
#include "controller/core/proxy_name.h"
#include "exporter/balancers/caddy_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct caddy_handler *handlers = NULL;
    struct error err = {0};
    int code = caddy_config_read((const char *)data, size, &handlers, &err);
    assert(code == 0 || (code == -EBADMSG && err.text[0] && !handlers));
    for (const struct caddy_handler *at = handlers; at; at = at->hh.next)
        assert(proxy_is_service_name(at->id) && at->upstreams && !at->wrong);
    caddy_handlers_clear(&handlers);
    assert(!handlers);
    return 0;
}
