/* SPDX-License-Identifier: MIT */
/* label.c: foreign text as names in DNS. */
#include "exporter/dns/label.h"

#include <stdio.h>
#include <string.h>

enum { V4_BYTES = 4, V6_BYTES = 16 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_host_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool name_as_written(const char *text, char ret[static NAME_TEXT], bool *ret_folded)
{
    size_t len = 0, label = 0;
    *ret_folded = false;
    for (; *text; text++) {
        char c = lower(*text);
        *ret_folded |= c != *text;
        if (len + 1 >= NAME_TEXT || (c == '.' ? label == 0 : ++label >= LABEL_TEXT))
            return false;
        if (c == '.')
            label = 0;
        else if (!is_host_character(c) && c != '-' && (c != '_' || label == 1))
            return false;
        ret[len++] = c;
    }
    ret[len] = '\0';
    return label > 0;
}

/* Appends one label made of len bytes of text. */
static bool put_label(const char *text, size_t len, char *ret, size_t size, size_t *ret_len)
{
    size_t label = 0;
    bool gap = false;
    for (size_t i = 0; i < len; i++) {
        char c = lower(text[i]);
        bool plain = is_host_character(c);
        size_t more = plain ? 1U + gap : 0;
        gap = !plain && label > 0;
        if (!more)
            continue;
        if (label + more >= LABEL_TEXT || *ret_len + more >= size)
            return false;
        if (more == 2)
            ret[(*ret_len)++] = '-';
        ret[(*ret_len)++] = c;
        label += more;
    }
    return label > 0;
}

bool name_as_host(const char *text, char ret[static NAME_TEXT])
{
    size_t len = 0;
    for (;;) {
        size_t label = strcspn(text, ".");
        if (!put_label(text, label, ret, NAME_TEXT, &len))
            return false;
        if (!text[label])
            break;
        if (len + 1 >= NAME_TEXT)
            return false;
        ret[len++] = '.';
        text += label + 1;
    }
    ret[len] = '\0';
    return true;
}

bool label_as_host(const char *text, char ret[static LABEL_TEXT])
{
    size_t len = 0;
    if (!put_label(text, strlen(text), ret, LABEL_TEXT, &len))
        return false;
    ret[len] = '\0';
    return true;
}

bool name_join(const char *first, const char *rest, char ret[static NAME_TEXT])
{
    int len = snprintf(ret, NAME_TEXT, "%s.%s", first, rest);
    return len > 0 && len < NAME_TEXT;
}

void label_of_address(const uint8_t bytes[static 16], bool ipv6, char ret[static LABEL_ADDRESS])
{
    if (!ipv6) {
        snprintf(ret, LABEL_ADDRESS, "%u-%u-%u-%u", bytes[0], bytes[1], bytes[2], bytes[3]);
        return;
    }
    for (size_t i = 0; i < V6_BYTES; i++)
        snprintf(ret + 2 * i, LABEL_ADDRESS - 2 * i, "%02x", bytes[i]);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool v6_of_label(const char *label, uint8_t ret[static V6_BYTES])
{
    for (size_t i = 0; i < V6_BYTES; i++) {
        int high = hex_digit(label[2 * i]), low = hex_digit(label[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool label_to_address(const char *label, size_t len, uint8_t ret[static 16], bool *ret_ipv6)
{
    const char *end = label + len;
    *ret_ipv6 = len == 2 * (size_t)V6_BYTES;
    if (*ret_ipv6)
        return v6_of_label(label, ret);
    for (size_t i = 0; i < V4_BYTES; i++) {
        unsigned number = 0, digits = 0;
        for (; label < end && *label >= '0' && *label <= '9' && digits < 3; label++, digits++)
            number = number * 10 + (unsigned)(*label - '0');
        if (!digits || number > 255 || (i + 1 < V4_BYTES ? label >= end || *label++ != '-' : label != end))
            return false;
        ret[i] = (uint8_t)number;
    }
    return true;
}
