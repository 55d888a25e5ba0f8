/* SPDX-License-Identifier: MIT */
/* Values of any kind in each format, read back by the format's own readers: json-c, libyaml, Python's tomllib
 * and configparser, sh. A value never becomes more than a value. */
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
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "controller/core/buf.h"
#include "controller/core/file.h"
#include "tests/support/sample_template.h"

static const char *const hostile[] = {
    "plain",
    "",
    "a\"b",
    "a'b",
    "a\\b",
    "a\\",
    "\\\"",
    "a\nb",
    "\n[evil]\nevil = 1\n",
    "\", \"evil\": 1, \"",
    "\"\nevil: 1\n",
    "\r\nevil=1",
    "'\nevil: 1\n'",
    "\"\"\"",
    "'''",
    "''",
    "$(id)",
    "`id`",
    "${HOME} $HOME",
    "a # b",
    "# b",
    "a ; b",
    "; b",
    "a: b",
    "a:",
    ": a",
    "- a",
    "? a",
    "{a: b}",
    "[a, b]",
    "a, b",
    "a]",
    "&a *b !c @d %e",
    "%(x)s %% %d",
    "| a",
    ">",
    "---",
    "...",
    "yes",
    "null",
    "~",
    "1e3",
    "0x10",
    "12:30:45",
    "-1",
    "\x01\x02\t\x7f",
    "\xc2\x85\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf",
    "\xc3\xa9 \xe4\xb8\x96\xe7\x95\x8c \xf0\x9f\x98\x80",
    " blanks ",
    "http://a:80/b?c=d&e=f#g",
    "<% x %> ${y}",
};
enum { HOSTILE = sizeof hostile / sizeof *hostile };

static char *render_hostile(void **state, const char *name, const char *text, const char *value)
{
    const char *const given[] = {"V", value, NULL};
    int code;
    char *made = sample_render(*state, name, text, given, &code);
    if (code)
        fail_msg("%s: \"%s\": %s", name, value, made);
    return made;
}

/* What a value is where line breaks and control characters cannot be written. */
static char *on_one_line(const char *value)
{
    struct buf out;
    buf_init(&out, 4096);
    for (const char *at = value; *at; at++) {
        bool c1 = memcmp(at, "\xc2\x85", 2) == 0;
        bool separator = strncmp(at, "\xe2\x80\xa8", 3) == 0 || strncmp(at, "\xe2\x80\xa9", 3) == 0 ||
                         strncmp(at, "\xef\xbb\xbf", 3) == 0;
        bool control = (unsigned char)*at < ' ' || *at == 0x7f;
        buf_add(&out, c1 || separator || control ? " " : at, 1);
        at += c1 ? 1 : separator ? 2 : 0;
    }
    return buf_take(&out, NULL);
}

/* ---- JSON ---- */

static void test_json(void **state)
{
    for (size_t i = 0; i < HOSTILE; i++) {
        char *made = render_hostile(
            state, "x.json", "{\"in\": \"x${V}y\", \"bare\": ${V}, \"list\": [${V},${V}]}", hostile[i]);
        char *in = mem_format("x%sy", hostile[i]);
        enum json_tokener_error problem;
        json_object *root = json_tokener_parse_verbose(made, &problem);
        assert_int_equal(problem, json_tokener_success);
        assert_int_equal(json_object_object_length(root), 3);
        assert_string_equal(json_object_get_string(json_object_object_get(root, "in")), in);
        assert_string_equal(json_object_get_string(json_object_object_get(root, "bare")), hostile[i]);
        json_object *list = json_object_object_get(root, "list");
        assert_int_equal(json_object_array_length(list), 2);
        assert_string_equal(json_object_get_string(json_object_array_get_idx(list, 1)), hostile[i]);
        json_object_put(root);
        free(in);
        free(made);
    }
}

/* ---- YAML ---- */

