/* registration_field.h: the table of a registration's fields; for registration.c only. */
#ifndef QUAYWATCH_CONTROLLER_EXTERNAL_REGISTRATION_FIELD_H
#define QUAYWATCH_CONTROLLER_EXTERNAL_REGISTRATION_FIELD_H

#include "controller/external/registration.h"

enum { REGISTRATION_FIELDS = 17, REGISTRATION_CHECK_FIELDS = 8 };

/* Reads one value (never a null) into registration; false when it is none that is allowed. */
typedef bool registration_read_value(struct registration *registration, struct json_object *value);

struct registration_field {
    const char *name, *also; /* in the style of JavaScript, and with underscores; also may be NULL */
    registration_read_value *read;
    const char *allowed; /* in words */
};

extern const struct registration_field registration_fields[REGISTRATION_FIELDS];
extern const struct registration_field
    registration_check_fields[REGISTRATION_CHECK_FIELDS]; /* inside healthCheck */
extern const char registration_allowed_name[];

/* The text of a string without NUL and control characters, of 1 to max bytes; NULL when it is none. */
const char *registration_text(struct json_object *value, size_t max);

/* "1m30s", or seconds. False when it is none, or outside. */
bool registration_duration(struct json_object *value, int64_t least_ms, int64_t most_ms, int64_t *ret_ms);

/* The checks that have names: a registration_read_value. */
bool registration_read_named(struct registration *registration, struct json_object *value);
extern const char registration_allowed_named[];

#endif
