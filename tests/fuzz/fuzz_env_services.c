/* SPDX-License-Identifier: MIT */
/* fuzz_env_services.c: any bytes as a file of variables that register services: each service found is a
 * registration or has a sentence. The first byte chooses the prefix. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/external/env_services.h"
#include "controller/external/registration.h"
#include "controller/settings/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct lines {
    struct arena arena;
    struct pairs list;
};

static void on_line(void *user, const char *key, const char *value)
{
    struct lines *lines = user;
    pairs_set(&lines->arena, &lines->list, key, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const prefixes[] = {"", "MY_", "A"};
    const char *prefix = prefixes[size ? data[0] % 3 : 0];
    struct lines lines = {0};
    struct env_services services;
    struct error err = {0};
    char *text = mem_new(size + 1);
    if (size > 1)
        memcpy(text, data + 1, size - 1);
    if (options_parse_file(text, on_line, &lines, &err) != 0)
        lines.list.count = 0;
    free(text);
    env_services_read(&lines.list, prefix, &lines.arena, &services);
    for (size_t i = 0; i < services.count; i++) {
        const struct env_service *service = &services.item[i];
        struct registration *registration = NULL;
        struct error why = {0};
        assert((service->json == NULL) != (service->trouble == NULL));
        for (size_t j = 0; j < i; j++)
            assert(strcmp(services.item[j].variables, service->variables) != 0);
        if (!service->json)
            continue;
        if (registration_parse(service->json, strlen(service->json), &registration, &why) != 0) {
            assert(why.text[0]);
            continue;
        }
        assert(strncmp(registration->id, "env-", 4) == 0 &&
               strcmp(registration->id + 4, registration->name) == 0);
        assert(!strchr(registration->host, '@') && registration->port > 0);
        registration_free(registration);
    }
    arena_free(&lines.arena);
    return 0;
}
