/* SPDX-License-Identifier: MIT */
/* options_table.c: the table of settings, and what its texts must look like. */
#include "controller/settings/options_table.h"
#include "controller/settings/profile.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/cidr.h"
#include "controller/core/env_name.h"
#include "controller/core/quiet.h"
#include "controller/core/socket_place.h"
#include "controller/core/text.h"
#include "controller/settings/options.h"

enum {
    INTERVAL_MIN_MS = 100,
    ADDRESS_TEXT_MAX = 64,
    PREFIX_MAX = 40,
    ZONE_MAX = 120,
    LABEL_MAX = 63,
    DNS_TTL_MAX_MS = 3600 * 1000,
    TOKEN_MOST = 512
};
#define DURATION_MAX_MS (INT64_C(30) * 24 * 3600 * 1000)

static bool is_path(const char *text)
{
    return *text == '/' && !strpbrk(text, " \t\r\n");
}

static bool is_networks(const char *text)
{
    struct cidr_list *list = NULL;
    int rc = cidr_list_parse(text, &list, NULL);
    cidr_list_free(list);
    return rc == 0;
}

/* "host:port", where host is empty, localhost, an IPv4 address or an IPv6 address in brackets. */
static bool is_listen(const char *text)
{
    char host[ADDRESS_TEXT_MAX];
    unsigned char address[sizeof(struct in6_addr)];
    const char *colon = strrchr(text, ':');
    int64_t port;
    if (!colon || text_number(colon + 1, 0, 65535, &port))
        return false;
    size_t length = (size_t)(colon - text);
    if (length >= sizeof host)
        return false;
    memcpy(host, text, length);
    host[length] = '\0';
    if (!length || strcmp(host, "localhost") == 0)
        return true;
    if (host[0] != '[')
        return inet_pton(AF_INET, host, address) == 1;
    if (host[length - 1] != ']')
        return false;
    host[length - 1] = '\0';
    return inet_pton(AF_INET6, host + 1, address) == 1;
}

static bool is_listen_list(const char *text)
{
    return option_is_list_of(text, is_listen);
}

/* A domain whose names leave room for a service's. */
static bool is_zone(const char *text)
{
    size_t label;
    if (!text_is_host(text) || strlen(text) > ZONE_MAX)
        return false;
    for (const char *at = text; *at; at += label + (at[label] == '.'))
        if ((label = strcspn(at, ".")) > LABEL_MAX || *at == '_')
            return false;
    return true;
}

static bool is_docker_host(const char *text)
{
    return (strncmp(text, "unix://", 7) == 0 && text[7] == '/') ||
           (strncmp(text, "tcp://", 6) == 0 && text[6]);
}

static bool is_api_version(const char *text)
{
    int major, minor, end = 0;
    return sscanf(text, "%2d.%3d%n", &major, &minor, &end) == 2 && !text[end];
}

/* A metric name's beginning. */
static bool is_metric_prefix(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return length > 0 && length <= PREFIX_MAX && !text[length] && !(*text >= '0' && *text <= '9');
}

static bool is_absolute_path(const char *text)
{
    return text[0] == '/';
}

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

/* A token travels in a header. */
static bool is_token(const char *text)
{
    return is_printable(text) && strlen(text) <= TOKEN_MOST;
}

static bool is_quiet(const char *text)
{
    struct quiet quiet;
    return quiet_parse(text, &quiet) == 0;
}

#define AT(field) offsetof(struct options, field)
#define INTERVAL .kind = OPTION_DURATION, .min = INTERVAL_MIN_MS, .max = DURATION_MAX_MS
#define SPAN .kind = OPTION_DURATION, .min = 0, .max = DURATION_MAX_MS
#define URL .valid = option_is_url, .allowed = "a URL that begins with http:// or https://"
#define NETWORKS .valid = is_networks, .allowed = "a comma list of networks, such as 10.0.0.0/8, fd00::/8"
/* clang-format off */
#define RESTART_WORDS {"auto", "no", "on-unhealthy", "on-failure", "always"}
/* clang-format on */
#define NOWHERE .later = true, .offset = OPTION_NOWHERE

