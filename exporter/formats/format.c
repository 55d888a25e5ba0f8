/* SPDX-License-Identifier: MIT */
/* format.c: the table of formats, and what all of them ask. */
#include "exporter/formats/format.h"

#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/service.h"

const struct format formats[] = {
    {"json", "application/json", "all services with their instances, for programs", false, format_json},
    {"yaml", "application/yaml", "the same as YAML", false, format_yaml},
    {"toml", "application/toml", "the same as TOML", false, format_toml},
    {"ini", "text/plain; charset=utf-8", "the same as an INI file, a section a service and instance", false,
     format_ini},
    {"env", "text/plain; charset=utf-8", "variables for shells, docker --env-file and compose", false,
     format_env},
    {"hosts", "text/plain; charset=utf-8", "names and addresses as in /etc/hosts", false, format_hosts},
    {"prometheus", "application/json", "targets for Prometheus (http_sd, file_sd)", false, format_prometheus},
    {"traefik", "application/json", "dynamic configuration for Traefik's HTTP provider; version=2.11, 3",
     true, format_traefik},
    {"haproxy", "text/plain; charset=utf-8",
     "a frontend and backends for HAProxy; version=backends or map for a part", true, format_haproxy},
    {"nginx", "text/plain; charset=utf-8",
     "upstreams and servers for nginx; version=upstreams, or stream for TCP", true, format_nginx},
    {"caddy", "application/json", "a configuration for Caddy; version=caddyfile to import", true,
     format_caddy},
};
const size_t format_count = sizeof formats / sizeof *formats;

const struct format *format_find(const char *name)
{
    for (size_t i = 0; i < format_count; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

void format_names(struct buf *out, const char *separator)
{
    for (size_t i = 0; i < format_count; i++)
        buf_format(out, "%s%s", i ? separator : "", formats[i].name);
}

void format_note(struct format_told *told, size_t endpoints)
{
    if (!told)
        return;
    told->services += endpoints > 0;
    told->endpoints += endpoints;
}

bool format_selects(const struct format_wish *wish, const struct service *service)
{
    bool by_tag = wish->tag && wish->tag[0], by_project = wish->project && wish->project[0];
    bool tag = !by_tag, project = !by_project;
    for (const struct instance *at = service->first; at; at = at->next) {
        tag = tag || strings_has(&at->spec->tags, wish->tag);
        project = project || (at->spec->project && strcmp(at->spec->project, wish->project) == 0);
    }
    return tag && project;
}
