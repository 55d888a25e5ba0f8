/* SPDX-License-Identifier: MIT */
/* options_registries.c: what the settings of etcd and Consul must look like. */
#include <string.h>

#include "controller/settings/options_table.h"

enum { KEY_MAX = 200 };

/* No userinfo, query or fragment: what it holds is shown. */
bool option_is_base_url(const char *text)
{
    return option_is_url(text) && !strpbrk(text, "@?#,");
}

bool option_is_base_urls(const char *text)
{
    return option_is_list_of(text, option_is_base_url);
}

bool option_is_key_prefix(const char *text)
{
    return *text == '/' && option_is_key(text + 1);
}

bool option_is_key(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length <= KEY_MAX && *text != '/' && text[length - 1] != '/' &&
           strspn(text, "/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-") == length;
}
