/* SPDX-License-Identifier: MIT */
/* Which check runs: the one that labels ask for, else what is there (CONTRACT section 4). */
#include "controller/labels/policy.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "controller/core/text.h"
#include "controller/labels/coolify.h"

enum { UNIT_MAX = 240 }; /* with a kind of unit behind it, systemd's bound of 255 holds */

/* What one tier of labels asks for. */
struct asked {
    enum check_kind kind;
    const char *label;
    bool off;
};

static bool said(const struct pairs *labels, const char *label)
{
    const char *value = pairs_get(labels, label);
    return value && *value;
}

static const char *header_said(const struct pairs *labels)
{
    static const char prefix[] = "service.health.header.";
    for (size_t i = 0; i < labels->count; i++) {
        const char *key = labels->item[i].key;
        if (strncmp(key, prefix, strlen(prefix)) == 0 && key[strlen(prefix)])
            return key;
    }
    return NULL;
}

/* What a check without further words means for this protocol: bytes that are no HTTP cannot answer one. */
static enum check_kind plain_check(const struct spec *spec)
{
    return spec->protocol == PROTOCOL_HTTP || spec->protocol == PROTOCOL_HTTPS ? CHECK_HTTP : CHECK_TCP;
}

/* service.health.check, by its word. */
static bool asks_by_word(struct resolution *r, const struct pairs *labels, bool override, struct asked *ret)
{
    static const char label[] = "service.health.check";
    const char *word = pairs_get(labels, label);
    if (!word || *word == '\0')
        return false;
    for (unsigned i = 0; i < CHECK_COUNT; i++)
        if (strcasecmp(check_name[i], word) == 0) {
            *ret = (struct asked){(enum check_kind)i, label, i == CHECK_NONE};
            return true;
        }
    resolution_invalid(r, label, override, word, "http, tcp, grpc, command, docker, file, systemd or none");
    return false;
}

/* A service.health.* label that only one kind of check can use. */
static bool asks_by_detail(const struct resolution *r, const struct pairs *labels, struct asked *ret)
{
    static const struct {
        const char *label;
        enum check_kind kind;
    } details[] = {{"service.health.path", CHECK_HTTP},       {"service.health.method", CHECK_HTTP},
                   {"service.health.status", CHECK_HTTP},     {"service.health.body", CHECK_HTTP},
                   {"service.health.command", CHECK_COMMAND}, {"service.health.file", CHECK_FILE},
                   {"service.health.unit", CHECK_SYSTEMD},    {"service.health.grpc_service", CHECK_GRPC}};
    const char *header = header_said(labels);
    if (header) {
        *ret = (struct asked){CHECK_HTTP, header, false};
        return true;
    }
    for (size_t i = 0; i < sizeof details / sizeof *details; i++)
        if (said(labels, details[i].label)) {
            *ret = (struct asked){details[i].kind, details[i].label, false};
            return true;
        }
    if (!said(labels, "service.health.port"))
        return false;
    *ret = (struct asked){plain_check(r->spec), "service.health.port", false};
    return true;
}

static bool asks_by_coolify(struct resolution *r, const struct pairs *labels, bool override,
                            struct asked *ret)
{
    const char *label;
    int wanted = coolify_check_wanted(labels, &label);
    if (wanted == -EINVAL)
        resolution_invalid(r, label, override, pairs_get(labels, label),
                           "true, false or (short form) a path");
    if (wanted < 0)
        return false;
    bool path = said(labels, "coolify.healthcheck.path") || strcmp(label, "coolify.healthcheck") == 0;
    *ret = (struct asked){path ? CHECK_HTTP : plain_check(r->spec), label, !wanted};
    return true;
}

static bool asks_by_autoheal(const struct pairs *labels, struct asked *ret)
{
    bool wanted;
    const char *value = pairs_get(labels, "autoheal");
    if (!value || text_bool(value, &wanted) < 0 || !wanted)
        return false;
    *ret = (struct asked){CHECK_DOCKER, "autoheal", false};
    return true;
}

static bool tier_asks(struct resolution *r, bool override, struct asked *ret)
{
    const struct pairs *labels = resolution_tier(r, override);
    return asks_by_word(r, labels, override, ret) || asks_by_detail(r, labels, ret) ||
           asks_by_coolify(r, labels, override, ret) || asks_by_autoheal(labels, ret);
}

