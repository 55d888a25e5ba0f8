/* SPDX-License-Identifier: MIT */
/* file_render.c: what is to be in a file, and whether that is enough. */
#include "exporter/files/file_run.h"

#include <errno.h>
#include <stdio.h>

#include "controller/core/buf.h"
#include "controller/core/endpoint.h"
#include "controller/core/registry.h"
#include "exporter/formats/format.h"

static struct format_wish wish_of(const struct registry *registry, const struct file_entry *entry)
{
    return (struct format_wish){.registry = registry,
                                .tag = entry->tag,
                                .project = entry->project,
                                .version = entry->version,
                                .prefix = entry->prefix,
                                .wall_ms = registry_changed_at(registry)};
}

static size_t endpoints_of(const struct service *service)
{
    size_t count = 0;
    struct endpoint endpoint;
    for (const struct instance *at = service ? service->first : NULL; at; at = at->next)
        count += endpoint_of(at, &endpoint);
    return count;
}

int file_render(const struct files_shared *shared, const struct file_entry *entry, struct buf *out,
                struct error *err)
{
    struct format_wish wish = wish_of(shared->around.registry, entry);
    int code = entry->format ? format_find(entry->format)->render(&wish, out, err)
                             : error_set(err, -ENOTSUP, "templates cannot be rendered yet");
    if (code == 0 && out->full)
        code = error_set(err, -EFBIG, "what is to be written is larger than %zu bytes", out->max);
    return code;
}

void file_count(const struct registry *registry, const struct file_entry *entry, size_t *ret_services,
                size_t *ret_endpoints)
{
    struct format_wish wish = wish_of(registry, entry);
    *ret_services = *ret_endpoints = 0;
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        size_t count = format_selects(&wish, service) ? endpoints_of(service) : 0;
        *ret_services += count > 0;
        *ret_endpoints += count;
    }
}

bool file_enough(const struct registry *registry, const struct file_entry *entry, size_t endpoints,
                 char *sentence, size_t size)
{
    if (endpoints < entry->minimum) {
        snprintf(sentence, size, "%zu endpoint%s serve%s, and minimum is %u", endpoints,
                 endpoints == 1 ? "" : "s", endpoints == 1 ? "s" : "", entry->minimum);
        return false;
    }
    for (size_t i = 0; i < entry->each_count; i++) {
        size_t count = endpoints_of(registry_service(registry, entry->each[i].service));
        if (count < entry->each[i].count) {
            snprintf(sentence, size, "%zu endpoint%s of %.80s serve%s, and minimum is %u", count,
                     count == 1 ? "" : "s", entry->each[i].service, count == 1 ? "s" : "",
                     entry->each[i].count);
            return false;
        }
    }
    return true;
}
