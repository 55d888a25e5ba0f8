/* SPDX-License-Identifier: MIT */
/* Status expectations as people write them: "200-299,304". */
#include "health/probe.h"

enum { STATUS_LOWEST = 100, STATUS_HIGHEST = 599 };

struct status_range {
    int low, high;
};

static const char *skip_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

/* Reads one three-digit status at *at and moves behind it; 0 when there is none. */
static int read_status(const char **at)
{
    const char *digit = skip_blanks(*at);
    int status = 0;
    for (int i = 0; i < 3; i++, digit++) {
        if (*digit < '0' || *digit > '9')
            return 0;
        status = status * 10 + (*digit - '0');
    }
    *at = skip_blanks(digit);
    return status >= STATUS_LOWEST && status <= STATUS_HIGHEST ? status : 0;
}

/* Reads the next "200" or "200-299" and its comma; false when it is malformed. A comma needs a range after
 * it. */
static bool read_range(const char **at, struct status_range *ret)
{
    ret->low = ret->high = read_status(at);
    if (ret->low == 0)
        return false;
    if (**at == '-') {
        (*at)++;
        ret->high = read_status(at);
    }
    if (ret->high < ret->low)
        return false;
    if (**at == '\0')
        return true;
    if (**at != ',')
        return false;
    *at = skip_blanks(*at + 1);
    return **at != '\0';
}

bool probe_expectation_valid(const char *expect)
{
    struct status_range range;
    do {
        if (!read_range(&expect, &range))
            return false;
    } while (*expect != '\0');
    return true;
}

bool probe_status_expected(const char *expect, int status)
{
    const char *at = expect ? expect : "200-299";
    struct status_range range;
    while (*at != '\0' && read_range(&at, &range)) {
        if (status >= range.low && status <= range.high)
            return true;
    }
    return false;
}
