/* SPDX-License-Identifier: MIT */
/* The one funnel from the end of a transfer to the outcome of a check. */
#include "health/probe_kind.h"

#include <stdio.h>
#include <string.h>

#include "controller/core/text.h"
#include "controller/core/transfer.h"

/* RFC 9110 section 15: what health endpoints answer. Others are shown by their number. */
static const struct {
    int status;
    const char *phrase;
} phrases[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {418, "I'm a teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {511, "Network Authentication Required"},
};

/* What each end of a transfer means when there is no answer to judge. */
static const enum outcome_kind ends[TRANSFER_END_COUNT] = {
    [TRANSFER_DONE] = OUTCOME_PASS,
    [TRANSFER_REFUSED] = OUTCOME_REFUSED,
    [TRANSFER_NO_SOCKET] = OUTCOME_LOCAL,
    [TRANSFER_DENIED] = OUTCOME_LOCAL,
    [TRANSFER_NO_ROUTE] = OUTCOME_NO_ROUTE,
    [TRANSFER_CONNECT_TIMEOUT] = OUTCOME_CONNECT_TIMEOUT,
    [TRANSFER_READ_TIMEOUT] = OUTCOME_READ_TIMEOUT,
    [TRANSFER_PROTOCOL] = OUTCOME_PROTOCOL,
    [TRANSFER_TLS] = OUTCOME_TLS,
    [TRANSFER_CUT] = OUTCOME_CUT,
    [TRANSFER_NAME] = OUTCOME_NO_ADDRESS,
    [TRANSFER_LOCAL] = OUTCOME_LOCAL,
};

/* What is said about a refusal beside its number. A later row is only asked where no earlier one fits. */
static const struct {
    int low, high;
    const char *remark;
} remarks[] = {
    {401, 401,
     "it wants a login: check a path that needs none, or send one with service.health.header.<Name>"},
    {403, 403, "it does not allow this request: check an open path, or send service.health.header.<Name>"},
    {404, 404, "there is nothing at this path; service.health.path says which one to ask"},
    {405, 405, "the path does not take this method; service.health.method says which one to use"},
    {408, 408, "it waited too long for the request"},
    {410, 410, "there is nothing at this path any more; service.health.path says which one to ask"},
    {429, 429, "it is asked too often; service.health.interval says how often"},
    {400, 499, "it does not accept the check's request"},
    {500, 599, "the service reports a fault of its own"},
};

static const char *status_phrase(int status)
{
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        if (phrases[i].status == status)
            return phrases[i].phrase;
    }
    return NULL;
}

/* "404 Not Found", and what is said about it. */
static void answer_message(struct outcome *outcome, const char *remark, const char *detail)
{
    const char *phrase = status_phrase(outcome->http_status);
    char text[sizeof outcome->message * 2];
    snprintf(text, sizeof text, "%d%s%s%s%s", outcome->http_status, phrase ? " " : "", phrase ? phrase : "",
             remark, detail);
    text_one_line(text, outcome->message, sizeof outcome->message);
}

/* "404 Not Found: " and what that means for this check. */
static void refusal_message(const struct probe_spec *spec, struct outcome *outcome)
{
    const char *remark = NULL;
    for (size_t i = 0; i < sizeof remarks / sizeof *remarks && !remark; i++)
        if (outcome->http_status >= remarks[i].low && outcome->http_status <= remarks[i].high)
            remark = remarks[i].remark;
    const char *wanted = spec->expect ? spec->expect : "200-299";
    if (remark)
        answer_message(outcome, ": ", remark);
    else if (outcome->http_status >= 300)
        answer_message(outcome, ": it sends elsewhere, which is not followed; expected is ", wanted);
    else
        answer_message(outcome, ", but expected is ", wanted);
}

static bool body_contains(const struct transfer_result *result, const char *wanted)
{
    return memmem(result->body, result->body_len, wanted, strlen(wanted)) != NULL;
}

static void judge_unexpected(const struct probe_spec *spec, struct outcome *outcome)
{
    outcome->kind = OUTCOME_STATUS;
    if (outcome->http_status == 503 && outcome->has_body_status && outcome->body_status == STATUS_DEGRADED) {
        outcome->kind = OUTCOME_DEGRADED;
        answer_message(outcome, ", and its answer says degraded", "");
    } else {
        refusal_message(spec, outcome);
    }
}

