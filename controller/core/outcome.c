/* SPDX-License-Identifier: MIT */
/* outcome.c: the table of all ways a check can end. */
#include "controller/core/outcome.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/text.h"

/* clang-format off */
const char *const outcome_name[OUTCOME_KIND_COUNT] = {
    [OUTCOME_PASS] = "pass",
    [OUTCOME_DEGRADED] = "degraded",
    [OUTCOME_REFUSED] = "refused",
    [OUTCOME_CONNECT_TIMEOUT] = "connect-timeout",
    [OUTCOME_READ_TIMEOUT] = "read-timeout",
    [OUTCOME_NO_ROUTE] = "no-route",
    [OUTCOME_STATUS] = "status",
    [OUTCOME_BODY] = "body",
    [OUTCOME_PROTOCOL] = "protocol",
    [OUTCOME_TLS] = "tls",
    [OUTCOME_CUT] = "cut",
    [OUTCOME_NO_ADDRESS] = "no-address",
    [OUTCOME_VERDICT] = "verdict",
    [OUTCOME_MISSING] = "missing",
    [OUTCOME_LOCAL] = "local",
    [OUTCOME_NOT_MADE] = "not-made",
    [OUTCOME_FORBIDDEN] = "forbidden",
};

/* "{}" is where the detail comes. */
static const struct {
    enum error_class class;
    const char *pattern;
} kinds[OUTCOME_KIND_COUNT] = {
    [OUTCOME_PASS] = {ERROR_CLASS_NONE, "{}"},
    [OUTCOME_DEGRADED] = {ERROR_CLASS_NONE, "{}"},
    [OUTCOME_REFUSED] = {ERROR_CLASS_NETWORK, "Nothing listens on this port: the connection was refused"},
    [OUTCOME_CONNECT_TIMEOUT] = {ERROR_CLASS_TIMEOUT, "Could not connect: the address did not answer within {}"},
    [OUTCOME_READ_TIMEOUT] = {ERROR_CLASS_TIMEOUT, "No complete answer within {}"},
    [OUTCOME_NO_ROUTE] = {ERROR_CLASS_NETWORK, "No network path leads from quaywatch to this address"},
    [OUTCOME_STATUS] = {ERROR_CLASS_UNKNOWN, "{}"},
    [OUTCOME_BODY] = {ERROR_CLASS_SERVER, "{}"},
    [OUTCOME_PROTOCOL] = {ERROR_CLASS_UNKNOWN, "What answers on this port does not speak {}"},
    [OUTCOME_TLS] = {ERROR_CLASS_NETWORK, "No secure connection (TLS): {}"},
    [OUTCOME_CUT] = {ERROR_CLASS_NETWORK, "The connection was closed before the answer was complete"},
    [OUTCOME_NO_ADDRESS] = {ERROR_CLASS_NETWORK, "The target is a name, not an address, and names are not looked up"},
    [OUTCOME_VERDICT] = {ERROR_CLASS_SERVER, "{}"},
    [OUTCOME_MISSING] = {ERROR_CLASS_CLIENT, "{}"},
    [OUTCOME_LOCAL] = {ERROR_CLASS_UNKNOWN, "The check failed on quaywatch's own side: {}"},
    [OUTCOME_NOT_MADE] = {ERROR_CLASS_UNKNOWN, "Not checked: {}"},
    [OUTCOME_FORBIDDEN] = {ERROR_CLASS_UNKNOWN, "The engine, or a socket proxy before it, forbids this check: allow {}"},
};

const char *const error_class_name[ERROR_CLASS_COUNT] = {
    [ERROR_CLASS_NETWORK] = "NETWORK_ERROR",
    [ERROR_CLASS_TIMEOUT] = "TIMEOUT_ERROR",
    [ERROR_CLASS_SERVER] = "SERVER_ERROR",
    [ERROR_CLASS_CLIENT] = "CLIENT_ERROR",
    [ERROR_CLASS_UNKNOWN] = "UNKNOWN_ERROR",
};

const char *const error_class_recovery[ERROR_CLASS_COUNT] = {
    [ERROR_CLASS_NETWORK] = "circuit_breaker",
    [ERROR_CLASS_TIMEOUT] = "increase_timeout",
    [ERROR_CLASS_SERVER] = "retry_with_backoff",
    [ERROR_CLASS_CLIENT] = "validate_request",
    [ERROR_CLASS_UNKNOWN] = "fallback_response",
};
/* clang-format on */

bool outcome_is_answer(enum outcome_kind kind)
{
    return kind != OUTCOME_NO_ADDRESS && kind != OUTCOME_NOT_MADE && kind != OUTCOME_FORBIDDEN;
}

static enum error_class status_class(int http_status)
{
    if (http_status == 408)
        return ERROR_CLASS_TIMEOUT;
    if (http_status >= 500 && http_status <= 599)
        return ERROR_CLASS_SERVER;
    if (http_status >= 400 && http_status <= 499)
        return ERROR_CLASS_CLIENT;
    return ERROR_CLASS_UNKNOWN;
}

enum error_class outcome_error_class(enum outcome_kind kind, int http_status)
{
    return kind == OUTCOME_STATUS ? status_class(http_status) : kinds[kind].class;
}

void outcome_sentence(enum outcome_kind kind, const char *detail, char *ret, size_t size)
{
    char text[512];
    const char *pattern = kinds[kind].pattern, *place = strstr(pattern, "{}");
    if (place)
        snprintf(text, sizeof text, "%.*s%s%s", (int)(place - pattern), pattern, detail ? detail : "",
                 place + 2);
    else
        snprintf(text, sizeof text, "%s", pattern);
    text_one_line(text, ret, size);
}
