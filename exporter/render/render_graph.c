/* SPDX-License-Identifier: MIT */
/* render_graph.c: who depends on whom, as JSON, for Graphviz and for Mermaid. */
#include "exporter/render/render_views.h"

#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/graph.h"
#include "controller/core/json_writer.h"
#include "controller/core/text.h"

/* Down, so that somebody may ask for the root of it. */
static bool is_down(const struct service *service)
{
    return service->status == STATUS_UNHEALTHY || service->status == STATUS_FAILED;
}

static void put_node(struct json_writer *w, const struct service *service)
{
    const struct service *root = is_down(service) ? graph_root(service) : NULL;
    json_begin_object(w);
    json_put_string(w, "name", service->name);
    json_put_string(w, "status", status_name[service->status]);
    json_put_bool(w, "registered", true);
    json_put_number(w, "depth", service->graph.depth);
    json_put_string(w, "root", root ? root->name : NULL);
    json_end_object(w);
}

static void put_unknown_node(struct json_writer *w, const char *name)
{
    json_begin_object(w);
    json_put_string(w, "name", name);
    json_put_string(w, "status", status_name[STATUS_UNKNOWN]);
    json_put_bool(w, "registered", false);
    json_end_object(w);
}

static int name_order(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* The names that services depend on and that nobody registered, sorted, each once; freed with free(). */
static const char **unknown_names(const struct registry *registry, size_t *ret_count)
{
    const char **names = NULL;
    size_t count = 0, room = 0;
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        for (size_t d = 0; d < service->dependency_count; d++) {
            if (service->dependencies[d].target)
                continue;
            if (count == room) {
                room = room ? 2 * room : 16;
                names = mem_resize(names, room, sizeof *names);
            }
            names[count++] = service->dependencies[d].name;
        }
    }
    if (count)
        qsort(names, count, sizeof *names, name_order);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!kept || strcmp(names[kept - 1], names[i]) != 0)
            names[kept++] = names[i];
    *ret_count = kept;
    return names;
}

static void put_edges(struct json_writer *w, const struct service *service)
{
    for (size_t d = 0; d < service->dependency_count; d++) {
        const struct service_dependency *one = &service->dependencies[d];
        json_begin_object(w);
        json_put_string(w, "from", service->name);
        json_put_string(w, "to", one->name);
        json_put_string(w, "type", dependency_type_name[one->type]);
        json_put_string(w, "source", one->source);
        json_put_bool(w, "circular", graph_is_circular(service, one));
        json_end_object(w);
    }
}

static int depth_order(const void *a, const void *b)
{
    const struct service *x = *(const struct service *const *)a, *y = *(const struct service *const *)b;
    int order = (x->graph.depth > y->graph.depth) - (x->graph.depth < y->graph.depth);
    return order ? order : strcmp(x->name, y->name);
}

static int circle_order(const void *a, const void *b)
{
    const struct service *x = *(const struct service *const *)a, *y = *(const struct service *const *)b;
    int order = (x->graph.circle > y->graph.circle) - (x->graph.circle < y->graph.circle);
    return order ? order : strcmp(x->name, y->name);
}

/* All services in another order than by name; freed with free(). */
static const struct service **sorted(const struct registry *registry,
                                     int (*order)(const void *a, const void *b))
{
    size_t count = registry_count(registry);
    const struct service **services = mem_new((count + 1) * sizeof *services);
    for (size_t i = 0; i < count; i++)
        services[i] = registry_at(registry, i);
    qsort(services, count, sizeof *services, order);
    return services;
}

/* The services in the order in which they may start: those of a step need only those of earlier steps. */
static void put_order(struct json_writer *w, const struct registry *registry)
{
    const struct service **services = sorted(registry, depth_order);
    size_t count = registry_count(registry);
    json_key(w, "order");
    json_begin_array(w);
    for (size_t i = 0; i < count;) {
        unsigned depth = services[i]->graph.depth;
        json_begin_array(w);
        for (; i < count && services[i]->graph.depth == depth; i++)
            json_string(w, services[i]->name);
        json_end_array(w);
    }
    json_end_array(w);
    free(services);
}

static void put_circles(struct json_writer *w, const struct registry *registry)
{
    const struct service **services = sorted(registry, circle_order);
    size_t count = registry_count(registry), i = 0;
    char text[480];
    json_key(w, "cycles");
    json_begin_array(w);
    while (i < count && !services[i]->graph.circle)
        i++;
    while (i < count) {
        unsigned circle = services[i]->graph.circle;
        graph_circle(services[i], text, sizeof text);
        json_begin_object(w);
        json_put_string(w, "cycle", text);
        json_key(w, "services");
        json_begin_array(w);
        for (; i < count && services[i]->graph.circle == circle; i++)
            json_string(w, services[i]->name);
        json_end_array(w);
        json_end_object(w);
    }
    json_end_array(w);
    free(services);
}

