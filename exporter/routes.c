/* SPDX-License-Identifier: MIT */
/* routes.c: the table of routes, and how a path finds its row. */
#include "exporter/routes.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "exporter/answers.h"
#include "exporter/answers_consul.h"
#include "exporter/page.h"

#define PAGE_ROUTE(symbol, name, type, summary)                                                              \
    {METHOD_GET, "/" name, answer_page_file, ACCESS_FREE, summary},

/* The first row that matches wins; rows that end in "*" only where no other row has the path. */
const struct route routes[] = {
    {METHOD_GET, "/api/v1/status", answer_status, ACCESS_READ, "the status document"},
    {METHOD_GET, "/", answer_root, ACCESS_FREE, "the dashboard; platform info as JSON"},
    {METHOD_GET, "/health", answer_health, ACCESS_FREE, "the controller's own health"},
    {METHOD_GET, "/metrics", answer_metrics, ACCESS_READ, "metrics for Prometheus"},
    {METHOD_GET, "/services", answer_services, ACCESS_READ, "services, by tag, status or health"},
    {METHOD_POST, "/services", answer_register, ACCESS_CHANGE, "register an external service"},
    {METHOD_GET, "/services/health", answer_services_health, ACCESS_READ,
     "summary and status of each service"},
    {METHOD_GET, "/services/stats", answer_services_stats, ACCESS_READ,
     "breakers, response times, restarts, checks"},
    {METHOD_GET, "/services/{name}", answer_service, ACCESS_READ, "one service by name or unique alias"},
    {METHOD_DELETE, "/services/{name}", answer_deregister, ACCESS_CHANGE, "remove an external service"},
    {METHOD_PUT, "/services/{name}/heartbeat", answer_heartbeat, ACCESS_CHANGE,
     "keep an external service alive"},
    {METHOD_GET, "/services/{name}/resolve", answer_resolve, ACCESS_READ,
     "one serving instance with its fallbacks"},
    {METHOD_GET, "/v1/api/status/services", answer_states, ACCESS_READ, "the breaker of each service"},
    {METHOD_GET, "/api/v1/samples", answer_samples, ACCESS_READ, "what moves with every check"},
    {METHOD_GET, "/api/v1/health", answer_health, ACCESS_FREE, "the controller's own health"},
    {METHOD_GET, "/api/v1/health/services", answer_services_health, ACCESS_READ,
     "summary and status of each service"},
    {METHOD_GET, "/api/v1/services/{name}/status", answer_service_status, ACCESS_READ,
     "one service of the document"},
    {METHOD_GET, "/api/v1/services/{name}/explain", answer_explain, ACCESS_READ,
     "sources, checks, decisions"},
    {METHOD_GET, "/api/v1/services/{name}/history", answer_service_history, ACCESS_READ,
     "uptime, times and changes of one service over 24h, 7d, 30d"},
    {METHOD_GET, "/api/v1/history", answer_history, ACCESS_READ,
     "uptime, times and bars of all services, ?window=24h, 7d or 30d"},
    {METHOD_POST, "/api/v1/services/{name}/reload", answer_reload, ACCESS_CHANGE,
     "restart a service's instances"},
    {METHOD_POST, "/api/v1/services/{name}/maintenance", answer_maintenance, ACCESS_CHANGE,
     "pause healing for a time"},
    {METHOD_POST, "/api/v1/services/{name}/breaker/trip", answer_breaker_trip, ACCESS_CHANGE,
     "open the breaker"},
    {METHOD_POST, "/api/v1/services/{name}/breaker/reset", answer_breaker_reset, ACCESS_CHANGE,
     "close the breaker"},
    {METHOD_POST, "/api/v1/alerts/test/{name}", answer_alert_test, ACCESS_CHANGE,
     "send a test alert by a channel"},
    {METHOD_GET, "/api/v1/events", answer_events, ACCESS_READ,
     "what happened: a list, or a stream as it comes"},
    {METHOD_GET, "/api/v1/alerts", answer_alerts, ACCESS_READ,
     "the alerts that fire, and where they were sent"},
    {METHOD_GET, "/api/v1/exports", answer_exports, ACCESS_READ,
     "files, DNS, registries and proxies that are kept in step, and how that goes"},
    {METHOD_GET, "/api/v1/graph", answer_graph, ACCESS_READ, "dependencies as JSON, dot or Mermaid"},
    {METHOD_GET, "/api/v1/lint", answer_lint, ACCESS_READ, "all findings"},
    {METHOD_GET, "/api/v1/openapi.json", answer_openapi, ACCESS_FREE, "this API's description"},
    {METHOD_GET, "/docs", answer_docs, ACCESS_FREE, "this API's description for people"},
    {METHOD_GET, "/export/{name}", answer_export, ACCESS_READ, "the registry in another tool's format"},
    {METHOD_POST, "/api/v1/render", answer_render, ACCESS_CHANGE, "what a template makes of the registry"},
    {METHOD_ANY, "/api/v1/services/{name}/*", answer_not_built, ACCESS_READ, "proxy to a serving instance"},
    {METHOD_GET, "/v1/catalog/services", answer_consul_services, ACCESS_READ, "all services and their tags"},
    {METHOD_GET, "/v1/catalog/service/{name}", answer_consul_service, ACCESS_READ,
     "the instances of a service, whatever their health"},
    {METHOD_GET, "/v1/catalog/nodes", answer_consul_nodes, ACCESS_READ, "the one node: this controller"},
    {METHOD_GET, "/v1/catalog/node/{name}", answer_consul_node, ACCESS_READ, "the node and all instances"},
    {METHOD_GET, "/v1/catalog/datacenters", answer_consul_datacenters, ACCESS_READ, "the one datacentre"},
    {METHOD_GET, "/v1/health/service/{name}", answer_consul_health_service, ACCESS_READ,
     "the instances of a service with their checks"},
    {METHOD_GET, "/v1/health/checks/{name}", answer_consul_health_checks, ACCESS_READ,
     "the checks of a service"},
    {METHOD_GET, "/v1/health/state/{name}", answer_consul_health_state, ACCESS_READ,
     "all checks in a state: any, passing, warning or critical"},
    {METHOD_GET, "/v1/health/node/{name}", answer_consul_health_node, ACCESS_READ, "all checks of the node"},
    {METHOD_GET, "/v1/agent/self", answer_consul_self, ACCESS_READ, "the agent: this controller"},
    {METHOD_GET, "/v1/agent/members", answer_consul_members, ACCESS_READ, "the cluster of one"},
    {METHOD_GET, "/v1/agent/services", answer_consul_agent_services, ACCESS_READ,
     "all instances by their id"},
    {METHOD_GET, "/v1/agent/service/{name}", answer_consul_agent_service, ACCESS_READ,
     "one instance by its id"},
    {METHOD_GET, "/v1/agent/checks", answer_consul_agent_checks, ACCESS_READ, "all checks by their id"},
    {METHOD_GET, "/v1/agent/health/service/id/{name}", answer_consul_agent_health_id, ACCESS_READ,
     "how an instance is, also as status 200, 429 or 503"},
    {METHOD_GET, "/v1/agent/health/service/name/{name}", answer_consul_agent_health_name, ACCESS_READ,
     "how the instances of a service are, also as status 200, 429 or 503"},
    {METHOD_PUT, "/v1/agent/service/register", answer_consul_register, ACCESS_CHANGE,
     "register a service as with Consul's agent"},
    {METHOD_PUT, "/v1/agent/service/deregister/{name}", answer_consul_deregister, ACCESS_CHANGE,
     "remove one that was registered so"},
    {METHOD_PUT, "/v1/agent/service/maintenance/{name}", answer_consul_maintenance, ACCESS_CHANGE,
     "take it out for a while, or put it back"},
    {METHOD_PUT, "/v1/agent/check/register", answer_consul_check_register, ACCESS_CHANGE,
     "give it one more check"},
    {METHOD_PUT, "/v1/agent/check/deregister/{name}", answer_consul_check_deregister, ACCESS_CHANGE,
     "take a check away"},
    {METHOD_PUT, "/v1/agent/check/pass/{name}", answer_consul_pass, ACCESS_CHANGE, "a TTL check passes"},
    {METHOD_PUT, "/v1/agent/check/warn/{name}", answer_consul_warn, ACCESS_CHANGE, "a TTL check warns"},
    {METHOD_PUT, "/v1/agent/check/fail/{name}", answer_consul_fail, ACCESS_CHANGE, "a TTL check fails"},
    {METHOD_PUT, "/v1/agent/check/update/{name}", answer_consul_update, ACCESS_CHANGE,
     "how a TTL check is, and its output"},
    {METHOD_PUT, "/v1/catalog/register", answer_consul_catalog_register, ACCESS_CHANGE,
     "put a service into the catalogue"},
    {METHOD_PUT, "/v1/catalog/deregister", answer_consul_catalog_deregister, ACCESS_CHANGE,
     "remove a service from the catalogue"},
    {METHOD_GET, "/v1/status/leader", answer_consul_leader, ACCESS_READ, "the leader of the cluster of one"},
    {METHOD_GET, "/v1/status/peers", answer_consul_peers, ACCESS_READ, "its peers"},
    {METHOD_GET, "/v1/session/list", answer_consul_no_sessions, ACCESS_READ, "no sessions"},
    {METHOD_GET, "/v1/kv/*", answer_consul_key, ACCESS_READ, "no key/value store"},
    {METHOD_ANY, "/v1/*", answer_consul_nothing, ACCESS_READ, "what else Consul has"},
    PAGE_FILES(PAGE_ROUTE) /* the dashboard's other files */
};
const char route_methods[] = "GET, HEAD, POST, PUT, DELETE, OPTIONS";
const size_t route_count = sizeof routes / sizeof *routes;

