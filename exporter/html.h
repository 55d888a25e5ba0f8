/* html.h: text for HTML. Pure. */
#ifndef QUAYWATCH_EXPORTER_HTML_H
#define QUAYWATCH_EXPORTER_HTML_H

struct buf;

/* Appends text so that it stays text, also inside of quoted attributes. */
void html_text(struct buf *out, const char *text);

/* The same as a sentence: with a capital letter, and a full stop at its end. */
void html_sentence(struct buf *out, const char *text);

#endif
