/* container.h: what the engine says about a container, as plain values. Every field may be absent in the
 * JSON: text is then NULL (or "" where said), numbers 0. No label is interpreted here. */
#ifndef QUAYWATCH_DOCKER_CONTAINER_H
#define QUAYWATCH_DOCKER_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/core/service.h"

struct container_network {
    const char *id;                           /* "" when not said, and as long as it was never started */
    const char *name;                         /* never NULL */
    const char *address, *address6, *gateway; /* "" when none */
    int prefix, prefix6;
    struct strings aliases; /* Aliases and DNSNames together, without the short id, each once, sorted */
};

struct container_port {
    const char *container; /* "5000/tcp" */
    const char *host;      /* HostIp, or NULL: exposed, not published */
    int host_port;
};

/* From inspect. All text lives in the arena. */
struct container {
    struct arena arena;
    const char *id, *name; /* name without its slash; both never NULL */
    const char *image;     /* Config.Image, "" when absent */
    const char *image_id;
    int64_t created_at_wall_ms, started_at_wall_ms, finished_at_wall_ms;
    enum container_state state;
    int exit_code;
    bool oom_killed;
    const char *error;    /* State.Error, NULL when empty */
    bool has_health;      /* State.Health is there */
    enum status health;   /* starting, healthy, unhealthy; else unknown */
    bool has_healthcheck; /* Config.Healthcheck with a Test other than NONE */
    int64_t health_interval_ms, health_timeout_ms, health_start_period_ms; /* 0: unset */
    int health_retries;                                                    /* 0: unset */
    const char *restart_policy;                                            /* "no" when empty */
    int restart_count;
    int64_t stop_timeout_ms;            /* -1: unset */
    uint64_t memory_limit_bytes;        /* 0: unset */
    const char *stop_signal;            /* NULL: unset */
    const char *network_mode;           /* "" when absent; "container:<id>" names its owner */
    bool network_owner_gone;            /* the engine knows no such owner; set by whoever asked */
    struct pairs labels;                /* sorted by key */
    bool labels_cut;                    /* there were more than LIMIT_LABEL_BYTES */
    struct container_network *networks; /* sorted by name */
    size_t network_count;
    struct container_port *ports; /* sorted */
    size_t port_count;
    int *exposed_tcp; /* TCP ports of ExposedPorts, ascending */
    size_t exposed_tcp_count;
};

/* Frees the container and all its text. NULL is fine. */
void container_free(struct container *container);

/* From a list element: little, but cheap. The pointers live during the callback only. */
struct container_summary {
    const char *id, *name, *image;
    enum container_state state;
    enum status health; /* from Health (API 1.52) or the Status text; STATUS_UNKNOWN when not said */
    int64_t created_at_wall_ms;
    uint64_t hash; /* of labels, state, health, names, networks' addresses: changes when inspect would */
    struct pairs labels; /* sorted by key */
};

enum engine_action {
    EVENT_CREATE,
    EVENT_START,
    EVENT_RESTART,
    EVENT_DIE,
    EVENT_KILL,
    EVENT_STOP,
    EVENT_OOM,
    EVENT_DESTROY,
    EVENT_RENAME,
    EVENT_UPDATE,
    EVENT_PAUSE,
    EVENT_UNPAUSE,
    EVENT_HEALTH,
    EVENT_CONNECT,
    EVENT_DISCONNECT,
    EVENT_OTHER,
    EVENT_COUNT
};
extern const char *const engine_action_name[EVENT_COUNT];

/* One event; Podman's words are translated (died → die, remove → destroy). Pointers live during the callback
 * only. */
struct engine_event {
    enum engine_action action;
    const char *id;       /* the container's id, also for network events */
    const char *name;     /* container name, or "" */
    const char *network;  /* of connect and disconnect, or NULL */
    const char *old_name; /* of rename, or NULL */
    int signal;           /* of kill, 0 otherwise */
    int exit_code;        /* of die, -1 otherwise */
    enum status health;   /* of EVENT_HEALTH */
    int64_t time_ns;      /* the engine's Unix time */
    struct pairs labels;  /* Actor.Attributes, unsorted */
};

#endif
