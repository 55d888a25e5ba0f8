/* SPDX-License-Identifier: MIT */
/* cli_client.c: the requests of the commands that ask the running daemon. */
#include "controller/cli/cli_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/limits.h"
#include "controller/core/mem.h"
#include "controller/settings/options.h"
#include "exporter/http/tls.h"

enum { CLIENT_TIMEOUT_MS = 10000, PATH_MAX_BYTES = 4096 };

static const char socket_name[] = "quaywatch.sock";

/* ---- where the daemon is ---- */

/* LISTEN as a client reaches it: a wildcard address is this machine. */
static char *url_of(const struct options *options, const char *path)
{
    const char *base = getenv("QUAYWATCH_URL");
    if (base && base[0]) {
        size_t length = strlen(base);
        return mem_format("%.*s%s", (int)(base[length - 1] == '/' ? length - 1 : length), base, path);
    }
    const char *scheme = options->tls_cert[0] ? "https" : "http";
    const char *colon = strrchr(options->listen, ':');
    const char *port = colon ? colon + 1 : "8080";
    size_t host_length = colon ? (size_t)(colon - options->listen) : 0;
    bool wildcard = host_length == 0 || strncmp(options->listen, "0.0.0.0:", 8) == 0 ||
                    strncmp(options->listen, "[::]:", 5) == 0;
    if (wildcard)
        return mem_format("%s://127.0.0.1:%s%s", scheme, port, path);
    return mem_format("%s://%.*s:%s%s", scheme, (int)host_length, options->listen, port, path);
}

/* The daemon of this machine over TLS: it must have the very certificate of TLS_CERT, whoever signed that, by
 * one of the names in it. */
static void trust_own(struct client_request *request, const struct options *options)
{
    const char *base = getenv("QUAYWATCH_URL");
    struct error err = {0};
    if (request->socket || (base && base[0]) || !options->tls_cert[0])
        return;
    request->transfer.ca_file = options->tls_cert;
    if (tls_name_of(options->tls_cert, request->tls_name, sizeof request->tls_name, &err) == 0)
        request->transfer.tls_name = request->tls_name;
}

/* The daemon's socket, if it is there and may be used; freed by the caller. */
static char *socket_of(const struct options *options)
{
    const char *base = getenv("QUAYWATCH_URL");
    if ((base && base[0]) || !options->state_dir[0])
        return NULL;
    char *path = mem_format("%s/%s", options->state_dir, socket_name);
    if (access(path, R_OK | W_OK) == 0)
        return path;
    free(path);
    return NULL;
}

void client_prepare(struct client_request *request, const struct options *options, const char *method,
                    const char *path, const char *body, bool direct)
{
    const char *token = method || !options->read_token[0] ? options->auth_token : options->read_token;
    *request = (struct client_request){.socket = direct ? NULL : socket_of(options)};
    request->url = request->socket ? mem_format("http://localhost%s", path) : url_of(options, path);
    request->bearer = mem_format("Authorization: Bearer %s", token);
    size_t count = 0;
    request->headers[count++] = "Accept: application/json";
    if (token[0] && !request->socket)
        request->headers[count++] = request->bearer;
    if (body && body[0])
        request->headers[count++] = "Content-Type: application/json";
    request->transfer = (struct transfer_request){.method = method,
                                                  .url = request->url,
                                                  .unix_socket = request->socket,
                                                  .headers = request->headers,
                                                  .body = body,
                                                  .max_body = LIMIT_DOCUMENT,
                                                  .total_timeout_ms = CLIENT_TIMEOUT_MS,
                                                  .resolve = true};
    trust_own(request, options);
}

void client_request_free(struct client_request *request)
{
    free(request->url);
    free(request->socket);
    free(request->bearer);
    *request = (struct client_request){0};
}

int client_complain(const struct client_request *request, enum transfer_end end, struct error *err)
{
    return error_set(
        err, -ECONNREFUSED,
        "no quaywatch answers at %s (%s); is `quaywatch run` up, and is this STATE_DIR, LISTEN or "
        "QUAYWATCH_URL?",
        request->socket ? request->socket : request->url, transfer_end_name(end));
}

/* ---- one request, whose answer is waited for ---- */

struct answer {
    struct buf *body;
    int status;
    enum transfer_end end;
};

static void on_done(void *user, const struct transfer_result *result)
{
    struct answer *answer = user;
    answer->status = result->http_status;
    answer->end = result->end;
    buf_add(answer->body, result->body, result->body_len);
}

static void perform(struct client_request *request, struct answer *answer)
{
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct transfer_pool *pool = transfer_pool_new(&loop, 1);
    request->transfer.on_done = on_done;
    request->transfer.user = answer;
    transfer_start(pool, &request->transfer);
    uv_run(&loop, UV_RUN_DEFAULT);
    transfer_pool_free(pool);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
}

/* The HTTP status, or -ECONNREFUSED with err. A socket that a dead daemon has left does not hide a living
 * one.
 */
static int ask(const struct options *options, const char *method, const char *path, const char *body,
               struct buf *ret, struct error *err)
{
    struct client_request request;
    struct answer answer = {.body = ret};
    client_prepare(&request, options, method, path, body, false);
    perform(&request, &answer);
    if (answer.end != TRANSFER_DONE && request.socket && answer.end != TRANSFER_READ_TIMEOUT) {
        client_request_free(&request);
        client_prepare(&request, options, method, path, body, true);
        perform(&request, &answer);
    }
    int code = answer.status;
    if (answer.end != TRANSFER_DONE)
        code = client_complain(&request, answer.end, err);
    else if (!method && (code == 401 || code == 403))
        code = error_set(err, -EACCES, "%s answers %d; READ_TOKEN must be the daemon's", request.url, code);
    client_request_free(&request);
    return code;
}

int client_get(const char *path, const struct options *options, struct buf *ret, struct error *err)
{
    return ask(options, NULL, path, NULL, ret, err);
}

int client_post(const char *path, const char *body, const struct options *options, struct buf *ret,
                struct error *err)
{
    return ask(options, "POST", path, body, ret, err);
}

char *client_path(const char *prefix, const char *name, const char *suffix)
{
    struct buf path;
    buf_init(&path, PATH_MAX_BYTES);
    buf_text(&path, prefix);
    for (const char *at = name; *at; at++) {
        bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') ||
                     strchr("._-~", *at);
        if (plain)
            buf_add(&path, at, 1);
        else
            buf_format(&path, "%%%02X", (unsigned)(unsigned char)*at);
    }
    buf_text(&path, suffix);
    return buf_take(&path, NULL);
}
