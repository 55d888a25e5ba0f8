/* container_builder.h: containers as values for tests, without an engine, and settings at their defaults. */
#ifndef QUAYWATCH_TESTS_CONTAINER_BUILDER_H
#define QUAYWATCH_TESTS_CONTAINER_BUILDER_H

#include <stdlib.h>
#include <string.h>

#include "controller/labels/resolve.h"
#include "docker/container.h"

/* A running container with these labels: key, value, key, value, …, NULL. Freed with built_free. */
static inline struct container *built_new(const char *name, const char *const *labels)
{
    struct container *container = mem_new(sizeof *container);
    struct arena *arena = &container->arena;
    container->id = "b4a9d423ab50b4a9d423ab50b4a9d423ab50b4a9d423ab50b4a9d423ab50b4a9";
    container->name = arena_copy(arena, name);
    container->image = "example/app:1";
    container->image_id = "sha256:1";
    container->state = CONTAINER_RUNNING;
    container->health = STATUS_UNKNOWN;
    container->restart_policy = "no";
    container->stop_timeout_ms = -1;
    container->network_mode = "";
    for (size_t i = 0; labels && labels[i]; i += 2)
        pairs_set(arena, &container->labels, labels[i], labels[i + 1]);
    pairs_sort(&container->labels);
    return container;
}

static inline void built_free(struct container *container)
{
    arena_free(&container->arena);
    free(container);
}

/* Attaches a network; call in order of name. The answer is valid until the next call. */
static inline struct container_network *built_network(struct container *container, const char *name,
                                                      const char *address, int prefix)
{
    struct arena *arena = &container->arena;
    struct container_network *networks = arena_new(arena, (container->network_count + 1) * sizeof *networks);
    if (container->network_count)
        memcpy(networks, container->networks, container->network_count * sizeof *networks);
    container->networks = networks;
    struct container_network *network = &networks[container->network_count++];
    *network = (struct container_network){.id = arena_format(arena, "id-of-%s", name),
                                          .name = arena_copy(arena, name),
                                          .address = arena_copy(arena, address),
                                          .address6 = "",
                                          .gateway = "",
                                          .prefix = prefix};
    return network;
}

/* Exposes one more TCP port; ascending. */
static inline void built_expose(struct container *container, int port)
{
    size_t size = (container->exposed_tcp_count + 1) * sizeof *container->exposed_tcp;
    int *ports = arena_new(&container->arena, size);
    if (container->exposed_tcp_count)
        memcpy(ports, container->exposed_tcp, size - sizeof *ports);
    ports[container->exposed_tcp_count++] = port;
    container->exposed_tcp = ports;
}

/* Publishes one more port; "5000/tcp", host NULL: exposed only. */
static inline void built_publish(struct container *container, const char *port, const char *host,
                                 int host_port)
{
    struct container_port *ports = arena_new(&container->arena, (container->port_count + 1) * sizeof *ports);
    if (container->port_count)
        memcpy(ports, container->ports, container->port_count * sizeof *ports);
    ports[container->port_count++] = (struct container_port){
        .container = arena_copy(&container->arena, port), .host = host, .host_port = host_port};
    container->ports = ports;
}

/* The settings nobody has changed. */
static inline struct options built_options(void)
{
    return (struct options){.overrides = "",
                            .network = "",
                            .check_enabled = true,
                            .check_interval_ms = 10000,
                            .check_timeout_ms = 5000,
                            .check_path = "/health",
                            .check_retries = 3,
                            .breaker_enabled = true,
                            .breaker_failures = 5,
                            .breaker_successes = 3,
                            .breaker_recovery_ms = 60000,
                            .breaker_window_ms = 300000};
}

#define LABELS(...)                                                                                          \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        __VA_ARGS__, NULL                                                                                    \
    }

/* The spec of a container, which is freed: nothing in the spec may point into it. */
static inline struct spec *resolved(struct container *container)
{
    struct options options = built_options();
    struct spec *spec = labels_resolve(container, &options, NULL);
    built_free(container);
    return spec;
}

/* The spec of a container "app" that has only these labels. */
static inline struct spec *resolve(const char *const *labels)
{
    return resolved(built_new("app", labels));
}

/* The source of a field, "default" when there is none. */
static inline const char *source_of(const struct spec *spec, const char *field)
{
    const char *source = pairs_get(&spec->sources, field);
    return source ? source : "default";
}

/* The sentence of the one finding with this code, NULL when there is none. */
static inline const char *finding(const struct spec *spec, const char *code)
{
    for (size_t i = 0; i < spec->findings.count; i++)
        if (strcmp(spec->findings.item[i].code, code) == 0)
            return spec->findings.item[i].sentence;
    return NULL;
}

#endif
