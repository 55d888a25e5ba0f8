/* SPDX-License-Identifier: MIT */
/* A template that is sent is rendered; what is wrong with it is said. */
#include "tests/support/server_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/core/buf.h"

static struct reply render(struct served *served, const char *headers, const char *body)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_format(&text, "POST /api/v1/render HTTP/1.1\r\nHost: h\r\n%sContent-Length: %zu\r\n\r\n%s", headers,
               strlen(body), body);
    int fd = loop_connect(served->port);
    loop_send(&served->loop, fd, buf_string(&text), text.len);
    struct reply reply = loop_reply(&served->loop, fd, false);
    close(fd);
    buf_free(&text);
    return reply;
}

static void expect(struct served *served, const char *body, int status, const char *part)
{
    struct reply reply = render(served, TOKEN, body);
    if (reply.status != status || !strstr(reply.body, part))
        fail_msg("%s: %d %s", body, reply.status, reply.body);
    reply_free(&reply);
}

static void test_it_is_rendered(void **state)
{
    expect(*state, "{\"template\": \"db=${service.db.url}\\n\"}", 200, "db=tcp://db:5432\n");
    expect(*state,
           "{\"template\": \"[${A}, ${B}, ${C}]\", \"format\": \"json\", \"variables\": "
           "{\"A\": \"a\\\"\", \"B\": 5, \"C\": true}}",
           200, "[\"a\\\"\", \"5\", \"true\"]");
    expect(*state, "{\"name\": \"/x/a.yaml.tmpl\", \"template\": \"a: ${A:-b c}\"}", 200, "a: \"b c\"");
    expect(*state, "{\"template\": \"<% for _, s in ipairs(services) do %><%= s.name %> <% end %>\"}", 200,
           "cache db web ");
    expect(*state, "{\"tag\": \"api\", \"template\": \"<%= #services %>\"}", 200, "1");
    expect(*state, "{\"project\": \"none\", \"template\": \"<%= #services %>\"}", 200, "0");
}

static void test_what_is_wrong_is_said(void **state)
{
    expect(*state, "", 400, "The body must be JSON with a template");
    expect(*state, "{", 400, "The body must be JSON with a template");
    expect(*state, "[]", 400, "The body must be JSON with a template");
    expect(*state, "{\"template\": 5}", 400,
           "\\\"template\\\" is unknown or has the wrong type; allowed are");
    expect(*state, "{\"template\": \"\", \"x\": \"\"}", 400, "\\\"x\\\" is unknown or has the wrong type");
    expect(*state, "{\"template\": \"\", \"variables\": {\"a\": []}}", 400,
           "\\\"variables\\\" is unknown or");
    expect(*state, "{\"template\": \"\", \"format\": \"xml\"}", 400,
           "Unknown format 'xml'; allowed: text json");
    expect(*state, "{\"template\": \"a\\n ${X}\", \"name\": \"/x/a.tmpl\"}", 400,
           "a.tmpl, line 2, column 2: Required variable 'X' is missing; none is given.");
    expect(
        *state,
        "{\"template\": \"${hostname} ${port:-1}\", \"name\": \"/x/a.tmpl\", \"variables\": {\"hostname\": "
        "\"a\", \"prt\": 5}}",
        400, "a.tmpl: It never asks for a variable 'prt'; did you mean 'port'?; it asks for: hostname port.");
    expect(
        *state,
        "{\"template\": \"<%@ variable port: number %>${port}\", \"name\": \"a\", \"variables\": {\"port\": "
        "\"many\"}}",
        400, "a: Variable 'port' must be a number, not 'many'.");
    expect(*state, "{\"template\": \"${service.wbe.url}\"}", 400,
           "There is no service 'wbe'; did you mean 'web'?\"");
    expect(*state, "{\"template\": \"<% while true do end %>\"}", 400, "needs more than 5000000 steps");
}

static void test_it_takes_the_token(void **state)
{
    struct served *served = *state;
    static const char body[] = "{\"template\": \"a\"}";
    struct reply reply = render(served, "", body);
    assert_int_equal(reply.status, 401);
    reply_free(&reply);
    served->options.auth_token = "";
    served_reopen(served);
    reply = render(served, "", body);
    assert_int_equal(reply.status, 403);
    reply_free(&reply);
}

static void test_a_template_that_is_too_large(void **state)
{
    struct buf body;
    buf_init(&body, 1 << 20);
    buf_text(&body, "{\"template\": \"");
    while (body.len < 70000)
        buf_text(&body, "0123456789");
    buf_text(&body, "\"}");
    struct reply reply = render(*state, TOKEN, buf_string(&body));
    assert_int_equal(reply.status, 413);
    reply_free(&reply);
    buf_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_it_is_rendered),
        SERVED(test_what_is_wrong_is_said),
        SERVED(test_it_takes_the_token),
        SERVED(test_a_template_that_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
