/* SPDX-License-Identifier: MIT */
/* profile.c: the built-in sets of settings. */
#include "controller/settings/profile.h"

#include <string.h>
#include <strings.h>

const struct profile profiles[] = {
    {"simple",
     "simple-pds",
     "a few services on one host: checks that cost little, three months of history",
     {{"HEALTH_CHECK_INTERVAL", "30s"},
      {"HEALTH_CHECK_TIMEOUT", "10s"},
      {"STATS_INTERVAL", "1m"},
      {"HISTORY_DAYS", "90"}}},
    {"dev",
     "dev-cluster",
     "while developing: quick checks, nothing taken out, short waits, all in the log",
     {{"CIRCUIT_BREAKER_ENABLED", "false"},
      {"HEALTH_CHECK_INTERVAL", "10s"},
      {"HEALTH_CHECK_TIMEOUT", "5s"},
      {"SERVICE_DISCOVERY_TIMEOUT", "10s"},
      {"SETTLE", "5s"},
      {"DEPLOY_SETTLE", "10s"},
      {"HISTORY_DAYS", "7"},
      {"LOG_LEVEL", "debug"}}},
    {"production",
     "prod-cluster",
     "where others rely on it: breakers on, patient checks, only private networks, a log for machines",
     {{"CIRCUIT_BREAKER_ENABLED", "true"},
      {"CIRCUIT_BREAKER_FAILURE_THRESHOLD", "5"},
      {"CIRCUIT_BREAKER_RECOVERY_TIMEOUT", "5m"},
      {"HEALTH_CHECK_INTERVAL", "30s"},
      {"HEALTH_CHECK_TIMEOUT", "10s"},
      {"SERVICE_DISCOVERY_TIMEOUT", "30s"},
      {"RETRY_ENABLED", "true"},
      {"GRACEFUL_SHUTDOWN_TIMEOUT", "30s"},
      {"INTERNAL_NETWORK_ONLY", "true"},
      {"LOG_LEVEL", "info"},
      {"LOG_FORMAT", "json"}}},
    {"full",
     "full-node",
     "everything there is: all containers, closely measured",
     {{"WATCH", "all"},
      {"CIRCUIT_BREAKER_ENABLED", "true"},
      {"HEALTH_CHECK_INTERVAL", "10s"},
      {"STATS_INTERVAL", "15s"},
      {"METRICS_ENABLED", "true"},
      {"LOG_LEVEL", "info"}}},
    {"custom", NULL, "nothing: all settings are your own", {{NULL, NULL}}},
};
const size_t profile_count = sizeof profiles / sizeof *profiles;

const struct profile *profile_find(const char *name)
{
    for (size_t i = 0; i < profile_count; i++)
        if (strcasecmp(name, profiles[i].name) == 0 ||
            (profiles[i].also && strcasecmp(name, profiles[i].also) == 0))
            return &profiles[i];
    return NULL;
}

bool profile_is(const char *text)
{
    return profile_find(text) || strchr(text, '/');
}
