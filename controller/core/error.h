/* error.h: an error is a negative errno-like code and one sentence for a person; it lives on the caller's
 * stack. */
#ifndef QUAYWATCH_CORE_ERROR_H
#define QUAYWATCH_CORE_ERROR_H

struct error {
    int code;       /* 0, or a negative errno value */
    char text[384]; /* one sentence without a final full stop: what, where, what is allowed */
};

/* Fills err (may be NULL) and returns code, so that `return error_set(err, -EINVAL, "…")` reads as one step.
 */
int error_set(struct error *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the sentence err already holds (may be NULL); returns err's code (-EIO without
 * err). */
int error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
