/* SPDX-License-Identifier: MIT */
/* Lua in templates: loops, errors with their lines, and that nothing gets out of the sandbox or hangs it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "tests/support/sample_template.h"

static void test_loops_over_services_and_instances(void **state)
{
    expect_made(*state, "x",
                "<% for _, s in ipairs(services) do %>\n"
                "backend <%= s.name %>\n"
                "  <% for i, at in ipairs(s.instances) do %>\n"
                "  server <%= at.name %> <%= at.host %>:<%= at.port %> weight <%= at.weight %>\n"
                "  <% end %>\n"
                "<% end %>\n"
                "end\n",
                NULL,
                "backend cache\n  server bot-cache-1 [fd00::5]:6379 weight 1\n"
                "backend database\n  server x-database-1 10.0.0.1:5432 weight 7\n"
                "backend db\n  server bot-db-1 172.20.0.3:5432 weight 1\n"
                "backend my.db\n  server x-my-1 10.0.0.2:80 weight 1\n"
                "backend web\n  server bot-web-1 172.20.0.2:5000 weight 1\nend\n");
    expect_made(
        *state, "x.json",
        "{<% for i, s in ipairs(services) do %><%= s.name %>: [<%= s.port %>, <%= s.serving %>, "
        "<%= s.tags %>]<% if i < #services then %>, <% end %><% end %>}",
        NULL,
        "{\"cache\": [6379, true, []], \"database\": [5432, true, [\"sql\", \"primary\"]], "
        "\"db\": [5432, true, []], \"my.db\": [80, true, []], \"web\": [5000, true, [\"b<i>\", \"api\"]]}");
    expect_made(
        *state, "x", "<% for _, s in ipairs(all_services) do %><%= s.name %>:<%= s.status %> <% end %>", NULL,
        "cache:healthy database:healthy db:degraded gone:unhealthy my.db:healthy six:healthy web:healthy ");
}

static void test_what_lua_sees(void **state)
{
    static const struct {
        const char *expression, *wanted;
    } rows[] = {
        {"service.database.url", "tcp://db-alias:5432"},
        {"service.database.instances[1].url", "tcp://10.0.0.1:5432"},
        {"service.database.instances[1].host", "10.0.0.1"},
        {"service['my.db'].port + 1", "81"},
        {"service.nobody == nil", "true"},
        {"service.gone.url == nil", "true"},
        {"service.database.environment == nil", "true"},
        {"service.database.meta.did", "did:plc:abc"},
        {"service.database.meta.none == nil", "true"},
        {"service.database.did", "did:plc:abc"},
        {"service.database == services[2]", "true"},
        {"#service.db.instances .. '/' .. #service.db.all_instances", "1/2"},
        {"service.db.all_instances[2].status", "unhealthy"},
        {"vars.A", "a"},
        {"vars.n * 2", "6"},
        {"vars.none == nil", "true"},
        {"('a,b,c'):split(',')", "a,b,c"},
        {"('a.b.c'):replace('.', '-')", "a-b-c"},
        {"(' x '):trim()", "x"},
        {"('abc'):contains('bc') and ('abc'):starts_with('ab') and ('abc'):ends_with('bc')", "true"},
        {"('ab'):rep(3, '-')", "ab-ab-ab"},
        {"string.env_name('rag-service')", "RAG_SERVICE"},
        {"string.format('%05.1f %s %d%%', 2.25, 'x', 7)", "002.2 x 7%"},
        {"math.max(1, 7) // 2", "3"},
        {"1 / 2", "0.5"},
        {"tostring(nil) .. tostring(1) .. tostring(true)", "nil1true"},
        {"{1, 'b', true}", "1,b,true"},
        {"'a' -- a comment", "a"},
    };
    const char *const given[] = {"A", "a", "n", "3", NULL};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = mem_format("<%%@ variable n: number %%>\n<%%@ variable none %%>\n<%%= %s %%>",
                                rows[i].expression);
        expect_made(*state, "x", text, given, rows[i].wanted);
        free(text);
    }
}

static void test_order_is_always_the_same(void **state)
{
    expect_made(*state, "x",
                "<% local t = {} for i = 1, 9 do t['k' .. i] = i end t[3] = 'c' t[1] = 'a' %>"
                "<% for k, v in pairs(t) do %><%= k %>=<%= v %> <% end %>",
                NULL, "1=a 3=c k1=1 k2=2 k3=3 k4=4 k5=5 k6=6 k7=7 k8=8 k9=9 ");
    expect_made(
        *state, "x",
        "<% local t = {'bb', 'a', 'cc', 'b', 'aa'} table.sort(t, function(x, y) return #x < #y end) %>"
        "<%= t %>;<% table.sort(t) %><%= t %>",
        NULL, "a,b,bb,cc,aa;a,aa,b,bb,cc");
    expect_made(*state, "x",
                "<% local t = {} for i = 1, 1000 do t[i] = (i * 7919) % 1000 end table.sort(t) "
                "for i = 1, 1000 do assert(t[i] == i - 1) end %><%= #t %>",
                NULL, "1000");
}

static void test_errors_name_line_and_column(void **state)
{
    static const char name[] = "/a/b.conf";
    expect_refused(*state, name, "a\n<% for i = 1 do %>\n<% end %>", NULL, -EINVAL,
                   "b.conf, line 2, column 1: Lua: ',' expected near 'do'");
    expect_refused(*state, name, "a\nx <%= services.x.y %>", NULL, -EINVAL,
                   "b.conf, line 2, column 3: Lua: attempt to index a nil value");
    expect_refused(*state, name, "<%\n local x = 1\n\n x()\n%>", NULL, -EINVAL,
                   "b.conf, line 4: Lua: attempt to call a number value (local 'x')");
    expect_refused(*state, name, "a\n <%= sevices %>", NULL, -EINVAL,
                   "line 2, column 2: Lua: 'sevices' is not known in templates; did you mean 'services'?");
    expect_refused(*state, name, "<% for _, s in ipairs(services) do %>\n<%= s.adress %>\n<% end %>", NULL,
                   -ENOENT,
                   "line 2, column 1: Service 'cache' has no field and no metadata 'adress'; did you mean");
    expect_refused(*state, name, "<%= service.gone.url %>", NULL, -EINVAL,
                   "line 1, column 1: The value of <%= … %> is not known");
    expect_refused(*state, name, "\n<% error('no database') %>", NULL, -EINVAL,
                   "b.conf, line 2, column 1: Lua: no database");
    expect_refused(*state, name, "\n<% assert(false, 'no') %>", NULL, -EINVAL,
                   "b.conf, line 2, column 1: Lua: no");
    expect_refused(*state, name, "\n<% error({}) %>", NULL, -EINVAL, "an error that is no text");
    expect_refused(*state, name, "<% local x = 1 %>${NAM}", NULL, -ENOENT,
                   "line 1, column 18: Required variable 'NAM' is missing");
    expect_refused(*state, name, "<%= vars.NAM %>", NULL, -ENOENT, "Required variable 'NAM' is missing");
    expect_refused(*state, name, "<%= 0/0 %>", NULL, -EINVAL, "line 1, column 1: Lua: a number that is none");
    expect_refused(*state, name, "<%= services[1] %>", NULL, -EINVAL, "cannot be written");
    expect_refused(*state, name, "<%= {{}} %>", NULL, -EINVAL, "cannot be written");
    expect_refused(*state, name, "<% if true then %>", NULL, -EINVAL, "Lua: 'end' expected");
    expect_refused(*state, "x.json", "[<%= 'a' %>x]<%= 'b' %>", NULL, -EINVAL,
                   "line 1, column 14: The value of <%= … %> cannot stand beside other text");
}

static void test_nothing_reaches_out(void **state)
{
    static const char *const names[] = {
        "os",     "io",       "require",      "package",     "debug",      "load",           "loadstring",
        "dofile", "loadfile", "coroutine",    "pcall",       "xpcall",     "collectgarbage", "getmetatable",
        "print",  "next",     "setmetatable", "rawget",      "rawset",     "rawequal",       "utf8",
        "_G",     "warn",     "_VERSION",     "string.dump", "table.move", "math.random",    "table.pack",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *text = mem_format("<%% local x = %s; if x == nil then error('not known in templates') end %%>",
                                names[i]);
        expect_refused(*state, "x", text, NULL, -EINVAL, "not known in templates");
        free(text);
    }
    expect_refused(*state, "x", "<% (''):dump() %>", NULL, -EINVAL, "attempt to call a nil value");
    expect_refused(*state, "x", "<%= ('').format('%p', 'x') %>", NULL, -EINVAL, "%p is not allowed");
    expect_refused(*state, "x", "<%= ('').format('%s\\0%p', 'x', 'y') %>", NULL, -EINVAL,
                   "%p is not allowed");
    expect_refused(*state, "x", "<%= ('').format('%s', services) %>", NULL, -EINVAL, "a text, a number");
    expect_refused(*state, "x", "<%= tostring(services) %>", NULL, -EINVAL, "a text, a number");
    expect_refused(*state, "x", "<% service.x = 1 %>", NULL, -EINVAL, "attempt to index");
    expect_refused(*state, "x", "<% service.db.port = 1 %>", NULL, -EINVAL, "attempt to index");
    expect_refused(*state, "x", "<% __put(99) %>", NULL, -EINVAL, "no piece of the template");
    expect_refused(*state, "x", "<% __put(-1) %>", NULL, -EINVAL, "no piece of the template");
    expect_refused(*state, "x", "<% __put(0) %>", NULL, -EINVAL, "no such piece");
    expect_refused(*state, "x", "\x1bLua<% local x %>\x1bLua<%= ('\\27Lua'):x() %>", NULL, -EINVAL,
                   "attempt to call");
    /* What one rendering does to Lua's own tables is gone in the next. */
    expect_made(*state, "x", "<% string.rep = nil services = nil ipairs = 1 %>ok", NULL, "ok");
    expect_made(*state, "x", "<%= ('a'):rep(2) %> <%= #services %>", NULL, "aa 5");
}

