/* shapes.h: what a Docker Engine 20.10 says about its containers, as recorded from one: the list's element,
 * the inspect and the events, for synthetic containers of the full shape that the status document shows. Ten
 * containers make one compose project, whose first is the cache that the other nine depend on. */
#ifndef QUAYWATCH_TESTS_FAKE_ENGINE_SHAPES_H
#define QUAYWATCH_TESTS_FAKE_ENGINE_SHAPES_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "controller/core/buf.h"
#include "controller/core/json_writer.h"
#include "controller/core/text.h"

enum { PROJECT_SIZE = 10, HOSTS_PER_NET = 250, FAKE_ID = 65, FAKE_NAME = 48 };

struct fake_container {
    unsigned number;
    bool running;
    int exit_code;
    int64_t started_at_ms, finished_at_ms; /* wall clock */
};

/* What all containers have in common. */
struct fake_world {
    int port;          /* where each serves */
    int subnet;        /* addresses are 10.<subnet>.x.y with prefix 16 */
    int64_t booted_ms; /* when all were created */
};

static inline int64_t fake_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* 64 hex digits that look as random as an engine's, but for the last eight, which are the number. kind tells
 * a container's from its network's and so on. */
static inline void fake_id(unsigned number, unsigned kind, char ret[static FAKE_ID])
{
    uint64_t seed = number * UINT64_C(0x9E3779B97F4A7C15) + kind;
    for (int i = 0; i < 4; i++) { /* splitmix64 */
        uint64_t word = seed += UINT64_C(0x9E3779B97F4A7C15);
        word = (word ^ (word >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        word = (word ^ (word >> 27)) * UINT64_C(0x94D049BB133111EB);
        snprintf(ret + i * 16, 17, "%016" PRIx64, word ^ (word >> 31));
    }
    snprintf(ret + 56, 9, "%08x", number);
}

static inline void fake_project(unsigned number, char ret[static FAKE_NAME])
{
    snprintf(ret, FAKE_NAME, "shop%04u", number / PROJECT_SIZE);
}

static inline void fake_service(unsigned number, char ret[static FAKE_NAME])
{
    static const char *const word[PROJECT_SIZE] = {"cache", "web",    "search", "orders", "stock",
                                                   "mail",  "images", "rating", "basket", "report"};
    snprintf(ret, FAKE_NAME, "%s", word[number % PROJECT_SIZE]);
}

static inline void fake_name(unsigned number, char ret[static FAKE_NAME])
{
    char project[FAKE_NAME], service[FAKE_NAME];
    fake_project(number, project);
    fake_service(number, service);
    snprintf(ret, FAKE_NAME, "%.20s-%.20s-1", project, service);
}

static inline void fake_address(const struct fake_world *world, unsigned number, char ret[static FAKE_NAME])
{
    snprintf(ret, FAKE_NAME, "10.%d.%u.%u", world->subnet, 1 + number / HOSTS_PER_NET,
             1 + number % HOSTS_PER_NET);
}

/* The labels; the same members stand in the list, in inspect and, flat, among an event's attributes. */
static inline void fake_put_labels(struct json_writer *w, const struct fake_world *world, unsigned number)
{
    char project[FAKE_NAME], service[FAKE_NAME], hash[FAKE_ID], text[96];
    fake_project(number, project);
    fake_service(number, service);
    fake_id(number, 3, hash);
    json_put_string(w, "com.docker.compose.config-hash", hash);
    json_put_string(w, "com.docker.compose.container-number", "1");
    json_put_string(w, "com.docker.compose.depends_on",
                    number % PROJECT_SIZE ? "cache:service_started:false" : "");
    json_put_string(w, "com.docker.compose.oneoff", "False");
    json_put_string(w, "com.docker.compose.project", project);
    json_put_string(w, "com.docker.compose.service", service);
    json_put_string(w, "com.docker.compose.version", "2.26.1");
    snprintf(text, sizeof text, "%.20s-%.20s", project, service);
    json_put_string(w, "service.name", text);
    json_put_string(w, "service.version", "1.0.0");
    json_put_string(w, "service.environment", "production");
    json_put_string(w, "service.tags", "api");
    json_put_string(w, "service.meta.team", "shop");
    snprintf(text, sizeof text, "%d", world->port);
    json_put_string(w, "service.port", text);
    json_put_string(w, "service.health.check", "http");
    json_put_string(w, "service.health.path", "/health");
    if (number % PROJECT_SIZE)
        json_put_string(w, "service.depends_on", "cache:optional");
}

static inline void fake_put_network(struct json_writer *w, const struct fake_world *world,
                                    const struct fake_container *container, bool inspect)
{
    char project[FAKE_NAME], text[FAKE_NAME], id[FAKE_ID];
    fake_project(container->number, project);
    snprintf(text, sizeof text, "%.20s_default", project);
    json_key(w, text);
    json_begin_object(w);
    json_put_string(w, "IPAMConfig", NULL);
    json_put_string(w, "Links", NULL);
    json_key(w, "Aliases"); /* never in the list */
    if (inspect) {
        fake_service(container->number, text);
        json_begin_array(w);
        json_string(w, text);
        fake_id(container->number, 0, id);
        id[12] = '\0';
        json_string(w, id);
        json_end_array(w);
    } else {
        json_null(w);
    }
    fake_id(container->number / PROJECT_SIZE, 1, id);
    json_put_string(w, "NetworkID", id);
    fake_id(container->number, 2, id);
    json_put_string(w, "EndpointID", container->running ? id : "");
    snprintf(text, sizeof text, "10.%d.0.1", world->subnet);
    json_put_string(w, "Gateway", container->running ? text : "");
    fake_address(world, container->number, text);
    json_put_string(w, "IPAddress", container->running ? text : "");
    json_put_number(w, "IPPrefixLen", container->running ? 16 : 0);
    json_put_string(w, "IPv6Gateway", "");
    json_put_string(w, "GlobalIPv6Address", "");
    json_put_number(w, "GlobalIPv6PrefixLen", 0);
    json_put_string(w, "MacAddress", container->running ? "02:42:ac:12:00:02" : "");
    json_put_string(w, "DriverOpts", NULL);
    json_end_object(w);
}

static inline unsigned fake_host_port(unsigned number)
{
    return 15000 + number % 40000;
}

static inline void fake_put_list_ports(struct json_writer *w, const struct fake_world *world,
                                       const struct fake_container *container)
{
    json_key(w, "Ports");
    json_begin_array(w);
    if (container->running) {
        json_begin_object(w);
        json_put_string(w, "IP", "0.0.0.0");
        json_put_number(w, "PrivatePort", world->port);
        json_put_number(w, "PublicPort", fake_host_port(container->number));
        json_put_string(w, "Type", "tcp");
        json_end_object(w);
    }
    json_end_array(w);
}

/* One element of GET /containers/json?all=1. */
static inline void fake_put_element(struct json_writer *w, const struct fake_world *world,
                                    const struct fake_container *container)
{
    char id[FAKE_ID], text[FAKE_NAME + 1] = "/";
    json_begin_object(w);
    fake_id(container->number, 0, id);
    json_put_string(w, "Id", id);
    fake_name(container->number, text + 1);
    json_key(w, "Names");
    json_begin_array(w);
    json_string(w, text);
    json_end_array(w);
    json_put_string(w, "Image", "shop/service:1.0.0");
    json_put_string(w, "ImageID", "sha256:b1a103302dad423a9a4446f59db47829684d34ced0ad2790718c637574bfcb7f");
    json_put_string(w, "Command", "serve");
    json_put_number(w, "Created", world->booted_ms / 1000);
    fake_put_list_ports(w, world, container);
    json_key(w, "Labels");
    json_begin_object(w);
    fake_put_labels(w, world, container->number);
    json_end_object(w);
    json_put_string(w, "State", container->running ? "running" : "exited");
    snprintf(text, sizeof text, container->running ? "Up 3 minutes" : "Exited (%d) 3 minutes ago",
             container->exit_code);
    json_put_string(w, "Status", text);
    json_key(w, "HostConfig");
    json_raw(w, "{\"NetworkMode\":\"bridge\"}");
    json_key(w, "NetworkSettings");
    json_begin_object(w);
    json_key(w, "Networks");
    json_begin_object(w);
    fake_put_network(w, world, container, false);
    json_end_object(w);
    json_end_object(w);
    json_key(w, "Mounts");
    json_raw(w, "[]");
    json_end_object(w);
}

static inline void fake_put_state(struct json_writer *w, const struct fake_container *container)
{
    json_key(w, "State");
    json_begin_object(w);
    json_put_string(w, "Status", container->running ? "running" : "exited");
    json_put_bool(w, "Running", container->running);
    json_raw(w, "\"Paused\":false,\"Restarting\":false,\"OOMKilled\":false,\"Dead\":false");
    json_put_number(w, "Pid", container->running ? 4242 : 0);
    json_put_number(w, "ExitCode", container->exit_code);
    json_put_string(w, "Error", "");
    json_put_time(w, "StartedAt", container->started_at_ms);
    if (container->finished_at_ms)
        json_put_time(w, "FinishedAt", container->finished_at_ms);
    else
        json_put_string(w, "FinishedAt", "0001-01-01T00:00:00Z");
    json_end_object(w);
}

static const char fake_host_config[] =
    "\"Binds\":null,\"ContainerIDFile\":\"\",\"LogConfig\":{\"Type\":\"json-file\",\"Config\":{}},"
    "\"RestartPolicy\":{\"Name\":\"no\",\"MaximumRetryCount\":0},\"AutoRemove\":false,\"VolumeDriver\":\"\","
    "\"VolumesFrom\":null,\"CapAdd\":null,\"CapDrop\":null,\"CgroupnsMode\":\"host\",\"Dns\":[],"
    "\"DnsOptions\":[],"
    "\"DnsSearch\":[],\"ExtraHosts\":null,\"GroupAdd\":null,\"IpcMode\":\"private\",\"Cgroup\":\"\","
    "\"Links\":null,"
    "\"OomScoreAdj\":0,\"PidMode\":\"\",\"Privileged\":false,\"PublishAllPorts\":false,\"ReadonlyRootfs\":"
    "false,"
    "\"SecurityOpt\":null,\"UTSMode\":\"\",\"UsernsMode\":\"\",\"ShmSize\":67108864,\"Runtime\":\"runc\","
    "\"ConsoleSize\":[0,0],\"Isolation\":\"\",\"CpuShares\":0,\"Memory\":0,\"NanoCpus\":0,\"CgroupParent\":"
    "\"\","
    "\"BlkioWeight\":0,\"BlkioWeightDevice\":[],\"BlkioDeviceReadBps\":[],\"BlkioDeviceWriteBps\":[],"
    "\"BlkioDeviceReadIOps\":[],\"BlkioDeviceWriteIOps\":[],\"CpuPeriod\":0,\"CpuQuota\":0,"
    "\"CpuRealtimePeriod\":0,\"CpuRealtimeRuntime\":0,\"CpusetCpus\":\"\",\"CpusetMems\":\"\",\"Devices\":[],"
    "\"DeviceCgroupRules\":null,\"DeviceRequests\":null,\"KernelMemory\":0,\"KernelMemoryTCP\":0,"
    "\"MemoryReservation\":0,\"MemorySwap\":0,\"MemorySwappiness\":null,\"OomKillDisable\":false,"
    "\"PidsLimit\":null,"
    "\"Ulimits\":[],\"CpuCount\":0,\"CpuPercent\":0,\"IOMaximumIOps\":0,\"IOMaximumBandwidth\":0,"
    "\"MaskedPaths\":"
    "[\"/proc/asound\",\"/proc/acpi\",\"/proc/kcore\",\"/proc/keys\",\"/proc/latency_stats\",\"/proc/"
    "timer_list\","
    "\"/proc/timer_stats\",\"/proc/sched_debug\",\"/proc/scsi\",\"/sys/firmware\"],\"ReadonlyPaths\":[\"/"
    "proc/bus\","
    "\"/proc/fs\",\"/proc/irq\",\"/proc/sys\",\"/proc/sysrq-trigger\"]";

static inline void fake_put_config(struct json_writer *w, const struct fake_world *world, unsigned number)
{
    char text[64];
    json_key(w, "Config");
    json_begin_object(w);
    json_raw(
        w,
        "\"Domainname\":\"\",\"User\":\"\",\"AttachStdin\":false,\"AttachStdout\":false,"
        "\"AttachStderr\":false,\"Tty\":false,\"OpenStdin\":false,\"StdinOnce\":false,\"Env\":[\"PATH=/bin\","
        "\"PASSWORD=not-for-your-eyes\"],\"Cmd\":[\"serve\"],\"Image\":\"shop/service:1.0.0\","
        "\"Volumes\":null,\"WorkingDir\":\"\",\"Entrypoint\":null,\"OnBuild\":null");
    snprintf(text, sizeof text, "\"ExposedPorts\":{\"%d/tcp\":{}}", world->port);
    json_raw(w, text);
    json_key(w, "Labels");
    json_begin_object(w);
    fake_put_labels(w, world, number);
    json_end_object(w);
    json_end_object(w);
}

static inline void fake_put_inspect_network(struct json_writer *w, const struct fake_world *world,
                                            const struct fake_container *container)
{
    char text[96];
    json_key(w, "NetworkSettings");
    json_begin_object(w);
    json_raw(
        w,
        "\"Bridge\":\"\",\"HairpinMode\":false,\"LinkLocalIPv6Address\":\"\",\"LinkLocalIPv6PrefixLen\":0,"
        "\"SecondaryIPAddresses\":null,\"SecondaryIPv6Addresses\":null,\"EndpointID\":\"\",\"Gateway\":\"\","
        "\"GlobalIPv6Address\":\"\",\"GlobalIPv6PrefixLen\":0,\"IPAddress\":\"\",\"IPPrefixLen\":0,"
        "\"IPv6Gateway\":\"\",\"MacAddress\":\"\"");
    snprintf(text, sizeof text, "{\"%d/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"%u\"}]}", world->port,
             fake_host_port(container->number));
    json_key(w, "Ports");
    json_raw(w, container->running ? text : "{}");
    json_key(w, "Networks");
    json_begin_object(w);
    fake_put_network(w, world, container, true);
    json_end_object(w);
    json_end_object(w);
}

/* GET /containers/{id}/json. */
static inline void fake_put_inspect(struct json_writer *w, const struct fake_world *world,
                                    const struct fake_container *container)
{
    char id[FAKE_ID], text[FAKE_NAME + 1] = "/", project[FAKE_NAME];
    json_begin_object(w);
    fake_id(container->number, 0, id);
    json_put_string(w, "Id", id);
    json_put_time(w, "Created", world->booted_ms);
    json_raw(w, "\"Path\":\"serve\",\"Args\":[]");
    fake_put_state(w, container);
    json_put_string(w, "Image", "sha256:b1a103302dad423a9a4446f59db47829684d34ced0ad2790718c637574bfcb7f");
    fake_name(container->number, text + 1);
    json_put_string(w, "Name", text);
    json_put_number(w, "RestartCount", 0);
    json_raw(w, "\"Driver\":\"overlay2\",\"Platform\":\"linux\",\"MountLabel\":\"\",\"ProcessLabel\":\"\","
                "\"AppArmorProfile\":\"\",\"ExecIDs\":null");
    json_key(w, "HostConfig");
    json_begin_object(w);
    fake_project(container->number, project);
    snprintf(text, sizeof text, "%.20s_default", project);
    json_put_string(w, "NetworkMode", text);
    json_raw(w, fake_host_config);
    json_end_object(w);
    json_key(w, "Mounts");
    json_raw(w, "[]");
    fake_put_config(w, world, container->number);
    fake_put_inspect_network(w, world, container);
    json_end_object(w);
}

/* One line of GET /events about a container; extra is one more attribute with its value, or NULL. */
static inline void fake_put_event(struct buf *out, const struct fake_world *world, unsigned number,
                                  const char *action, const char *extra, const char *value)
{
    struct json_writer writer, *w = &writer;
    struct timespec now;
    char id[FAKE_ID], name[FAKE_NAME];
    clock_gettime(CLOCK_REALTIME, &now);
    fake_id(number, 0, id);
    fake_name(number, name);
    json_start(w, out);
    json_begin_object(w);
    json_put_string(w, "status", action);
    json_put_string(w, "id", id);
    json_put_string(w, "from", "shop/service:1.0.0");
    json_put_string(w, "Type", "container");
    json_put_string(w, "Action", action);
    json_key(w, "Actor");
    json_begin_object(w);
    json_put_string(w, "ID", id);
    json_key(w, "Attributes");
    json_begin_object(w);
    fake_put_labels(w, world, number);
    json_put_string(w, "image", "shop/service:1.0.0");
    json_put_string(w, "name", name);
    if (extra)
        json_put_string(w, extra, value);
    json_end_object(w);
    json_end_object(w);
    json_put_string(w, "scope", "local");
    json_put_number(w, "time", now.tv_sec);
    json_put_number(w, "timeNano", (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
    json_end_object(w);
    buf_add(out, "\n", 1);
}

#endif
