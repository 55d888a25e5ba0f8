/* format.h: the registry in the formats of other tools. One table; each format is one pure function of the
 * registry: the same state gives the same bytes, only serving instances are told, and no name, whatever it
 * holds, can become more than a value (or a comment) of the format. */
#ifndef QUAYWATCH_EXPORTER_FORMATS_FORMAT_H
#define QUAYWATCH_EXPORTER_FORMATS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;
struct registry;
struct service;

/* What a text tells: services with an endpoint, and these. */
struct format_told {
    size_t services, endpoints;
};

/* What is to be told, and how. Texts that are "" or NULL say nothing. */
struct format_wish {
    const struct registry *registry;
    const char *tag, *project; /* only services with this tag, of this project */
    const char
        *version; /* of the tool that reads it; each format knows which, and its newest is meant if unsaid */
    const char *prefix;       /* of names in env */
    int64_t wall_ms;          /* of the registry's revision, for those that carry a time */
    struct format_told *told; /* counted up by what is written; NULL: nobody asks */
};

/* Appends the whole text to out. -EINVAL with a sentence: the wish cannot be met (a version that is not
 * known). */
typedef int format_render(const struct format_wish *wish, struct buf *out, struct error *err);

struct format {
    const char *name;         /* "json", "haproxy", … */
    const char *content_type; /* static text */
    const char *meaning;      /* one line for people */
    bool proxy;               /* for proxies: without services that are labelled traefik.enable=false */
    format_render *render;
};

extern const struct format formats[];
extern const size_t format_count;

/* The format of that name, or NULL. */
const struct format *format_find(const char *name);

/* Appends the names of all formats, with separator between them. */
void format_names(struct buf *out, const char *separator);

/* A service was told of with so many endpoints: counted, where somebody asks. */
void format_note(struct format_told *told, size_t endpoints);

/* Whether a service is to be told of at all. */
bool format_selects(const struct format_wish *wish, const struct service *service);

/* The formats, one function a file; see CONTRACT section 12. */
format_render format_json, format_yaml, format_toml, format_ini, format_env, format_hosts, format_prometheus;
format_render format_traefik, format_haproxy, format_nginx, format_caddy;

/* One service as an object of JSON by itself, and how that begins: what begins so is ours. */
#define FORMAT_JSON_SERVICE_MARK "{\"written_by\":\"quaywatch\""
void format_json_service(const struct service *service, struct buf *out);

#endif
