/* service.h: the words of CONTRACT section 1 as types, each closed list with its names. Plain data, no
 * behaviour. */
#ifndef QUAYWATCH_CORE_SERVICE_H
#define QUAYWATCH_CORE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/core/clock.h"
#include "controller/core/decision.h"
#include "controller/core/mem.h"
#include "controller/core/outcome.h"

enum status {
    STATUS_STARTING,
    STATUS_HEALTHY,
    STATUS_DEGRADED,
    STATUS_UNHEALTHY,
    STATUS_FAILED,
    STATUS_UNKNOWN,
    STATUS_STOPPED,
    STATUS_COUNT
};
extern const char *const status_name[STATUS_COUNT];

enum container_state {
    CONTAINER_CREATED,
    CONTAINER_RUNNING,
    CONTAINER_PAUSED,
    CONTAINER_RESTARTING,
    CONTAINER_REMOVING,
    CONTAINER_EXITED,
    CONTAINER_DEAD,
    CONTAINER_STATE_UNKNOWN,
    CONTAINER_STATE_COUNT
};
extern const char *const container_state_name[CONTAINER_STATE_COUNT];

enum check_kind {
    CHECK_NONE,
    CHECK_HTTP,
    CHECK_TCP,
    CHECK_COMMAND,
    CHECK_DOCKER,
    CHECK_FILE,
    CHECK_SYSTEMD,
    CHECK_GRPC,
    CHECK_COUNT
};
extern const char *const check_name[CHECK_COUNT];

/* Whether a check of this kind goes over the network, so that its failure may be the network's. */
bool check_over_network(enum check_kind kind);

enum protocol { PROTOCOL_HTTP, PROTOCOL_HTTPS, PROTOCOL_TCP, PROTOCOL_GRPC, PROTOCOL_COUNT };
extern const char *const protocol_name[PROTOCOL_COUNT];

enum restart_policy {
    RESTART_NO,
    RESTART_ON_UNHEALTHY,
    RESTART_ON_FAILURE,
    RESTART_ALWAYS,
    RESTART_POLICY_COUNT
};
extern const char *const restart_policy_name[RESTART_POLICY_COUNT];

enum dependency_type {
    DEPENDENCY_REQUIRED,
    DEPENDENCY_OPTIONAL,
    DEPENDENCY_SOFT,
    DEPENDENCY_CIRCULAR,
    DEPENDENCY_TYPE_COUNT
};
extern const char *const dependency_type_name[DEPENDENCY_TYPE_COUNT];

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN, BREAKER_STATE_COUNT };
extern const char *const breaker_state_name[BREAKER_STATE_COUNT];

/* What one check found. */
struct outcome {
    enum outcome_kind kind;
    int http_status;         /* 0 without an HTTP answer */
    double response_ms;      /* whole check */
    char message[160];       /* one sentence without relative times: "200 OK", "Slower than 1s" */
    bool has_body_status;    /* the body named a status: */
    enum status body_status; /* healthy, degraded or unhealthy */
    size_t check_count;      /* of a JSON body's checks/dependencies object: */
    struct outcome_check {
        char name[48];
        char word[16]; /* status word only: healthy, degraded, unhealthy, unknown */
    } * check;         /* check_count entries, owned by whoever owns the outcome; free() */
};

/* A finding: something a person should mend. */
struct finding {
    const char *code;     /* static text: "no-health-endpoint", "invalid-value", … */
    const char *sentence; /* in the owner's arena */
};
struct findings {
    struct finding *item;
    size_t count;
};

