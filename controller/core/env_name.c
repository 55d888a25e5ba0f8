/* SPDX-License-Identifier: MIT */
/* env_name.c: from service names to names of variables, and which services would share one. */
#include "controller/core/env_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"
#include "controller/core/service.h"

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

void env_name(const char *service, const char *prefix, char ret[static ENV_NAME])
{
    size_t used = (size_t)snprintf(ret, ENV_NAME, "%.*s", ENV_PREFIX_MAX, prefix ? prefix : "");
    if (!used && is_digit(service[0]))
        ret[used++] = '_';
    for (; *service && used + 1 < ENV_NAME; service++) {
        char c = *service;
        ret[used++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : is_letter(c) || is_digit(c) ? c : '_');
    }
    ret[used] = '\0';
}

bool env_prefix_valid(const char *text)
{
    size_t length = 0;
    for (; text[length]; length++)
        if (!is_letter(text[length]) && text[length] != '_' && (!length || !is_digit(text[length])))
            return false;
    return length <= ENV_PREFIX_MAX;
}

struct named {
    char *name;
    size_t index;
};

static int named_order(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

const struct service **env_name_owners(const struct service *const *service, size_t count)
{
    if (!count)
        return NULL;
    const struct service **owner = mem_new(count * sizeof *owner);
    struct named *named = mem_new(count * sizeof *named);
    struct arena arena = {0};
    for (size_t i = 0; i < count; i++) {
        char name[ENV_NAME];
        env_name(service[i]->name, NULL, name);
        named[i] = (struct named){.name = arena_copy(&arena, name), .index = i};
    }
    qsort(named, count, sizeof *named, named_order);
    for (size_t i = 1, first = 0; i < count; i++) {
        if (strcmp(named[i].name, named[first].name) == 0)
            owner[named[i].index] = service[named[first].index];
        else
            first = i;
    }
    arena_free(&arena);
    free(named);
    return owner;
}
