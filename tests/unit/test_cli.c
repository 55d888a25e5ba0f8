/* SPDX-License-Identifier: MIT */
/* What a command line means, and what is said of a wrong one; columns; the manual and the completions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_table.h"
#include "controller/core/mem.h"

/* What is written to a stream of the C library while catching. */
struct caught {
    FILE *stream, *file;
    int kept;
    char text[32768];
};

static void catch_begin(struct caught *caught, FILE *stream)
{
    *caught = (struct caught){.stream = stream, .file = tmpfile()};
    fflush(stream);
    caught->kept = dup(fileno(stream));
    dup2(fileno(caught->file), fileno(stream));
}

static const char *catch_end(struct caught *caught)
{
    fflush(caught->stream);
    dup2(caught->kept, fileno(caught->stream));
    close(caught->kept);
    rewind(caught->file);
    size_t length = fread(caught->text, 1, sizeof caught->text - 1, caught->file);
    caught->text[length] = '\0';
    fclose(caught->file);
    return caught->text;
}

/* Reads "quaywatch …" as main does; what is said goes to said. */
static int read_line_of(const char *line, struct call *ret, struct arena *arena, struct caught *said)
{
    char *argv[16] = {arena_copy(arena, "quaywatch")};
    int argc = 1;
    for (char *at = arena_copy(arena, line), *word; (word = strsep(&at, " "));)
        argv[argc++] = word;
    catch_begin(said, stderr);
    const struct command *command = cli_find(&argc, argv);
    int code = command ? cli_read_call(command, NULL, argc, argv, ret) : EXIT_WRONG_USE;
    catch_end(said);
    return code;
}

static void what_is_right(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct caught said;
    struct call call;
    assert_int_equal(read_line_of("status", &call, &arena, &said), 0);
    assert_string_equal(call.command->name, "status");
    assert_null(call.argument[0]);
    assert_int_equal(read_line_of("status --json web", &call, &arena, &said), 0);
    assert_string_equal(call.argument[0], "web");
    assert_int_equal(call.flags, FLAG(JSON));
    assert_int_equal(read_line_of("events -f", &call, &arena, &said), 0);
    assert_int_equal(call.flags, FLAG(FOLLOW));
    assert_int_equal(read_line_of("export env -o x.env", &call, &arena, &said), 0);
    assert_string_equal(call.value[FLAG_OUTPUT], "x.env");
    assert_int_equal(read_line_of("export env --output=y.env", &call, &arena, &said), 0);
    assert_string_equal(call.value[FLAG_OUTPUT], "y.env");
    assert_int_equal(read_line_of("breaker web trip", &call, &arena, &said), 0);
    assert_string_equal(call.argument[1], "trip");
    assert_int_equal(read_line_of("alerts --json", &call, &arena, &said), 0);
    assert_string_equal(call.command->name, "alerts");
    assert_int_equal(call.flags, FLAG(JSON));
    assert_int_equal(read_line_of("once --json", &call, &arena, &said), 0);
    assert_int_equal(read_line_of("settings --json", &call, &arena, &said), 0);
    assert_int_equal(read_line_of("version --json", &call, &arena, &said), 0);
    assert_int_equal(call.flags, FLAG(JSON));
    assert_int_equal(read_line_of("restart --help", &call, &arena, &said), 0);
    assert_int_equal(call.flags, FLAG(HELP));
    assert_int_equal(read_line_of("-V", &call, &arena, &said), 0);
    assert_string_equal(call.command->name, "version");
    assert_int_equal(read_line_of("--help", &call, &arena, &said), 0);
    assert_string_equal(call.command->name, "help");
    assert_string_equal(said.text, "");
    arena_free(&arena);
}

