/* traefik_rules.h: what Traefik's decoder of dynamic configuration refuses, as a check for tests: it drops
 * the whole document for one unknown field (also of a later version), one empty object, one empty map.
 * Written after Traefik's own structures of 2.11 and 3.0 to 3.6, for the fields that are used here. */
#ifndef QUAYWATCH_TESTS_TRAEFIK_RULES_H
#define QUAYWATCH_TESTS_TRAEFIK_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum traefik_kind {
    TEXT,
    NUMBER,
    TRUTH,
    TEXTS, /* array of texts */
    DOCUMENT,
    HTTP,
    TCP,
    ROUTERS, /* maps of names: */
    SERVICES,
    MIDDLEWARES,
    TRANSPORTS,
    TCP_ROUTERS,
    TCP_SERVICES,
    ROUTER, /* their entries: */
    SERVICE,
    MIDDLEWARE,
    TRANSPORT,
    TCP_ROUTER,
    TCP_SERVICE,
    TLS,
    TCP_TLS,
    BALANCER,
    TCP_BALANCER,
    SERVERS, /* arrays of: */
    TCP_SERVERS,
    SHARES,
    SERVER,
    TCP_SERVER,
    SHARE,
    WEIGHTED,
    CHECK,
    PASSIVE_CHECK,
    BREAKER,
    RETRY,
    RATE_LIMIT,
    COMPRESS,
    REDIRECT,
    STRIP
};

/* What may stand in an object, since which version. */
static const struct {
    enum traefik_kind in;
    const char *field;
    enum traefik_kind kind;
    int since;
    bool needed;
} traefik_fields[] = {
    {DOCUMENT, "http", HTTP, 0, false},
    {DOCUMENT, "tcp", TCP, 0, false},
    {HTTP, "routers", ROUTERS, 0, false},
    {HTTP, "services", SERVICES, 0, false},
    {HTTP, "middlewares", MIDDLEWARES, 0, false},
    {HTTP, "serversTransports", TRANSPORTS, 0, false},
    {TCP, "routers", TCP_ROUTERS, 0, false},
    {TCP, "services", TCP_SERVICES, 0, false},
    {ROUTER, "rule", TEXT, 0, true},
    {ROUTER, "service", TEXT, 0, true},
    {ROUTER, "entryPoints", TEXTS, 0, false},
    {ROUTER, "priority", NUMBER, 0, false},
    {ROUTER, "middlewares", TEXTS, 0, false},
    {ROUTER, "tls", TLS, 0, false},
    {TCP_ROUTER, "rule", TEXT, 0, true},
    {TCP_ROUTER, "service", TEXT, 0, true},
    {TCP_ROUTER, "entryPoints", TEXTS, 0, false},
    {TCP_ROUTER, "priority", NUMBER, 0, false},
    {TCP_ROUTER, "middlewares", TEXTS, 0, false},
    {TCP_ROUTER, "tls", TCP_TLS, 0, false},
    {TLS, "options", TEXT, 0, false},
    {TLS, "certResolver", TEXT, 0, false},
    {TCP_TLS, "options", TEXT, 0, false},
    {TCP_TLS, "certResolver", TEXT, 0, false},
    {TCP_TLS, "passthrough", TRUTH, 0, false},
    {SERVICE, "loadBalancer", BALANCER, 0, false},
    {SERVICE, "weighted", WEIGHTED, 0, false},
    {TCP_SERVICE, "loadBalancer", TCP_BALANCER, 0, false},
    {TCP_SERVICE, "weighted", WEIGHTED, 0, false},
    {BALANCER, "servers", SERVERS, 0, true},
    {BALANCER, "healthCheck", CHECK, 0, false},
    {BALANCER, "passHostHeader", TRUTH, 0, false},
    {BALANCER, "serversTransport", TEXT, 0, false},
    {BALANCER, "strategy", TEXT, 304, false},
    {BALANCER, "passiveHealthCheck", PASSIVE_CHECK, 306, false},
    {TCP_BALANCER, "servers", TCP_SERVERS, 0, true},
    {SERVER, "url", TEXT, 0, true},
    {SERVER, "weight", NUMBER, 300, false},
    {TCP_SERVER, "address", TEXT, 0, true},
    {WEIGHTED, "services", SHARES, 0, true},
    {SHARE, "name", TEXT, 0, true},
    {SHARE, "weight", NUMBER, 0, true},
    {CHECK, "path", TEXT, 0, true},
    {CHECK, "interval", TEXT, 0, false},
    {CHECK, "timeout", TEXT, 0, false},
    {CHECK, "port", NUMBER, 0, false},
    {CHECK, "method", TEXT, 0, false},
    {CHECK, "status", NUMBER, 300, false},
    {PASSIVE_CHECK, "failureWindow", TEXT, 306, false},
    {PASSIVE_CHECK, "maxFailedAttempts", NUMBER, 306, false},
    {MIDDLEWARE, "circuitBreaker", BREAKER, 0, false},
    {MIDDLEWARE, "retry", RETRY, 0, false},
    {MIDDLEWARE, "rateLimit", RATE_LIMIT, 0, false},
    {MIDDLEWARE, "compress", COMPRESS, 0, false},
    {MIDDLEWARE, "redirectScheme", REDIRECT, 0, false},
    {MIDDLEWARE, "stripPrefix", STRIP, 0, false},
    {BREAKER, "expression", TEXT, 0, true},
    {BREAKER, "checkPeriod", TEXT, 0, false},
    {BREAKER, "fallbackDuration", TEXT, 0, false},
    {BREAKER, "recoveryDuration", TEXT, 0, false},
    {BREAKER, "responseCode", NUMBER, 300, false},
    {RETRY, "attempts", NUMBER, 0, true},
    {RETRY, "initialInterval", TEXT, 0, false},
    {RATE_LIMIT, "average", NUMBER, 0, true},
    {RATE_LIMIT, "burst", NUMBER, 0, false},
    {RATE_LIMIT, "period", TEXT, 0, false},
    {COMPRESS, "minResponseBodyBytes", NUMBER, 0, false},
    {REDIRECT, "scheme", TEXT, 0, true},
    {REDIRECT, "permanent", TRUTH, 0, false},
    {STRIP, "prefixes", TEXTS, 0, true},
    {TRANSPORT, "insecureSkipVerify", TRUTH, 0, false},
    {TRANSPORT, "serverName", TEXT, 0, false},
};
enum { FIELD_COUNT = sizeof traefik_fields / sizeof *traefik_fields };