/* clang-format off */
const struct option_row option_table[] = {
    {.group = "The engine", .key = "DOCKER_HOST", .bare = true, .offset = AT(docker_host),
     .valid = is_docker_host, .allowed = "unix:///path/to.sock or tcp://host:port",
     .help = "Where the Docker Engine (or Podman) answers; unset: unix:///var/run/docker.sock"},
    {.key = "DOCKER_TLS_VERIFY", .bare = true, .kind = OPTION_BOOL, .offset = AT(docker_tls_verify),
     .standard = "false", .help = "Speak TLS with the engine and verify its certificate"},
    {.key = "DOCKER_CERT_PATH", .bare = true, .offset = AT(docker_cert_path),
     .help = "Folder with ca.pem, cert.pem and key.pem for TLS with the engine"},
    {.key = "DOCKER_API_VERSION", .bare = true, .offset = AT(docker_api_version), .valid = is_api_version,
     .allowed = "a version such as 1.41",
     .help = "Use this API version; unset: what engine and quaywatch both know"},
    {.key = "SERVICE_DISCOVERY_ENABLED", .bare = true, .kind = OPTION_BOOL, .later = true,
     .offset = AT(discovery_enabled), .standard = "true", .help = "Watch the engine at all"},
    {.key = "SERVICE_DISCOVERY_TIMEOUT", .bare = true, INTERVAL, .offset = AT(discovery_timeout_ms),
     .standard = "5s", .help = "Deadline of ordinary calls to the engine"},
    {.key = "SERVICE_DISCOVERY_RETRIES", .bare = true, .kind = OPTION_NUMBER, .max = 100, .later = true,
     .offset = AT(discovery_retries), .standard = "3", .help = "Attempts of a failed call to the engine"},
    {.key = "SERVICE_DISCOVERY_BACKOFF", .bare = true, .kind = OPTION_WORD, .offset = OPTION_NOWHERE,
     .word = {"exponential"}, .standard = "exponential",
     .help = "How the wait grows between attempts to reach the engine"},
    {.key = "RESYNC_INTERVAL", INTERVAL, .offset = AT(resync_ms), .standard = "1m",
     .help = "How often the whole list of containers is compared"},
    {.key = "STATS_INTERVAL", SPAN, .offset = AT(stats_interval_ms), .standard = "30s",
     .help = "How often CPU and memory of each container are measured, at most: a slow engine is asked less often; "
             "0: never"},

    {.group = "What is watched", .key = "WATCH", .kind = OPTION_CHOICE, .offset = AT(watch),
     .word = {"labelled", "all"}, .standard = "labelled",
     .help = "Containers with labels for quaywatch or Coolify, or all"},
    {.key = "SCOPE", .kind = OPTION_CHOICE, .offset = AT(scope), .word = {"all", "project"},
     .standard = "all", .help = "Whom this controller may heal: all, or one compose project"},
    {.key = "SCOPE_PROJECT", .offset = AT(scope_project), .standard = "",
     .help = "The compose project of SCOPE=project; unset: the controller's own"},
    {.key = "NETWORK", .offset = AT(network), .standard = "",
     .help = "Network whose addresses are published; unset: the first shared one"},
    {.key = "JOIN_NETWORKS", .kind = OPTION_CHOICE, .offset = AT(join_networks),
     .word = {"off", "labelled", "all"}, .standard = "off",
     .help = "In a container: join the networks of containers that checks cannot reach otherwise, those with "
             "service.* labels or all registered ones"},
    {.key = "OVERRIDES", .offset = AT(overrides), .standard = "",
     .help = "File with labels for containers whose labels cannot be edited"},

    {.group = "Health", .key = "HEALTH_CHECK_ENABLED", .bare = true, .kind = OPTION_BOOL,
     .offset = AT(check_enabled), .standard = "true", .help = "Check health"},
    {.key = "HEALTH_CHECK_INTERVAL", .bare = true, INTERVAL, .offset = AT(check_interval_ms),
     .standard = "10s", .help = "Time between two checks of an instance"},
    {.key = "HEALTH_CHECK_TIMEOUT", .bare = true, INTERVAL, .offset = AT(check_timeout_ms), .standard = "5s",
     .help = "Deadline of a check"},
    {.key = "HEALTH_CHECK_PATH", .bare = true, .offset = AT(check_path), .valid = is_path,
     .allowed = "a path that begins with /", .standard = "/health", .help = "Path of http checks"},
    {.key = "HEALTH_CHECK_RETRIES", .bare = true, .kind = OPTION_NUMBER, .min = 1, .max = 100,
     .offset = AT(check_retries), .standard = "3", .help = "Failures in a row until unhealthy"},
    {.key = "HEALTH_CHECK_CA", .bare = true, .offset = AT(check_ca), .standard = "",
     .help = "PEM file of issuers that checks with service.health.tls_verify trust; unset: the system's"},

    {.group = "Circuit breaker", .key = "CIRCUIT_BREAKER_ENABLED", .bare = true, .kind = OPTION_BOOL,
     .offset = AT(breaker_enabled), .standard = "true",
     .help = "Take failing instances out until they recover"},
    {.key = "CIRCUIT_BREAKER_FAILURE_THRESHOLD", .bare = true, .also = {"CIRCUIT_BREAKER_THRESHOLD"},
     .kind = OPTION_NUMBER, .min = 1, .max = 32, .offset = AT(breaker_failures), .standard = "5",
     .help = "Failures within the window that open it"},
    {.key = "CIRCUIT_BREAKER_SUCCESS_THRESHOLD", .bare = true, .kind = OPTION_NUMBER, .min = 1, .max = 1000,
     .offset = AT(breaker_successes), .standard = "3", .help = "Passes that close it again"},
    {.key = "CIRCUIT_BREAKER_RECOVERY_TIMEOUT", .bare = true, .also = {"CIRCUIT_BREAKER_RESET_TIMEOUT"},
     INTERVAL, .offset = AT(breaker_recovery_ms), .standard = "1m",
     .help = "Wait before an open breaker is tried"},
    {.key = "CIRCUIT_BREAKER_WINDOW", .bare = true, INTERVAL, .offset = AT(breaker_window_ms),
     .standard = "5m", .help = "Time in which failures add up"},

    {.group = "Healing", .key = "DRY_RUN", .kind = OPTION_BOOL, .offset = AT(dry_run), .standard = "false",
     .help = "Decide and report, but do not act"},
    {.key = "RESTART_DEFAULT", .kind = OPTION_CHOICE, .offset = AT(restart_default), .word = RESTART_WORDS,
     .standard = "auto", .help = "Restart policy where labels name none; auto: by the labels there are"},
    {.key = "COOLIFY_RESTART", .kind = OPTION_CHOICE, .offset = AT(coolify_restart), .word = RESTART_WORDS,
     .standard = "no", .help = "Restart policy of what Coolify deployed, where labels name none"},
    {.key = "SETTLE", SPAN, .offset = AT(settle_ms), .standard = "30s",
     .help = "No restarts this long after the start of controller or engine"},
    {.key = "DRAIN", SPAN, .offset = AT(drain_ms), .standard = "5s",
     .help = "How long an instance that serves is out of every answer before quaywatch restarts it, where "
             "others serve meanwhile; longer than the slowest reader needs to notice. 0: it is not"},
    {.key = "DEPLOY_SETTLE", SPAN, .offset = AT(deploy_settle_ms), .standard = "1m",
     .help = "How long a deployment counts as under way after its last step; 0: deployments are not minded"},
    {.key = "DEPLOY_VERIFY_TIMEOUT", SPAN, .offset = AT(deploy_verify_ms), .standard = "1m",
     .help = "How soon after a deployment a service must be healthy"},
    {.key = "DEPENDENCY_TIMEOUT", INTERVAL, .offset = AT(dependency_timeout_ms), .standard = "1m",
     .help = "How long a dependency may hold back a restart after its own healing gave up"},
    {.key = "GRACEFUL_SHUTDOWN_TIMEOUT", .bare = true, INTERVAL, .offset = AT(graceful_shutdown_ms),
     .standard = "30s", .help = "Time for running requests to finish at shutdown"},
    {.key = "ON_FAILED_WEBHOOK", .secret = true, .offset = AT(on_failed_webhook), URL, .standard = "",
     .help = "URL told by POST of what has failed, where service.on_failed=webhook"},
    {.key = "RETRY_ENABLED", .bare = true, .kind = OPTION_BOOL, .offset = AT(retry_enabled),
     .standard = "true", .help = "Try webhooks and alerts again when they fail"},
    {.key = "RETRY_MAX_ATTEMPTS", .bare = true, .kind = OPTION_NUMBER, .min = 1, .max = 100,
     .offset = AT(retry_attempts), .standard = "3",
     .help = "Attempts in all; an alert channel counts as failing then, and is tried once a minute"},
    {.key = "RETRY_BASE_DELAY", .bare = true, SPAN, .offset = AT(retry_base_ms), .standard = "1s",
     .help = "Wait before the second attempt; doubles each time"},
    {.key = "RETRY_MAX_DELAY", .bare = true, SPAN, .offset = AT(retry_max_ms), .standard = "30s",
     .help = "Longest wait between attempts"},

    {.group = "Alerts: where they go", .key = "ALERT_WEBHOOK", .secret = true, .offset = AT(alert_webhook), URL,
     .standard = "", .help = "URL that gets every alert as JSON by POST"},
    {.key = "ALERT_SLACK", .secret = true, .offset = AT(alert_slack), URL, .standard = "",
     .help = "URL of a Slack incoming webhook (Mattermost's and Rocket.Chat's work, too)"},
    {.key = "ALERT_DISCORD", .secret = true, .offset = AT(alert_discord), URL, .standard = "",
     .help = "URL of a Discord webhook"},
    {.key = "ALERT_NTFY", .secret = true, .offset = AT(alert_ntfy), .valid = option_is_topic,
     .allowed = "a URL with a topic at its end, such as https://ntfy.sh/my-topic", .standard = "",
     .help = "ntfy server and topic"},
    {.key = "ALERT_NTFY_TOKEN", .secret = true, .offset = AT(alert_ntfy_token), .valid = is_token,
     .allowed = "printable ASCII without blanks", .standard = "", .help = "Access token for ntfy"},
    {.key = "ALERT_GOTIFY", .secret = true, .offset = AT(alert_gotify), URL, .standard = "",
     .help = "URL of a Gotify server"},
    {.key = "ALERT_GOTIFY_TOKEN", .secret = true, .offset = AT(alert_gotify_token), .valid = is_token,
     .allowed = "printable ASCII without blanks", .standard = "", .help = "Gotify's token of an application"},
    {.key = "ALERT_EMAIL", .secret = true, .offset = AT(alert_email), .valid = option_is_mail_server,
     .allowed = "smtp://user:password@host:port or smtps://…, with % escapes in user and password",
     .standard = "", .help = "Mail server that takes the alerts"},
    {.key = "ALERT_EMAIL_FROM", .offset = AT(alert_email_from), .valid = option_is_sender,
     .allowed = "an address, such as quaywatch@example.org or Quay Watch <quaywatch@example.org>",
     .standard = "", .help = "Sender of the mails; unset: quaywatch at this host"},
    {.key = "ALERT_EMAIL_TO", .offset = AT(alert_email_to), .valid = option_is_addresses,
     .allowed = "a comma list of addresses", .standard = "", .help = "Who gets the mails"},
    {.key = "ALERT_EMAIL_TLS", .kind = OPTION_CHOICE, .offset = AT(alert_email_tls),
     .word = {"auto", "required", "off"}, .standard = "auto",
     .help = "STARTTLS with smtp://: where it is offered, and a must with a password; always a must; never"},
    {.key = "ALERT_ALERTMANAGER", .secret = true, .offset = AT(alert_alertmanager), URL, .standard = "",
     .help = "URL of a Prometheus Alertmanager"},
    {.key = "ALERT_HEALTHCHECKS", .secret = true, .offset = AT(alert_healthchecks), URL, .standard = "",
     .help = "URL pinged while all is well, with /fail while something critical fires (healthchecks.io)"},
    {.key = "ALERT_HEALTHCHECKS_INTERVAL", .kind = OPTION_DURATION, .min = 1000, .max = DURATION_MAX_MS,
     .offset = AT(alert_ping_ms), .standard = "1m", .help = "Time between two pings"},
    {.key = "ALERT_CA", .offset = AT(alert_ca), .standard = "",
     .help = "PEM file of issuers that the channels' servers may have; unset: the system's"},

    {.group = "Alerts: when", .key = "ALERT_DELAY", SPAN, .offset = AT(alert_delay_ms), .standard = "1m",
     .help = "How long a warning must last before it is sent, and how long a victim has to recover after its cause"},
    {.key = "ALERT_GROUP_WAIT", SPAN, .offset = AT(alert_group_wait_ms), .standard = "10s",
     .help = "How long victims of one cause are waited for before what is critical is sent"},
    {.key = "ALERT_RESOLVE_DELAY", SPAN, .offset = AT(alert_resolve_delay_ms), .standard = "30s",
     .help = "How long it must be well before an alert is over"},
    {.key = "ALERT_REMIND", SPAN, .offset = AT(alert_remind_ms), .standard = "4h",
     .help = "How often is reminded of what goes on; 0: never"},
    {.key = "ALERT_MIN_SEVERITY", .kind = OPTION_CHOICE, .offset = AT(alert_least),
     .word = {"warning", "critical", "emergency"}, .standard = "warning", .help = "The least that is sent"},
    {.key = "ALERT_QUIET", .offset = AT(alert_quiet), .valid = is_quiet, .standard = "",
     .allowed = "a comma list of times such as 22:00-07:00, Mon-Fri 22:00-07:00, Sat-Sun",
     .help = "Hours (in the time zone TZ) in which only emergencies are sent; the rest, at their end, as one"},
    {.key = "ALERT_URL", .offset = AT(alert_url), URL, .standard = "",
     .help = "Address of quaywatch's page as people reach it: alerts link to it"},
    {.key = "ALERT_RULES", .offset = AT(alert_rules), .standard = "",
     .help = "File with rules of your own, see *Alerts*"},
    {.key = "ALERT_MEMORY_USAGE", .kind = OPTION_NUMBER, .max = 100, .offset = AT(alert_memory_percent),
     .standard = "80", .help = "Percent of a container's memory limit above which is warned; 0: never"},

    {.group = "Serving", .key = "LISTEN", .offset = AT(listen), .valid = is_listen,
     .standard = "0.0.0.0:8080", .allowed = "address:port, such as 0.0.0.0:8080, [::]:8080 or :8080",
     .help = "Where the page and the API are served"},
    {.key = "TLS_CERT", .offset = AT(tls_cert), .standard = "",
     .help = "PEM file of the certificate and its chain: the port then speaks TLS. Read anew at SIGHUP"},
    {.key = "TLS_KEY", .offset = AT(tls_key), .standard = "", .help = "PEM file of its private key"},
    {.key = "AUTH_TOKEN", .also = {"SERVICE_AUTH_TOKEN"}, .secret = true, .offset = AT(auth_token),
     .valid = is_token, .allowed = "up to 512 printable ASCII characters without blanks", .standard = "",
     .help = "Token for everything that changes; unset: changes are refused"},
    {.key = "READ_TOKEN", .secret = true, .offset = AT(read_token), .valid = is_token,
     .allowed = "up to 512 printable ASCII characters without blanks", .standard = "",
     .help = "Token for reading; unset: reading is free"},
    {.key = "ALLOWED_NETWORKS", .offset = AT(allowed_networks), NETWORKS, .standard = "",
     .help = "Networks that may connect; unset: all"},
    {.key = "BLOCKED_NETWORKS", .offset = AT(blocked_networks), NETWORKS, .standard = "",
     .help = "Networks that may not connect"},
    {.key = "EXTERNAL_NETWORKS", .offset = AT(external_networks), NETWORKS, .standard = "",
     .help = "Where services outside Docker may be checked; unset: nowhere"},
    {.key = "INTERNAL_NETWORK_ONLY", .bare = true, .kind = OPTION_BOOL, .offset = AT(internal_network_only),
     .standard = "false", .help = "Only private and loopback addresses may connect"},
    {.key = "TRUSTED_PROXY", .offset = AT(trusted_proxy), NETWORKS, .standard = "",
     .help = "Proxies whose X-Forwarded-For, -Proto, -Host and Forwarded are believed; unset: nobody's"},
    {.key = "ALLOWED_HOSTS", .offset = AT(allowed_hosts), .valid = option_is_hosts, .standard = "",
     .allowed = "a comma list of host names, such as quay.example.com, *.lan",
     .help = "Names it may be called by, beside addresses and localhost; unset: any"},
    {.key = "CORS_ORIGINS", .offset = AT(cors_origins), .valid = option_is_origins, .standard = "",
     .allowed = "a comma list of origins, such as https://ops.example.com, or * for reading only",
     .help = "Other pages that browsers may let read and, with the token, change; unset: none"},
    {.key = "LOAD_BALANCING_STRATEGY", .bare = true, .kind = OPTION_WORD, .offset = AT(load_balancing),
     .word = {"health_based", "round_robin", "weighted_round_robin", "least_connections", "random"},
     .standard = "health_based", .help = "How /resolve chooses an instance"},
    {.key = "METRICS_ENABLED", .bare = true, .kind = OPTION_BOOL, .offset = AT(metrics_enabled),
     .standard = "true", .help = "Serve /metrics"},
    {.key = "METRICS_PREFIX", .offset = AT(metrics_prefix), .valid = is_metric_prefix,
     .standard = "quaywatch", .allowed = "up to 40 of a-z A-Z 0-9 _, not beginning with a digit",
     .help = "Beginning of the metrics' names"},

    {.group = "DNS", .key = "DNS_LISTEN", .offset = AT(dns_listen), .valid = is_listen_list, .standard = "",
     .allowed = "a comma list of address:port, such as 0.0.0.0:53, 172.17.0.1:53, [::1]:5353",
     .help = "Where names of services are answered by DNS; unset: nowhere"},
    {.key = "DNS_ZONE", .offset = AT(dns_zone), .valid = is_zone, .standard = "quay",
     .allowed = "a domain, such as quay or svc.example.org",
     .help = "The domain below which they stand: web.quay"},
    {.key = "DNS_TTL", .kind = OPTION_DURATION, .min = 0, .max = DNS_TTL_MAX_MS, .offset = AT(dns_ttl_ms),
     .standard = "5s", .help = "How long others may keep an answer, also that there is none"},
    {.group = "Registries", .key = "ETCD", .offset = AT(etcd), .valid = option_is_base_urls, .standard = "",
     .allowed = "a comma list of http:// or https:// URLs without user, such as http://10.0.0.5:2379",
     .help = "etcd cluster (v3) that is told of every serving instance; unset: none"},
    {.key = "ETCD_PREFIX", .offset = AT(etcd_prefix), .valid = option_is_key_prefix,
     .allowed = "up to 200 of a-z A-Z 0-9 . _ ~ - and /, beginning with / and not ending with it",
     .standard = "/quaywatch", .help = "What its keys begin with"},
    {.key = "ETCD_TTL", .kind = OPTION_DURATION, .min = 5000, .max = 3600000, .offset = AT(etcd_ttl_ms),
     .standard = "30s", .help = "How long the keys stay when quaywatch is gone"},
    {.key = "ETCD_USER", .offset = AT(etcd_user), .standard = "", .help = "etcd's user, where it wants one"},
    {.key = "ETCD_PASSWORD", .secret = true, .offset = AT(etcd_password), .standard = "",
     .help = "Its password"},
    {.key = "ETCD_CA", .offset = AT(etcd_ca), .standard = "",
     .help = "PEM file of issuers that etcd's certificate may have; unset: the system's"},
    {.key = "ETCD_CERT", .offset = AT(etcd_cert), .standard = "",
     .help = "PEM file of the certificate shown to etcd"},
    {.key = "ETCD_KEY", .offset = AT(etcd_key), .standard = "", .help = "PEM file of its private key"},
    {.key = "CONSUL", .offset = AT(consul), .valid = option_is_base_url, .standard = "",
     .allowed = "an http:// or https:// URL without user, such as http://127.0.0.1:8500",
     .help = "Consul agent at which every instance is registered; unset: none"},
    {.key = "CONSUL_TOKEN", .secret = true, .offset = AT(consul_token), .valid = is_token, .standard = "",
     .allowed = "printable ASCII without blanks", .help = "Its token, where it wants one"},
    {.key = "CONSUL_CA", .offset = AT(consul_ca), .standard = "",
     .help = "PEM file of issuers that its certificate may have; unset: the system's"},
    {.key = "CONSUL_TTL", .kind = OPTION_DURATION, .min = 3000, .max = 3600000, .offset = AT(consul_ttl_ms),
     .standard = "30s", .help = "How long after quaywatch is gone the services there become critical"},
    {.key = "CONSUL_DEREGISTER_AFTER", .kind = OPTION_DURATION, .min = 0, .max = DURATION_MAX_MS,
     .offset = AT(consul_deregister_ms), .standard = "10m",
     .help = "How long they may be critical before Consul removes them (not before 1m); 0: never"},
    {.key = "CONSUL_LOCK", .offset = AT(consul_lock), .valid = option_is_key,
     .allowed = "up to 200 of a-z A-Z 0-9 . _ ~ - and /, not beginning or ending with /", .standard = "",
     .help = "Key that a session of quaywatch holds while it runs, such as quaywatch/leader; unset: none"},
    {.key = "NODE_NAME", .offset = AT(node_name), .valid = text_is_name,
     .allowed = "up to 63 of a-z A-Z 0-9 . _ -", .standard = "",
     .help = "Name of this quaywatch among those that write to one etcd or Consul; unset: the host's name"},

    {.group = "Files and log", .key = "CONFIG", .offset = AT(config), .standard = "",
     .help = "File with KEY=value lines; unset: ./.env where it exists"},
    {.key = "PROFILE", .offset = AT(profile), .standard = "", .valid = profile_is,
     .allowed = "simple, dev, production, full, custom, or the path (with a /) of a file with settings",
     .help = "Set of settings to begin with; what is set elsewhere wins, see *Profiles*"},
    {.key = "STATUS_FILE", .offset = AT(status_file), .standard = "",
     .help = "Where the status JSON is written; unset: nowhere"},
    {.key = "STATE_DIR", .offset = AT(state_dir), .standard = "",
     .help = "Folder where memory and history are kept; unset: they end with the process"},
    {.key = "EXPORTS", .offset = AT(exports), .standard = "",
     .help = "Files that tell other programs where services are: FORMAT=PATH pairs by comma, or a YAML file"},
    {.key = "REGISTRY_DIR", .offset = AT(registry_dir), .valid = is_absolute_path, .standard = "",
     .allowed = "an absolute path",
     .help = "Folder that is kept filled with a JSON file a service; unset: none"},
    {.key = "SOURCE_DIR", .offset = AT(source_dir), .valid = is_absolute_path, .standard = "",
     .allowed = "an absolute path",
     .help = "Folder whose JSON files each register a service outside Docker; unset: none"},
    {.key = "SOURCE_ENV", .offset = AT(source_env), .valid = is_absolute_path, .standard = "",
     .allowed = "an absolute path",
     .help = "File with variables (NAME_URL=…) that register services outside Docker; unset: none"},
    {.key = "ENV_PREFIX", .offset = AT(env_prefix), .valid = env_prefix_valid, .standard = "",
     .allowed = "up to 64 of a-z A-Z 0-9 _, not beginning with a digit",
     .help = "Beginning of the variables' names in exports as `env`"},
    {.key = "HISTORY_DAYS", .kind = OPTION_NUMBER, .min = 0, .max = 3650, .offset = AT(history_days),
     .standard = "400", .help = "Days that events, restarts and daily figures are kept; 0: no history"},
    {.key = "HISTORY_MAX_SIZE", .kind = OPTION_NUMBER, .min = 8, .max = 1048576,
     .offset = AT(history_max_mib), .standard = "512",
     .help = "MiB that the history may take in STATE_DIR; the oldest goes first"},
    {.key = "LOG_LEVEL", .bare = true, .kind = OPTION_CHOICE, .offset = AT(log_level),
     .word = {"error", "warn", "info", "debug"}, .standard = "info", .help = "How much is logged"},
    {.key = "LOG_FORMAT", .bare = true, .kind = OPTION_WORD, .offset = AT(log_format),
     .word = {"text", "json"}, .standard = "",
     .help = "Form of log lines; unset: text on a terminal, else json"},
    {.group = "Load balancers", .key = "HAPROXY", .offset = AT(haproxy), .valid = socket_place_is_list,
     .standard = "", .allowed = "a comma list of unix:///path and host:port",
     .help = "Runtime sockets of HAProxys whose servers are kept in step without reloads; unset: none"},
    {.key = "CADDY", .offset = AT(caddy), URL, .standard = "",
     .help = "Base URL of the admin API of a Caddy whose upstreams are kept in step; unset: none"},
    {.key = "PROXY", NOWHERE},
};
/* clang-format on */
const size_t option_count = sizeof option_table / sizeof *option_table;