static void what_is_wrong_gets_one_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *line, *sentence;
    } rows[] = {
        {"statsu",
         "quaywatch: unknown command \"statsu\"; did you mean \"status\"?; `quaywatch help` lists them\n"},
        {"xyzzyxyzzy", "quaywatch: unknown command \"xyzzyxyzzy\"; `quaywatch help` lists them\n"},
        {"alrets", "quaywatch: unknown command \"alrets\"; did you mean \"alerts\"?; `quaywatch help` lists "
                   "them\n"},
        {"alerts web", "quaywatch alerts: unexpected argument \"web\" (usage: quaywatch alerts [--json])\n"},
        {"status web db",
         "quaywatch status: unexpected argument \"db\" (usage: quaywatch status [SERVICE] [--json])\n"},
        {"status --follow",
         "quaywatch status: it has no option \"--follow\" (usage: quaywatch status [SERVICE] [--json])\n"},
        {"status --jsn", "quaywatch status: unknown option \"--jsn\"; did you mean \"json\"? (usage: "
                         "quaywatch status [SERVICE] [--json])\n"},
        {"status --json=yes", "quaywatch status: no value belongs to \"--json=yes\" (usage: quaywatch status "
                              "[SERVICE] [--json])\n"},
        {"explain", "quaywatch explain: missing \"SERVICE|CONTAINER\" (usage: quaywatch explain "
                    "SERVICE|CONTAINER [--json])\n"},
        {"breaker web", "quaywatch breaker: missing \"trip|reset\" (usage: quaywatch breaker SERVICE "
                        "trip|reset [--json])\n"},
        {"breaker web tirp", "quaywatch breaker: unknown word \"tirp\"; did you mean \"trip\"? (usage: "
                             "quaywatch breaker SERVICE trip|reset [--json])\n"},
        {"export env -o",
         "quaywatch export: a value is missing behind \"-o\" (usage: quaywatch export "
         "FORMAT [--output FILE] [--tag TAG] [--project PROJECT] [--version VERSION] [--prefix PREFIX])\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena arena = {0};
        struct caught said;
        struct call call;
        int code = read_line_of(rows[i].line, &call, &arena, &said);
        if (code != EXIT_WRONG_USE || strcmp(said.text, rows[i].sentence) != 0)
            fail_msg("%s: %d, %s", rows[i].line, code, said.text);
        arena_free(&arena);
    }
}

static void foreign_words_are_printed_tamely(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct caught said;
    struct call call;
    assert_int_equal(read_line_of("status a \033[31mred", &call, &arena, &said), EXIT_WRONG_USE);
    assert_null(strchr(said.text, '\033'));
    assert_int_equal(read_line_of("\033[31m", &call, &arena, &said), EXIT_WRONG_USE);
    assert_null(strchr(said.text, '\033'));
    arena_free(&arena);
}

static const char *const titles[] = {"NAME", "EMPTY", "SAID", NULL};

static const char *printed(struct caught *caught, const struct terminal *terminal, int max_rows,
                           int *ret_hidden)
{
    struct table *table = table_new(titles);
    static const char *const cells[] = {"web", "", "fine", "grüße", "", "a longer sentence\nwith two lines"};
    for (size_t i = 0; i < 6; i++)
        table_put(table, i == 1 ? TONE_BAD : TONE_PLAIN, cells[i]);
    catch_begin(caught, stdout);
    *ret_hidden = table_print(table, terminal, max_rows);
    table_free(table);
    return catch_end(caught);
}

static void columns_are_aligned(void **state)
{
    (void)state;
    struct caught caught;
    int hidden;
    assert_string_equal(printed(&caught, &(struct terminal){0}, 0, &hidden),
                        "NAME   SAID\n"
                        "web    fine\n"
                        "grüße  a longer sentence with two lines\n");
    assert_int_equal(hidden, 0);
    assert_string_equal(
        printed(&caught, &(struct terminal){.is = true, .width = 20, .height = 9}, 0, &hidden),
        "NAME   SAID\n"
        "web    fine\n"
        "grüße  a longer sen…\n");
    printed(&caught, &(struct terminal){0}, 1, &hidden);
    assert_int_equal(hidden, 1);
    assert_null(strstr(caught.text, "longer"));
    const char *coloured = printed(&caught, &(struct terminal){.is = true, .colours = true}, 0, &hidden);
    assert_non_null(strstr(coloured, "\033[2mNAME\033[0m"));
}

/* Every command and flag is in the help, in the manual, and in each completion. */
static void all_are_told_of(void **state)
{
    (void)state;
    static const char *const shells[] = {"bash", "zsh", "fish"};
    struct caught caught;
    struct call call = {0};
    catch_begin(&caught, stdout);
    command_help(&call);
    catch_end(&caught);
    for (size_t i = 0; i < command_count; i++)
        if (!strstr(caught.text, commands[i].help))
            fail_msg("the help does not tell of %s", commands[i].name);
    static struct caught manual;
    catch_begin(&manual, stdout);
    command_manual(&call);
    catch_end(&manual);
    for (size_t i = 0; i < command_count; i++)
        if (!strstr(manual.text, commands[i].name))
            fail_msg("the manual does not tell of %s", commands[i].name);
    for (size_t s = 0; s < 3; s++) {
        call.argument[0] = shells[s];
        catch_begin(&caught, stdout);
        command_completion(&call);
        catch_end(&caught);
        for (size_t i = 0; i < command_count; i++)
            if (!strstr(caught.text, commands[i].name))
                fail_msg("%s does not complete %s", shells[s], commands[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_right),
        cmocka_unit_test(what_is_wrong_gets_one_sentence),
        cmocka_unit_test(foreign_words_are_printed_tamely),
        cmocka_unit_test(columns_are_aligned),
        cmocka_unit_test(all_are_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
