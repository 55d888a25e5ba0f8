/* traefik.h: Traefik's dynamic configuration in the making: its maps are written side by side, and only those
 * that hold something are told, since Traefik's decoder refuses the whole document for one empty map, one
 * field that the version does not know. Inside formats/ only. */
#ifndef QUAYWATCH_EXPORTER_FORMATS_TRAEFIK_H
#define QUAYWATCH_EXPORTER_FORMATS_TRAEFIK_H

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "exporter/formats/proxied.h"

enum { TRAEFIK_3 = 300 }; /* from this version on; see struct traefik */

enum traefik_map {
    TRAEFIK_ROUTERS,
    TRAEFIK_SERVICES,
    TRAEFIK_MIDDLEWARES,
    TRAEFIK_TRANSPORTS,
    TRAEFIK_TCP_ROUTERS,
    TRAEFIK_TCP_SERVICES,
    TRAEFIK_MAP_COUNT
};

struct traefik {
    int version; /* major × 100 + minor: 211, 300, … */
    struct {
        struct buf text;
        struct json_writer json;
    } map[TRAEFIK_MAP_COUNT];
    struct strings shared; /* names of middlewares that several services use, once they are told */
    struct arena arena;
};

/* Begins an entry of a map: its key "<name><suffix>" and an object, ended with json_end_object. */
struct json_writer *traefik_entry(struct traefik *traefik, enum traefik_map map, const char *name,
                                  const char *suffix);

/* A duration as Traefik reads it. */
void traefik_put_duration(struct json_writer *w, const char *key, int64_t ms);

/* Tells the services, with what reaches them (traefik_services.c) … */
void traefik_http_service(struct traefik *traefik, const struct proxied *proxied);
void traefik_tcp_service(struct traefik *traefik, const struct proxied *proxied);

/* … and the routers, with their middlewares (traefik_routers.c). */
void traefik_label_routers(struct traefik *traefik, const struct proxied *proxied);
void traefik_host_router(struct traefik *traefik, const struct proxied *proxied, const struct route *route);
void traefik_middlewares(struct traefik *traefik, const struct proxied *proxied);

#endif
