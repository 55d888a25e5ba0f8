/* SPDX-License-Identifier: MIT */
/* options_registries.c: what the settings of etcd and Consul must look like. */
#include <stdlib.h>
#include <string.h>

#include "controller/core/mem.h"
#include "controller/core/text.h"
#include "controller/settings/options_table.h"

enum { KEY_PREFIX_MAX = 200 };

/* No userinfo, query or fragment: what it holds is shown. */
bool option_is_base_url(const char *text)
{
    return option_is_url(text) && !strpbrk(text, "@?#,");
}

bool option_is_base_urls(const char *text)
{
    char *copy = mem_copy(text), *rest = copy, *word;
    bool all = true;
    while (all && (word = text_cut(&rest, ',')))
        all = option_is_base_url(word);
    free(copy);
    return all;
}

bool option_is_key_prefix(const char *text)
{
    size_t length = strlen(text);
    return *text == '/' && length > 1 && length <= KEY_PREFIX_MAX && text[length - 1] != '/' &&
           strspn(text, "/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-") == length;
}
