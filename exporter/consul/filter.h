/* filter.h: the ?filter= of Consul's API: comparisons of fields, joined by and, or, not and brackets. Pure;
 * fuzzed. Of the language all operators are known but the regular expressions ("matches"), and of the fields
 * those that say something here; anything else is refused with a sentence, never taken for true. */
#ifndef QUAYWATCH_EXPORTER_CONSUL_FILTER_H
#define QUAYWATCH_EXPORTER_CONSUL_FILTER_H

#include "exporter/consul/catalog.h"

struct consul_filter;
struct error;

/* Which names the fields have: as the elements of the list that is filtered. */
enum consul_shape {
    CONSUL_SHAPE_HEALTH,  /* Node.Node, Service.Tags, Checks.Status */
    CONSUL_SHAPE_CATALOG, /* Node, ServiceTags */
    CONSUL_SHAPE_AGENT,   /* Service, Tags; also of /v1/catalog/node/ */
    CONSUL_SHAPE_CHECK    /* Node, ServiceName, Status */
};

/* Reads an expression. -EINVAL with a sentence that names what is wrong; *ret is untouched then. */
int consul_filter_parse(const char *text, enum consul_shape shape, struct consul_filter **ret,
                        struct error *err);

/* Whether an element passes. instance may be NULL for a check of the node; check is NULL but for checks. */
bool consul_filter_passes(const struct consul_filter *filter, const struct consul_catalog *catalog,
                          const struct instance *instance, const struct consul_check *check);

/* Frees it. NULL is fine. */
void consul_filter_free(struct consul_filter *filter);

#endif
