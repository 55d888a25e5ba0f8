/* SPDX-License-Identifier: MIT */
/* escape.c: one pass over UTF-8, with what each format makes of a character. */
#include "exporter/templates/escape.h"

#include <stdint.h>
#include <string.h>

#include "controller/core/buf.h"

/* The character at text, of *ret_len bytes; U+FFFD, of one byte, for what is none. (A NUL byte is one, too,
 * so texts with length cannot use text_utf8_length.) */
static uint32_t read_character(const char *text, size_t len, size_t *ret_len)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t min;
    } form[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    unsigned char first = (unsigned char)text[0];
    *ret_len = 1;
    for (size_t more = 0; more < sizeof form / sizeof *form; more++) {
        if ((first & form[more].mask) != form[more].lead)
            continue;
        uint32_t code = first & (unsigned char)~form[more].mask;
        if (more >= len)
            return 0xfffd;
        for (size_t i = 1; i <= more; i++) {
            if (((unsigned char)text[i] & 0xc0) != 0x80)
                return 0xfffd;
            code = code << 6 | ((unsigned char)text[i] & 0x3f);
        }
        if (code < form[more].min || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            return 0xfffd;
        *ret_len = more + 1;
        return code;
    }
    return 0xfffd;
}

static void put_character(uint32_t code, const char *text, size_t len, struct buf *out)
{
    if (code == 0xfffd)
        buf_text(out, "\xef\xbf\xbd");
    else
        buf_add(out, text, len);
}

/* What is no character to be seen, or ends a line for some reader. */
static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x2028 || code == 0x2029 ||
           code == 0xfeff || (code & 0xfffe) == 0xfffe;
}

void escape_json(const char *text, size_t len, struct buf *out)
{
    static const char letter[] = "btn\vfr";
    size_t step;
    for (size_t at = 0; at < len; at += step) {
        uint32_t code = read_character(text + at, len - at, &step);
        if (code == '"' || code == '\\')
            buf_format(out, "\\%c", (char)code);
        else if (code >= '\b' && code <= '\r' && code != '\v')
            buf_format(out, "\\%c", letter[code - '\b']);
        else if (is_control(code) && code <= 0xffff)
            buf_format(out, "\\u%04x", (unsigned)code);
        else
            put_character(code, text + at, step, out);
    }
}

void escape_line(const char *text, size_t len, const char *special, struct buf *out)
{
    size_t step;
    for (size_t at = 0; at < len; at += step) {
        uint32_t code = read_character(text + at, len - at, &step);
        if (is_control(code)) {
            buf_add(out, " ", 1);
            continue;
        }
        if (code < 0x80 && strchr(special, (int)code))
            buf_add(out, "\\", 1);
        put_character(code, text + at, step, out);
    }
}

void escape_single(const char *text, size_t len, struct buf *out)
{
    size_t from = 0;
    for (size_t at = 0; at < len; at++) {
        if (text[at] != '\'')
            continue;
        escape_line(text + from, at - from, "", out);
        buf_text(out, "''");
        from = at + 1;
    }
    escape_line(text + from, len - from, "", out);
}

bool escape_is_word(const char *text, size_t len, const char *others)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && (!c || !strchr(others, c)))
            return false;
    }
    return true;
}