/* The kind of what a map or an array holds; TEXT for what is neither. */
static inline enum traefik_kind held_by(enum traefik_kind kind)
{
    static const enum traefik_kind held[STRIP + 1] = {
        [ROUTERS] = ROUTER,       [SERVICES] = SERVICE,       [MIDDLEWARES] = MIDDLEWARE,
        [TRANSPORTS] = TRANSPORT, [TCP_ROUTERS] = TCP_ROUTER, [TCP_SERVICES] = TCP_SERVICE,
        [SERVERS] = SERVER,       [TCP_SERVERS] = TCP_SERVER, [SHARES] = SHARE,
    };
    return held[kind];
}

struct traefik_walk {
    int version;
    char *reason;
    size_t size;
};

static inline __attribute__((format(printf, 2, 3))) bool traefik_refuse(const struct traefik_walk *walk,
                                                                        const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(walk->reason, walk->size, format, args);
    va_end(args);
    return false;
}

static inline bool takes(const struct traefik_walk *walk, const char *name, struct json_object *value,
                         enum traefik_kind kind);

static inline bool takes_object(const struct traefik_walk *walk, const char *name, struct json_object *object,
                                enum traefik_kind in)
{
    json_object_object_foreach(object, key, value)
    {
        size_t i = 0;
        while (i < FIELD_COUNT && (traefik_fields[i].in != in || strcmp(traefik_fields[i].field, key) != 0))
            i++;
        if (i == FIELD_COUNT)
            return traefik_refuse(walk, "%s: field not found: %s", name, key);
        if (traefik_fields[i].since > walk->version)
            return traefik_refuse(walk, "%s: %s is of %d", name, key, traefik_fields[i].since);
        if (!takes(walk, key, value, traefik_fields[i].kind))
            return false;
    }
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (traefik_fields[i].in == in && traefik_fields[i].needed &&
            !json_object_object_get(object, traefik_fields[i].field))
            return traefik_refuse(walk, "%s: %s is missing", name, traefik_fields[i].field);
    return true;
}

static inline bool takes_map(const struct traefik_walk *walk, const char *name, struct json_object *map,
                             enum traefik_kind entry)
{
    json_object_object_foreach(map, key, value)
    {
        if (!key[0] || strchr(key, '@'))
            return traefik_refuse(walk, "%s: \"%s\" is no name", name, key);
        if (!takes(walk, key, value, entry))
            return false;
    }
    return true;
}

