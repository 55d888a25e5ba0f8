/* SPDX-License-Identifier: MIT */
/* GET /containers/{id}/json → struct container. Env, Cmd and the health check's command are never looked at.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/text.h"
#include "docker/decode.h"
#include "docker/decode_json.h"

enum { SHORT_ID = 12, PORT_MAX = 65535 };

static const char *copy_or(struct arena *arena, const char *text, const char *fallback)
{
    return text ? arena_copy(arena, text) : fallback;
}

/* Nanoseconds as whole milliseconds; what is set stays set. */
static int64_t duration_ms(struct json_object *object, const char *key)
{
    int64_t ns = field_number(object, key, 0);
    return ns <= 0 ? 0 : ns < 1000000 ? 1 : ns / 1000000;
}

/* Restarting before Running: the engine says both of a container between two tries. */
static enum container_state state_of(struct json_object *state)
{
    enum container_state named = decode_state(field_text(state, "Status"));
    if (named != CONTAINER_STATE_UNKNOWN || !state)
        return named;
    static const struct {
        const char *flag;
        enum container_state state;
    } row[] = {{"Dead", CONTAINER_DEAD},
               {"Restarting", CONTAINER_RESTARTING},
               {"Paused", CONTAINER_PAUSED},
               {"Running", CONTAINER_RUNNING}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (field_true(state, row[i].flag))
            return row[i].state;
    return CONTAINER_STATE_UNKNOWN;
}

static void take_state(struct container *container, struct json_object *state)
{
    container->state = state_of(state);
    container->exit_code = field_int(state, "ExitCode", 0);
    container->oom_killed = field_true(state, "OOMKilled");
    container->error = copy_or(&container->arena, field_text(state, "Error"), NULL);
    container->started_at_wall_ms = field_time(state, "StartedAt");
    container->finished_at_wall_ms = field_time(state, "FinishedAt");
    const char *word = field_text(json_member(state, "Health"), "Status");
    container->has_health = word && strcmp(word, "none") != 0;
    container->health = decode_health(word);
}

static void take_healthcheck(struct container *container, struct json_object *check)
{
    struct json_object *test = json_member(check, "Test");
    if (field_count(test) == 0)
        return;
    struct json_object *first = json_object_array_get_idx(test, 0);
    container->has_healthcheck = json_object_is_type(first, json_type_string) &&
                                 strcmp(json_object_get_string(first), "NONE") != 0;
    if (!container->has_healthcheck)
        return;
    container->health_interval_ms = duration_ms(check, "Interval");
    container->health_timeout_ms = duration_ms(check, "Timeout");
    container->health_start_period_ms = duration_ms(check, "StartPeriod");
    container->health_retries = field_int(check, "Retries", 0);
}

/* "5000/tcp", "5000" → the number; 0 for other protocols and anything else. */
static int tcp_port(const char *text)
{
    char *end;
    long port = strtol(text, &end, 10);
    bool tcp = end != text && (*end == '\0' || strcmp(end, "/tcp") == 0);
    return tcp && port >= 1 && port <= PORT_MAX ? (int)port : 0;
}

static int compare_int(const void *a, const void *b)
{
    const int *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static void take_exposed(struct container *container, struct json_object *exposed)
{
    if (!json_object_is_type(exposed, json_type_object))
        return;
    size_t count = 0, kept = 0;
    int *port = arena_new(&container->arena, ((size_t)json_object_object_length(exposed) + 1) * sizeof *port);
    json_object_object_foreach(exposed, key, value)
    {
        (void)value;
        port[count] = tcp_port(key);
        count += port[count] > 0;
    }
    qsort(port, count, sizeof *port, compare_int);
    for (size_t i = 0; i < count; i++) /* "80" and "80/tcp" are one */
        if (kept == 0 || port[kept - 1] != port[i])
            port[kept++] = port[i];
    container->exposed_tcp = port;
    container->exposed_tcp_count = kept;
}

static void take_config(struct container *container, struct json_object *config)
{
    struct arena *arena = &container->arena;
    container->image = copy_or(arena, field_text(config, "Image"), "");
    container->stop_signal = copy_or(arena, field_text(config, "StopSignal"), NULL);
    int64_t seconds = field_number(config, "StopTimeout", -1);
    container->stop_timeout_ms = seconds >= 0 && seconds <= INT64_MAX / 1000 ? seconds * 1000 : -1;
    container->labels_cut = field_pairs(json_member(config, "Labels"), LIMIT_LABEL_BYTES, arena,
                                        &container->labels);
    take_healthcheck(container, json_member(config, "Healthcheck"));
    take_exposed(container, json_member(config, "ExposedPorts"));
}

/* An address that can be dialled, or "". */
static const char *address_of(struct arena *arena, const char *text, int family)
{
    struct in6_addr address;
    return text && inet_pton(family, text, &address) == 1 ? arena_copy(arena, text) : "";
}

static void collect_aliases(struct container *container, struct json_object *names, struct strings *list)
{
    size_t id_len = strlen(container->id);
    for (size_t i = 0; i < field_count(names); i++) {
        struct json_object *item = json_object_array_get_idx(names, i);
        const char *name = json_object_is_type(item, json_type_string) ? json_object_get_string(item) : "";
        size_t len = strlen(name);
        bool own_id = (len == SHORT_ID || len == id_len) && strncmp(name, container->id, len) == 0;
        if (len > 0 && !own_id)
            strings_add(&container->arena, list, name);
    }
}

/* Sorts and keeps each once. */
static void strings_unite(struct strings *list)
{
    size_t kept = 0;
    strings_sort(list);
    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || strcmp(list->item[kept - 1], list->item[i]) != 0)
            list->item[kept++] = list->item[i];
    list->count = kept;
}

static void take_network(struct container *container, const char *name, struct json_object *object)
{
    struct arena *arena = &container->arena;
    struct container_network *network = &container->networks[container->network_count++];
    network->id = copy_or(arena, field_text(object, "NetworkID"), "");
    network->name = arena_copy(arena, name);
    network->address = address_of(arena, field_text(object, "IPAddress"), AF_INET);
    network->address6 = address_of(arena, field_text(object, "GlobalIPv6Address"), AF_INET6);
    network->gateway = address_of(arena, field_text(object, "Gateway"), AF_INET);
    network->prefix = field_int(object, "IPPrefixLen", 0);
    network->prefix6 = field_int(object, "GlobalIPv6PrefixLen", 0);
    /* Below API 1.45 Docker puts the short id among the aliases; from 1.44 on the names that resolve are in
     * DNSNames. */
    collect_aliases(container, json_member(object, "Aliases"), &network->aliases);
    collect_aliases(container, json_member(object, "DNSNames"), &network->aliases);
    strings_unite(&network->aliases);
}

static int compare_network(const void *a, const void *b)
{
    const struct container_network *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static void take_networks(struct container *container, struct json_object *networks)
{
    if (!json_object_is_type(networks, json_type_object))
        return;
    size_t count = (size_t)json_object_object_length(networks);
    container->networks = arena_new(&container->arena, (count + 1) * sizeof *container->networks);
    json_object_object_foreach(networks, name, object) take_network(container, name, object);
    if (count > 1)
        qsort(container->networks, count, sizeof *container->networks, compare_network);
}

static int compare_port(const void *a, const void *b)
{
    const struct container_port *left = a, *right = b;
    long numbers[2] = {strtol(left->container, NULL, 10), strtol(right->container, NULL, 10)};
    if (numbers[0] != numbers[1])
        return numbers[0] < numbers[1] ? -1 : 1;
    int order = strcmp(left->container, right->container);
    if (order == 0)
        order = strcmp(left->host ? left->host : "", right->host ? right->host : "");
    return order ? order : (left->host_port > right->host_port) - (left->host_port < right->host_port);
}

static void add_port(struct container *container, const char *name, struct json_object *binding)
{
    struct container_port *port = &container->ports[container->port_count++];
    port->container = arena_copy(&container->arena, name);
    if (!binding)
        return;
    int64_t number = field_number(binding, "HostPort", 0);
    const char *text = field_text(binding, "HostPort");
    if (text && text_number(text, 0, PORT_MAX, &number) != 0)
        number = 0;
    port->host_port = number > 0 && number <= PORT_MAX ? (int)number : 0;
    port->host = copy_or(&container->arena, field_text(binding, "HostIp"), "0.0.0.0");
}

static void take_ports(struct container *container, struct json_object *ports)
{
    if (!json_object_is_type(ports, json_type_object))
        return;
    size_t room = 0;
    json_object_object_foreach(ports, name, bindings)
    {
        (void)name;
        room += 1 + field_count(bindings);
    }
    container->ports = arena_new(&container->arena, (room + 1) * sizeof *container->ports);
    json_object_object_foreach(ports, key, list)
    {
        size_t count = field_count(list);
        for (size_t i = 0; i < count; i++)
            add_port(container, key, json_object_array_get_idx(list, i));
        if (count == 0)
            add_port(container, key, NULL);
    }
    if (container->port_count > 1)
        qsort(container->ports, container->port_count, sizeof *container->ports, compare_port);
}

static void take_all(struct container *container, struct json_object *root)
{
    struct arena *arena = &container->arena;
    const char *name = field_text(root, "Name");
    container->name = name && decode_name(name)[0] ? arena_copy(arena, decode_name(name))
                                                   : arena_format(arena, "%.*s", SHORT_ID, container->id);
    container->image_id = copy_or(arena, field_text(root, "Image"), NULL);
    container->created_at_wall_ms = field_time(root, "Created");
    container->restart_count = field_int(root, "RestartCount", 0);
    take_state(container, json_member(root, "State"));
    take_config(container, json_member(root, "Config"));

    struct json_object *host = json_member(root, "HostConfig"),
                       *settings = json_member(root, "NetworkSettings");
    container->restart_policy = copy_or(arena, field_text(json_member(host, "RestartPolicy"), "Name"), "no");
    container->network_mode = copy_or(arena, field_text(host, "NetworkMode"), "");
    int64_t memory = field_number(host, "Memory", 0);
    container->memory_limit_bytes = memory > 0 ? (uint64_t)memory : 0;
    take_networks(container, json_member(settings, "Networks"));
    take_ports(container, json_member(settings, "Ports"));
}

int decode_inspect(const char *json, size_t len, struct container **ret, struct error *err)
{
    struct json_object *root = json_parse_object(json, len);
    const char *id = field_text(root, "Id");
    if (!id) {
        json_object_put(root);
        return error_set(err, -EBADMSG,
                         "the engine's description of a container is no JSON object with an Id");
    }
    struct container *container = mem_new(sizeof *container);
    container->id = arena_copy(&container->arena, id);
    take_all(container, root);
    json_object_put(root);
    *ret = container;
    return 0;
}