/* Each must end soon, with that code. */
static void test_bombs(void **state)
{
    static const struct {
        const char *text;
        int code;
    } rows[] = {
        {"<% while true do end %>", -ETIME},
        {"<% ::a:: goto a %>", -ETIME},
        {"<% for i = 1, 1e18 do local x = i * 2 end %>", -ETIME},
        {"<% while true do %>a text that is longer than a step takes<% end %>", -ENOBUFS},
        {"<% while true do %><%= 'not a short value' %><% end %>", -ENOBUFS},
        {"<% local s = ('x'):rep(1000) while true do %><%- s %><% end %>", -ENOBUFS},
        {"<% local t = {} while true do t[#t + 1] = {} end %>", -ENOMEM},
        {"<% local s, t = ('x'):rep(1e4), {} while true do t[#t + 1] = s .. #t end %>", -ENOMEM},
        {"<% local s = 'x' while true do s = s .. s end %>", -ENOMEM},
        {"<% local s = ('x'):rep(5e5) while true do local x = s .. 'y' end %>", -ETIME},
        {"<% local a, b = ('x'):rep(1e6), ('x'):rep(999999) .. 'x' while true do local x = a == b end %>",
         -ETIME},
        {"<% local s = ('a'):rep(1e6) while true do local x = s:contains('b') end %>", -ETIME},
        {"<% local s = ('a'):rep(1e6) while true do local x = s:split('a') end %>", -ENOMEM},
        {"<% local s = ('a'):rep(1e6) while true do s:upper() end %>", -ETIME},
        {"<% local s = ('a'):rep(1e6):replace('a', ('b'):rep(1e6)) %>", -ENOMEM},
        {"<% (''):rep(1e18) %>", -EINVAL},
        {"<% ('x'):rep(1e9) %>", -EINVAL},
        {"<% ('x'):rep(1e6, ('y'):rep(1e6)) %>", -EINVAL},
        {"<% (('a?'):rep(30) .. ('a'):rep(30)):match('x') %>", -EINVAL},
        {"<% ('a'):find(('a*'):rep(30) .. 'b') %>", -EINVAL},
        {"<% local function f() return 1 + f() end f() %>", -ENOMEM},
        {"<% local function f(...) return f(1, ...) end f() %>", -ENOMEM},
        {"<% local t = {} for i = 1, 3e4 do t[i] = i % 7 end while true do table.sort(t) end %>", -ETIME},
        {"<% local t = {} for i = 1, 3e4 do t[i] = i end while true do table.insert(t, 1, table.remove(t)) "
         "end %>",
         -ETIME},
        {"<% local t = {1} table.sort({3, 2, 1}, function() while true do end end) %>", -ETIME},
        {"<% local t = {} for i = 1, 1e4 do t[i] = i end while true do for k in pairs(t) do end end %>",
         -ETIME},
        {"<% while true do local x = services[1].url .. services[1].meta.zone end %>", -EINVAL},
        {"<% while true do local x = service.web.url .. service.web.meta.zone end %>", -ETIME},
        {"<% while true do local x = all_services[1].all_instances end %>", -ETIME},
    };
    double slowest = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct timespec before, after;
        int code;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
        char *made = sample_render(*state, "x", rows[i].text, NULL, &code);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
        double seconds = (double)(after.tv_sec - before.tv_sec) +
                         (double)(after.tv_nsec - before.tv_nsec) / 1e9;
        slowest = seconds > slowest ? seconds : slowest;
        if (code != rows[i].code || seconds > 4)
            fail_msg("%s: %d after %.2f s: %s", rows[i].text, code, seconds, made);
        free(made);
    }
    printf("the slowest of %zu: %.0f ms\n", sizeof rows / sizeof *rows, slowest * 1e3);
}