/* The scalars of a document in their order, whatever is around them. */
static void read_yaml(const char *text, struct arena *arena, struct strings *ret)
{
    yaml_parser_t parser;
    yaml_event_t event;
    bool ends = false;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
    while (!ends) {
        if (!yaml_parser_parse(&parser, &event))
            fail_msg("%s at line %zu of:\n%s", parser.problem, parser.problem_mark.line + 1, text);
        if (event.type == YAML_SCALAR_EVENT) {
            assert_int_equal(strlen((char *)event.data.scalar.value), event.data.scalar.length);
            strings_add(arena, ret, (char *)event.data.scalar.value);
        }
        assert_int_not_equal(event.type, YAML_ALIAS_EVENT);
        ends = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
}

static void test_yaml(void **state)
{
    static const char template[] = "in: \"x${V}y\"\n"
                                   "single: 'x${V}''y'\n"
                                   "bare: ${V} # ${V}\n"
                                   "seq:\n"
                                   "  - ${V}\n"
                                   "  - a: ${V}\n"
                                   "flow: {k: ${V}, l: [${V}, \"${V}\",${V}], \"m\":${V}}\n"
                                   "block: |\n"
                                   "  it's \"x ${V} y\n"
                                   "\n"
                                   "  - ${V}\n"
                                   "${V}: it's \"\n"
                                   "end: ${V}\n";
    for (size_t i = 0; i < HOSTILE; i++) {
        const char *v = hostile[i];
        char *line = on_one_line(v);
        char *made = render_hostile(state, "x.yaml", template, v);
        struct arena arena = {0};
        struct strings got = {0};
        read_yaml(made, &arena, &got);
        char *in = mem_format("x%sy", v), *single = mem_format("x%s'y", line);
        char *block = mem_format("it's \"x %s y\n\n- %s\n", line, line);
        const char *const wanted[] = {"in", in,      "single", single, "bare",    v,     "seq", v, "a",
                                      v,    "flow",  "k",      v,      "l",       v,     v,     v, "m",
                                      v,    "block", block,    v,      "it's \"", "end", v};
        assert_int_equal(got.count, sizeof wanted / sizeof *wanted);
        for (size_t j = 0; j < got.count; j++)
            if (strcmp(got.item[j], wanted[j]) != 0)
                fail_msg("scalar %zu is \"%s\", not \"%s\", in:\n%s", j, got.item[j], wanted[j], made);
        arena_free(&arena);
        free(block);
        free(single);
        free(in);
        free(made);
        free(line);
    }
}

/* ---- TOML, INI, ENV: readers that are programs ---- */

static void write_text(const char *folder, size_t number, const char *suffix, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%zu.%s", folder, number, suffix);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* Writes each value as N.value and what the template makes of it as N.made, and runs the program on the
 * folder. */
static void check_by_program(void **state, const char *name, const char *template, const char *program,
                             const char *script)
{
    char folder[] = "/tmp/template.XXXXXX";
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < HOSTILE; i++) {
        char *made = render_hostile(state, name, template, hostile[i]), *line = on_one_line(hostile[i]);
        write_text(folder, i, "made", made);
        write_text(folder, i, "value", hostile[i]);
        write_text(folder, i, "line", line);
        free(line);
        free(made);
    }
    write_text(folder, HOSTILE, "script", script);
    char *command = mem_format("cd %s && %s %d.script %d", folder, program, HOSTILE, HOSTILE);
    char *clean = mem_format("rm -rf %s", folder);
    int status = system(command);
    assert_int_equal(system(clean), 0);
    free(clean);
    free(command);
    assert_int_equal(status, 0);
}

static void test_toml(void **state)
{
    check_by_program(
        state, "x.toml",
        "in = \"x${V}y\"\nbare = ${V} # ${V}\nmulti = \"\"\"x\"${V}\"y\"\"\"\nempty = \"\"\n"
        "list = [${V}, \"${V}\", '''it's''',\n  ${V}] # '${V}\"\n\"${V}k\" = { a = ${V}, b.c = 1 }\n"
        "[t.${V}]\nlast = \"end\"\n",
        "python3",
        "import sys, tomllib\n"
        "for i in range(int(sys.argv[1])):\n"
        "    v = open(f'{i}.value', newline='', encoding='utf-8').read()\n"
        "    with open(f'{i}.made', 'rb') as file: made = tomllib.load(file)\n"
        "    wanted = {'in': f'x{v}y', 'bare': v, 'multi': f'x\"{v}\"y', 'empty': '',\n"
        "        'list': [v, v, \"it's\", v], v + 'k': {'a': v, 'b': {'c': 1}},\n"
        "        't': {v: {'last': 'end'}}}\n"
        "    assert made == wanted, (i, made, wanted)\n");
}

static void test_ini(void **state)
{
    check_by_program(state, "x.ini",
                     "; ${V}\n[s]\na = ${V}\nb = \"x${V}y\"\nc = x ${V} y\n# ${V}\nlast: end\n", "python3",
                     "import sys, configparser\n"
                     "for i in range(int(sys.argv[1])):\n"
                     "    v = open(f'{i}.line', newline='', encoding='utf-8').read()\n"
                     "    made = configparser.ConfigParser(interpolation=None)\n"
                     "    made.read(f'{i}.made', encoding='utf-8')\n"
                     "    b = v.replace('\\\\', '\\\\\\\\').replace('\"', '\\\\\"')\n"
                     "    wanted = {'a': v.strip(), 'b': f'\"x{b}y\"', 'c': f'x {v} y', 'last': 'end'}\n"
                     "    assert made.sections() == ['s'], (i, made.sections())\n"
                     "    assert dict(made['s']) == wanted, (i, dict(made['s']), wanted)\n");
}

static void test_env(void **state)
{
    check_by_program(
        state, "x.env", "# ${V}\nA=${V}\nexport B=\"x${V}y\"\nC=${V} # ${V}\nLAST='end'\n", "sh",
        "i=0\n"
        "while [ $i -lt $1 ]; do\n"
        "    A=none B=none C=none LAST=none\n"
        "    . ./$i.made\n"
        "    v=$(cat $i.line; echo .); v=${v%.}\n"
        "    [ \"$A\" = \"$v\" ] && [ \"$B\" = \"x${v}y\" ] && [ \"$C\" = \"$v\" ] && [ $LAST = end ] ||\n"
        "        { echo \"$i: [$A] [$B] [$C] [$LAST], not [$v]\"; exit 1; }\n"
        "    i=$((i + 1))\n"
        "done\n");
}

/* ---- where a value stands ---- */

static void test_where_a_value_stands(void **state)
{
    static const struct {
        const char *name, *text, *wanted;
    } rows[] = {
        {"x.json", "[${n}, ${b}, \"${n}\", ${s}, ${t}, \"${t}\"]",
         "[5, true, \"5\", \"w\", [\"sql\", \"primary\"], \"sql,primary\"]"},
        {"x.json", "{${s}: \"\\\"${s}\"}", "{\"w\": \"\\\"w\"}"},
        {"x.yaml", "a: ${s}\nb: http://${s}:${n}/${s}\nc: ${s}:${n}\nd: ${s}-x\ne: -${n}\nf: ${b}\n- ${n}\n",
         "a: \"w\"\nb: http://w:5/w\nc: w:5\nd: w-x\ne: -5\nf: true\n- 5\n"},
        {"x.yaml", "${s}: 1\n? ${s}\n- - ${s}\n- k: ${s}\n", "\"w\": 1\n? \"w\"\n- - \"w\"\n- k: \"w\"\n"},
        {"x.yaml", "a: [${s}, ${n}]\nb: {x: ${s}, ${s}: ${s}}\nc: ${t}\n",
         "a: [\"w\", 5]\nb: {x: \"w\", \"w\": \"w\"}\nc: [\"sql\", \"primary\"]\n"},
        {"x.yaml", "a: |\n  ${s}: x\n  \"${s}\nb: >-\n   ${s}\n${s}: ${s}\nc: 'it''s ${s}'\n",
         "a: |\n  w: x\n  \"w\nb: >-\n   w\n\"w\": \"w\"\nc: 'it''s w'\n"},
        {"x.yaml", "- k: |\n    ${s}: x\n  l: ${s}\n- |\n ${s}: a\n- ${s}\n",
         "- k: |\n    w: x\n  l: \"w\"\n- |\n w: a\n- \"w\"\n"},
        {"x.yaml", "a: it's ${s} # it's ${s}\nb: ${s}\n", "a: it's w # it's w\nb: \"w\"\n"},
        {"x.yaml", "${s}", "\"w\""},
        {"x.toml",
         "a = ${s}\nb = \"\"\"\"${s}\"\"\"\"\nc = ''\nd = '${s}'\n${s}.${s} = 1\n[[${s}]]\nx-${s} = 2",
         "a = \"w\"\nb = \"\"\"\"w\"\"\"\"\nc = ''\nd = 'w'\n\"w\".\"w\" = 1\n[[\"w\"]]\nx-w = 2"},
        {"x.env", "A=${s}\nB=http://${s}:${n}\n${s}_X=1\nC='${s}'\nD=${b}\nE=${t}\n",
         "A=w\nB=http://w:5\nw_X=1\nC='w'\nD=true\nE=sql,primary\n"},
        {"x.ini", "[${s}]\n${s}.a = ${s} ${n}\n", "[w]\nw.a = w 5\n"},
        {"x", "\"${s}\" ${n} ${t}", "\"w\" 5 sql,primary"},
    };
    const char *const given[] = {"n", "5", "b", "true", "s", "w", NULL};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf text;
        buf_init(&text, 4096);
        buf_text(&text, "<%@ variable n: number %>\n<%@ variable b: boolean %>\n");
        for (const char *at = rows[i].text; *at; at++) {
            bool tags = strncmp(at, "${t}", 4) == 0;
            buf_add(&text, tags ? "${service.database.tags}" : at, tags ? 24 : 1);
            at += tags ? 3 : 0;
        }
        expect_made(*state, rows[i].name, buf_string(&text), given, rows[i].wanted);
        buf_free(&text);
    }
}

