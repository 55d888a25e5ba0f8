/* log.h: one line a fact, to stderr. The level and form are the process's only mutable globals. Only the edge
 * (controller/) logs; library code returns errors. CONTRACT section 11 has the forms. */
#ifndef QUAYWATCH_CORE_LOG_H
#define QUAYWATCH_CORE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_COUNT };

/* Names: "error", "warn", "info", "debug". */
extern const char *const log_level_name[LOG_LEVEL_COUNT];

/* Sets what is printed and how; call once at start and on reload. */
void log_setup(enum log_level level, bool json);

/* Whether lines of this level are printed: for what is not worth being put together otherwise. */
bool log_wants(enum log_level level);

/* Lines from now on carry this request's id, until another (or NULL: none) is set; it must live as long.
 * Returns the one before, for whoever sets it back. */
const char *log_request(const char *id);
const char *log_request_id(void);

/* Prints one line. service and instance may be NULL. Text form: "2026-11-21T10:30:00.123Z INFO  [service]
 * message request_id=…"; JSON form: {"ts","level","msg","service","instance","request_id"}, without those
 * that are not there. */
void log_line(enum log_level level, const char *service, const char *instance, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A further key of a line in JSON; the text form has the message alone. */
struct log_field {
    const char *key;
    const char *text; /* NULL: it is a number */
    double number;
};

/* Prints one line with fields. */
void log_fields(enum log_level level, const struct log_field *field, size_t count, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
