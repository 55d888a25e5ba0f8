/* SPDX-License-Identifier: MIT */
/* What is remembered is on disk when it was said to be, at the price of what has changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/controller_internal.h"
#include "controller/core/error.h"
#include "controller/core/file.h"
#include "controller/healing/memory.h"
#include "exporter/render/render.h"

enum { MANY = 1000 };

static char folder[] = "/tmp/quaywatch-state.XXXXXX";

/* A controller that knows nothing but what stands in the folder. */
static struct controller *begin(void)
{
    struct controller *controller = mem_new(sizeof *controller);
    struct error err = {0};
    controller->task = TASK_RUN;
    controller->state_dir = folder;
    controller->memory = memory_new();
    controller->registry = registry_new(render_service);
    controller->now = clock_now();
    assert_int_equal(state_load(controller, &err), 0);
    return controller;
}

/* As a crash ends it. */
static void end(struct controller *controller)
{
    memory_free(controller->memory);
    registry_free(controller->registry);
    free(controller);
}

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static long size_of(const char *name)
{
    struct stat info;
    return stat(path_of(name), &info) == 0 ? (long)info.st_size : -1;
}

static struct healing *entry(struct controller *controller, unsigned number)
{
    struct healing *healing = memory_get(controller->memory, "some:service:of:many", number);
    healing->used_at = controller->now.wall_ms;
    return healing;
}

static struct controller *begin_with_many(void)
{
    struct controller *controller = begin();
    for (unsigned i = 0; i < MANY; i++)
        snprintf(entry(controller, i)->image, 80, "sha256:%064u", i);
    state_save(controller);
    return controller;
}

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/quaywatch-state.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    static const char *const names[] = {"memory.json", "memory.json.damaged", "memory.json.changes",
                                        "memory.json.changes.damaged"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (unlink(path_of(names[i])) != 0)
            rmdir(path_of(names[i]));
    return rmdir(folder);
}

static void test_one_change_of_many_writes_one(void **state)
{
    (void)state;
    struct controller *controller = begin_with_many();
    long whole = size_of("memory.json");
    assert_true(whole > 100 * 1000);
    assert_int_equal(size_of("memory.json.changes"), -1);
    for (unsigned i = 1; i <= 10; i++) {
        entry(controller, 500)->total = i;
        state_save(controller);
    }
    assert_int_equal(size_of("memory.json"), whole);
    assert_in_range(size_of("memory.json.changes"), 1000, 5000);
    end(controller);
    controller = begin();
    assert_int_equal(entry(controller, 500)->total, 10);
    assert_int_equal(entry(controller, 501)->total, 0);
    /* Another life begins with a whole; and again when what was added is as large. */
    state_save(controller);
    assert_int_equal(size_of("memory.json.changes"), -1);
    for (unsigned i = 1; i <= MANY; i++) {
        for (unsigned k = 0; k < 10; k++)
            entry(controller, (i + k * 7) % MANY)->total = i;
        state_save(controller);
        assert_true(size_of("memory.json.changes") < whole + 50 * 1000);
    }
    end(controller);
    controller = begin();
    assert_int_equal(entry(controller, 63)->total, 1000);
    end(controller);
}

static void test_few_are_written_whole(void **state)
{
    (void)state;
    struct controller *controller = begin();
    entry(controller, 1)->total = 1;
    state_save(controller);
    entry(controller, 1)->total = 2;
    state_save(controller);
    assert_int_equal(size_of("memory.json.changes"), -1);
    end(controller);
    controller = begin();
    assert_int_equal(entry(controller, 1)->total, 2);
    end(controller);
}

static void test_where_a_change_cannot_be_added_all_is_written(void **state)
{
    (void)state;
    struct controller *controller = begin_with_many();
    assert_int_equal(mkdir(path_of("memory.json.changes"), 0700), 0);
    entry(controller, 7)->total = 4;
    state_save(controller);
    assert_string_equal(controller->state_trouble, "");
    end(controller);
    assert_int_equal(rmdir(path_of("memory.json.changes")), 0);
    controller = begin();
    assert_int_equal(entry(controller, 7)->total, 4);
    end(controller);
}

static void test_damaged_changes_are_set_aside(void **state)
{
    (void)state;
    struct error err = {0};
    struct controller *controller = begin_with_many();
    entry(controller, 7)->total = 4;
    state_save(controller);
    long size = size_of("memory.json.changes");
    assert_int_equal(file_extend(path_of("memory.json.changes"), (size_t)size, "}}\n", 3, &err), 0);
    end(controller);
    controller = begin();
    assert_int_equal(entry(controller, 7)->total, 4);
    assert_int_equal(size_of("memory.json.changes"), -1);
    assert_int_equal(size_of("memory.json.changes.damaged"), size + 3);
    end(controller);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_DISK(test_one_change_of_many_writes_one),
        ON_DISK(test_few_are_written_whole),
        ON_DISK(test_where_a_change_cannot_be_added_all_is_written),
        ON_DISK(test_damaged_changes_are_set_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