static inline bool takes_array(const struct traefik_walk *walk, const char *name, struct json_object *array,
                               enum traefik_kind held)
{
    for (size_t i = 0; i < json_object_array_length(array); i++)
        if (!takes(walk, name, json_object_array_get_idx(array, i), held))
            return false;
    return true;
}

static inline bool takes(const struct traefik_walk *walk, const char *name, struct json_object *value,
                         enum traefik_kind kind)
{
    static const enum json_type scalars[] = {
        [TEXT] = json_type_string, [NUMBER] = json_type_int, [TRUTH] = json_type_boolean};
    enum json_type type = json_object_get_type(value);
    if (kind <= TRUTH)
        return type == scalars[kind] || traefik_refuse(walk, "%s: a wrong type", name);
    bool array = kind == TEXTS || kind == SERVERS || kind == TCP_SERVERS || kind == SHARES;
    if (type != (array ? json_type_array : json_type_object))
        return traefik_refuse(walk, "%s: a wrong type", name);
    if (array)
        return takes_array(walk, name, value, held_by(kind));
    if (kind != DOCUMENT && json_object_object_length(value) == 0)
        return traefik_refuse(walk, "%s cannot be a standalone element", name);
    return held_by(kind) == TEXT ? takes_object(walk, name, value, kind)
                                 : takes_map(walk, name, value, held_by(kind));
}

static inline struct json_object *map_of(struct json_object *document, const char *protocol, const char *map)
{
    return json_object_object_get(json_object_object_get(document, protocol), map);
}

/* Whether a name stands in a map, or is another provider's. */
static inline bool is_there(struct json_object *map, const char *name)
{
    return strchr(name, '@') || json_object_object_get_ex(map, name, NULL);
}

static inline bool names_exist(const struct traefik_walk *walk, struct json_object *document,
                               const char *protocol)
{
    struct json_object *services = map_of(document, protocol, "services");
    struct json_object *middlewares = map_of(document, protocol, "middlewares");
    struct json_object *transports = map_of(document, protocol, "serversTransports");
    struct json_object *routers = map_of(document, protocol, "routers");
    if (routers) {
        json_object_object_foreach(routers, name, router)
        {
            const char *service = json_object_get_string(json_object_object_get(router, "service"));
            if (!is_there(services, service))
                return traefik_refuse(walk, "%s leads to %s, which is not there", name, service);
            struct json_object *list = json_object_object_get(router, "middlewares");
            for (size_t i = 0; list && i < json_object_array_length(list); i++)
                if (!is_there(middlewares, json_object_get_string(json_object_array_get_idx(list, i))))
                    return traefik_refuse(walk, "%s has a middleware that is not there", name);
        }
    }
    if (services) {
        json_object_object_foreach(services, name, service)
        {
            struct json_object *balancer = json_object_object_get(service, "loadBalancer");
            struct json_object *transport = json_object_object_get(balancer, "serversTransport");
            if (transport && !is_there(transports, json_object_get_string(transport)))
                return traefik_refuse(walk, "%s has a transport that is not there", name);
            struct json_object *shares = json_object_object_get(json_object_object_get(service, "weighted"),
                                                                "services");
            for (size_t i = 0; shares && i < json_object_array_length(shares); i++)
                if (!is_there(services, json_object_get_string(json_object_object_get(
                                            json_object_array_get_idx(shares, i), "name"))))
                    return traefik_refuse(walk, "%s has a part that is not there", name);
        }
    }
    return true;
}

/* Whether the document can be decoded by version (211, 300, …) and all names in it that are of its own
 * provider exist; else the reason in ret. */
static inline bool traefik_takes(const char *document, int version, char *ret, size_t size)
{
    struct traefik_walk walk = {.version = version, .size = size};
    walk.reason = ret;
    struct json_tokener *tokener = json_tokener_new();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    struct json_object *root = json_tokener_parse_ex(tokener, document, (int)strlen(document) + 1);
    bool taken = root ? takes(&walk, "the document", root, DOCUMENT) && names_exist(&walk, root, "http") &&
                            names_exist(&walk, root, "tcp")
                      : traefik_refuse(&walk, "no JSON");
    json_object_put(root);
    json_tokener_free(tokener);
    return taken;
}

#endif
