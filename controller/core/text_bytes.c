/* SPDX-License-Identifier: MIT */
/* text_bytes.c: amounts of memory as people write them. */
#include "controller/core/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

/* The digits and the point of a number, without sign, exponent or other forms that strtod knows. */
static const char *read_decimal(const char *text, double *ret)
{
    double value = 0, place = 1;
    const char *at = text;
    for (; isdigit((unsigned char)*at); at++)
        value = value * 10 + (*at - '0');
    if (at > text && *at == '.' && isdigit((unsigned char)at[1]))
        for (at++; isdigit((unsigned char)*at); at++)
            value += (*at - '0') * (place /= 10);
    *ret = value;
    return at;
}

int text_bytes(const char *text, uint64_t *ret)
{
    static const char units[] = "kmgtp";
    double value;
    text += strspn(text, " \t\r\n");
    const char *at = read_decimal(text, &value);
    if (at == text)
        return -EINVAL;
    at += strspn(at, " \t");
    const char *unit = *at ? strchr(units, tolower((unsigned char)*at)) : NULL;
    if (unit) {
        value = ldexp(value, 10 * (int)(unit - units + 1));
        at++;
        at += *at == 'i';
    }
    at += *at == 'b' || *at == 'B';
    if (at[strspn(at, " \t\r\n")])
        return -EINVAL;
    if (value > ldexp(1, 60))
        return -ERANGE;
    *ret = (uint64_t)value;
    return 0;
}