static void judge_expected(const struct probe_spec *spec, const struct transfer_result *result,
                           struct outcome *outcome)
{
    bool success = outcome->http_status >= 200 && outcome->http_status < 300;
    outcome->kind = OUTCOME_PASS;
    answer_message(outcome, "", "");
    if (spec->body && !body_contains(result, spec->body)) {
        outcome->kind = OUTCOME_BODY;
        answer_message(outcome, ", but its answer lacks the text of service.health.body", "");
    } else if (success && outcome->has_body_status && outcome->body_status == STATUS_UNHEALTHY) {
        outcome->kind = OUTCOME_BODY;
        answer_message(outcome, ", but its answer says unhealthy", "");
    } else if (outcome->has_body_status && outcome->body_status == STATUS_DEGRADED) {
        outcome->kind = OUTCOME_DEGRADED;
        answer_message(outcome, ", but its answer says degraded", "");
    }
}

static void judge_answer(const struct probe_spec *spec, const struct transfer_result *result,
                         struct outcome *outcome)
{
    bool success = result->http_status >= 200 && result->http_status < 300;
    if ((success || result->http_status == 503) && !result->body_cut)
        health_body_read(result->body, result->body_len, outcome);
    if (spec->implicit ? result->http_status < 500 : probe_status_expected(spec->expect, result->http_status))
        judge_expected(spec, result, outcome);
    else
        judge_unexpected(spec, outcome);
}

static const char *tls_words(const struct probe_spec *spec, const struct transfer_result *result, char *ret,
                             size_t size)
{
    switch (result->tls_fault) {
    case TLS_FAULT_SELF_SIGNED:
        return "the certificate is self-signed; trust its issuer with HEALTH_CHECK_CA";
    case TLS_FAULT_UNTRUSTED:
        return "nobody trusted has issued the certificate; HEALTH_CHECK_CA names further issuers";
    case TLS_FAULT_EXPIRED:
        return "the certificate has expired";
    case TLS_FAULT_NOT_YET:
        return "the certificate is not valid yet";
    case TLS_FAULT_NAME:
        snprintf(ret, size, "the certificate is not for %.60s; service.health.tls_name says whom to expect",
                 spec->tls_name ? spec->tls_name : "this address");
        return ret;
    case TLS_FAULT_HANDSHAKE:
    case TLS_FAULT_CA_FILE:
    case TLS_FAULT_CERT_FILE:
    case TLS_FAULT_COUNT:
        break;
    }
    return "what answers does not speak https, or has no version or name in common with the check";
}

void probe_judge_failure(const struct probe_spec *spec, const struct transfer_result *result,
                         struct outcome *outcome)
{
    char words[160] = "";
    const char *detail = words;
    outcome->kind = ends[result->end];
    switch (result->end) {
    case TRANSFER_CONNECT_TIMEOUT:
    case TRANSFER_READ_TIMEOUT:
        text_format_duration(spec->timeout_ms, words);
        break;
    case TRANSFER_PROTOCOL:
        detail = spec->kind == CHECK_GRPC ? "gRPC" : "HTTP";
        break;
    case TRANSFER_TLS:
        if (result->tls_fault == TLS_FAULT_CA_FILE) {
            outcome->kind = OUTCOME_NOT_MADE;
            detail = "the file of HEALTH_CHECK_CA cannot be read or holds no certificate";
        } else {
            detail = tls_words(spec, result, words, sizeof words);
        }
        break;
    case TRANSFER_NO_SOCKET:
    case TRANSFER_DENIED:
    case TRANSFER_LOCAL:
        detail = *result->message ? result->message : "no reason is known";
        break;
    case TRANSFER_DONE:
        detail = "Connected";
        break;
    case TRANSFER_REFUSED:
    case TRANSFER_NO_ROUTE:
    case TRANSFER_CUT:
    case TRANSFER_NAME:
    case TRANSFER_END_COUNT:
        break;
    }
    outcome_sentence(outcome->kind, detail, outcome->message, sizeof outcome->message);
}

/* The measured time moves with every check; the sentence must not. */
void probe_judge_pace(const struct probe_spec *spec, struct outcome *outcome)
{
    char limit[24];
    if (outcome->kind != OUTCOME_PASS || spec->degraded_after_ms <= 0 ||
        outcome->response_ms <= (double)spec->degraded_after_ms)
        return;
    text_format_duration(spec->degraded_after_ms, limit);
    outcome->kind = OUTCOME_DEGRADED;
    snprintf(outcome->message, sizeof outcome->message, "Slower than %s", limit);
}

void probe_judge(const struct probe_spec *spec, const struct transfer_result *result, struct outcome *outcome)
{
    *outcome = (struct outcome){.http_status = result->http_status, .response_ms = result->total_ms};
    if (result->end == TRANSFER_DONE && spec->kind == CHECK_HTTP)
        judge_answer(spec, result, outcome);
    else
        probe_judge_failure(spec, result, outcome);
    probe_judge_pace(spec, outcome);
}
