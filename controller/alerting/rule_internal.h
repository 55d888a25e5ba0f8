/* rule_internal.h: the list of rules as rule.c and rule_read.c share it. */
#ifndef QUAYWATCH_CONTROLLER_ALERTING_RULE_INTERNAL_H
#define QUAYWATCH_CONTROLLER_ALERTING_RULE_INTERNAL_H

#include "controller/alerting/rule.h"

enum { RULES_MAX = 200, RULE_NAME_MAX = 80, RULE_FILE_MAX = 256 * 1024 };

struct rules {
    struct arena arena;
    struct rule item[RULES_MAX + 1]; /* and the built-in one */
    size_t count;
};

#endif
