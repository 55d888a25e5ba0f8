/* registration_field.h: the table of a registration's fields; for registration.c only. */
#ifndef QUAYWATCH_CONTROLLER_EXTERNAL_REGISTRATION_FIELD_H
#define QUAYWATCH_CONTROLLER_EXTERNAL_REGISTRATION_FIELD_H

#include "controller/external/registration.h"

enum { REGISTRATION_FIELDS = 13, REGISTRATION_CHECK_FIELDS = 7 };

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

#endif
