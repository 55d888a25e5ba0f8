/* SPDX-License-Identifier: MIT */
/* operations.c: the table behind the API's description. */
#include "exporter/operations.h"

#include <string.h>

#include "exporter/answers.h"
#include "exporter/answers_consul.h"

#define JSON "application/json"
#define TEXT "text/plain"

const struct subject subjects[] = {
    {"Status", "What is registered and how it is: for scripts, pages, monitoring."},
    {"Discovery", "Services by name, and where to call one right now."},
    {"Healing", "Why something was done or not, and what people may order."},
    {"History", "What happened, and how well it went."},
    {"External services", "What runs outside Docker registers itself and stays by its heartbeat."},
    {"Exports", "The registry in the form that other tools read."},
    {"Consul",
     "Consul's own API, for programs that speak it already: its documentation holds here, too. Errors are "
     "plain text, and a token may also come as X-Consul-Token."},
    {"quaywatch", "The controller itself."},
};
const size_t subject_count = sizeof subjects / sizeof *subjects;

#define WAIT                                                                                                 \
    {"index", "string", NULL, NULL,                                                                          \
     "The X-Quaywatch-Index (or revision) that is known: answers when there is another"},                    \
    {                                                                                                        \
        "wait", "string", NULL, "30s", "How long to wait for that at most, such as 30s"                      \
    }
#define CONSUL_WAIT                                                                                          \
    {"index", "integer", NULL, NULL, "The X-Consul-Index that is known: answers when there is another"},     \
    {                                                                                                        \
        "wait", "string", NULL, "5m", "How long to wait for that at most: 10m"                               \
    }
#define CONSUL_FILTER                                                                                        \
    {                                                                                                        \
        "filter", "string", NULL, NULL, "Comparisons of fields, joined by and, or, not and brackets"         \
    }
#define CONSUL_NOTE                                                                                          \
    {                                                                                                        \
        "note", "string", NULL, NULL, "Shown as the check's output"                                          \
    }
#define CONSUL_TEXT                                                                                          \
    {                                                                                                        \
        "format", "string", "json|text", "json", "text: only the word passing, warning or critical"          \
    }
#define FILTER                                                                                               \
    {"tag", "string", NULL, NULL, "Only services with this tag"},                                            \
        {"status", "string", "starting|healthy|degraded|unhealthy|failed|unknown|stopped", NULL,             \
         "Only services with this status"},                                                                  \
    {                                                                                                        \
        "healthy", "boolean", NULL, NULL, "true: only healthy ones; false: only others"                      \
    }