/* A template of the greatest size whose reading takes the longest: the reader's time is not counted in steps.
 */
static void test_reading_a_great_template_takes_no_time(void **state)
{
    struct buf text;
    buf_init(&text, TEMPLATE_SIZE);
    buf_text(&text, "<% do ");
    while (text.len < TEMPLATE_SIZE / 2)
        buf_text(&text, "goto z;");
    for (unsigned i = 0; text.len < TEMPLATE_SIZE - 100; i++)
        buf_format(&text, "::a%u:: x=1 ", i);
    buf_text(&text, " ::z:: end %>ok");
    clock_t before = clock();
    int code;
    char *made = sample_render(*state, "x", buf_string(&text), NULL, &code);
    double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    if (seconds > 4)
        fail_msg("%.2f s", seconds);
    printf("%zu bytes: %.0f ms: %s\n", text.len, seconds * 1e3, made);
    free(made);
    buf_free(&text);
}

static void test_ten_thousand_services(void **state)
{
    (void)state;
    struct registry *registry = sample_many(10000);
    clock_t before = clock();
    int code;
    char *made = sample_render(
        registry, "x.yaml",
        "services:\n<% for _, s in ipairs(services) do %>\n  <%= s.name %>:\n"
        "    urls:\n<% for _, i in ipairs(s.instances) do %>\n      - <%= i.url %>\n<% end %>\n"
        "    port: <%= s.port %>\n<% end %>\n",
        NULL, &code);
    double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    assert_int_equal(code, 0);
    assert_non_null(strstr(
        made, "  \"service-09999\":\n    urls:\n      - \"http://10.0.39.15:5000\"\n    port: 5000\n"));
    printf("10,000 services, %zu bytes: %.0f ms\n", strlen(made), seconds * 1e3);
    assert_true(seconds < 3);
    free(made);
    registry_free(registry);
}

