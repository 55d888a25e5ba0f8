/* SPDX-License-Identifier: MIT */
/* mail_text.c: RFC 2045, 2047 and 5322, as far as a plain text mail needs them. */
#include "exporter/alerts/mail_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "controller/core/base64.h"
#include "controller/core/buf.h"
#include "controller/core/text.h"
#include "exporter/alerts/words.h"

enum {
    LINE_MAX_CHARS = 76, /* RFC 2047 and 2045: the longest line */
    WORD_BYTES = 45, /* of UTF-8 in one encoded word: 60 of base64 and 12 around it are 72 of at most 75 */
};

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

/* used characters stand on the first line already. */
static void put_encoded(struct buf *out, const char *text, size_t used)
{
    for (bool first = true; *text; first = false) {
        size_t length = words_fit(text, first ? WORD_BYTES - (used + 3) / 4 * 3 : WORD_BYTES);
        buf_text(out, first ? "=?utf-8?B?" : "\r\n =?utf-8?B?");
        base64_put(out, text, length);
        buf_text(out, "?=");
        text += length;
    }
}

/* Plain text, folded at blanks where a line would be too long; used characters stand on the first already. */
static void put_folded(struct buf *out, const char *text, size_t used)
{
    while (*text) {
        size_t blanks = strspn(text, " "), word = strcspn(text + blanks, " ");
        if (blanks && word && used + blanks + word > LINE_MAX_CHARS) {
            buf_text(out, "\r\n");
            used = 0;
        }
        buf_add(out, text, blanks + word);
        used += blanks + word;
        text += blanks + word;
    }
}

void mail_header(struct buf *out, const char *name, const char *text)
{
    buf_format(out, "%s: ", name);
    /* What looks like an encoded word is encoded, so that it is read as it stands; so are very long words. */
    bool plain = is_plain(text) && !strstr(text, "=?");
    for (const char *at = text; plain && *at; at += strspn(at, " ")) {
        size_t word = strcspn(at, " ");
        plain = word < LINE_MAX_CHARS - strlen(name) - 2;
        at += word;
    }
    if (plain)
        put_folded(out, text, strlen(name) + 2);
    else
        put_encoded(out, text, strlen(name) + 2);
    buf_text(out, "\r\n");
}

void mail_address_header(struct buf *out, const char *name, const char *display, const char *address)
{
    buf_format(out, "%s: ", name);
    if (*display && is_plain(display) && !strstr(display, "=?") && strlen(display) < LINE_MAX_CHARS / 2) {
        buf_text(out, "\"");
        for (const char *at = display; *at; at++)
            buf_format(out, "%s%c", *at == '"' || *at == '\\' ? "\\" : "", *at);
        buf_text(out, "\"\r\n ");
    } else if (*display) {
        put_encoded(out, display, strlen(name) + 2);
        buf_text(out, "\r\n ");
    }
    buf_format(out, "<%s>\r\n", address);
}

void mail_quoted_printable(struct buf *out, const char *text)
{
    size_t column = 0;
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '\n') {
            buf_text(out, "\r\n");
            column = 0;
            continue;
        }
        bool at_end = text[1] == '\n' || !text[1];
        bool blank = byte == ' ' || byte == '\t';
        /* A dot alone on a line would be the end of a mail where nobody doubles it. */
        bool plain = (byte >= '!' && byte <= '~' && byte != '=' && !(byte == '.' && column == 0)) ||
                     (blank && !at_end);
        size_t width = plain ? 1 : 3;
        if (column + width > LINE_MAX_CHARS - 1) {
            buf_text(out, "=\r\n");
            column = 0;
            plain = plain && byte != '.';
            width = plain ? 1 : 3;
        }
        if (plain)
            buf_add(out, text, 1);
        else
            buf_format(out, "=%02X", byte);
        column += width;
    }
    if (column)
        buf_text(out, "\r\n");
}

void mail_date(int64_t wall_ms, char ret[static MAIL_DATE])
{
    static const char day[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char month[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts = {0};
    gmtime_r(&seconds, &parts);
    snprintf(ret, MAIL_DATE, "%s, %02d %s %d %02d:%02d:%02d +0000", day[parts.tm_wday], parts.tm_mday,
             month[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}
