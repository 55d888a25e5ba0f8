/* render_views.h: the smaller views of the registry that have routes of their own. Pure. */
#ifndef QUAYWATCH_EXPORTER_RENDER_RENDER_VIEWS_H
#define QUAYWATCH_EXPORTER_RENDER_RENDER_VIEWS_H

#include "exporter/render/render.h"

/* {"services": [fragments], "count"}: those that wanted (NULL: all) says yes to. */
void render_services(const struct registry *registry, render_filter *wanted, const void *user,
                     struct buf *out);

/* {"status", "summary", "services": {name: {"status", "serving", "instances", "healthy"}}}. */
void render_services_health(const struct registry *registry, struct buf *out);

/* {"services": {name: {"service", "state", "failure_count", "last_failure", "last_state_change"}},
 * "timestamp"}: the breakers; the time is that of the revision, so that equal states give equal bytes. */
void render_states(const struct registry *registry, struct buf *out);

/* {"findings": [{"service", "container", "code", "sentence"}], "count"}. */
void render_lint(const struct registry *registry, struct buf *out);

/* One service with what moves: its fragment's fields and "samples". */
void render_one_service(const struct service *service, struct buf *out);

/* Dependencies: {"nodes": [{"name", "status", "registered", "depth", "root"}], "edges": [{"from", "to",
 * "type", "source", "circular"}], "order": [[names that may start together]], "cycles": [{"cycle",
 * "services"}], "roots": [names of what is to be healed first]}, and nodes and edges for Graphviz and
 * Mermaid; names are escaped. */
void render_graph_json(const struct registry *registry, struct buf *out);
void render_graph_dot(const struct registry *registry, struct buf *out);
void render_graph_mermaid(const struct registry *registry, struct buf *out);

#endif