/* clang-format off */
const struct operation operations[] = {
    /* ---- Status ---- */
    {METHOD_GET, "/api/v1/status", "getStatus", "Status",
     "Holds state only, so that it changes when something happens and not with every check; its revision counts "
     "the changes. The same bytes are in STATUS_FILE.",
     .parameter = {WAIT}, .tagged = true, .reply = {{200, JSON, "Status", "The document of the present revision"}}},
    {METHOD_GET, "/api/v1/services/{name}/status", "getServiceStatus", "Status", NULL,
     .parameter = {WAIT}, .tagged = true, .reply = {{200, JSON, "Service", "The service, as in the document"}}},
    {METHOD_GET, "/api/v1/samples", "getSamples", "Status", "Response times, counters, CPU and memory of each instance.",
     .reply = {{200, JSON, "Samples", "What the latest checks measured"}}},
    {METHOD_GET, "/api/v1/health/services", "getServicesHealthV1", "Status", "The same as /services/health.",
     .tagged = true, .reply = {{200, JSON, "ServicesHealth", "Summary, and a status a service"}}},
    {METHOD_GET, "/services/health", "getServicesHealth", "Status", NULL,
     .tagged = true, .reply = {{200, JSON, "ServicesHealth", "Summary, and a status a service"}}},
    {METHOD_GET, "/services/stats", "getServicesStats", "Status", NULL,
     .reply = {{200, JSON, "ServicesStats", "Figures of each service"}}},
    {METHOD_GET, "/v1/api/status/services", "getBreakers", "Status", NULL,
     .tagged = true, .reply = {{200, JSON, "Breakers", "The breaker of each service"}}},
    {METHOD_GET, "/api/v1/graph", "getGraph", "Status", "With the order of starting, circles, and the roots of what is down.",
     .parameter = {{"format", "string", "json|dot|mermaid", "json", "For programs, Graphviz or Mermaid"}}, .tagged = true,
     .reply = {{200, JSON, "Graph", "Services and what they depend on"},
               {200, "text/vnd.graphviz", NULL, "The same for Graphviz"}, {200, TEXT, NULL, "The same for Mermaid"}}},
    {METHOD_GET, "/api/v1/lint", "getFindings", "Status", NULL,
     .tagged = true, .reply = {{200, JSON, "Findings", "What is wrong with labels, networks and dependencies"}}},

    /* ---- Discovery ---- */
    {METHOD_GET, "/services", "listServices", "Discovery", NULL,
     .parameter = {FILTER}, .tagged = true, .reply = {{200, JSON, "Services", "The services, by name"}}},
    {METHOD_GET, "/services/{name}", "getService", "Discovery", NULL,
     .reply = {{200, JSON, "Service", "The service with its samples"}}},
    {METHOD_GET, "/services/{name}/resolve", "resolveService", "Discovery",
     "Only what serves is handed out. The chain holds what else may be tried, in order.",
     .parameter = {{"strategy", "string", "health_based|round_robin|weighted_round_robin|least_connections|random",
                    "LOAD_BALANCING_STRATEGY", "How the instance is chosen"},
                   {"tag", "string", NULL, NULL, "Only instances with this tag"},
                   {"order", "string", "dns-first|address-first", NULL,
                    "What url and the chain begin with; else the name where there is one instance, the address where "
                    "there are several"}},
     .reply = {{200, JSON, "Resolved", "One instance that serves"}}},
    {METHOD_GET, "/export/{name}", "exportServices", "Discovery",
     "Only what serves is told; the same state gives the same bytes.",
     .parameter = {{"tag", "string", NULL, NULL, "Only services with this tag"},
                   {"project", "string", NULL, NULL, "Only services of this project"},
                   {"version", "string", NULL, NULL, "Of the tool that reads it, where formats differ by that; else its newest"},
                   {"prefix", "string", NULL, "ENV_PREFIX", "env: what the names of variables begin with"}},
     .tagged = true, .reply = {{200, "*/*", NULL, "Serving instances, in the format's own form"},
                               {503, "application/problem+json", "Problem", "It has just begun: the first checks are not made yet"}}},
    {METHOD_POST, "/api/v1/render", "renderTemplate", "Discovery",
     "Changes nothing, but takes the controller's time (a second at most) and shows metadata as it is, so it needs the "
     "AUTH_TOKEN.",
     .body = "RenderWish", .sample = "{\"template\": \"There are ${NUMBER:-no} ducks\", \"format\": \"text\"}",
     .reply = {{200, TEXT, NULL, "What it makes"}}},
    {METHOD_ANY, "/api/v1/services/{name}/*", "proxy", "Discovery", NULL,
     .reply = {{200, "*/*", NULL, "What the instance answers"}}},

    /* ---- Healing ---- */
    {METHOD_GET, "/api/v1/services/{name}/explain", "explainService", "Healing",
     "Also of a container by its name or id, registered or not.",
     .reply = {{200, JSON, "Explanation", "Fields and their sources, the check, the ladder row by row, budget, decisions"}}},
    {METHOD_POST, "/api/v1/services/{name}/reload", "restartService", "Healing",
     "A person's restart skips policy, backoff and budget, and takes the instances one after another.",
     .parameter = {{"force", "boolean", NULL, "false", "Also while it is being deployed"}},
     .reply = {{202, JSON, "Restarting", "It is under way"},
               {409, "application/problem+json", "Problem", "It is being deployed, or restarted already"},
               {502, "application/problem+json", "Problem", "The engine failed"}}},
    {METHOD_POST, "/api/v1/services/{name}/maintenance", "setMaintenance", "Healing",
     "Nobody heals the service until then. \"off\" ends it at once.",
     .parameter = {{"duration", "string", NULL, NULL, "1s to 30 days, such as 30m, or off; instead of a body"}},
     .body = "MaintenanceWish", .sample = "{\"duration\": \"30m\"}",
     .reply = {{200, JSON, "Maintenance", "Until when it is now"}}},
    {METHOD_POST, "/api/v1/services/{name}/breaker/trip", "tripBreaker", "Healing",
     "Takes the service, or one instance, out of all lists until somebody resets the breaker.",
     .parameter = {{"instance", "string", NULL, NULL, "Only this one, by container name or id"}},
     .reply = {{200, JSON, "BreakerChange", "How the breakers are now"}}},
    {METHOD_POST, "/api/v1/services/{name}/breaker/reset", "resetBreaker", "Healing", NULL,
     .parameter = {{"instance", "string", NULL, NULL, "Only this one, by container name or id"}},
     .reply = {{200, JSON, "BreakerChange", "How the breakers are now"}}},

    /* ---- History ---- */
    {METHOD_GET, "/api/v1/events", "getEvents", "History",
     "A list, or with Accept: text/event-stream (or stream=true) a stream of server-sent events: each event "
     "is one of the list, its id \"<start id>-<number>\". A client that names its Last-Event-ID gets what it missed.",
     .parameter = {{"after", "integer", NULL, "0", "List: only events with a higher number"},
                   {"stream", "boolean", NULL, "false", "A stream, whatever Accept says"},
                   {"last_event_id", "string", NULL, NULL, "Stream: as the header Last-Event-ID"},
                   {"include", "string", "status", NULL, "Stream: also the status document's changes"},
                   {"since", "string", NULL, NULL, "Stream: the index of the document that is known"},
                   {"Last-Event-ID", "string", NULL, NULL, "Stream: the id of the last event that was seen"}},
     .reply = {{200, JSON, "Events", "The latest 1,024, newest last"},
               {200, "text/event-stream", NULL, "Events as they happen"}}},
    {METHOD_GET, "/api/v1/services/{name}/history", "getServiceHistory", "History",
     "Kept across recreated containers and restarts of quaywatch.",
     .reply = {{200, JSON, "ServiceHistory", "Uptime, times, bars, changes, restarts, decisions"}}},
    {METHOD_GET, "/api/v1/history", "getHistory", "History", NULL,
     .parameter = {{"window", "string", "24h|7d|30d", "24h", "How far back"}},
     .reply = {{200, JSON, "History", "Uptime, times and bars of all services"}}},
    {METHOD_GET, "/api/v1/alerts", "getAlerts", "History", NULL,
     .reply = {{200, JSON, "Alerts", "What fires now, and where it was sent"}}},
    {METHOD_POST, "/api/v1/alerts/test/{name}", "testAlert", "Healing",
     "Waits up to 8 s for how it ended. {name} is webhook, slack, discord, ntfy, gotify, email, alertmanager or healthchecks.",
     .reply = {{200, JSON, "AlertTest", "It was delivered"},
               {409, "application/problem+json", "Problem", "The channel is not set, or a test of it is under way"},
               {502, "application/problem+json", "Problem", "It was not delivered, and why"}}},

    /* ---- Exports ---- */
    {METHOD_GET, "/api/v1/exports", "getExports", "Exports", NULL,
     .reply = {{200, JSON, "Exports", "Each place that is kept in step, whether it is, and why not"}}},

    /* ---- External services ---- */
    {METHOD_POST, "/services", "registerService", "External services",
     "Checked only where EXTERNAL_NETWORKS allows; without a heartbeat for ttl it becomes unhealthy, and is removed later.",
     .body = "Registration",
     .sample = "{\"id\": \"api-1\", \"name\": \"api\", \"host\": \"10.0.0.7\", \"port\": 8080, \"ttl\": \"60s\"}",
     .reply = {{201, JSON, "Registered", "It is registered"}, {200, JSON, "Registered", "It was, and is now as sent"},
               {409, "application/problem+json", "Problem", "Another service has that id"},
               {507, "application/problem+json", "Problem", "Too many are registered"}}},
    {METHOD_PUT, "/services/{name}/heartbeat", "heartbeat", "External services",
     "A body is not needed; with one, it also says how it is, until the next one does.",
     .body = "HeartbeatReport", .sample = "{\"status\": \"degraded\", \"message\": \"the queue is long\"}",
     .reply = {{200, JSON, "Heartbeat", "It stays until expires_at"}}},
    {METHOD_DELETE, "/services/{name}", "removeService", "External services", NULL,
     .reply = {{204, NULL, NULL, "It is gone"},
               {409, "application/problem+json", "Problem", "It is a container's, and goes with that"}}},

    /* ---- Consul ---- */
    {METHOD_GET, "/v1/catalog/services", "consulServices", "Consul", NULL,
     .parameter = {CONSUL_WAIT}, .reply = {{200, JSON, NULL, "Tags by the name of the service"}}},
    {METHOD_GET, "/v1/catalog/service/{name}", "consulService", "Consul", NULL,
     .parameter = {{"tag", "string", NULL, NULL, "Only instances with this tag; may come several times"}, CONSUL_FILTER, CONSUL_WAIT},
     .reply = {{200, JSON, "ConsulList", "Instances, each on the one node"}}},
    {METHOD_GET, "/v1/catalog/nodes", "consulNodes", "Consul", NULL,
     .parameter = {CONSUL_WAIT}, .reply = {{200, JSON, "ConsulList", "The node"}}},
    {METHOD_GET, "/v1/catalog/node/{name}", "consulNode", "Consul", "null for any other node.",
     .parameter = {CONSUL_FILTER, CONSUL_WAIT}, .reply = {{200, JSON, NULL, "The node, and its instances by their id"}}},
    {METHOD_GET, "/v1/catalog/datacenters", "consulDatacenters", "Consul", NULL,
     .reply = {{200, JSON, "ConsulList", "dc1"}}},
    {METHOD_GET, "/v1/health/service/{name}", "consulHealth", "Consul",
     "An instance passes exactly when it serves; a degraded one that serves does, and says so in the output.",
     .parameter = {{"passing", "boolean", NULL, "false", "Only instances whose checks all pass"},
                   {"tag", "string", NULL, NULL, "Only instances with this tag; may come several times"}, CONSUL_FILTER, CONSUL_WAIT},
     .reply = {{200, JSON, "ConsulList", "Node, service and checks of each instance"}}},
    {METHOD_GET, "/v1/health/checks/{name}", "consulChecks", "Consul", NULL,
     .parameter = {CONSUL_FILTER, CONSUL_WAIT}, .reply = {{200, JSON, "ConsulList", "Checks"}}},
    {METHOD_GET, "/v1/health/state/{name}", "consulState", "Consul", NULL,
     .parameter = {CONSUL_FILTER, CONSUL_WAIT}, .reply = {{200, JSON, "ConsulList", "Checks"}}},
    {METHOD_GET, "/v1/health/node/{name}", "consulNodeChecks", "Consul", NULL,
     .parameter = {CONSUL_FILTER, CONSUL_WAIT}, .reply = {{200, JSON, "ConsulList", "Checks"}}},
    {METHOD_GET, "/v1/agent/self", "consulSelf", "Consul", NULL, .reply = {{200, JSON, NULL, "Config and Member"}}},
    {METHOD_GET, "/v1/agent/members", "consulMembers", "Consul", NULL, .reply = {{200, JSON, "ConsulList", "The one member"}}},
    {METHOD_GET, "/v1/agent/services", "consulAgentServices", "Consul", NULL,
     .parameter = {CONSUL_FILTER}, .reply = {{200, JSON, NULL, "Instances by their id"}}},
    {METHOD_GET, "/v1/agent/service/{name}", "consulAgentService", "Consul", NULL,
     .reply = {{200, JSON, NULL, "The instance"}}},
    {METHOD_GET, "/v1/agent/checks", "consulAgentChecks", "Consul", NULL,
     .parameter = {CONSUL_FILTER}, .reply = {{200, JSON, NULL, "Checks by their id"}}},
    {METHOD_GET, "/v1/agent/health/service/id/{name}", "consulHealthOfInstance", "Consul", NULL,
     .parameter = {CONSUL_TEXT}, .reply = {{200, JSON, NULL, "It passes"}, {200, TEXT, NULL, "The same as one word"},
               {429, JSON, NULL, "It warns"}, {429, TEXT, NULL, "warning"}, {503, JSON, NULL, "It is critical"}, {503, TEXT, NULL, "critical"}}},
    {METHOD_GET, "/v1/agent/health/service/name/{name}", "consulHealthOfService", "Consul", NULL,
     .parameter = {CONSUL_TEXT}, .reply = {{200, JSON, "ConsulList", "All pass"}, {200, TEXT, NULL, "The same as one word"},
               {429, JSON, "ConsulList", "One warns"}, {429, TEXT, NULL, "warning"},
               {503, JSON, "ConsulList", "One is critical"}, {503, TEXT, NULL, "critical"}}},
    {METHOD_PUT, "/v1/agent/service/register", "consulRegister", "Consul",
     "It is a service outside Docker then, as by POST /services. TTL checks are what it reports; one HTTP, TCP or gRPC check is "
     "made where EXTERNAL_NETWORKS allows. Without Address it is where the caller is.",
     .parameter = {{"replace-existing-checks", "boolean", NULL, "false", "Drops checks that the body does not name"}},
     .body = "ConsulService", .sample = "{\"Name\": \"api\", \"ID\": \"api-1\", \"Address\": \"10.0.0.7\", \"Port\": 8080, "
     "\"Check\": {\"TTL\": \"15s\", \"DeregisterCriticalServiceAfter\": \"10m\"}}",
     .reply = {{200, TEXT, NULL, "Nothing: it is registered"}, {409, TEXT, NULL, "That id or name belongs to a container"},
               {507, TEXT, NULL, "Too many are registered"}}},
    {METHOD_PUT, "/v1/agent/service/deregister/{name}", "consulDeregister", "Consul", NULL,
     .reply = {{200, TEXT, NULL, "Nothing: it is gone"}, {409, TEXT, NULL, "It is a container's, and goes with that"}}},
    {METHOD_PUT, "/v1/agent/service/maintenance/{name}", "consulMaintenance", "Consul", NULL,
     .parameter = {{"enable", "boolean", NULL, NULL, "true: out; false: back"}, {"reason", "string", NULL, NULL, "Shown as the check's notes"}},
     .reply = {{200, TEXT, NULL, "Nothing: it is done"}, {409, TEXT, NULL, "It is a container's"}}},
    {METHOD_PUT, "/v1/agent/check/register", "consulCheckRegister", "Consul", NULL,
     .body = "ConsulCheck", .sample = "{\"ServiceID\": \"api-1\", \"Name\": \"queue\", \"TTL\": \"30s\"}",
     .reply = {{200, TEXT, NULL, "Nothing: it has it"}}},
    {METHOD_PUT, "/v1/agent/check/deregister/{name}", "consulCheckDeregister", "Consul", NULL,
     .reply = {{200, TEXT, NULL, "Nothing: it is gone"}}},
    {METHOD_PUT, "/v1/agent/check/pass/{name}", "consulPass", "Consul", NULL,
     .parameter = {CONSUL_NOTE}, .reply = {{200, TEXT, NULL, "Nothing: it is noted"}}},
    {METHOD_PUT, "/v1/agent/check/warn/{name}", "consulWarn", "Consul", NULL,
     .parameter = {CONSUL_NOTE}, .reply = {{200, TEXT, NULL, "Nothing: it is noted"}}},
    {METHOD_PUT, "/v1/agent/check/fail/{name}", "consulFail", "Consul", NULL,
     .parameter = {CONSUL_NOTE}, .reply = {{200, TEXT, NULL, "Nothing: it is noted"}}},
    {METHOD_PUT, "/v1/agent/check/update/{name}", "consulUpdate", "Consul", NULL,
     .body = "ConsulReport", .sample = "{\"Status\": \"passing\", \"Output\": \"fine\"}",
     .reply = {{200, TEXT, NULL, "Nothing: it is noted"}}},
    {METHOD_PUT, "/v1/catalog/register", "consulCatalogRegister", "Consul",
     "As by the agent, but its checks stay as they are sent until they are sent anew. Node is not kept: there is one.",
     .body = "ConsulEntry", .sample = "{\"Node\": \"n\", \"Address\": \"10.0.0.8\", \"Service\": {\"Service\": \"ldap\", \"Port\": 389}}",
     .reply = {{200, JSON, "ConsulYes", "It is registered"}, {409, TEXT, NULL, "That id or name belongs to a container"}}},
    {METHOD_PUT, "/v1/catalog/deregister", "consulCatalogDeregister", "Consul", NULL,
     .body = "ConsulEntryEnd", .sample = "{\"Node\": \"n\", \"ServiceID\": \"ldap\"}",
     .reply = {{200, JSON, "ConsulYes", "It is gone"}, {409, TEXT, NULL, "It is a container's"}}},
    {METHOD_GET, "/v1/status/leader", "consulLeader", "Consul", NULL, .reply = {{200, JSON, "ConsulWord", "An address that nobody listens on"}}},
    {METHOD_GET, "/v1/status/peers", "consulPeers", "Consul", NULL, .reply = {{200, JSON, "ConsulList", "The same"}}},

    /* ---- quaywatch ---- */
    {METHOD_GET, "/health", "getHealth", "quaywatch", NULL,
     .reply = {{200, JSON, "Health", "Well, or well enough"},
               {503, JSON, "Health", "The engine is lost for 30 s, or a loop stalls"}}},
    {METHOD_GET, "/api/v1/health", "getHealthV1", "quaywatch", "The same as /health.",
     .reply = {{200, JSON, "Health", "Well, or well enough"},
               {503, JSON, "Health", "The engine is lost for 30 s, or a loop stalls"}}},
    {METHOD_GET, "/metrics", "getMetrics", "quaywatch", NULL, .reply = {{200, TEXT, NULL, "Text format 0.0.4"}}},
    {METHOD_GET, "/", "getRoot", "quaywatch", "By Accept.",
     .reply = {{200, JSON, "Platform", "Name, version, links"}, {200, "text/html", NULL, "The dashboard"}}},
    {METHOD_GET, "/api/v1/openapi.json", "getDescription", "quaywatch", NULL, .tagged = true,
     .reply = {{200, JSON, NULL, "OpenAPI 3.1"}}},
    {METHOD_GET, "/docs", "getDocs", "quaywatch", NULL, .tagged = true,
     .reply = {{200, "text/html", NULL, "The same description for people"}}},
};
/* clang-format on */
const size_t operation_count = sizeof operations / sizeof *operations;

const struct operation *operation_find(const struct route *route)
{
    for (size_t i = 0; i < operation_count; i++)
        if (operations[i].method == route->method && strcmp(operations[i].pattern, route->pattern) == 0)
            return &operations[i];
    return NULL;
}

bool operation_wanted(const struct route *route)
{
    return route->handler != answer_page_file && route->handler != answer_consul_key &&
           route->handler != answer_consul_no_sessions && route->handler != answer_consul_nothing;
}
