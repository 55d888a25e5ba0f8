/* entry.h: one instance as a key and a value of etcd, and whose a value is. Pure. */
#ifndef QUAYWATCH_EXPORTER_ETCD_ENTRY_H
#define QUAYWATCH_EXPORTER_ETCD_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct endpoint;

/* Appends "PREFIX/services/<service>/<node>:<container>", whose parts are url_put_part's. */
void etcd_entry_key(const char *prefix, const char *node, const struct endpoint *endpoint, struct buf *out);

/* Appends the value: a JSON object of state only, without the secrets of URLs. */
void etcd_entry_value(const char *node, const struct endpoint *endpoint, struct buf *out);

/* Whether a value is one that a quaywatch of this node wrote. Takes any bytes. */
bool etcd_entry_is_of(const char *value, size_t len, const char *node);

#endif
