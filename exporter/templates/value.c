/* SPDX-License-Identifier: MIT */
/* value.c: values, made and looked at. */
#include "exporter/templates/value.h"

#include <string.h>

struct value value_text(const char *text)
{
    if (!text)
        return (struct value){.kind = VALUE_NONE};
    return (struct value){.kind = VALUE_TEXT, .text = text, .len = strlen(text)};
}

struct value value_bool(bool yes)
{
    const char *text = yes ? "true" : "false";
    return (struct value){.kind = VALUE_BOOL, .text = text, .len = strlen(text)};
}

struct value value_number(struct arena *arena, long long number)
{
    const char *text = arena_format(arena, "%lld", number);
    return (struct value){.kind = VALUE_NUMBER, .text = text, .len = strlen(text)};
}

static size_t skip_digits(const char *text, size_t len, size_t at)
{
    while (at < len && text[at] >= '0' && text[at] <= '9')
        at++;
    return at;
}

bool value_is_number(const char *text, size_t len)
{
    size_t at = len && text[0] == '-', from = at;
    at = skip_digits(text, len, at);
    if (at == from || (text[from] == '0' && at - from > 1))
        return false;
    if (at < len && text[at] == '.') {
        from = ++at;
        at = skip_digits(text, len, at);
        if (at == from)
            return false;
    }
    if (at < len && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        if (at < len && (text[at] == '+' || text[at] == '-'))
            at++;
        from = at;
        at = skip_digits(text, len, at);
        if (at == from)
            return false;
    }
    return at == len;
}

struct value value_joined(struct arena *arena, const struct value *value)
{
    size_t len = 0, used = 0;
    for (size_t i = 0; i < value->list.count; i++)
        len += strlen(value->list.item[i]) + 1;
    char *text = arena_new(arena, len + 1);
    for (size_t i = 0; i < value->list.count; i++) {
        size_t part = strlen(value->list.item[i]);
        if (i)
            text[used++] = ',';
        memcpy(text + used, value->list.item[i], part);
        used += part;
    }
    return (struct value){.kind = VALUE_TEXT, .text = text, .len = used};
}