static void test_what_cannot_stand_there(void **state)
{
    static const struct {
        const char *name, *text, *value, *part;
    } rows[] = {
        {"x.json", "[x${V}]", "a", "without quotes; put the whole text in double quotes"},
        {"x.json", "[${V}${V}]", "a", "line 1, column 6: The value of ${V} cannot stand beside other text"},
        {"x.json", "[\"\\${V}\"]", "n", "cannot stand right behind a backslash"},
        {"x.yaml", "a: http://${V}", "a b", "without quotes"},
        {"x.yaml", "a: x${V}", "# y", "without quotes"},
        {"x.yaml", "a: ${V}x", "[", "line 1, column 4: The value of ${V} cannot stand"},
        {"x.yaml", "a: ${V}x", "*", "without quotes"},
        {"x.yaml", "a: x${V}", "b:", "without quotes"},
        {"x.yaml", "a: x ${V}", "b: c", "without quotes"},
        {"x.yaml", "a: \"\\${V}\"", "n", "backslash"},
        {"x.toml", "a = '${V}'", "it's", "holds a single quote"},
        {"x.toml", "a = '''${V}'''", "it's", "holds a single quote"},
        {"x.toml", "a = 1${V}", "\n[x]", "without quotes"},
        {"x.toml", "a = \"\"\"\\${V}\"\"\"", "n", "backslash"},
        {"x.env", "A='${V}'", "it's", "holds a single quote"},
        {"x.env", "A=x${V}", "$(id)", "without quotes"},
        {"x.env", "A=x${V}", "a b", "without quotes"},
        {"x.env", "${V}_X=1", "a=b\nC", "cannot stand in a name"},
        {"x.env", "A=\\${V}", "n", "backslash"},
        {"x.ini", "[${V}]", "a]\n[b", "cannot stand in a name"},
        {"x.ini", "${V} = 1", "a = 2", "cannot stand in a name"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const given[] = {"V", rows[i].value, NULL};
        expect_refused(*state, rows[i].name, rows[i].text, given, -EINVAL, rows[i].part);
    }
}

/* Broken UTF-8 becomes U+FFFD, and readers still read. */
static void test_broken_text(void **state)
{
    static const char *const rows[] = {"\xff",     "a\xc3",        "\xe4\xb8",
                                       "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *made = render_hostile(state, "x.json", "[${V}]", rows[i]);
        json_object *root = json_tokener_parse(made);
        assert_non_null(root);
        assert_non_null(strstr(json_object_get_string(json_object_array_get_idx(root, 0)), "\xef\xbf\xbd"));
        json_object_put(root);
        free(made);
        made = render_hostile(state, "x.yaml", "- ${V}\n- \"${V}\"\n- '${V}'\n", rows[i]);
        struct arena arena = {0};
        struct strings got = {0};
        read_yaml(made, &arena, &got);
        assert_int_equal(got.count, 3);
        arena_free(&arena);
        free(made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_yaml),
        cmocka_unit_test(test_toml),
        cmocka_unit_test(test_ini),
        cmocka_unit_test(test_env),
        cmocka_unit_test(test_where_a_value_stands),
        cmocka_unit_test(test_what_cannot_stand_there),
        cmocka_unit_test(test_broken_text),
    };
    return cmocka_run_group_tests(tests, sample_template_setup, sample_template_teardown);
}
