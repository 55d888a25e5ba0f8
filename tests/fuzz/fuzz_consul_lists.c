/* SPDX-License-Identifier: MIT */
/* fuzz_consul_lists.c: a Consul agent's lists of services and checks: whatever comes is read or refused. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"
#include "exporter/consul/enrol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *on_find(void *user, const char *id)
{
    return id[0] == 'q' ? user : NULL; /* what came is compared with itself, too */
}

static void on_service(void *user, const struct consul_enrolled *service)
{
    (void)user;
    assert(service->id && (!service->same || service->id[0] == 'q'));
}

static void on_check(void *user, const char *service, enum consul_status status)
{
    (void)user;
    assert(service && status < CONSUL_STATUS_COUNT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *json = mem_new(size + 1);
    if (size)
        memcpy(json, data, size);
    consul_enrolled_read(json, size, "node-1", on_find, on_service, json);
    consul_checks_read(json, size, on_check, NULL);
    free(json);
    return 0;
}
