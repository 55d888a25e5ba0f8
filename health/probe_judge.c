/* SPDX-License-Identifier: MIT */
/* The one funnel from the end of a transfer to the outcome of a check. */

#include <stdio.h>
#include <string.h>

#include "controller/core/text.h"
#include "controller/core/transfer.h"
#include "health/probe_kind.h"

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

/* What each end of a transfer means when there is no HTTP answer to judge. */
static const struct {
    enum outcome_kind kind;
    bool timed; /* the time limit follows the sentence */
    const char *sentence;
} ends[TRANSFER_END_COUNT] = {
    [TRANSFER_DONE] = {OUTCOME_PASS, false, "Connected"},
    [TRANSFER_REFUSED] = {OUTCOME_REFUSED, false, "Connection refused"},
    [TRANSFER_NO_SOCKET] = {OUTCOME_LOCAL, false, "Socket does not exist"},
    [TRANSFER_DENIED] = {OUTCOME_LOCAL, false, "Socket may not be opened"},
    [TRANSFER_NO_ROUTE] = {OUTCOME_NO_ROUTE, false, "No route to the address"},
    [TRANSFER_CONNECT_TIMEOUT] = {OUTCOME_CONNECT_TIMEOUT, true, "Could not connect within"},
    [TRANSFER_READ_TIMEOUT] = {OUTCOME_READ_TIMEOUT, true, "No answer within"},
    [TRANSFER_PROTOCOL] = {OUTCOME_PROTOCOL, false, "Answer is not HTTP"},
    [TRANSFER_TLS] = {OUTCOME_TLS, false, "TLS handshake failed"},
    [TRANSFER_CUT] = {OUTCOME_CUT, false, "Connection closed before the answer was complete"},
    [TRANSFER_NAME] = {OUTCOME_NO_ADDRESS, false, "Target is a name, not an address"},
    [TRANSFER_LOCAL] = {OUTCOME_LOCAL, false, "Check could not be made"},
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

static bool body_contains(const struct transfer_result *result, const char *wanted)
{
    return memmem(result->body, result->body_len, wanted, strlen(wanted)) != NULL;
}

static void judge_unexpected(const struct probe_spec *spec, struct outcome *outcome)
{
    outcome->kind = OUTCOME_STATUS;
    answer_message(outcome, "", "");
    if (outcome->http_status == 503 && outcome->has_body_status && outcome->body_status == STATUS_DEGRADED) {
        outcome->kind = OUTCOME_DEGRADED;
        answer_message(outcome, ", the body says degraded", "");
    } else if (outcome->http_status < 400 && !spec->implicit) {
        /* A good answer that is not the wanted one needs the wish beside it to be understood. */
        answer_message(outcome, ", expected ", spec->expect ? spec->expect : "200-299");
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
        answer_message(outcome, ", but the body lacks the expected text", "");
    } else if (success && outcome->has_body_status && outcome->body_status == STATUS_UNHEALTHY) {
        outcome->kind = OUTCOME_BODY;
        answer_message(outcome, ", but the body says unhealthy", "");
    } else if (outcome->has_body_status && outcome->body_status == STATUS_DEGRADED) {
        outcome->kind = OUTCOME_DEGRADED;
        answer_message(outcome, ", the body says degraded", "");
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

static void judge_failure(const struct probe_spec *spec, const struct transfer_result *result,
                          struct outcome *outcome)
{
    char text[sizeof outcome->message * 2], limit[24];
    text_format_duration(spec->timeout_ms, limit);
    outcome->kind = ends[result->end].kind;
    const char *separator = "", *detail = "";
    if (ends[result->end].timed) {
        separator = " ";
        detail = limit;
    } else if (result->end == TRANSFER_LOCAL && *result->message) {
        separator = ": ";
        detail = result->message;
    }
    snprintf(text, sizeof text, "%s%s%s", ends[result->end].sentence, separator, detail);
    text_one_line(text, outcome->message, sizeof outcome->message);
}

void probe_judge_pace(const struct probe_spec *spec, struct outcome *outcome)
{
    if (outcome->kind != OUTCOME_PASS || spec->degraded_after_ms <= 0 ||
        outcome->response_ms <= (double)spec->degraded_after_ms)
        return;
    /* The measured time moves with every check; the sentence must not. */
    char limit[24];
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
        judge_failure(spec, result, outcome);
    probe_judge_pace(spec, outcome);
}
