/* words.h: the texts of messages: cut to what a service takes, escaped for where they go, several alerts
 * summed up in one. */
#ifndef QUAYWATCH_EXPORTER_ALERTS_WORDS_H
#define QUAYWATCH_EXPORTER_ALERTS_WORDS_H

#include "exporter/alerts/alert.h"

struct arena;
struct buf;

/* The bytes of text, at most max, that end with a whole character. */
size_t words_fit(const char *text, size_t max);

/* A copy of at most max characters, the last one an ellipsis when there are more. Counted as most services
 * do, in UTF-16 units. Control characters but the line feed become spaces, broken UTF-8 '?'. */
char *words_cut(struct arena *arena, const char *text, size_t max);

/* The same on one line. */
char *words_cut_line(struct arena *arena, const char *text, size_t max);

/* Appends text with a backslash before each of the characters in special. */
void words_escape(struct buf *out, const char *text, const char *special);

/* "db, redis and 3 more"; at most max victims are named. "" when there are none. */
char *words_victims(struct arena *arena, const struct alert *alert, size_t max);

/* What a message says: the sentence, then a line of the victims. Plain text, in lines. */
char *words_body(struct arena *arena, const struct alert *alert);

/* One word and one sign for how bad it is, or that it is over: "critical", "resolved", "test", …; 🔴 … */
const char *words_level(const struct alert *alert);
const char *words_sign(const struct alert *alert);

/* 0xRRGGBB for the same. */
unsigned words_colour(const struct alert *alert);

/* Several alerts (at least two) in one: the count by state, the worst severity, and a line for each, as far
 * as there is room; left_out further ones are only counted. All its texts are in the arena. */
struct alert words_digest(struct arena *arena, const struct alert *const *item, size_t count,
                          unsigned left_out);

#endif
