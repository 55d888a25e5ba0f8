/* etcd.h: the registry in etcd v3, by the JSON gateway that every etcd serves (/v3/…, etcd 3.4 and newer).
 *
 * Each serving instance is one key, PREFIX/services/<service>/<node>:<container>, whose value is one JSON
 * object. All keys of one quaywatch hang on one lease, which is kept alive; when quaywatch is gone for
 * longer than the lease lasts, etcd removes them. A key is ours when its value names our node as controller;
 * keys of others are never touched, and no write lands on a key that changed since it was looked at. */
#ifndef QUAYWATCH_EXPORTER_ETCD_ETCD_H
#define QUAYWATCH_EXPORTER_ETCD_ETCD_H

#include "controller/core/exit.h"

struct etcd_settings {
    const char *endpoints;                      /* comma list of base URLs, without userinfo */
    const char *prefix;                         /* "/quaywatch" */
    const char *node;                           /* names us among those that write to the same etcd */
    const char *user, *password;                /* user "": no authentication */
    const char *ca_file, *cert_file, *key_file; /* "" when none */
    int64_t ttl_ms;                             /* of the lease */
    int64_t retry_base_ms, retry_max_ms;        /* between attempts */
};

/* Begins to keep etcd in step. Settings are copied. Nothing is sent before the first settle. */
void etcd_open(const struct etcd_settings *settings, const struct exit_surroundings *around,
               struct exit *ret);

#endif
