/* SPDX-License-Identifier: MIT */
/* format_env.c: the services as environment variables.
 *
 * One file for all its readers: `docker run --env-file` takes everything behind "=" as it is, with quotes, a
 * shell's `.` and compose know quotes and expand what is not quoted. So nothing is quoted, and values are
 * made of characters only that mean themselves to all of them; in URLs and paths, which is what they are,
 * everything else can be percent-encoded without another meaning (RFC 3986, section 2.1). */
#include "exporter/formats/format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/buf.h"
#include "controller/core/env_name.h"
#include "controller/core/error.h"
#include "controller/core/registry.h"
#include "controller/core/text.h"
#include "exporter/formats/listing.h"

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:/@%+=[]";

/* Tools of this machine that would obey it: a service called "docker" must not move them. */
static bool is_taken(const char *variable)
{
    return strcmp(variable, "DOCKER_HOST") == 0;
}

static void put_value(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr(plain, *text))
            buf_add(out, text, 1);
        else
            buf_format(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

/* A comment's text is a name: what cannot be one is not shown. */
static void put_comment_name(struct buf *out, const char *name)
{
    for (; *name; name++)
        buf_add(out, strchr(plain, *name) ? name : "?", 1);
}

static void put(struct buf *out, const char *name, const char *suffix, const char *value)
{
    char variable[ENV_NAME + 24];
    snprintf(variable, sizeof variable, "%s%s", name, suffix);
    if (is_taken(variable)) {
        buf_format(out, "# %s is left out: the docker command would obey it; use a prefix\n", variable);
        return;
    }
    buf_format(out, "%s=", variable);
    put_value(out, value ? value : "");
    buf_text(out, "\n");
}

/* Everything that may be tried when the URL fails, in this order. */
static void put_fallbacks(struct buf *out, const char *name, const struct listing *listing)
{
    const char *separator = "";
    buf_format(out, "%s_FALLBACK_URLS=", name);
    for (size_t i = 0; i < listing->endpoints.count; i++) {
        if (strcmp(listing->endpoints.item[i], listing->url) == 0)
            continue;
        buf_text(out, separator);
        put_value(out, listing->endpoints.item[i]);
        separator = ",";
    }
    for (size_t i = 0; i < listing->fallback_urls.count; i++) {
        buf_text(out, separator);
        put_value(out, listing->fallback_urls.item[i]);
        separator = ",";
    }
    buf_text(out, "\n");
}

static void put_service(struct buf *out, const struct listing *listing, const char *prefix)
{
    char name[ENV_NAME], port[16] = "";
    env_name(listing->name, prefix, name);
    if (listing->serving)
        snprintf(port, sizeof port, "%d", listing->port);
    put(out, name, "_URL", listing->url);
    put(out, name, "_HOST", listing->host);
    put(out, name, "_PORT", port);
    put(out, name, "_PROTOCOL", listing->serving ? listing->protocol : NULL);
    put(out, name, "_HEALTH_ENDPOINT", listing->health_endpoint);
    put_fallbacks(out, name, listing);
}

static void put_left_out(struct buf *out, const char *service, const char *owner, const char *prefix)
{
    char name[ENV_NAME];
    env_name(owner, prefix, name);
    buf_text(out, "# ");
    put_comment_name(out, service);
    buf_format(out, " is left out: %s_* are those of ", name);
    put_comment_name(out, owner);
    buf_text(out, "\n");
}

static void put_services(const struct format_wish *wish, const char *prefix, struct buf *out)
{
    size_t count = 0;
    const struct service **service = mem_resize(NULL, registry_count(wish->registry) + 1, sizeof *service);
    for (size_t i = 0; i < registry_count(wish->registry); i++)
        if (listing_wants(wish, registry_at(wish->registry, i)))
            service[count++] = registry_at(wish->registry, i);
    const struct service **owner = env_name_owners(service, count);
    for (size_t i = 0; i < count; i++) {
        struct arena arena = {0};
        struct listing listing;
        listing_make(service[i], &arena, &listing);
        if (owner[i])
            put_left_out(out, service[i]->name, owner[i]->name, prefix);
        else
            put_service(out, &listing, prefix);
        format_note(wish->told, owner[i] ? 0 : listing.instance_count);
        arena_free(&arena);
    }
    free(owner);
    free(service);
}

int format_env(const struct format_wish *wish, struct buf *out, struct error *err)
{
    const char *prefix = wish->prefix ? wish->prefix : "";
    char shown[64];
    text_one_line(prefix, shown, sizeof shown);
    if (!env_prefix_valid(prefix))
        return error_set(
            err, -EINVAL,
            "No name of a variable can begin with the prefix \"%s\"; allowed are letters, digits and \"_\", "
            "no digit first, at most %d of them",
            shown, ENV_PREFIX_MAX);
    put_services(wish, prefix, out);
    return 0;
}
