/* SPDX-License-Identifier: MIT */
/* html.c: escaping. */
#include "exporter/html.h"

#include <string.h>

#include "controller/core/buf.h"

void html_text(struct buf *out, const char *text)
{
    while (*text) {
        size_t plain = strcspn(text, "<>&\"'");
        buf_add(out, text, plain);
        text += plain;
        switch (*text) {
        case '<':
            buf_text(out, "&lt;");
            break;
        case '>':
            buf_text(out, "&gt;");
            break;
        case '&':
            buf_text(out, "&amp;");
            break;
        case '"':
            buf_text(out, "&quot;");
            break;
        case '\'':
            buf_text(out, "&#39;");
            break;
        default:
            return;
        }
        text++;
    }
}

void html_sentence(struct buf *out, const char *text)
{
    char first[2] = {text[0], '\0'};
    if (!text[0])
        return;
    if (first[0] >= 'a' && first[0] <= 'z')
        first[0] = (char)(first[0] - 'a' + 'A');
    html_text(out, first);
    html_text(out, text + 1);
    if (!strchr(".!?", text[strlen(text) - 1]))
        buf_text(out, ".");
}
