/* SPDX-License-Identifier: MIT */
/* file_render.c: what is to be in a file, and whether that is enough. */
#include "exporter/files/file_run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/endpoint.h"
#include "controller/core/registry.h"
#include "exporter/formats/format.h"
#include "exporter/templates/template.h"

static struct format_wish wish_of(const struct registry *registry, const struct file_entry *entry)
{
    return (struct format_wish){.registry = registry,
                                .tag = entry->tag,
                                .project = entry->project,
                                .version = entry->version,
                                .prefix = entry->prefix,
                                .wall_ms = registry_changed_at(registry)};
}

/* Only where addresses alone are told does one without a port appear. */
static size_t endpoints_of(const struct file_entry *entry, const struct service *service)
{
    bool portless = !entry->format || strcmp(entry->format, "hosts") == 0;
    size_t count = 0;
    struct endpoint endpoint;
    for (const struct instance *at = service ? service->first : NULL; at; at = at->next)
        count += endpoint_of(at, &endpoint) && (portless || endpoint.port);
    return count;
}

static bool on_selects(void *user, const struct service *service)
{
    return format_selects(user, service);
}

static int render_template(const struct files_shared *shared, const struct file_entry *entry,
                           const char *text, size_t length, struct buf *out, struct error *err)
{
    struct format_wish wish = wish_of(shared->around.registry, entry);
    const struct template_wish made = {.registry = wish.registry,
                                       .variables = &entry->variables,
                                       .environment = &shared->variables,
                                       .file_name = entry->path,
                                       .selects = on_selects,
                                       .user = &wish};
    struct template *template = template_parse(entry->template_path, text, length, err);
    if (!template)
        return err->code;
    int code = template_render(template, &made, out, err);
    template_free(template);
    return code;
}

int file_check_template(const struct file_entry *entry, const char *template, size_t length,
                        struct error *err)
{
    struct template *parsed = template_parse(entry->template_path, template, length, err);
    template_free(parsed);
    return parsed ? 0 : err->code;
}

int file_render(const struct files_shared *shared, const struct file_entry *entry, const char *template,
                size_t template_length, struct buf *out, struct format_told *ret_told, struct error *err)
{
    struct format_wish wish = wish_of(shared->around.registry, entry);
    struct format_told told = {0};
    wish.told = &told;
    int code = entry->format ? format_find(entry->format)->render(&wish, out, err)
                             : render_template(shared, entry, template, template_length, out, err);
    if (code == 0 && out->full)
        code = error_set(err, -EFBIG, "what is to be written is larger than %zu bytes", out->max);
    if (code == 0 && entry->format && ret_told)
        *ret_told = told;
    return code;
}

void file_count(const struct registry *registry, const struct file_entry *entry, size_t *ret_services,
                size_t *ret_endpoints)
{
    struct format_wish wish = wish_of(registry, entry);
    *ret_services = *ret_endpoints = 0;
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        size_t count = format_selects(&wish, service) ? endpoints_of(entry, service) : 0;
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
        size_t count = endpoints_of(entry, registry_service(registry, entry->each[i].service));
        if (count < entry->each[i].count) {
            snprintf(sentence, size, "%zu endpoint%s of %.80s serve%s, and minimum is %u", count,
                     count == 1 ? "" : "s", entry->each[i].service, count == 1 ? "s" : "",
                     entry->each[i].count);
            return false;
        }
    }
    return true;
}
