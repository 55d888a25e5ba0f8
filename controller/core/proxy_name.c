/* SPDX-License-Identifier: MIT */
/* proxy_name.c: names for load balancers out of names that may hold anything. */
#include "controller/core/proxy_name.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "controller/core/hash.h"

enum {
    SHOWN = 72, /* bytes of a name that are kept as they are */
    MADE = 16   /* digits behind what is not */
};

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

/* Whether a name ends as those that are made here do: it is made one, too, so that no name can be chosen to
 * be that of another. */
static bool looks_made(const char *name, size_t length)
{
    if (length <= MADE || name[length - MADE - 1] != '-')
        return false;
    return strspn(name + length - MADE, "0123456789abcdef") == MADE;
}

static void write_name(const char *prefix, const char *name, char ret[static PROXY_NAME])
{
    size_t length = strlen(name), kept = 0;
    bool plain = length > 0 && length <= SHOWN && !looks_made(name, length);
    char shown[SHOWN + 1];
    for (; kept < SHOWN && name[kept]; kept++) {
        bool fits = is_plain(name[kept]);
        shown[kept] = fits ? name[kept] : '_';
        plain &= fits;
    }
    shown[kept] = '\0';
    if (plain)
        snprintf(ret, PROXY_NAME, "%s%s", prefix, shown);
    else
        snprintf(ret, PROXY_NAME, "%s%s-%016llx", prefix, shown,
                 (unsigned long long)hash_text(HASH_START, name));
}

void proxy_service_name(const char *service, char ret[static PROXY_NAME])
{
    write_name(PROXY_SERVICE_PREFIX, service, ret);
}

void proxy_server_name(const char *container, char ret[static PROXY_NAME])
{
    write_name(PROXY_SERVER_PREFIX, container, ret);
}

static bool is_ours(const char *name, const char *prefix)
{
    size_t length = strlen(name);
    bool ours = length < PROXY_NAME && strncmp(name, prefix, strlen(prefix)) == 0;
    for (size_t i = 0; ours && i < length; i++)
        ours = is_plain(name[i]);
    return ours;
}

bool proxy_is_service_name(const char *name)
{
    return is_ours(name, PROXY_SERVICE_PREFIX);
}

bool proxy_is_server_name(const char *name)
{
    return is_ours(name, PROXY_SERVER_PREFIX);
}

bool proxy_is_slot_name(const char *name)
{
    return is_ours(name, PROXY_SLOT_PREFIX);
}
