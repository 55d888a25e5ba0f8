/* SPDX-License-Identifier: MIT */
/* process.c: facts about this process from /proc and /sys: small reads that never wait for a disk. */
#include "exporter/render/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "controller/core/buf.h"

enum { PROC_FILE = 2048 };

/* The beginning of a small kernel file. */
static bool read_small(const char *path, char ret[static PROC_FILE])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, ret, PROC_FILE - 1);
    close(fd);
    ret[length > 0 ? length : 0] = '\0';
    return length > 0;
}

static uint64_t read_limit(const char *path)
{
    char text[PROC_FILE];
    return read_small(path, text) ? strtoull(text, NULL, 10) : 0; /* "max" gives 0: no limit */
}

/* The limit of our control group: version 2 at the path that /proc names, else at the root that a container
 * sees, else version 1. */
static uint64_t group_limit(void)
{
    char text[PROC_FILE], path[PROC_FILE + 64];
    uint64_t limit = 0;
    if (read_small("/proc/self/cgroup", text)) {
        char *group = strstr(text, "0::/");
        if (group) {
            group[strcspn(group, "\n")] = '\0';
            snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", group + 3);
            limit = read_limit(path);
        }
    }
    if (!limit)
        limit = read_limit("/sys/fs/cgroup/memory.max");
    if (!limit)
        limit = read_limit("/sys/fs/cgroup/memory/memory.limit_in_bytes");
    return limit;
}

/* The number in the field that comes after skip other ones, all separated by blanks. */
static uint64_t field_number(const char *text, unsigned skip)
{
    text += strspn(text, " ");
    while (skip--) {
        text += strcspn(text, " ");
        text += strspn(text, " ");
    }
    return strtoull(text, NULL, 10);
}

struct process_memory process_memory_read(void)
{
    struct process_memory ret = {0};
    char text[PROC_FILE];
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    if (read_small("/proc/self/statm", text))
        ret.used = field_number(text, 1) * page;
    ret.total = (uint64_t)sysconf(_SC_PHYS_PAGES) * page;
    uint64_t limit = group_limit();
    if (limit && limit < ret.total)
        ret.total = limit;
    return ret;
}

double process_disk_free(const char *path)
{
    struct statvfs disk;
    if (statvfs(path, &disk) < 0 || !disk.f_blocks)
        return -1;
    return 100.0 * (double)disk.f_bavail / (double)disk.f_blocks;
}

static unsigned open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return 0;
    unsigned count = 0;
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count ? count - 1 : 0; /* the folder itself */
}

static void put(struct buf *out, const char *name, const char *type, const char *help, double value)
{
    buf_format(out, "# HELP process_%s %s\n# TYPE process_%s %s\nprocess_%s %.15g\n", name, help, name, type,
               name, value);
}

/* Unix time at which the machine started, in seconds; 0 when unknown. */
static double boot_time(void)
{
    static const char key[] = "btime ";
    char text[256];
    double ret = 0;
    FILE *file = fopen("/proc/stat", "re");
    if (!file)
        return 0;
    while (ret <= 0 && fgets(text, sizeof text, file))
        if (strncmp(text, key, sizeof key - 1) == 0)
            ret = strtod(text + sizeof key - 1, NULL);
    (void)fclose(file);
    return ret;
}

static void put_times(struct buf *out)
{
    /* Fields of proc(5), counted from the one behind the name in parentheses, which is number 3. */
    enum { UTIME = 14 - 3, STIME = 15 - 3, STARTTIME = 22 - 3, VSIZE = 23 - 3 };
    char text[PROC_FILE];
    const char *fields;
    if (!read_small("/proc/self/stat", text) || !(fields = strrchr(text, ')')))
        return;
    fields++;
    double ticks = (double)sysconf(_SC_CLK_TCK), boot = boot_time();
    put(out, "cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.",
        (double)(field_number(fields, UTIME) + field_number(fields, STIME)) / ticks);
    put(out, "virtual_memory_bytes", "gauge", "Virtual memory size in bytes.",
        (double)field_number(fields, VSIZE));
    if (boot > 0)
        put(out, "start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.",
            boot + (double)field_number(fields, STARTTIME) / ticks);
}

void process_render_metrics(struct buf *out)
{
    struct rlimit limit;
    put_times(out);
    put(out, "resident_memory_bytes", "gauge", "Resident memory size in bytes.",
        (double)process_memory_read().used);
    put(out, "open_fds", "gauge", "Number of open file descriptors.", open_descriptors());
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        put(out, "max_fds", "gauge", "Maximum number of open file descriptors.", (double)limit.rlim_cur);
}