/* Appends a finding; the sentence is formatted into the arena. */
void findings_add(struct arena *arena, struct findings *list, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

struct dependency {
    const char *name;
    enum dependency_type type;
    const char *source;    /* static text: "service.depends_on", "compose", "network_mode", … */
    bool needs_completion; /* compose's service_completed_successfully: met by exit 0 */
};

struct named_port {
    const char *name;
    int port;
};

/* A number of instances, or a share of all: "1", "25%". */
struct share {
    bool set, percent;
    unsigned value;
};

/* A router as Traefik's labels describe it. Texts are NULL when unsaid. */
struct proxy_router {
    const char *name, *rule, *entrypoints; /* entrypoints: comma list */
    /* Comma list: "name@provider" as it is; of this container's own labels "compress", "redirect=https",
     * "redirect=https!" (for good), "strip=/api"; any other of its labels is "name@docker". */
    const char *middlewares;
    const char *cert_resolver, *tls_options; /* tls_options "name@provider" or "default" */
    int priority;                            /* 0: by the rule's length */
    bool tcp, tls, passthrough;
};

/* What labels and inspect data say about one container: built once by the controller, immutable until
 * replaced. All text lives in the arena. */
struct spec {
    struct arena arena;

    /* Identity (CONTRACT section 2). */
    const char *key;                               /* never NULL */
    const char *name;                              /* display name wanted; the registry makes it unique */
    unsigned replica;                              /* compose container-number, Swarm slot, else 0 */
    const char *compose_project, *compose_service; /* NULL outside compose */
    const char *registered_by;        /* the label that asks for it, or the setting; NULL: not said */
    const char *never_heal;           /* why this container is never healed ("Swarm task"), or NULL */
    bool orchestrated;                /* never_heal because an orchestrator heals it */
    bool coolify;                     /* a real Coolify id is present */
    bool coolify_application, oneoff; /* oneoff: of `compose run` */
    const char *working_dir;          /* where compose ran, or NULL; Coolify: /artifacts/<deployment> */
    bool database;                    /* by Coolify type, image or port */

    /* Registered through the API. */
    bool external;             /* no container: whoever registered it starts and stops it */
    const char *external_host; /* its host name; NULL when it was registered by address */
    const char *external_id;   /* the id by which its owner calls it, where ours had to differ; else NULL */

    /* Description. */
    const char *version, *environment, *project; /* NULL when unsaid */
    struct strings tags;
    struct strings
        proxy_tags; /* its Traefik labels, "key=value", sorted: for those who look in Consul for them */
    struct pairs metadata;
    struct strings fallback_urls;
    unsigned weight;

    /* Where it serves. */
    enum protocol protocol;
    int port;                 /* 0: none known */
    struct named_port *ports; /* of service.port.<name> */
    size_t port_count;
    const char *network; /* network wanted for the published address, or NULL */

    /* How proxies are to reach it for the world. */
    bool unproxied;               /* traefik.enable=false: no proxy tells of it */
    struct strings hosts;         /* "app.example.com", "*.example.com/api": lower case, sorted, each once */
    struct proxy_router *routers; /* of Traefik's labels, by name; none where service.hosts speaks */
    size_t router_count;
    unsigned rate_average, rate_burst; /* requests per second of one client; 0: no limit, or no word */

    /* How it is checked. */
    enum check_kind check; /* the explicit check, or CHECK_NONE */
    bool check_explicit;   /* labels asked for a check */
    bool check_disabled;   /* labels switched checks off */
    bool has_healthcheck;  /* the container has a HEALTHCHECK */
    enum check_kind
        implicit; /* CHECK_HTTP, CHECK_TCP or CHECK_NONE: what runs unasked beside a HEALTHCHECK or alone */
    const char *health_path, *health_method, *health_status, *health_body;
    const char *health_command, *health_file, *health_unit;
    const char *grpc_service; /* NULL: the server as a whole */
    const char *tls_name;     /* whose certificate a verified check expects; NULL: see probe plan */
    bool tls_verify;
    struct pairs health_headers;
    int health_port;                                                     /* 0: port */
    int64_t interval_ms, timeout_ms, start_period_ms, degraded_after_ms; /* degraded_after 0: off */
    unsigned retries, successes;

    /* Breaker. */
    bool breaker_enabled;
    unsigned breaker_failures, breaker_successes;
    int64_t breaker_recovery_ms, breaker_window_ms;

    /* Healing. */
    enum restart_policy restart;
    unsigned restart_max;
    int64_t restart_window_ms, backoff_ms, backoff_max_ms;
    int64_t stop_timeout_ms; /* -1: the container's own */
    bool cascade, dry_run;
    struct share max_unavailable; /* of coolify.deployment.max_unavailable */
    const char *on_failed;        /* "none", "webhook", "swarm-rollback" */

    /* Alerts. */
    const char *alert_channels; /* comma list of channels, or "none"; NULL: all */
    const char *alert_severity; /* the least that is sent, a severity_name; NULL: all */

    uint64_t resource_memory_bytes; /* of coolify.resource.memory: shown beside what is used; 0: unsaid */

    /* For callers. */
    int64_t call_timeout_ms, retry_delay_ms;
    unsigned retry_max;

    /* What it is meant to reach: parts in a million, milliseconds. */
    unsigned slo_uptime_ppm, slo_error_rate_ppm;
    int64_t slo_p95_ms, slo_mttr_ms;

    struct dependency *dependencies;
    size_t dependency_count;

    struct pairs sources; /* field → label or source that won, sorted */
    struct findings findings;
};

/* Frees the spec and all its text. NULL is fine. */
void spec_free(struct spec *spec);

struct network_view {
    const char *name, *address, *address6; /* address may be ""; address6: IPv6 beside one of IPv4, or NULL */
    struct strings aliases;
};
struct port_view {
    const char *container; /* "5000/tcp" */
    const char *host;      /* NULL: exposed, not published */
    int host_port;
};

/* What the engine says about one container, as far as it is shown or decided upon. */
struct observed {
    struct arena arena;
    const char *id;        /* 64 hex digits */
    const char *container; /* name without slash */
    const char *image;
    enum container_state state;
    int exit_code;
    bool oom_killed;
    const char *engine_error;          /* State.Error, or NULL */
    enum status docker_health;         /* STATUS_UNKNOWN: no HEALTHCHECK or not running */
    const char *engine_restart_policy; /* "no", "always", "unless-stopped", "on-failure" */
    int64_t created_at_wall_ms, started_at_wall_ms, finished_at_wall_ms; /* 0: never */
    int64_t engine_start_period_ms;
    int64_t engine_stop_timeout_ms; /* -1: engine default (10 s) */
    uint64_t memory_limit_bytes;    /* 0: none */
    const char *config_hash;        /* compose's, or NULL */
    const char *network_owner;      /* id of the container whose network it shares (`container:`), or NULL */
    bool network_owner_gone;        /* that one does not exist any more */
    const char *address;            /* published address, "" when none; IPv6 without brackets */
    const char *address6;           /* of the same network, of IPv6 beside address of IPv4; NULL: none */
    const char *probe_address;      /* address that checks use, NULL: no shared network */
    const char *unreachable;        /* why there is no probe_address, or NULL */
    struct network_view *networks;
    size_t network_count;
    struct port_view *ports;
    size_t port_count;
};

/* Frees the value and all its text. NULL is fine. */
void observed_free(struct observed *observed);

/* A reference that survives turns: an instance that is gone gives NULL when looked up, never a dangling
 * pointer. */
struct ref {
    uint32_t index, generation;
};

enum layer { LAYER_CONTAINER, LAYER_SERVICE, LAYER_APPLICATION, LAYER_DEPENDENCIES, LAYER_COUNT };
extern const char *const layer_name[LAYER_COUNT];

/* Health as it is shown: state only, nothing that moves with every check. */
struct health_view {
    enum status status;
    const char *status_reason; /* static text, or NULL */
    enum check_kind check;     /* what decides at present */
    bool implicit;
    char target[256];              /* "http://172.20.0.2:5000/health", "" when none */
    unsigned consecutive_failures; /* stops at the threshold */
    int http_status;               /* 0: none */
    enum error_class error_class;
    char message[160];
    bool latest_passed; /* the latest check passed */
    bool has_layer[LAYER_COUNT];
    enum status layer[LAYER_COUNT];
    size_t check_count;                /* of the body, sorted by name */
    struct outcome_check *check_items; /* owned by the instance once applied; free() */
};

/* The same as an instance keeps it: most texts are short, and "" costs nothing. */
struct health_shown {
    enum status status;
    const char *status_reason;
    enum check_kind check;
    bool implicit, latest_passed;
    const char *target, *message; /* never NULL */
    unsigned consecutive_failures;
    int http_status;
    enum error_class error_class;
    bool has_layer[LAYER_COUNT];
    enum status layer[LAYER_COUNT];
    size_t check_count;
    struct outcome_check *check_items;
};

struct breaker_view {
    enum breaker_state state;
    unsigned failure_count; /* stops at the threshold */
    int64_t last_failure_wall_ms, last_change_wall_ms;
    bool tripped; /* by a person, and not closed since */
};

struct restart_view {
    unsigned count, in_window, max;
    int64_t last_at_wall_ms;
    char last_reason[32]; /* "" when never */
};

/* The latest stop that is known of an identity. */
struct stop_view {
    const char *intent; /* static text: "crash", "oom", "manual", …; NULL or at 0: none known */
    int exit_code;
    int64_t at_wall_ms;
};

enum { SAMPLE_RING = 64, RESULT_RING = 8 };

/* One check that was made. */
struct check_result {
    int64_t at_wall_ms; /* 0: none */
    float response_ms;
    uint16_t http_status; /* 0: none */
    uint8_t kind;         /* enum outcome_kind */
};

/* What a container uses, as the engine measures it. */
struct usage {
    int64_t at_wall_ms;          /* 0: never measured */
    double cpu_ratio;            /* of one processor since the measurement before; below 0: not known yet */
    uint64_t memory_bytes;       /* without what the kernel would give back (page cache) */
    uint64_t memory_limit_bytes; /* 0: none */
};

/* What moves with every check: not part of the status document. */
struct samples {
    struct usage usage;
    int64_t last_check_wall_ms;
    double response_ms; /* of the latest check */
    uint64_t passed, failed;
    float ring[SAMPLE_RING]; /* the latest response times, ms */
    unsigned ring_count, ring_next;
    struct check_result result[RESULT_RING]; /* the latest checks, a ring */
    unsigned result_next;
};

/* Why an instance that is well is told to nobody: it is about to end. */
enum instance_leaving {
    LEAVING_NOT,
    LEAVING_DRAINED, /* before a restart of ours; it comes back should nobody else serve */
    LEAVING_STOPPED  /* somebody sent it a stop signal */
};

/* One container of a service. */
struct instance {
    struct ref ref;
    struct service *service;
    struct spec *spec;
    struct observed *observed;
    struct health_shown health;
    int64_t since_wall_ms; /* of the present status */
    struct breaker_view breaker;
    struct restart_view restarts;
    struct stop_view last_stop;
    struct decision_shown decision;
    struct findings findings; /* found while running (beside spec->findings), in findings_arena */
    struct arena findings_arena;
    struct samples samples;
    enum instance_leaving leaving;
    bool serving;
    bool tells_address6;   /* observed->address6 is as good as the address */
    struct instance *next; /* the service's instances in order of replica, then container name */
};

struct service_dependency {
    const char *name; /* display name of the target where known, else as declared */
    enum dependency_type type;
    const char *source;
    bool needs_completion;
    struct service *target; /* NULL: not registered */
};

/* All instances with one key. */
struct service {
    char *key, *name; /* name is unique */
    enum status status;
    struct {                    /* its place among all dependencies, see graph.h: */
        unsigned circle, depth; /* number of the circle of required ones it is in, 0: none; 0 needs nobody */
        unsigned index;         /* graph.c's own */
    } graph;
    bool serving;
    int64_t maintenance_until_wall_ms; /* nobody heals it until then; 0: no maintenance */
    struct instance *first;
    size_t instance_count;
    struct service_dependency *dependencies; /* union over the instances, sorted by name */
    size_t dependency_count;
    char *json; /* the rendered fragment of the status document; NULL: see registry_fragments_read */
    size_t json_len;
    uint64_t revision; /* of the registry, at which these bytes changed last */
};

/* The engine as it is shown. */
struct engine_view {
    bool connected;
    char version[32], api_version[16];
    char error[384]; /* one sentence, "" when fine */
    int64_t since_wall_ms;
};

/* The controller as it is shown. */
struct controller_view {
    char host[64];
    const char *mode; /* "act", "dry-run", "observe" */
    int64_t started_at_wall_ms;
    char start_id[20]; /* names this run in ETags */
};

struct summary {
    enum status status;
    size_t services, instances, by_status[STATUS_COUNT]; /* by_status counts instances */
};

#endif
