/* log.h: one line a fact, to stderr. The level and form are the process's only mutable globals. Only the edge
 * (controller/) logs; library code returns errors. CONTRACT section 11 has the forms. */
#ifndef QUAYWATCH_CORE_LOG_H
#define QUAYWATCH_CORE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_COUNT };

/* Names: "error", "warn", "info", "debug". */
extern const char *const log_level_name[LOG_LEVEL_COUNT];

/* Sets what is printed and how; call once at start and on reload. */
void log_setup(enum log_level level, bool json);

/* Prints one line. service and instance may be NULL. Text form: "2026-11-21T10:30:00.123Z INFO  [service]
 * message"; JSON form: {"ts","level","msg","service","instance"}. */
void log_line(enum log_level level, const char *service, const char *instance, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
