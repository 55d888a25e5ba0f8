/* render.h: registry → text. Pure: no clock, no I/O. CONTRACT sections 8 to 10. */
#ifndef QUAYWATCH_EXPORTER_RENDER_RENDER_H
#define QUAYWATCH_EXPORTER_RENDER_RENDER_H

#include "exporter/context.h"

struct buf;
struct json_writer;

/* One service as in the status document: the registry's fragment (see registry_render). State only. */
void render_service(const struct service *service, struct buf *out);

/* The whole status document from the head and the rendered fragments. */
void render_status(const struct registry *registry, const char *version, struct buf *out);

/* What the status document says before its services, as keys of an open object: revision, changed_at,
 * controller, engine, summary. */
void render_status_head(struct json_writer *w, const struct registry *registry, const char *version);

/* The document as a stream begins with it, on one line: {"index", the head, "services", "removed": [],
 * "full": true}. */
void render_status_full(const struct registry *registry, const char *version, struct buf *out);

/* What changed in it after a revision: {"index", the head, "services": [those that changed], "removed":
 * [names], "full": false}, on one line. False, and nothing written, when that is not known any more, or so
 * much that it is not worth it. */
bool render_status_changes(const struct registry *registry, const char *version, uint64_t since,
                           struct buf *out);

/* An event of the journal as a JSON object. */
void render_event(struct json_writer *w, const struct journal_event *event);

/* What moves with every check: {"schema", "services": [{"name", "instances": [{"id", "last_check_at",
 * "response_time_ms", "response_time_p50_ms", … "checks_passed", "checks_failed",
 * "usage_at", "cpu_ratio", "memory_bytes", "memory_limit_bytes", "resource_memory_bytes"}]}]}. */
void render_samples(const struct registry *registry, struct buf *out);

/* One instance's part of it, as a JSON object. */
void render_instance_samples(struct json_writer *w, const struct instance *instance);

/* The summary as a JSON object. */
void render_summary(struct json_writer *w, const struct summary *summary);

/* The rendered fragment of one service, as it is kept or else rendered now. */
void render_fragment(const struct service *service, struct buf *out);

/* A JSON array of the rendered fragments of the services that wanted (NULL: all) says yes to. */
typedef bool render_filter(const struct service *service, const void *user);
void render_fragments(const struct registry *registry, render_filter *wanted, const void *user,
                      struct buf *out);

/* Appends text as the value of a metrics label, escaped, without its quotes. */
void render_label_value(const char *value, struct buf *out);

/* Prometheus text format 0.0.4 with the prefix of the context. */
void render_metrics(const struct exporter_context *context, struct moment now, struct buf *out);

#endif