/* How much of path a name takes: one segment. Ids of Consul's clients may hold slashes, and stand last. */
static size_t name_length(const char *pattern, const char *behind, const char *path)
{
    return consul_route(pattern) && !*behind ? strlen(path) : strcspn(path, "/");
}

/* Whether path has the form of pattern; *ret_rest is set when a final "*" took part. */
static bool pattern_matches(const char *pattern, const char *path, char name[static REQUEST_NAME],
                            bool *ret_rest)
{
    const char *whole = pattern;
    *ret_rest = false;
    while (*pattern) {
        if (*pattern == '*') {
            *ret_rest = true;
            return true;
        }
        if (*pattern == '{') {
            size_t length = name_length(whole, strchr(pattern, '}') + 1, path);
            if (!length || length >= REQUEST_NAME)
                return false;
            memcpy(name, path, length);
            name[length] = '\0';
            path += length;
            pattern = strchr(pattern, '}') + 1;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return !*path;
}

static bool method_matches(enum method method, const char *text)
{
    switch (method) {
    case METHOD_GET:
        return strcmp(text, "GET") == 0 || strcmp(text, "HEAD") == 0;
    case METHOD_POST:
        return strcmp(text, "POST") == 0;
    case METHOD_PUT:
        return strcmp(text, "PUT") == 0;
    case METHOD_DELETE:
        return strcmp(text, "DELETE") == 0;
    case METHOD_ANY:
        return true;
    case METHOD_COUNT:
        break;
    }
    return false;
}

static void allow_add(char *allow, size_t size, enum method method)
{
    static const char *const names[METHOD_COUNT] = {[METHOD_GET] = "GET, HEAD",
                                                    [METHOD_POST] = "POST",
                                                    [METHOD_PUT] = "PUT",
                                                    [METHOD_DELETE] = "DELETE",
                                                    [METHOD_ANY] = "any"};
    assert(method < METHOD_COUNT);
    size_t used = strlen(allow);
    snprintf(allow + used, size - used, "%s%s", used ? ", " : "", names[method]);
}

const struct route *route_find(const char *method, const char *path, char name[static REQUEST_NAME],
                               char *ret_allow, size_t size)
{
    char found[REQUEST_NAME] = "";
    ret_allow[0] = '\0';
    for (size_t i = 0; i < route_count; i++) {
        bool rest;
        found[0] = '\0';
        if (!pattern_matches(routes[i].pattern, path, found, &rest) || (rest && ret_allow[0]))
            continue;
        if (method_matches(routes[i].method, method)) {
            memcpy(name, found, sizeof found);
            return &routes[i];
        }
        allow_add(ret_allow, size, routes[i].method);
    }
    name[0] = '\0';
    if (ret_allow[0]) {
        size_t used = strlen(ret_allow);
        snprintf(ret_allow + used, size - used, ", OPTIONS");
    }
    return NULL;
}
