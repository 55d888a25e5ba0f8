/* mail_text.h: the forms of text in a mail: encoded headers, a quoted-printable body. */
#ifndef QUAYWATCH_EXPORTER_ALERTS_MAIL_TEXT_H
#define QUAYWATCH_EXPORTER_ALERTS_MAIL_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* Appends "Name: text" and a line end. Text that is not plain ASCII is written as encoded words (RFC 2047),
 * of which each line holds one; line ends in it do not begin a new header, whatever follows. */
void mail_header(struct buf *out, const char *name, const char *text);

/* Appends "Name: Some Name <address>", the name encoded or quoted as it needs; "" for none. */
void mail_address_header(struct buf *out, const char *name, const char *display, const char *address);

/* Appends text in lines as quoted-printable (RFC 2045 6.7), with CRLF. */
void mail_quoted_printable(struct buf *out, const char *text);

/* "Sat, 21 Nov 2026 10:30:00 +0000" (RFC 5322 3.3). */
enum { MAIL_DATE = 40 };
void mail_date(int64_t wall_ms, char ret[static MAIL_DATE]);

#endif
