/* SPDX-License-Identifier: MIT */
/* test_disk.c: files that are replaced in steps, and what is left of steps that were broken off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/core/mem.h"
#include "exporter/files/disk.h"

struct fixture {
    char folder[64];
    struct arena arena;
    struct disk_file file;
};

static int setup(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/quaywatch-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    fixture->file = (struct disk_file){.path = arena_format(&fixture->arena, "%s/q.cfg", fixture->folder),
                                       .mode = 0640};
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    char *command = mem_format("rm -rf %s", fixture->folder);
    assert_int_equal(system(command), 0);
    free(command);
    arena_free(&fixture->arena);
    free(fixture);
    return 0;
}

static size_t entries_in(const char *folder)
{
    size_t count = 0;
    DIR *list = opendir(folder);
    assert_non_null(list);
    for (const struct dirent *entry; (entry = readdir(list));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(list);
    return count;
}

static void put(struct fixture *fixture, const char *name, const char *text)
{
    char *path = mem_format("%s/%s", fixture->folder, name);
    assert_int_equal(file_replace(path, text, strlen(text), NULL), 0);
    free(path);
}

static void holds(struct fixture *fixture, const char *expected)
{
    char *text = NULL;
    assert_int_equal(file_read(fixture->file.path, 1000000, &text, NULL, NULL), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void test_steps(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    struct stat info;
    char *temporary = NULL;
    put(fixture, "q.cfg", "old");
    assert_int_equal(disk_prepare(&fixture->file, "new\n", 4, &temporary, &err), 0);
    assert_non_null(temporary);
    const char *name = strrchr(temporary, '/') + 1;
    assert_int_equal(strncmp(name, ".quaywatch-", 11), 0);  /* no pattern *.cfg finds it, */
    assert_string_equal(name + strlen(name) - 6, ".q.cfg"); /* and a validator knows its kind */
    assert_int_equal(stat(temporary, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0640);
    holds(fixture, "old");
    assert_int_equal(disk_commit(fixture->file.path, temporary, false, &err), 0);
    holds(fixture, "new\n");
    assert_int_equal(stat(fixture->file.path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0640);
    assert_int_equal(entries_in(fixture->folder), 1);
    free(temporary);
}

static void test_equal_is_spared(void **state)
{
    struct fixture *fixture = *state;
    struct stat before, after;
    char *temporary = (char *)1;
    put(fixture, "q.cfg", "same");
    assert_int_equal(stat(fixture->file.path, &before), 0);
    assert_int_equal(disk_prepare(&fixture->file, "same", 4, &temporary, NULL), 0);
    assert_null(temporary);
    assert_int_equal(stat(fixture->file.path, &after), 0);
    assert_int_equal(after.st_ino, before.st_ino);
    assert_int_equal(after.st_mode & 07777, 0640); /* the mode is mended */
    assert_int_equal(disk_prepare(&fixture->file, "sam", 3, &temporary, NULL), 0);
    assert_non_null(temporary);
    disk_discard(temporary);
    free(temporary);
    assert_int_equal(entries_in(fixture->folder), 1);
    /* Large ones are compared to their end. */
    char *large = mem_new(300001);
    memset(large, 'x', 300000);
    put(fixture, "q.cfg", large);
    assert_int_equal(disk_prepare(&fixture->file, large, 300000, &temporary, NULL), 0);
    assert_null(temporary);
    large[299999] = 'y';
    assert_int_equal(disk_prepare(&fixture->file, large, 300000, &temporary, NULL), 0);
    assert_non_null(temporary);
    disk_discard(temporary);
    free(temporary);
    free(large);
}

static void test_what_was_left(void **state)
{
    struct fixture *fixture = *state;
    bool exists = true, untold = true;
    put(fixture, ".quaywatch-abcdef.q.cfg", "half");
    put(fixture, ".quaywatch-abcdef.other.cfg", "another's");
    put(fixture, ".quaywatch-abcdefg.q.cfg", "no name of ours");
    disk_look(fixture->file.path, &exists, &untold);
    assert_false(exists);
    assert_false(untold);
    assert_int_equal(entries_in(fixture->folder), 2);
    char *temporary = NULL;
    assert_int_equal(disk_prepare(&fixture->file, "x", 1, &temporary, NULL), 0);
    assert_int_equal(disk_commit(fixture->file.path, temporary, true, NULL), 0);
    free(temporary);
    disk_look(fixture->file.path, &exists, &untold);
    assert_true(exists);
    assert_true(untold); /* killed now, the next one tells of it */
    disk_told(fixture->file.path);
    disk_look(fixture->file.path, &exists, &untold);
    assert_false(untold);
    assert_int_equal(entries_in(fixture->folder), 3);
}

static void test_folders_are_made(void **state)
{
    struct fixture *fixture = *state;
    char *temporary = NULL;
    bool exists = true, untold;
    fixture->file.path = arena_format(&fixture->arena, "%s/a/b/q.cfg", fixture->folder);
    disk_look(fixture->file.path, &exists, &untold);
    assert_false(exists);
    assert_int_equal(disk_prepare(&fixture->file, "x", 1, &temporary, NULL), 0);
    assert_int_equal(disk_commit(fixture->file.path, temporary, false, NULL), 0);
    free(temporary);
    holds(fixture, "x");
}

static void test_failures(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    char *temporary = NULL;
    put(fixture, "q.cfg", "old");
    fixture->file.owner = "nobody-of-that-name";
    assert_int_equal(disk_prepare(&fixture->file, "new", 3, &temporary, &err), -ENOENT);
    assert_non_null(strstr(err.text, "there is no user nobody-of-that-name here"));
    fixture->file.owner = NULL;
    fixture->file.group = "no-such-group";
    assert_int_equal(disk_prepare(&fixture->file, "new", 3, &temporary, &err), -ENOENT);
    assert_null(temporary);
    holds(fixture, "old");
    assert_int_equal(entries_in(fixture->folder), 1);
    /* A folder in its place. */
    fixture->file.group = NULL;
    fixture->file.path = arena_format(&fixture->arena, "%s/folder", fixture->folder);
    assert_int_equal(mkdir(fixture->file.path, 0755), 0);
    assert_int_equal(disk_prepare(&fixture->file, "new", 3, &temporary, &err), 0);
    assert_int_equal(disk_commit(fixture->file.path, temporary, false, &err), -EISDIR);
    assert_non_null(strstr(err.text, "/folder: Is a directory"));
    free(temporary);
    assert_int_equal(entries_in(fixture->folder), 2);
    /* No folder can be made where a file is. */
    fixture->file.path = arena_format(&fixture->arena, "%s/q.cfg/x", fixture->folder);
    assert_true(disk_prepare(&fixture->file, "new", 3, &temporary, &err) < 0);
    /* The prepared file was taken away. */
    assert_int_equal(disk_commit("/tmp/quaywatch-test-none", "/tmp/quaywatch-test-none.x", false, &err),
                     -ENOENT);
}

static void test_owner(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    struct stat info;
    char *temporary = NULL, *mine = arena_format(&fixture->arena, "%u", (unsigned)getgid());
    fixture->file.group = mine;
    fixture->file.owner = geteuid() == 0 ? "12345" : NULL;
    assert_int_equal(disk_prepare(&fixture->file, "x", 1, &temporary, &err), 0);
    assert_int_equal(stat(temporary, &info), 0);
    assert_int_equal(info.st_gid, getgid());
    if (geteuid() == 0)
        assert_int_equal(info.st_uid, 12345);
    assert_int_equal(info.st_mode & 07777, 0640);
    disk_discard(temporary);
    free(temporary);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_steps),         TEST(test_equal_is_spared),
        TEST(test_what_was_left), TEST(test_folders_are_made),
        TEST(test_failures),      TEST(test_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
