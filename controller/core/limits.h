/* limits.h: every bound with its reason. At a bound the behaviour is plain: cut with a finding, or refuse. */
#ifndef QUAYWATCH_CORE_LIMITS_H
#define QUAYWATCH_CORE_LIMITS_H

enum {
    /* Engine input. One event line holds all labels of a container; an inspect all of its configuration. */
    LIMIT_EVENT_LINE = 1024 * 1024,
    LIMIT_INSPECT_BODY = 4 * 1024 * 1024,
    LIMIT_LIST_ELEMENT = 1024 * 1024,
    LIMIT_LABEL_BYTES = 64 * 1024, /* per container, keys and values; more is cut with a finding */
    LIMIT_EXEC_OUTPUT = 4 * 1024,  /* what is kept of a command's output: for debugging only */
    LIMIT_INSPECTS_IN_FLIGHT = 8,  /* measured: more parallel inspects gain nothing */

    LIMIT_STATS_IN_FLIGHT = 8,     /* measured: 20.10 answers each after a second, however many wait */
    LIMIT_STATS_BODY = 256 * 1024, /* 3 kB, and more with hundreds of processors, disks and networks */

    /* Networks that quaywatch puts itself on. Each is an interface of its container; the engine's own address
     * pools hold 31 networks unless somebody widened them. */
    LIMIT_JOINED_NETWORKS = 256,
    LIMIT_JOINS_IN_FLIGHT = 4,

    /* Checks. */
    LIMIT_HEALTH_BODY = 64 * 1024, /* what is read of a health answer */
    LIMIT_HEALTH_CHECKS = 32,      /* entries of a body's "checks" that are shown */
    LIMIT_PROBES_IN_FLIGHT = 1024, /* 1,000 checks a second, 5 % of them hanging for 5 s: 250, and room */
    LIMIT_COMMANDS_IN_FLIGHT = 16, /* measured: an engine on two cores starts 12 to 20 a second whatever runs
                                      at once; the rest is room for those that hang until their timeout */
    LIMIT_FILES_IN_FLIGHT = 8,     /* as with inspects, the engine answers no faster */
    LIMIT_UNITS_IN_FLIGHT = 64,    /* a D-Bus daemon's own bound of unanswered calls is 128 a connection */

    /* Lists inside one service. */
    LIMIT_DEPENDENCIES = 64,
    LIMIT_FALLBACK_URLS = 16,
    LIMIT_TAGS = 64,
    LIMIT_METADATA = 64,
    LIMIT_NAMED_PORTS = 32, /* service.port.<name> */
    LIMIT_HOSTS = 32,       /* public host names of a container */
    LIMIT_ROUTERS = 16,     /* routers in the Traefik labels of a container */
    LIMIT_HEALTH_HEADERS = 32,
    LIMIT_FINDINGS = 64, /* of one container's labels: hostile ones could be wrong thousands of times */

    /* Names of services that went, for those who follow the document by its changes. */
    LIMIT_LEFT_NAMES = 1024,

    /* Services outside Docker. A registration is a few hundred bytes; the file of them all stays below 16 MB.
     */
    LIMIT_REGISTRATIONS = 1000,
    LIMIT_REGISTRATION_BODY = 16 * 1024,
    LIMIT_REGISTRATION_DEPTH = 16, /* four levels are used, and two more in the file */
    LIMIT_LOOKUPS_IN_FLIGHT = 2,   /* of host names: a dead resolver leaves threads for the files */
    LIMIT_LOOKUP_ADDRESSES = 64,   /* of one host name: more are not looked at */

    /* HTTP server. */
    LIMIT_HTTP_CONNECTIONS = 1000,
    LIMIT_HTTP_LOCAL = 16, /* more, through the socket of this machine: its owner is never shut out */
    LIMIT_HTTP_HEAD = 16 * 1024,
    LIMIT_HTTP_HEADERS = 100,  /* lines: browsers behind proxies send about 30 */
    LIMIT_HTTP_ARGUMENTS = 64, /* parameters of a URL: routes know four at most */
    LIMIT_HTTP_BODY = 64 * 1024,
    LIMIT_HTTP_IDLE_S = 30,
    LIMIT_HTTP_LATER = 256,   /* callers whose answer comes in a later turn: each keeps a connection */
    LIMIT_HTTP_POLLS = 192,   /* of these may wait for a change: the others are soon done */
    LIMIT_HTTP_STREAMS = 512, /* of the connections: these and later answers leave room for others */
    LIMIT_STREAM_BYTES = 64 * 1024 * 1024, /* messages kept for slow readers of streams, all together */

    LIMIT_DNS_CONNECTIONS = 128, /* by TCP: resolvers keep one or two each; the idlest makes room */

    /* Documents. 10,000 instances of the full shape are about 20 MB. */
    LIMIT_DOCUMENT = 256 * 1024 * 1024,
    LIMIT_DOCUMENTS = 32, /* kept for who comes next: the whole, and each format in a few forms */
    LIMIT_DOCUMENTS_BYTES = 64 * 1024 * 1024, /* … of 10,000 instances three of the largest */
    LIMIT_CONFIG_FILE = 1024 * 1024,
    LIMIT_STATE_FILE = 64 * 1024 * 1024,

    /* History. What waits for the disk: hours of a usual host, and of 10,000 services still half an hour. */
    LIMIT_HISTORY_QUEUE = 16 * 1024 * 1024,
    LIMIT_HISTORY_JOBS = 64,      /* questions that wait: as many as it can answer in a few seconds */
    LIMIT_HISTORY_WISHES = 65536, /* services and windows whose uptime rules ask for */
};

#endif
