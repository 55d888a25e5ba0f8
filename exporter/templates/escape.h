/* escape.h: bytes of any kind as the content of a text of each format. Broken UTF-8 becomes U+FFFD. */
#ifndef QUAYWATCH_EXPORTER_TEMPLATES_ESCAPE_H
#define QUAYWATCH_EXPORTER_TEMPLATES_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Between double quotes of JSON (RFC 8259), YAML 1.2 and TOML 1.0, whose escapes \uXXXX, \n, \" are the same.
 */
void escape_json(const char *text, size_t len, struct buf *out);

/* On one line: control characters (also line breaks of Unicode) become blanks, since there is no way to write
 * them. The characters in special get a backslash before them. */
void escape_line(const char *text, size_t len, const char *special, struct buf *out);

/* The same, each single quote doubled, as YAML has it. */
void escape_single(const char *text, size_t len, struct buf *out);

/* Whether all of text is ASCII letters, digits, or one of others. */
bool escape_is_word(const char *text, size_t len, const char *others);

#endif
