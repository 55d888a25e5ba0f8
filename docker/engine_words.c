/* SPDX-License-Identifier: MIT */
/* The sentences for what can go wrong between us and the engine: what, why, and what to do about it. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/core/text.h"
#include "docker/decode.h"
#include "docker/engine_internal.h"

static void words_denied(const char *path, char ret[static SENTENCE])
{
    struct stat info;
    if (stat(path, &info) != 0) {
        snprintf(ret, SENTENCE, "permission denied: user %u may not enter the folder of the socket %s",
                 (unsigned)geteuid(), path);
        return;
    }
    snprintf(
        ret, SENTENCE,
        "permission denied: the socket %s belongs to group %u (mode %03o), and user %u is not in it; add it "
        "(`group_add: [\"%u\"]` in compose, `docker run --group-add %u`) or start as root",
        path, (unsigned)info.st_gid, (unsigned)info.st_mode & 0777, (unsigned)geteuid(),
        (unsigned)info.st_gid, (unsigned)info.st_gid);
}

static void words_unix(const char *path, const struct transfer_result *result, char ret[static SENTENCE])
{
    static const char *const why[TRANSFER_END_COUNT] = {
        [TRANSFER_CONNECT_TIMEOUT] = "the engine does not accept connections: it hangs or is overloaded",
        [TRANSFER_READ_TIMEOUT] =
            "the engine accepts connections but does not answer: it hangs or is overloaded",
        [TRANSFER_PROTOCOL] = "what listens there does not speak HTTP",
        [TRANSFER_CUT] =
            "the engine closed the connection in the middle of an answer: it is stopping or restarting",
    };
    if (result->end == TRANSFER_DENIED)
        words_denied(path, ret);
    else if (result->end == TRANSFER_NO_SOCKET)
        snprintf(
            ret, SENTENCE,
            "the socket %s does not exist: start the engine, mount its folder into this container, or set "
            "DOCKER_HOST",
            path);
    else if (result->end == TRANSFER_REFUSED)
        snprintf(ret, SENTENCE,
                 "the socket file %s exists but nobody listens: the engine is stopped, or it was restarted "
                 "with the "
                 "file bind-mounted; then mount the folder /var/run or restart quaywatch",
                 path);
    else
        snprintf(ret, SENTENCE, "%s: %s", path, why[result->end] ? why[result->end] : result->message);
}

static void words_tcp(const char *host, const struct transfer_result *result, char ret[static SENTENCE])
{
    static const char *const why[TRANSFER_END_COUNT] = {
        [TRANSFER_REFUSED] = "the connection is refused: does the engine listen there (dockerd -H tcp://…)",
        [TRANSFER_NO_ROUTE] = "there is no route to it: wrong address, or no shared network",
        [TRANSFER_CONNECT_TIMEOUT] = "nothing answers: wrong address, or a firewall in between",
        [TRANSFER_READ_TIMEOUT] =
            "the engine accepts connections but does not answer: it hangs or is overloaded",
        [TRANSFER_PROTOCOL] = "the answer is not HTTP: is it a TLS port, which needs DOCKER_TLS_VERIFY=1",
        [TRANSFER_CUT] =
            "the connection was closed in the middle of an answer: the engine is stopping or restarting",
        [TRANSFER_NAME] = "its name does not resolve",
    };
    if (result->end == TRANSFER_TLS)
        snprintf(ret, SENTENCE, "%s: TLS failed: %s; check DOCKER_CERT_PATH and DOCKER_TLS_VERIFY", host,
                 result->message);
    else
        snprintf(ret, SENTENCE, "%s: %s", host, why[result->end] ? why[result->end] : result->message);
}

void engine_words_transport(const struct engine *engine, const struct transfer_result *result,
                            char ret[static SENTENCE])
{
    if (engine->address.unix_socket)
        words_unix(engine->address.unix_socket, result, ret);
    else
        words_tcp(engine->address.shown, result, ret);
}

void engine_words_refusal(const struct engine *engine, const char *what, int http_status, const char *body,
                          size_t len, char ret[static SENTENCE])
{
    char message[200];
    decode_message(body, len, message, sizeof message);
    const char *colon = message[0] ? ": " : "";
    if (http_status == 401 || http_status == 403)
        snprintf(
            ret, SENTENCE,
            "%s is forbidden (%d%s%s): the socket proxy or plugin at %s must allow GET containers, events, "
            "networks and version, and POST restart",
            what, http_status, colon, message, engine->address.shown);
    else if (strstr(message, "HTTPS server")) /* Go's net/http, when it expects TLS */
        snprintf(ret, SENTENCE, "%s speaks TLS only: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH",
                 engine->address.shown);
    else
        snprintf(ret, SENTENCE, "%s was answered with %d%s%s", what, http_status, colon, message);
}
