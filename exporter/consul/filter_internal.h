/* filter_internal.h: what the files of filter.h share. */
#ifndef QUAYWATCH_EXPORTER_CONSUL_FILTER_INTERNAL_H
#define QUAYWATCH_EXPORTER_CONSUL_FILTER_INTERNAL_H

#include "exporter/consul/filter.h"

enum { FILTER_STEPS = 64 };

/* What a field means; its name depends on the shape. */
enum filter_field {
    FIELD_NODE,
    FIELD_NODE_ID,
    FIELD_DATACENTER,
    FIELD_SERVICE_ID,
    FIELD_SERVICE,
    FIELD_TAGS, /* a list */
    FIELD_ADDRESS,
    FIELD_PORT,
    FIELD_META, /* of a key; without one a list of keys */
    FIELD_CHECK_ID,
    FIELD_CHECK_NAME,
    FIELD_STATUS,
    FIELD_NOTES,
    FIELD_OUTPUT
};

enum filter_operator { FILTER_EQUAL, FILTER_CONTAINS, FILTER_EMPTY };

/* One step of the stack machine: a comparison pushes, the others take one or two and push. */
struct filter_step {
    enum { STEP_COMPARE, STEP_NOT, STEP_AND, STEP_OR } what;
    enum filter_field field;
    enum filter_operator how;
    bool inverted;
    const char *key;   /* of FIELD_META; NULL: none */
    const char *value; /* NULL: none is needed */
};

struct consul_filter {
    struct arena arena; /* of keys and values */
    struct filter_step step[FILTER_STEPS];
    size_t count;
};

/* The field of this name in a shape; *ret_key is what follows the name of the metadata, or NULL. False, and a
 * list of the names that there are, when there is none. */
bool filter_field_find(enum consul_shape shape, const char *name, enum filter_field *ret,
                       const char **ret_key, const char **ret_list);

/* Whether a field is a list of texts. */
bool filter_field_is_list(enum filter_field field);

#endif
