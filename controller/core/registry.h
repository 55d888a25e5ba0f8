/* registry.h: the one table in the middle. All may read; only the controller changes it, through
 * registry_apply.
 *
 * The revision is defined by bytes: registry_settle renders the fragments of services that were touched, and
 * when any differs from before (or the head of the document does), the revision grows by one. */
#ifndef QUAYWATCH_CORE_REGISTRY_H
#define QUAYWATCH_CORE_REGISTRY_H

#include "controller/core/service.h"

struct buf;
struct registry;

/* Renders one service as JSON onto out; handed in, since the registry knows no format. */
typedef void registry_render(const struct service *service, struct buf *out);

enum change_kind {
    CHANGE_INSTANCE, /* .spec and .observed: add, or replace the instance with observed->id; both are taken
                        over */
    CHANGE_OBSERVED, /* .ref, .observed: the same spec, new facts; taken over */
    CHANGE_STATE, /* .ref, .state, .exit_code, .docker_health: what an event alone tells; nothing else changes
                   */
    CHANGE_GONE,  /* .ref: the container does not exist any more */
    CHANGE_HEALTH,   /* .ref, .health: check_items is taken over */
    CHANGE_BREAKER,  /* .ref, .breaker */
    CHANGE_LEAVING,  /* .ref, .leaving */
    CHANGE_ADDRESS6, /* .ref, .told: whether its second address is told */
    CHANGE_RESTARTS, /* .ref, .restarts */
    CHANGE_STOP,     /* .ref, .stop */
    CHANGE_DECISION, /* .ref, .decision */
    CHANGE_FINDING, /* .ref, .code, .text: adds a running finding (same code: replaced); text NULL: removed */
    CHANGE_MAINTENANCE, /* .ref, .until_wall_ms: of the instance's whole service; 0 ends it */
    CHANGE_SAMPLE,      /* .ref, .outcome: never changes the revision */
    CHANGE_USAGE,       /* .ref, .usage: never changes the revision, either */
    CHANGE_ENGINE,      /* .engine */
    CHANGE_CONTROLLER   /* .controller */
};

struct change {
    enum change_kind kind;
    struct ref ref;
    struct spec *spec;
    struct observed *observed;
    enum container_state state;
    int exit_code;
    enum status docker_health;
    const struct health_view *health;
    const struct breaker_view *breaker;
    enum instance_leaving leaving;
    bool told;
    const struct restart_view *restarts;
    const struct stop_view *stop;
    const struct decision *decision;
    const char *code; /* static text */
    const char *text;
    int64_t until_wall_ms;
    const struct outcome *outcome;
    const struct usage *usage;
    const struct engine_view *engine;
    const struct controller_view *controller;
};

/* An empty registry that renders fragments with render. */
struct registry *registry_new(registry_render *render);

/* Call it first. From now on the fragments are kept only while somebody reads them; service->json is NULL
 * else. */
void registry_thrifty(struct registry *registry);

/* Somebody reads the fragments of all services, or of those that changed: call it before service->json is
 * used. They are rendered where they are not kept, and kept for ten minutes. For one service alone
 * it is cheaper to render that. */
void registry_fragments_read(const struct registry *registry);

/* Frees everything. NULL is fine. */
void registry_free(struct registry *registry);

/* The single point of mutation. What was taken over is owned by the registry even when the ref is stale.
 * Returns the instance concerned, or NULL (stale ref, GONE, ENGINE, CONTROLLER). */
const struct instance *registry_apply(struct registry *registry, const struct change *change,
                                      struct moment now);

/* Brings names and dependencies up to date with the instances applied since. To be called before anything
 * looks at dependencies in a turn (their text may belong to what was replaced); registry_settle does it by
 * itself. */
void registry_link(struct registry *registry);

/* Once a turn: aggregates, renders what was touched and compares. True when the revision grew. */
bool registry_settle(struct registry *registry, struct moment now);

/* Lookups; NULL when there is none. A container is named by id, unique id prefix (12 or more digits) or name;
 * a service by display name, else by a network alias or key that only one service has. */
const struct instance *registry_instance(const struct registry *registry, struct ref ref);
const struct instance *registry_container(const struct registry *registry, const char *id_or_name);
const struct service *registry_service(const struct registry *registry, const char *name);
const struct service *registry_key(const struct registry *registry, const char *key);

/* The services in order of name: registry_at(r, 0 … registry_count(r) - 1). Stable between two
 * registry_settle. */
size_t registry_count(const struct registry *registry);
const struct service *registry_at(const struct registry *registry, size_t index);

/* Names that keys had in an earlier life (from STATE_DIR): call before the first CHANGE_INSTANCE. */
void registry_remember_name(struct registry *registry, const char *key, const char *name);

/* The services whose status or serving changed in the latest registry_settle; valid until the next one. */
const struct service *const *registry_moved(const struct registry *registry, size_t *ret_count);

/* The services that depend on service; valid until the next registry_settle. */
const struct service *const *registry_dependents(const struct service *service, size_t *ret_count);

/* Grows whenever services came or went, or dependencies, names or aliases changed: what is worked out over
 * all of them is worked out anew then. Health never moves it. */
uint64_t registry_topology(const struct registry *registry);

/* The revision, and when it came to be. */
uint64_t registry_revision(const struct registry *registry);
int64_t registry_changed_at(const struct registry *registry);

/* What changed in the document after a revision, in time with that alone: registry_latest and then
 * registry_earlier give the services whose bytes changed last, newest first, with service->revision; NULL at
 * the end. registry_left tells the names that are in it no more, newest first; one may come twice. False, and
 * nothing told, when that is not known any more, or since is yet to come. */
const struct service *registry_latest(const struct registry *registry);
const struct service *registry_earlier(const struct service *service);
bool registry_left(const struct registry *registry, uint64_t since,
                   void (*each)(void *user, const char *name), void *user);

/* The parts of the document that are not services. */
const struct engine_view *registry_engine(const struct registry *registry);
const struct controller_view *registry_controller(const struct registry *registry);
const struct summary *registry_summary(const struct registry *registry);

/* The status of a service from its instances (CONTRACT section 4). Pure. */
enum status service_aggregate(const struct service *service);

#endif
