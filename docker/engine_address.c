/* SPDX-License-Identifier: MIT */
/* DOCKER_HOST and its TLS settings → where and how the engine is reached. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "docker/engine_internal.h"

static const char default_host[] = "unix:///var/run/docker.sock";

static int parse_unix(const char *host, const char *path, struct engine_address *ret, struct error *err)
{
    if (path[0] != '/')
        return error_set(err, -EINVAL, "DOCKER_HOST=%s: a Unix socket is written unix:///absolute/path",
                         host);
    if (strlen(path) >= sizeof((struct sockaddr_un *)0)->sun_path)
        return error_set(err, -EINVAL, "DOCKER_HOST=%s: the path of a Unix socket has at most 107 characters",
                         host);
    ret->unix_socket = mem_copy(path);
    ret->base = mem_copy("http://docker");
    return 0;
}

/* Whether the text behind tcp:// has a port; an IPv6 address has colons inside its brackets. */
static bool has_port(const char *authority)
{
    const char *bracket = strrchr(authority, ']');
    return strchr(bracket ? bracket : authority, ':') != NULL;
}

static int parse_tcp(const char *host, const char *authority, bool tls, struct engine_address *ret,
                     struct error *err)
{
    size_t len = strlen(authority);
    if (len > 0 && authority[len - 1] == '/')
        len--;
    if (len == 0 || memchr(authority, '/', len) || memchr(authority, '@', len))
        return error_set(err, -EINVAL, "DOCKER_HOST=%s: a TCP address is written tcp://host:port", host);
    const char *port = has_port(authority) ? "" : tls ? ":2376" : ":2375";
    ret->base = mem_format("%s://%.*s%s", tls ? "https" : "http", (int)len, authority, port);
    return 0;
}

/* A file of DOCKER_CERT_PATH; all three must be there and readable. */
static int find_file(const char *folder, const char *name, char **ret, struct error *err)
{
    char *path = mem_format("%s/%s", folder, name);
    if (access(path, R_OK) != 0) {
        int code = -errno;
        error_set(
            err, code,
            "DOCKER_CERT_PATH=%s: %s cannot be read (%s); ca.pem, cert.pem and key.pem are wanted there",
            folder, name, strerror(errno));
        free(path);
        return code;
    }
    *ret = path;
    return 0;
}

static int find_files(const char *folder, struct engine_address *ret, struct error *err)
{
    int rc = find_file(folder, "ca.pem", &ret->ca_file, err);
    if (rc == 0)
        rc = find_file(folder, "cert.pem", &ret->cert_file, err);
    return rc ? rc : find_file(folder, "key.pem", &ret->key_file, err);
}

int engine_address_parse(const struct engine_options *options, struct engine_address *ret, struct error *err)
{
    const char *host = options->host && options->host[0] ? options->host : default_host;
    *ret = (struct engine_address){.shown = mem_copy(host)};
    int rc;
    if (strncmp(host, "unix://", 7) == 0)
        rc = parse_unix(host, host + 7, ret, err);
    else if (strncmp(host, "tcp://", 6) == 0)
        rc = parse_tcp(host, host + 6, options->tls_verify, ret, err);
    else
        rc = error_set(err, -EINVAL, "DOCKER_HOST=%s: only unix:///path and tcp://host:port are spoken",
                       host);
    if (rc == 0 && !ret->unix_socket && options->tls_verify && options->cert_path && options->cert_path[0])
        rc = find_files(options->cert_path, ret, err);
    if (rc != 0)
        engine_address_free(ret);
    return rc;
}

void engine_address_free(struct engine_address *address)
{
    free(address->shown);
    free(address->base);
    free(address->unix_socket);
    free(address->ca_file);
    free(address->cert_file);
    free(address->key_file);
    *address = (struct engine_address){0};
}

char *engine_request(const struct engine *engine, bool bare, struct transfer_request *ret, const char *path,
                     ...)
{
    va_list args;
    va_start(args, path);
    char *tail = NULL;
    if (vasprintf(&tail, path, args) < 0)
        abort();
    va_end(args);
    bool versioned = !bare && engine->api[0];
    char *url = mem_format("%s%s%s%s", engine->address.base, versioned ? "/v" : "",
                           versioned ? engine->api : "", tail);
    free(tail);
    *ret = (struct transfer_request){
        .url = url,
        .unix_socket = engine->address.unix_socket,
        .resolve = true, /* an engine over TCP may be named, and there is one of it */
        .connect_timeout_ms = engine->timeout_ms,
        .total_timeout_ms = engine->timeout_ms,
        .ca_file = engine->address.ca_file,
        .cert_file = engine->address.cert_file,
        .key_file = engine->address.key_file,
    };
    return url;
}