/* The two examples of the README are what they are said to be. */
static void test_the_examples_of_the_readme(void **state)
{
    struct error err = {0};
    const char *const given[] = {"hostname", "pds.example.com", NULL};
    char *readme = NULL;
    size_t len;
    int code;
    assert_int_equal(file_read("README.md", 4 << 20, &readme, &len, &err), 0);
    char *first = strstr(readme, "\n## Templates\n"), *second;
    assert_non_null(first);
    first = strstr(first, "```\n") + 4;
    *strstr(first, "```") = '\0';
    second = strstr(first + strlen(first) + 1, "```\n") + 4;
    *strstr(second, "```") = '\0';
    expect_made(*state, "pds.env.tmpl", first, given,
                "PDS_HOSTNAME=pds.example.com\nPDS_PORT=3000\nPDS_DATABASE_URL=tcp://db-alias:5432\n"
                "PDS_CACHE_URL=redis://localhost:6379\n");
    char *made = sample_render(*state, "pool.json.tmpl", second, NULL, &code);
    json_object *root = json_tokener_parse(made);
    assert_int_equal(json_object_object_length(root), 5);
    json_object *database = json_object_object_get(root, "database");
    assert_string_equal(
        json_object_to_json_string_ext(database, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
        "{\"tags\":[\"sql\",\"primary\"],\"owner\":\"nobody\",\"servers\":[{\"url\":"
        "\"tcp://10.0.0.1:5432\",\"weight\":7}]}");
    json_object_put(root);
    free(made);
    free(readme);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loops_over_services_and_instances),
        cmocka_unit_test(test_what_lua_sees),
        cmocka_unit_test(test_order_is_always_the_same),
        cmocka_unit_test(test_errors_name_line_and_column),
        cmocka_unit_test(test_nothing_reaches_out),
        cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_reading_a_great_template_takes_no_time),
        cmocka_unit_test(test_ten_thousand_services),
        cmocka_unit_test(test_the_examples_of_the_readme),
    };
    return cmocka_run_group_tests(tests, sample_template_setup, sample_template_teardown);
}