static int service_order(const void *a, const void *b)
{
    const struct service *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* Whose healing ends what is down: those that are down themselves, and those that others are down for. */
static void put_roots(struct json_writer *w, const struct registry *registry)
{
    size_t count = registry_count(registry), found = 0;
    const struct service **roots = mem_new((count + 1) * sizeof *roots);
    for (size_t i = 0; i < count; i++) {
        const struct service *service = registry_at(registry, i);
        const struct service *root = is_down(service) ? graph_root(service) : NULL;
        if (is_down(service))
            roots[found++] = root ? root : service;
    }
    if (found)
        qsort(roots, found, sizeof *roots, service_order);
    json_key(w, "roots");
    json_begin_array(w);
    for (size_t i = 0; i < found; i++)
        if (!i || roots[i] != roots[i - 1])
            json_string(w, roots[i]->name);
    json_end_array(w);
    free(roots);
}

void render_graph_json(const struct registry *registry, struct buf *out)
{
    struct json_writer writer, *w = &writer;
    json_start(w, out);
    json_begin_object(w);
    json_key(w, "nodes");
    json_begin_array(w);
    for (size_t i = 0; i < registry_count(registry); i++)
        put_node(w, registry_at(registry, i));
    size_t unknown_count;
    const char **unknown = unknown_names(registry, &unknown_count);
    for (size_t i = 0; i < unknown_count; i++)
        put_unknown_node(w, unknown[i]);
    free(unknown);
    json_end_array(w);
    json_key(w, "edges");
    json_begin_array(w);
    for (size_t i = 0; i < registry_count(registry); i++)
        put_edges(w, registry_at(registry, i));
    json_end_array(w);
    put_order(w, registry);
    put_circles(w, registry);
    put_roots(w, registry);
    json_end_object(w);
    buf_add(out, "\n", 1);
}

/* A quoted Graphviz string: a backslash begins an escape there. */
static void dot_name(struct buf *out, const char *name)
{
    buf_add(out, "\"", 1);
    for (; *name; name++) {
        if (*name == '"' || *name == '\\')
            buf_add(out, "\\", 1);
        buf_add(out, (unsigned char)*name < 0x20 ? " " : name, 1);
    }
    buf_add(out, "\"", 1);
}

static const char *status_colour(enum status status)
{
    switch (status) {
    case STATUS_HEALTHY:
        return "#2e7d32";
    case STATUS_DEGRADED:
    case STATUS_STARTING:
        return "#b26a00";
    case STATUS_UNHEALTHY:
    case STATUS_FAILED:
        return "#c62828";
    case STATUS_UNKNOWN:
    case STATUS_STOPPED:
    case STATUS_COUNT:
        break;
    }
    return "#616161";
}

void render_graph_dot(const struct registry *registry, struct buf *out)
{
    buf_text(out, "digraph services {\n  rankdir=LR;\n  node [shape=box];\n");
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        buf_text(out, "  ");
        dot_name(out, service->name);
        buf_format(out, " [color=\"%s\", tooltip=\"%s\"];\n", status_colour(service->status),
                   status_name[service->status]);
    }
    size_t unknown_count;
    const char **unknown = unknown_names(registry, &unknown_count);
    for (size_t i = 0; i < unknown_count; i++) {
        buf_text(out, "  ");
        dot_name(out, unknown[i]);
        buf_text(out, " [style=dashed];\n");
    }
    free(unknown);
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct service *service = registry_at(registry, i);
        for (size_t d = 0; d < service->dependency_count; d++) {
            const struct service_dependency *one = &service->dependencies[d];
            buf_text(out, "  ");
            dot_name(out, service->name);
            buf_text(out, " -> ");
            dot_name(out, one->name);
            buf_format(out, " [label=\"%s\"%s];\n", dependency_type_name[one->type],
                       graph_is_circular(service, one)    ? ", color=\"#c62828\""
                       : one->type == DEPENDENCY_REQUIRED ? ""
                                                          : ", style=dashed");
        }
    }
    buf_text(out, "}\n");
}

/* Mermaid's text is HTML with its own entity form: whatever is no plain name character is written as a
 * number. */
static void mermaid_name(struct buf *out, const char *name)
{
    while (*name) {
        unsigned char byte = (unsigned char)*name;
        size_t wide = byte > 0x7f ? text_utf8_length(name) : 0;
        bool plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                     (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_' || byte == '.' || byte == ' ';
        if (plain || wide)
            buf_add(out, name, wide ? wide : 1);
        else
            buf_format(out, "#%u;", byte < 0x20 || byte > 0x7f ? 32u : byte);
        name += wide ? wide : 1;
    }
}

static void mermaid_node(struct buf *out, size_t number, const char *name, enum status status)
{
    buf_format(out, "  n%zu[\"", number);
    mermaid_name(out, name);
    buf_format(out, "<br/>%s\"]\n", status_name[status]);
}

/* The registered services are numbered by their place, the unknown names after them. */
static size_t mermaid_number(const struct registry *registry, const struct service_dependency *one,
                             const char *const *unknown, size_t unknown_count)
{
    size_t count = registry_count(registry), low = 0, high = one->target ? count : unknown_count;
    const char *name = one->target ? one->target->name : one->name;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *other = one->target ? registry_at(registry, middle)->name : unknown[middle];
        if (strcmp(other, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return one->target ? low : count + low;
}

void render_graph_mermaid(const struct registry *registry, struct buf *out)
{
    size_t count = registry_count(registry), unknown_count;
    const char **unknown = unknown_names(registry, &unknown_count);
    buf_text(out, "graph LR\n");
    for (size_t i = 0; i < count; i++)
        mermaid_node(out, i, registry_at(registry, i)->name, registry_at(registry, i)->status);
    for (size_t i = 0; i < unknown_count; i++)
        mermaid_node(out, count + i, unknown[i], STATUS_UNKNOWN);
    for (size_t i = 0; i < count; i++) {
        const struct service *service = registry_at(registry, i);
        for (size_t d = 0; d < service->dependency_count; d++) {
            const struct service_dependency *one = &service->dependencies[d];
            bool circular = graph_is_circular(service, one);
            const char *arrow = one->type == DEPENDENCY_REQUIRED && !circular ? "-->" : "-.->";
            buf_format(out, "  n%zu %s|%s%s| n%zu\n", i, arrow, dependency_type_name[one->type],
                       circular ? " in a circle" : "", mermaid_number(registry, one, unknown, unknown_count));
        }
    }
    free(unknown);
}
