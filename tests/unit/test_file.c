/* SPDX-License-Identifier: MIT */
/* test_file.c: replacing, reading and folders, in a folder of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/core/error.h"
#include "controller/core/file.h"

static char folder[] = "/tmp/quaywatch-test-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static size_t entries(void)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static void test_replace(void **state)
{
    (void)state;
    struct error err = {0};
    struct stat info;
    char *text = NULL;
    size_t len = 0;
    const char *path = path_of("status.json");
    mode_t old = umask(077);
    assert_int_equal(file_replace(path, "first", 5, &err), 0);
    umask(old);
    assert_int_equal(file_replace(path, "se\0cond", 7, &err), 0);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0644);
    assert_int_equal(file_read(path, 7, &text, &len, &err), 0);
    assert_int_equal(len, 7);
    assert_memory_equal(text, "se\0cond", 8);
    free(text);
    assert_int_equal(entries(), 1);
    assert_int_equal(file_replace(path, "", 0, &err), 0);
    assert_int_equal(file_read(path, 7, &text, NULL, &err), 0);
    assert_string_equal(text, "");
    free(text);
}

/* A failure leaves what was there, no temporary file, and a sentence that names the path. */
static void test_replace_fails(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(file_replace("/nowhere/at/all", "x", 1, &err), -ENOENT);
    assert_string_equal(err.text, "cannot write /nowhere/at/all: No such file or directory");
    assert_int_equal(mkdir(path_of("taken"), 0755), 0);
    size_t before = entries();
    assert_true(file_replace(path_of("taken"), "x", 1, NULL) < 0);
    assert_int_equal(entries(), before);
    rmdir(path_of("taken"));
}

static void test_read_fails(void **state)
{
    (void)state;
    struct error err = {0};
    char *text = NULL;
    size_t len = 99;
    assert_int_equal(file_read(path_of("none"), 10, &text, &len, &err), -ENOENT);
    assert_int_equal(file_read(folder, 10, &text, &len, &err), -EISDIR);
    assert_int_equal(file_replace(path_of("big"), "0123456789", 10, &err), 0);
    assert_int_equal(file_read(path_of("big"), 9, &text, &len, &err), -EFBIG);
    assert_non_null(strstr(err.text, "larger than 9 bytes"));
    assert_null(text);
    assert_int_equal(len, 99);
    assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
    assert_int_equal(file_read(path_of("pipe"), 9, &text, &len, &err), 0); /* does not hang */
    free(text);
}

static void test_folders(void **state)
{
    (void)state;
    struct error err = {0};
    struct stat info;
    assert_int_equal(file_make_folder(path_of("a/b/c"), &err), 0);
    assert_int_equal(stat(path_of("a/b/c"), &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    assert_int_equal(file_make_folder(path_of("a/b/c/"), &err), 0);
    assert_int_equal(file_replace(path_of("a/file"), "x", 1, &err), 0);
    assert_int_equal(file_make_folder(path_of("a/file/d"), &err), -ENOTDIR);
    assert_int_equal(file_make_folder("/", &err), 0);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const name[] = {"a/b/c", "a/b", "a/file", "a", "big", "pipe", "status.json", ""};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        remove(path_of(name[i]));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replace),
        cmocka_unit_test(test_replace_fails),
        cmocka_unit_test(test_read_fails),
        cmocka_unit_test(test_folders),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