/* What is missing for this check to run, as "what; what to do", or NULL. */
static const char *check_lacks(const struct resolution *r, enum check_kind kind)
{
    const struct spec *spec = r->spec;
    switch (kind) {
    case CHECK_HTTP:
    case CHECK_TCP:
    case CHECK_GRPC:
        return spec->port || spec->health_port ? NULL
                                               : "no port is known; set service.port or service.health.port";
    case CHECK_COMMAND:
        return spec->health_command ? NULL : "there is no command; set service.health.command";
    case CHECK_FILE:
        return spec->health_file ? NULL : "there is no file; set service.health.file";
    case CHECK_SYSTEMD:
        return spec->health_unit ? NULL : "there is no unit; set service.health.unit";
    case CHECK_DOCKER: /* without HEALTHCHECK nothing else runs: whoever asked for Docker's verdict wants no
                          other */
    case CHECK_NONE:
    case CHECK_COUNT:
        return NULL;
    }
    return NULL;
}

/* systemd's own rule for names; without a kind of unit a service is meant, as systemctl takes it. */
static void unit_settle(struct resolution *r)
{
    static const char *const kinds[] = {".service", ".socket", ".target", ".timer",  ".mount",    ".path",
                                        ".scope",   ".slice",  ".swap",   ".device", ".automount"};
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
    struct spec *spec = r->spec;
    const char *unit = spec->health_unit;
    if (!unit)
        return;
    if (unit[strspn(unit, allowed)] != '\0' || strlen(unit) > UNIT_MAX || *unit == '@') {
        resolution_invalid(r, "service.health.unit", pairs_get(&r->overrides, "service.health.unit") != NULL,
                           unit, "the name of a systemd unit, such as nginx.service");
        spec->health_unit = NULL;
        return;
    }
    const char *end = strrchr(unit, '.');
    for (size_t i = 0; end && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(end, kinds[i]) == 0)
            return;
    spec->health_unit = arena_format(&spec->arena, "%s.service", unit);
}

/* Without a name of its own, a secure check asks for the one that its Host header has. */
static void tls_name_settle(struct spec *spec)
{
    for (size_t i = 0; !spec->tls_name && i < spec->health_headers.count; i++) {
        const struct pair *header = &spec->health_headers.item[i];
        if (strcasecmp(header->key, "Host") != 0)
            continue;
        char *host = arena_copy(&spec->arena, header->value);
        host[strcspn(host, ":")] = '\0';
        if (text_is_host(host))
            spec->tls_name = host;
    }
}

/* A check that was asked for is a promise: what it does not look at is said. */
static void tls_found(struct resolution *r)
{
    const struct spec *spec = r->spec;
    bool web = spec->check == CHECK_HTTP || spec->check == CHECK_GRPC;
    bool secure = web && spec->protocol == PROTOCOL_HTTPS;
    if (secure && !spec->tls_verify)
        resolution_finding(r, "tls-not-verified",
                           "The check does not look at the certificate; service.health.tls_verify=true makes "
                           "it, for the name in service.health.tls_name.");
    if (spec->tls_verify && !secure)
        resolution_finding(r, "tls-not-used",
                           "Label service.health.tls_verify has no effect: the check does not speak https "
                           "(service.protocol=https).");
}

void policy_check(struct resolution *r)
{
    struct spec *spec = r->spec;
    struct asked asked = {0};
    unit_settle(r);
    tls_name_settle(spec);
    bool override = r->overrides.count > 0 && tier_asks(r, true, &asked);
    if (!override)
        tier_asks(r, false, &asked);
    const char *lacks = check_lacks(r, asked.kind);
    if (asked.label && !asked.off && lacks) {
        resolution_finding(r, "incomplete-check", "Label %s asks for a %s check, but %s.", asked.label,
                           check_name[asked.kind], lacks);
        asked = (struct asked){0};
    }
    spec->check_disabled = asked.label ? asked.off : !r->options->check_enabled;
    if (asked.label) {
        spec->check = asked.off ? CHECK_NONE : asked.kind;
        spec->check_explicit = true;
        resolution_won(r, "health.check", arena_copy(&spec->arena, asked.label), override);
        if (!asked.off)
            tls_found(r);
    } else if (!spec->check_disabled && spec->port) {
        spec->implicit = plain_check(spec);
    }
}
